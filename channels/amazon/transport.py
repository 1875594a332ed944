"""One HTTP exchange: always a time-out, no redirects, no waiting, no second try."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from channels.amazon.errors import Detail, Unavailable

Timeout = tuple[float, float]
"""Seconds to connect, and seconds of silence before a read is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was sent, as a log may show it: no address, no token, nothing sent or got.

    ``status`` is None when no answer came; ``rate`` the calls per second that Amazon stated.
    """

    operation: str
    status: int | None
    seconds: float
    request_id: str = ""
    rate: str = ""


CallHook = Callable[[Call], None]

DEFAULT_TIMEOUT: Timeout = (5.0, 30.0)


def checked_url(name: str, url: str) -> str:
    """The URL without a trailing slash. ValueError naming ``name`` unless it is https.

    Plain http is for this machine only: it carries the seller's token in the clear.
    """
    parts = urlsplit(url)
    if not is_confidential(url):
        shown = f"{parts.scheme or '?'}://{parts.hostname or '?'}"
        raise ValueError(
            Detail(
                "%(name)s must be https, or http to this machine, not %(url)r.",
                name=name,
                url=shown,
            )
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            Detail("%(name)s must be a plain URL without user, query or fragment.", name=name)
        )
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
            seconds = time.monotonic() - started
            on_call(Call(operation=operation, status=None, seconds=seconds))
        raise Unavailable(
            operation, Detail("no complete answer (%(cause)s)", cause=type(exc).__name__)
        ) from exc
    if on_call:
        on_call(
            Call(
                operation=operation,
                status=response.status_code,
                seconds=time.monotonic() - started,
                request_id=request_id_of(response),
                rate=rate_text(response),
            )
        )
    return response


def rate_text(response: requests.Response) -> str:
    """The quota that the answer states, as it states it."""
    return response.headers.get("x-amzn-RateLimit-Limit", "")


def request_id_of(response: requests.Response) -> str:
    """What Amazon's support asks for; "" when the answer came from something in between."""
    return response.headers.get("x-amzn-RequestId", "")


def retry_after_of(response: requests.Response) -> float | None:
    """Seconds of a ``Retry-After`` header; Amazon documents none, a proxy may send one."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
