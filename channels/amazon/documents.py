"""Documents of feeds and reports: put to a pre-signed URL, or got from one and unpacked meanwhile.

The URL is the permission (it lives five minutes), so no token travels with the request. A document
may hold buyers' data in clear: it goes through memory in pieces and never to disk.
"""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import requests

from channels.amazon.errors import Detail, Rejected, Unavailable, UnexpectedPayload
from channels.amazon.transport import DEFAULT_TIMEOUT, Timeout, checked_url, exchange

UPLOAD: Final = "upload"
DOWNLOAD: Final = "download"
GZIP: Final = "GZIP"
LATIN: Final = "iso-8859-1"  # what Amazon means when it does not say (flat files)
JAPANESE: Final = "cp932"  # what it means in Japan: Windows-31J
MAX_BYTES: Final = 1 << 30  # unpacked; a month of a very large seller is a tenth of it

# Shift_JIS of Amazon's has the letters that Microsoft added; the other names Python does not know.
_JAPANESE_NAMES: Final = ("shift_jis", "sjis", "windows-31j", "cswindows31j")
_PIECE: Final = 1 << 16
_LATER: Final = (401, 403, 429)  # the address has expired, or too many want something


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """Where a document is. ``compression`` is Amazon's word, "" for none."""

    url: str = field(repr=False)  # whoever has it may read
    compression: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One that is being downloaded. ``pieces`` are unpacked and can be read once."""

    charset: str  # what the Content-Type says; "" when it says nothing that Python knows
    pieces: Iterator[bytes]

    def lines(self, *, otherwise: str = LATIN) -> Iterator[str]:
        """The text line by line. ``otherwise``: the charset when the document names none.

        What cannot be decoded becomes U+FFFD: one odd letter must not cost the document.
        """
        first = next(filter(None, self.pieces), b"")
        charset = "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else self.charset or otherwise
        decoder = codecs.getincrementaldecoder(charset)(errors="replace")
        rest = decoder.decode(first)
        for piece in self.pieces:
            *lines, rest = rest.split("\n")  # not splitlines(): U+0085 may be part of a name
            yield from (line.removesuffix("\r") for line in lines)
            rest += decoder.decode(piece)
        rest += decoder.decode(b"", final=True)
        yield from (line.removesuffix("\r") for line in rest.split("\n"))

    def text(self, *, otherwise: str = LATIN) -> str:
        """All of it at once, for a document that is known to be small."""
        return "\n".join(self.lines(otherwise=otherwise))


def upload(
    url: str,
    content: bytes,
    content_type: str,
    *,
    session: requests.Session | None = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """PUT a document; `content_type` exactly as the URL was asked for, or its signature fails.

    Raises Unavailable, Rejected or UnexpectedPayload.
    """
    response = exchange(
        session or requests.Session(),
        UPLOAD,
        "PUT",
        _checked(url, UPLOAD),
        timeout=timeout,
        data=content,
        headers={"content-type": content_type},
    )
    _check(response, UPLOAD)


@contextmanager
def opened(
    link: DocumentLink,
    *,
    session: requests.Session | None = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> Iterator[Document]:
    """Download a document while it is read.

    Raises Unavailable (also half-way, and for a URL that has expired: ask for another one),
    Rejected or UnexpectedPayload.
    """
    response = exchange(
        session or requests.Session(),
        DOWNLOAD,
        "GET",
        _checked(link.url, DOWNLOAD),
        timeout=timeout,
        stream=True,
        headers={"accept-encoding": "identity"},
    )
    with response:
        _check(response, DOWNLOAD)
        if link.compression not in ("", GZIP):
            raise UnexpectedPayload(
                DOWNLOAD, Detail("unknown compression %(name)r", name=link.compression[:32])
            )
        pieces = _received(response)
        # A storage that says so in a header has had requests unpack it already.
        if link.compression and response.headers.get("Content-Encoding") != "gzip":
            pieces = _unpacked(pieces)
        yield Document(_charset(response.headers.get("Content-Type", "")), _limited(pieces))


def _check(response: requests.Response, operation: str) -> None:
    status = response.status_code
    if status >= 500 or status in _LATER:
        raise Unavailable(operation, f"HTTP {status}", status=status)
    if status != requests.codes.ok:
        raise Rejected(operation, f"HTTP {status}", status=status)


def _checked(url: str, operation: str) -> str:
    """The URL of a document, held to the rules of every other: https, or http to this machine."""
    try:
        parts = urlsplit(url)
        checked_url(Detail("the document's address"), urlunsplit((*parts[:3], "", "")))
    except ValueError as exc:
        raise UnexpectedPayload(operation, exc.args[0]) from exc
    return url


def _charset(content_type: str) -> str:
    header = Message()
    header["content-type"] = content_type
    name = header.get_content_charset("")
    if name in _JAPANESE_NAMES:
        return JAPANESE
    try:
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return ""
    return name


def _received(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_PIECE)
    except requests.RequestException as exc:
        raise Unavailable(
            DOWNLOAD, Detail("broke off (%(cause)s)", cause=type(exc).__name__)
        ) from exc


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Gunzipped, a bounded piece at a time however well it was packed."""
    unpacker = zlib.decompressobj(31)  # 16 + 15: with gzip's header and check sum
    try:
        for piece in pieces:
            while piece:
                yield unpacker.decompress(piece, _PIECE)
                if unpacker.eof:
                    # Several files one after the other are one gzip file, too.
                    piece = unpacker.unused_data
                    unpacker = zlib.decompressobj(31) if piece else unpacker
                else:
                    piece = unpacker.unconsumed_tail
    except zlib.error as exc:
        raise UnexpectedPayload(DOWNLOAD, Detail("the document is not valid gzip")) from exc
    if not unpacker.eof:
        raise Unavailable(DOWNLOAD, Detail("the document ends half-way"))


def _limited(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = MAX_BYTES
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise UnexpectedPayload(
                DOWNLOAD, Detail("the document is larger than %(count)s bytes", count=MAX_BYTES)
            )
        yield piece
