"""Typed decoding of JSON that somebody else wrote."""

import re
from typing import TypeVar

import msgspec

from channels.amazon.errors import Detail, UnexpectedPayload

T = TypeVar("T")

# Half a character: what is left of an emoji when text is cut after so many UTF-16 units. The first
# two alternatives step over an escaped backslash and over a whole pair.
_HALF_CHARACTER = re.compile(
    rb"\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][\da-fA-F]{2})"
)


def decode(
    decoder: "msgspec.json.Decoder[T]", body: bytes, *, operation: str, request_id: str = ""
) -> T:
    """The decoded body, or UnexpectedPayload that names the field; never one of its values."""
    try:
        return decoder.decode(body)
    # Invalid UTF-8 inside a string and absurd nesting leave msgspec as Python's own errors.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        whole = _without_half_characters(body)
        if whole != body:  # one cut text must not cost the page it stands on
            return decode(decoder, whole, operation=operation, request_id=request_id)
        detail = _explain(whole, exc)
        raise UnexpectedPayload(operation, detail, request_id=request_id) from exc


def _without_half_characters(body: bytes) -> bytes:
    """Half a character becomes U+FFFD, the sign for a lost one; msgspec refuses it otherwise."""
    return _HALF_CHARACTER.sub(lambda half: rb"\ufffd" if half[1] else half[0], body)


def _explain(body: bytes, cause: Exception) -> str:
    if isinstance(cause, msgspec.ValidationError):
        problem, _, path = str(cause).partition(" - at ")
        field = path.strip("`").removeprefix("$").removeprefix(".")
        return f"{field}: {problem}" if field else problem
    start = body.lstrip()[:1]
    if not start:
        return Detail("the body is empty")
    if start == b"<":
        return Detail("the body is HTML or XML, not JSON")
    if isinstance(cause, msgspec.DecodeError):
        return Detail("the body is not JSON: %(cause)s", cause=cause)
    return Detail("the body is not JSON (%(cause)s)", cause=type(cause).__name__)
