"""The calls of Feeds API 2021-06-30 and the two that go to Amazon's storage instead."""

import gzip
import json

import pytest
import requests

from channels.amazon.errors import (
    NotAuthorized,
    Rejected,
    Throttled,
    Unavailable,
    UnexpectedPayload,
)
from channels.amazon.feeds import (
    CONTENT_TYPE,
    Feeds,
    FeedState,
    ProcessingStatus,
    ResultDocument,
    UploadSlot,
)
from tests.channels.amazon.fake_http import ENDPOINT, FakeAmazon, answer, client_of, errors

FEED_TYPE = "POST_ORDER_FULFILLMENT_DATA"
URL = "https://tortuga.s3.amazonaws.com/feed-1?X-Amz-Signature=secret"
SLOT = UploadSlot("amzn1.tortuga.4.eu.1", URL)
RESULT = ResultDocument(URL, None)
REPORT = "<AmazonEnvelope>Øster</AmazonEnvelope>"


def feeds_of(*answers):
    amazon = FakeAmazon(*answers)
    return Feeds(client_of(amazon)), amazon


def asked(amazon):
    [(request, _, _)] = amazon.calls
    return request


# The API


def test_a_document_is_asked_for_with_its_content_type():
    body = {"feedDocumentId": "amzn1.tortuga.4.eu.1", "url": URL}
    feeds, amazon = feeds_of(answer(201, body))

    assert feeds.create_document() == SLOT

    request = asked(amazon)
    assert (request.method, request.url) == ("POST", f"{ENDPOINT}/feeds/2021-06-30/documents")
    assert json.loads(request.body) == {"contentType": "text/xml; charset=UTF-8"}
    assert request.headers["x-amz-access-token"] == "Atza|1"


def test_a_feed_names_its_type_its_marketplaces_and_its_document():
    feeds, amazon = feeds_of(answer(202, {"feedId": "50001"}))

    assert feeds.create(FEED_TYPE, ("A1PA6795UKMFR9",), "amzn1.tortuga.4.eu.1") == (
        "50001",
        "req-1",
    )

    request = asked(amazon)
    assert (request.method, request.url) == ("POST", f"{ENDPOINT}/feeds/2021-06-30/feeds")
    assert json.loads(request.body) == {
        "feedType": FEED_TYPE,
        "marketplaceIds": ["A1PA6795UKMFR9"],
        "inputFeedDocumentId": "amzn1.tortuga.4.eu.1",
    }


@pytest.mark.parametrize("count", [0, 26])
def test_a_feed_is_for_one_to_25_marketplaces(count):
    feeds, amazon = feeds_of()
    with pytest.raises(ValueError, match="1 to 25 marketplaces"):
        feeds.create(FEED_TYPE, ("A1PA6795UKMFR9",) * count, "amzn1.tortuga.4.eu.1")
    assert amazon.calls == []


@pytest.mark.parametrize(
    ("said", "status", "ended"),
    [
        ("IN_QUEUE", "IN_QUEUE", False),
        ("IN_PROGRESS", "IN_PROGRESS", False),
        ("DONE", "DONE", True),
        ("FATAL", "FATAL", True),
        ("CANCELLED", "CANCELLED", True),
        ("RESTING", "IN_PROGRESS", False),  # a word of tomorrow: it has not ended
    ],
)
def test_how_far_a_feed_is(said, status, ended):
    feeds, amazon = feeds_of(answer(200, {"feedId": "5/1", "processingStatus": said}))
    state = feeds.get("5/1")
    assert state == FeedState(ProcessingStatus(status), "")
    assert state.has_ended is ended
    assert asked(amazon).url == f"{ENDPOINT}/feeds/2021-06-30/feeds/5%2F1"


def test_where_the_report_is():
    shown = {"feedId": "1", "processingStatus": "DONE", "resultFeedDocumentId": "doc"}
    document = {"feedDocumentId": "doc", "url": URL, "compressionAlgorithm": "GZIP"}
    feeds, amazon = feeds_of(answer(200, shown), answer(200, document))
    assert feeds.get("1").result_document_id == "doc"
    assert feeds.get_document("doc") == ResultDocument(URL, "GZIP")
    assert amazon.calls[1][0].url == f"{ENDPOINT}/feeds/2021-06-30/documents/doc"


CALLS = {
    "createFeedDocument": lambda feeds: feeds.create_document(),
    "createFeed": lambda feeds: feeds.create(FEED_TYPE, ("A1PA6795UKMFR9",), "doc"),
    "getFeed": lambda feeds: feeds.get("1"),
    "getFeedDocument": lambda feeds: feeds.get_document("doc"),
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([errors(429, "QuotaExceeded", "Slow.")], Throttled),
        ([errors(403, "Unauthorized", "No.")] * 2, NotAuthorized),
        ([errors(400, "InvalidInput", "Wrong.")], Rejected),
        ([answer(503, b"")], Unavailable),
        ([requests.ConnectionError("reset")], Unavailable),
        ([answer(200, b"<html>")], UnexpectedPayload),
        ([answer(200, {})], UnexpectedPayload),
    ],
)
def test_what_goes_wrong_is_sorted_as_everywhere(operation, answers, error):
    feeds, _ = feeds_of(*answers)
    with pytest.raises(error) as caught:
        CALLS[operation](feeds)
    assert caught.value.operation == operation


