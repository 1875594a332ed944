"""Documents on their way: packed, in several charsets, broken off, too large."""

import gzip

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon import documents
from channels.amazon.documents import JAPANESE, DocumentLink, opened
from channels.amazon.errors import Rejected, SpApiError, Unavailable, UnexpectedPayload
from tests.channels.amazon.fake_http import FakeAmazon, answer

URL = "https://tortuga.example.org/doc?X-Amz-Signature=secret"


def download(scripted, *, compression="", otherwise="iso-8859-1", url=URL):
    """The lines of one document."""
    amazon = FakeAmazon(scripted)
    with opened(DocumentLink(url, compression), session=amazon.session) as document:
        return list(document.lines(otherwise=otherwise))


def packed(body, **options):
    return download(answer(200, gzip.compress(body)), compression="GZIP", **options)


def test_the_url_is_the_permission_and_nothing_else_travels():
    amazon = FakeAmazon(answer(200, b"a"))
    with opened(DocumentLink(URL), session=amazon.session) as document:
        list(document.pieces)
    ((request, timeout, _),) = amazon.calls
    assert request.url == URL
    assert not [name for name in request.headers if name.lower().startswith("x-amz")]
    assert request.headers["accept-encoding"] == "identity"
    assert timeout == (5.0, 30.0)
    assert amazon.token_calls == []


@pytest.mark.parametrize(
    ("content_type", "otherwise", "body", "text"),
    [
        ("text/plain;charset=UTF-8", "iso-8859-1", "Åsa 髙".encode(), "Åsa 髙"),
        ('text/plain; charset="utf-8"', "iso-8859-1", "Åsa".encode(), "Åsa"),
        ("text/plain;charset=Cp1252", "iso-8859-1", "5 €".encode("cp1252"), "5 €"),
        ("text/plain", "iso-8859-1", "Åsa".encode("latin-1"), "Åsa"),
        ("", "iso-8859-1", "Åsa".encode("latin-1"), "Åsa"),
        ("text/plain", JAPANESE, "髙島①".encode("cp932"), "髙島①"),
        ("text/plain;charset=Shift_JIS", "iso-8859-1", "髙島①".encode("cp932"), "髙島①"),
        ("text/plain;charset=Windows-31J", "iso-8859-1", "髙島①".encode("cp932"), "髙島①"),
        ("text/plain", "iso-8859-1", b"\xef\xbb\xbf" + "Åsa".encode(), "Åsa"),
        ("text/plain;charset=made-up", "iso-8859-1", "Åsa".encode("latin-1"), "Åsa"),
        ("text/plain;charset=base64", "iso-8859-1", "Åsa".encode("latin-1"), "Åsa"),
        ("text/plain;charset=UTF-8", "iso-8859-1", b"a\xff", "a\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_charset_is_said_or_known(content_type, otherwise, body, text):
    headers = {"Content-Type": content_type} if content_type else {}
    assert download(answer(200, body, headers), otherwise=otherwise) == [text]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"))


@given(st.lists(TEXTS.filter(lambda text: not {"\n", "\r"} & set(text))), st.booleans())
def test_lines_come_out_as_they_went_in(lines, is_packed):
    body = "\r\n".join(lines).encode()
    body = gzip.compress(body) if is_packed else body
    scripted = answer(200, body, {"Content-Type": "text/plain; charset=utf-8"})
    assert download(scripted, compression="GZIP" if is_packed else "") == (lines or [""])


@pytest.mark.parametrize("size", [1, 2, 7])
def test_lines_do_not_depend_on_how_the_pieces_are_cut(monkeypatch, size):
    monkeypatch.setattr(documents, "_PIECE", size)
    text = "ä\t髙\r\nzwei\n\ndrei"
    scripted = answer(
        200, gzip.compress(text.encode()), {"Content-Type": "text/plain;charset=utf8"}
    )
    assert download(scripted, compression="GZIP") == ["ä\t髙", "zwei", "", "drei"]


def test_what_other_systems_call_a_line_end_is_none():
    assert download(answer(200, b"a\x85b\x0bc")) == ["a\x85b\x0bc"]


def test_several_packed_files_are_one():
    body = gzip.compress(b"one\n") + gzip.compress(b"two")
    assert download(answer(200, body), compression="GZIP") == ["one", "two"]


def test_a_large_document_comes_in_pieces_and_has_a_limit(monkeypatch):
    body = b"0" * 10_000_000  # ten kilobytes packed
    amazon = FakeAmazon(answer(200, gzip.compress(body)))
    with opened(DocumentLink(URL, "GZIP"), session=amazon.session) as document:
        sizes = [len(piece) for piece in document.pieces]
    assert sum(sizes) == len(body)
    assert max(sizes) <= 1 << 16

    monkeypatch.setattr(documents, "MAX_BYTES", len(body) - 1)
    with pytest.raises(UnexpectedPayload, match="larger than"):
        packed(body)


GZIPPED = gzip.compress(b"a\tb\n" * 1000)


@pytest.mark.parametrize(
    ("scripted", "compression", "kind", "detail"),
    [
        (answer(403, b"<Error/>"), "", Unavailable, "HTTP 403"),  # expired: ask for another
        (answer(429), "", Unavailable, "HTTP 429"),
        (answer(500), "", Unavailable, "HTTP 500"),
        (answer(503), "", Unavailable, "HTTP 503"),
        (answer(404), "", Rejected, "HTTP 404"),
        (answer(302, b"", {"Location": "https://example.org"}), "", Rejected, "HTTP 302"),
        (answer(204), "", Rejected, "HTTP 204"),
        (requests.ConnectTimeout("x"), "", Unavailable, "no complete answer (ConnectTimeout)"),
        (answer(200, GZIPPED, cut=20), "GZIP", Unavailable, "broke off (ChunkedEncodingError)"),
        (answer(200, b"abc", cut=1), "", Unavailable, "broke off (ChunkedEncodingError)"),
        (answer(200, GZIPPED[:-20]), "GZIP", Unavailable, "the document ends half-way"),
        (answer(200, b""), "GZIP", Unavailable, "the document ends half-way"),
        (answer(200, b"<html>"), "GZIP", UnexpectedPayload, "the document is not valid gzip"),
        (answer(200, GZIPPED[:-8] + b"\0" * 8), "GZIP", UnexpectedPayload,
         "the document is not valid gzip"),
        (answer(200, b"a"), "ZSTD", UnexpectedPayload, "unknown compression 'ZSTD'"),
    ],
)  # fmt: skip
def test_what_goes_wrong_has_a_name(scripted, compression, kind, detail):
    with pytest.raises(SpApiError) as caught:
        download(scripted, compression=compression)
    assert (type(caught.value), str(caught.value)) == (kind, f"download: {detail}")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/d?secret", "ftp://example.org/secret", "secret", "", "https://[secret"],
)
def test_an_address_that_is_not_safe_is_not_asked(url):
    amazon = FakeAmazon()
    with (
        pytest.raises(UnexpectedPayload) as caught,
        opened(DocumentLink(url), session=amazon.session),
    ):
        pass
    assert "secret" not in str(caught.value)
    assert amazon.calls == []
