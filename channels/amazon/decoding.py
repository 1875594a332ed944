"""Typed decoding of JSON that somebody else wrote."""

from typing import TypeVar

import msgspec

from channels.amazon.errors import UnexpectedPayload

T = TypeVar("T")


def decode(
    decoder: "msgspec.json.Decoder[T]",
    body: bytes | msgspec.Raw,
    *,
    operation: str,
    request_id: str = "",
) -> T:
    """The decoded body, or UnexpectedPayload that names the field; never one of its values."""
    try:
        return decoder.decode(body)
    # Invalid UTF-8 inside a string and absurd nesting leave msgspec as Python's own errors.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        detail = _explain(bytes(body), exc)
        raise UnexpectedPayload(operation, detail, request_id=request_id) from exc


def _explain(body: bytes, cause: Exception) -> str:
    if isinstance(cause, msgspec.ValidationError):
        problem, _, path = str(cause).partition(" - at ")
        field = path.strip("`").removeprefix("$").removeprefix(".")
        return f"{field}: {problem}" if field else problem
    start = body.lstrip()[:1]
    if not start:
        return "the body is empty"
    if start == b"<":
        return "the body is HTML or XML, not JSON"
    if isinstance(cause, msgspec.DecodeError):
        return f"the body is not JSON: {cause}"
    return f"the body is not JSON ({type(cause).__name__})"
