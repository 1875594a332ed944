"""Login with Amazon (LWA): access tokens for a seller's refresh token.

An access token lives an hour and serves any number of calls and processes; one is fetched at a
time, however many workers ask. Secrets appear in no repr, error or cache key.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Final, NoReturn, Protocol
from urllib.parse import urlsplit

import msgspec
import requests

from channels.amazon.decoding import decode
from channels.amazon.errors import (
    AuthorizationRevoked,
    Detail,
    InvalidClient,
    NotAuthorized,
    Rejected,
    Throttled,
    Unavailable,
    UnexpectedPayload,
)
from channels.amazon.transport import (
    DEFAULT_TIMEOUT,
    CallHook,
    Timeout,
    checked_url,
    exchange,
    request_id_of,
    retry_after_of,
)

OPERATION: Final = "LWA token"
TOKEN_PATH: Final = "/auth/o2/token"  # noqa: S105  # a path, not a secret
EARLY_SECONDS: Final = 60  # a token is not used in the last minute of its life


@dataclass(frozen=True, slots=True, kw_only=True)
class LwaCredentials:
    """What identifies the application and the seller's consent."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """``expires_in``: seconds from now."""

    token: str = field(repr=False)
    expires_in: int


class TokenCache(Protocol):
    """Where access tokens are shared between workers. Keys are hashes, values are secrets."""

    def get(self, key: str) -> str | None: ...

    def set(self, key: str, value: str, ttl: int) -> None:
        """Keep ``value`` for ``ttl`` seconds."""

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Held by one worker at a time; it must lapse if its holder dies."""


class MemoryTokenCache:
    """A TokenCache for one process. ``clock`` gives seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens: dict[str, tuple[str, float]] = {}
        self._locks: dict[str, threading.Lock] = {}

    def get(self, key: str) -> str | None:
        token, expires = self._tokens.get(key, (None, 0.0))
        return token if self._clock() < expires else None

    def set(self, key: str, value: str, ttl: int) -> None:
        self._tokens[key] = (value, self._clock() + ttl)

    def lock(self, key: str) -> AbstractContextManager[object]:
        return self._locks.setdefault(key, threading.Lock())  # atomic in CPython


class TokenSource:
    """The access token of one seller account.

    ``lwa_endpoint`` is the token URL, or a bare host of something that stands in for Amazon.
    Raises ValueError when it is not https (or http to this machine).
    """

    def __init__(
        self,
        credentials: LwaCredentials,
        lwa_endpoint: str,
        cache: TokenCache,
        *,
        session: requests.Session | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        on_call: CallHook | None = None,
    ) -> None:
        self._credentials = credentials
        self._endpoint = token_url(lwa_endpoint)
        self._cache = cache
        self._session = session or requests.Session()
        self._timeout = timeout
        self._on_call = on_call
        # The secret is part of the key, so that testing a mistyped one never succeeds from cache.
        parts = (self._endpoint, *_form(credentials).values())
        self._key = sha256("\0".join(parts).encode()).hexdigest()

    def token(self) -> str:
        """A token with at least a minute to live. Raises what ``fetch_access_token`` raises."""
        token = self._cache.get(self._key)
        return token or self.renew(None)

    def renew(self, old_token: str | None) -> str:
        """A token that is not ``old_token``: the one that somebody else fetched, or a fresh one."""
        with self._cache.lock(self._key):
            token = self._cache.get(self._key)
            if token and token != old_token:
                return token
            fresh = fetch_access_token(
                self._credentials,
                lwa_endpoint=self._endpoint,
                session=self._session,
                timeout=self._timeout,
                on_call=self._on_call,
            )
            if (ttl := fresh.expires_in - EARLY_SECONDS) > 0:
                self._cache.set(self._key, fresh.token, ttl)
            return fresh.token


def token_url(lwa_endpoint: str) -> str:
    """The URL to ask for tokens: a bare host gets Amazon's path."""
    url = checked_url("lwa_endpoint", lwa_endpoint)
    return url if urlsplit(url).path else url + TOKEN_PATH


def fetch_access_token(
    credentials: LwaCredentials,
    *,
    lwa_endpoint: str,
    session: requests.Session,
    timeout: Timeout = DEFAULT_TIMEOUT,
    on_call: CallHook | None = None,
) -> AccessToken:
    """Ask LWA for a token (one call, no cache).

    Raises AuthorizationRevoked, InvalidClient, NotAuthorized, Throttled, Unavailable, Rejected or
    UnexpectedPayload.
    """
    response = exchange(
        session,
        OPERATION,
        "POST",
        token_url(lwa_endpoint),
        timeout=timeout,
        on_call=on_call,
        data=_form(credentials),
        headers={"accept": "application/json"},
    )
    if response.status_code != requests.codes.ok:
        _raise_for(response)
    request_id = request_id_of(response)
    answer = decode(_TOKEN, response.content, operation=OPERATION, request_id=request_id)
    # Whatever else comes here would travel in a header.
    if not (answer.access_token.isascii() and answer.access_token.isprintable()):
        raise UnexpectedPayload(
            OPERATION, Detail("access_token: not printable ASCII"), request_id=request_id
        )
    return AccessToken(token=answer.access_token, expires_in=answer.expires_in)


class _Token(msgspec.Struct):
    access_token: Annotated[str, msgspec.Meta(min_length=1)]
    expires_in: int


class _OAuthError(msgspec.Struct):
    error: str = ""


_TOKEN = msgspec.json.Decoder(_Token)
_OAUTH_ERROR = msgspec.json.Decoder(_OAuthError)

_REVOKED = {
    "invalid_grant": Detail(
        "invalid_grant: the seller's authorization is wrong, revoked, expired or of another client"
    ),
    "unauthorized_client": Detail(
        "unauthorized_client: this client may not use the seller's authorization"
    ),
}


def _form(credentials: LwaCredentials) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "refresh_token": credentials.refresh_token,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }


def _raise_for(response: requests.Response) -> NoReturn:
    """The error for an answer that is not 200. LWA's free text is left out: it may echo input."""
    status = response.status_code
    request_id = request_id_of(response)
    try:
        code = decode(_OAUTH_ERROR, response.content, operation=OPERATION).error[:64]
    except UnexpectedPayload:
        code = ""
    detail = f"HTTP {status} {code}".rstrip()
    if status == requests.codes.too_many_requests:
        retry_after = retry_after_of(response)
        raise Throttled(
            OPERATION, detail, request_id=request_id, status=status, retry_after=retry_after
        )
    if status >= requests.codes.server_error or code in {"server_error", "temporarily_unavailable"}:
        raise Unavailable(OPERATION, detail, request_id=request_id, status=status)
    if code in _REVOKED:
        raise AuthorizationRevoked(OPERATION, _REVOKED[code], request_id=request_id, status=status)
    if code == "invalid_client":
        detail = Detail("invalid_client: the client id or secret is wrong or has expired")
        raise InvalidClient(OPERATION, detail, request_id=request_id, status=status)
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        raise NotAuthorized(OPERATION, detail, request_id=request_id, status=status)
    raise Rejected(OPERATION, detail, request_id=request_id, status=status, code=code)