# The storage


def test_the_upload_carries_the_content_type_and_nothing_of_the_api():
    feeds, amazon = feeds_of(answer(200))

    feeds.upload(SLOT, b"<AmazonEnvelope/>")

    request = asked(amazon)
    assert (request.method, request.url, request.body) == ("PUT", URL, b"<AmazonEnvelope/>")
    assert request.headers["content-type"] == CONTENT_TYPE
    assert not [name for name in request.headers if name.lower().startswith("x-amz")]
    assert "authorization" not in request.headers
    assert amazon.token_calls == []


@pytest.mark.parametrize(
    ("headers", "compression", "body"),
    [
        ({"Content-Type": "text/xml; charset=UTF-8"}, None, REPORT.encode()),
        ({"Content-Type": "text/xml;charset='iso-8859-1'"}, None, REPORT.encode("latin-1")),
        ({"Content-Type": "text/plain; charset=Windows-31J"}, "GZIP", None),
        ({}, None, REPORT.encode("utf-8-sig")),
        ({}, "GZIP", gzip.compress(REPORT.encode(), mtime=0)),
        # The storage says so too, and requests has unpacked it: not twice.
        ({"Content-Encoding": "gzip"}, "GZIP", gzip.compress(REPORT.encode(), mtime=0)),
    ],
)
def test_the_report_is_unpacked_and_decoded_as_it_says(headers, compression, body):
    text = REPORT
    if body is None:
        text = "発送済み"
        body = gzip.compress(text.encode("cp932"))
    feeds, amazon = feeds_of(answer(200, body, headers))

    assert feeds.download(ResultDocument(URL, compression)) == text

    request = asked(amazon)
    assert (request.method, request.url) == ("GET", URL)
    assert "x-amz-access-token" not in request.headers


@pytest.mark.parametrize(
    ("compression", "headers", "body", "detail"),
    [
        ("GZIP", {}, b"\x1f\x8bnot gzip at all", "the document is not valid gzip"),
        ("ZSTD", {}, b"?", "unknown compression 'ZSTD'"),
    ],
)
def test_a_report_that_cannot_be_read_is_said_to_be_so(compression, headers, body, detail):
    feeds, _ = feeds_of(answer(200, body, headers))
    with pytest.raises(UnexpectedPayload) as caught:
        feeds.download(ResultDocument(URL, compression))
    assert caught.value.detail == detail


def test_a_report_is_not_unpacked_without_end(monkeypatch):
    monkeypatch.setattr("channels.amazon.documents.MAX_BYTES", 1000)
    feeds, _ = feeds_of(answer(200, gzip.compress(bytes(1001))))
    with pytest.raises(UnexpectedPayload, match="larger than 1000 bytes"):
        feeds.download(ResultDocument(URL, "GZIP"))


STORAGE = {
    "upload": lambda feeds, url: feeds.upload(UploadSlot("doc", url), b"<a/>"),
    "download": lambda feeds, url: feeds.download(ResultDocument(url, None)),
}


@pytest.mark.parametrize("operation", STORAGE)
@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(403, b"<Error><Code>AccessDenied</Code></Error>"), Unavailable),  # the URL is old
        (answer(404, b""), Rejected),
        (answer(302, b"", {"Location": "https://example.org/"}), Rejected),
        (answer(429, b""), Unavailable),
        (answer(503, b"<Error><Code>SlowDown</Code></Error>"), Unavailable),
        (requests.ReadTimeout(URL), Unavailable),
    ],
)
def test_what_the_storage_says_no_with(operation, said, error):
    feeds, _ = feeds_of(said)
    with pytest.raises(error) as caught:
        STORAGE[operation](feeds, URL)
    assert caught.value.operation == operation
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("operation", STORAGE)
@pytest.mark.parametrize(
    "url", ["http://tortuga.s3.amazonaws.com/feed?secret", "ftp://127.0.0.1/a", "secret", ""]
)
def test_a_document_goes_nowhere_in_the_clear(operation, url):
    feeds, amazon = feeds_of()
    with pytest.raises(UnexpectedPayload) as caught:
        STORAGE[operation](feeds, url)
    assert "must be https" in caught.value.detail
    assert "secret" not in str(caught.value)
    assert amazon.calls == []


@pytest.mark.parametrize("operation", STORAGE)
def test_to_this_machine_plain_http_will_do(operation):
    feeds, amazon = feeds_of(answer(200))
    STORAGE[operation](feeds, "http://127.0.0.1:9001/document")
    assert len(amazon.calls) == 1
