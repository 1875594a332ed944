"""One HTTP exchange: always a time-out, no redirects, no waiting, no second try."""

import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from channels.amazon.errors import Unavailable

Timeout = tuple[float, float]
"""Seconds to connect, and seconds of silence before a read is given up."""

CallHook = Callable[[str, int | None, str, float], None]
"""operation, HTTP status (None: no answer), request id, seconds"""

DEFAULT_TIMEOUT: Timeout = (5.0, 30.0)


def checked_url(name: str, url: str) -> str:
    """The URL without a trailing slash. ValueError naming ``name`` unless it is https.

    Plain http is for this machine only: it carries the seller's token in the clear.
    """
    parts = urlsplit(url)
    if not is_confidential(url):
        shown = f"{parts.scheme or '?'}://{parts.hostname or '?'}"
        raise ValueError(f"{name} must be https, or http to this machine, not {shown!r}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must be a plain URL without user, query or fragment.")
    return url.rstrip("/")


def is_confidential(url: str) -> bool:
    """Whether nobody on the way can read along: https, or http to this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def exchange(
    session: requests.Session,
    operation: str,
    method: str,
    url: str,
    *,
    timeout: Timeout,
    on_call: CallHook | None = None,
    **request: Any,
) -> requests.Response:
    """The complete answer, whatever its status. Unavailable when none arrived whole."""
    started = time.monotonic()
    try:
        response = session.request(
            method,
            url,
            timeout=timeout,
            allow_redirects=False,
            proxies={"http": ""},  # plain http stays on this machine, whatever HTTP_PROXY says
            **request,
        )
    except requests.RequestException as exc:
        if on_call:
            on_call(operation, None, "", time.monotonic() - started)
        raise Unavailable(operation, f"no complete answer ({type(exc).__name__})") from exc
    if on_call:
        elapsed = time.monotonic() - started
        on_call(operation, response.status_code, request_id_of(response), elapsed)
    return response


def request_id_of(response: requests.Response) -> str:
    """What Amazon's support asks for; "" when the answer came from something in between."""
    return response.headers.get("x-amzn-RequestId", "")


def retry_after_of(response: requests.Response) -> float | None:
    """Seconds of a ``Retry-After`` header; Amazon documents none, a proxy may send one."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
