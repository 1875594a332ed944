"""Requests and replies, and the ways in which Amazon says no."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

GENERIC_INVALID_INPUT = (
    "The input you have submitted is not valid. Please check your input and try again."
)
_MAX_BODY = 11 * 1024 * 1024

StartResponse = Any  # wsgiref.types.StartResponse is a Protocol only type checkers can see


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, read whole."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(repr=False)  # lower-case names; carry tokens
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> "Request":
        """Read a WSGI environ; a body beyond 11 MiB is cut off, which no valid one needs."""
        length = environ.get("CONTENT_LENGTH") or "0"
        size = min(int(length), _MAX_BODY) if length.isdigit() else 0
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
            query=tuple(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
            headers=headers,
            body=environ["wsgi.input"].read(size) if size else b"",
        )


@dataclass(slots=True)
class Reply:
    """An HTTP reply. ``break_off`` closes the connection: before anything, or half-way."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    is_dropped: bool = False
    is_truncated: bool = False

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        """Answer through WSGI. The server takes ConnectionAbortedError for a vanished peer and
        closes the connection without a word, which is what a lost reply looks like."""
        if self.is_dropped:
            raise ConnectionAbortedError
        headers = [*self.headers.items()]
        if self.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(self.body))))
            headers.append(("Content-Type", self.content_type))
        start_response(f"{self.status} {_reason(self.status)}", headers)
        return _half(self.body) if self.is_truncated else [self.body]


def json_reply(status: int, document: Any) -> Reply:
    """A reply with a JSON document."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode())


class Refused(Exception):
    """Amazon's SP-API says no: answered with ``{"errors": [...]}``."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def reply(self) -> Reply:
        """The answer on the wire."""
        error = {"code": self.code, "message": self.message, "details": self.details}
        reply = json_reply(self.status, {"errors": [error]})
        reply.headers["x-amzn-ErrorType"] = self.code
        return reply


def invalid_input(details: str) -> Refused:
    """400 with Amazon's generic text. Amazon leaves ``details`` empty; here they name the cause."""
    return Refused(400, "InvalidInput", GENERIC_INVALID_INPUT, details)


def access_denied(details: str = "") -> Refused:
    """403: the token does not open this."""
    return Refused(403, "Unauthorized", "Access to requested resource is denied.", details)


def not_found() -> Refused:
    """404: no such order for this seller."""
    return Refused(404, "NotFound", "The requested resource could not be found.")


def failure(status: int) -> Refused:
    """What Amazon says with 429, 500 and 503."""
    code, message = _FAILURES[status]
    return Refused(status, code, message)


_FAILURES = {
    429: ("QuotaExceeded", "You exceeded your quota for the requested resource."),
    500: ("InternalFailure", "We encountered an internal error. Please try again."),
    503: ("ServiceUnavailable", "Service is temporarily unavailable. Please try again."),
}


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionAbortedError
