"""Reports API 2021-06-30: what is asked, what the answers mean."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.reports import (
    ReportProgress,
    create_report,
    get_report,
    get_report_document,
)
from tests.channels.amazon.calls import REPORT_TYPE
from tests.channels.amazon.fake_http import ENDPOINT, FakeAmazon, answer, client_of
from tests.channels.amazon.test_official_models import MODELS, check

SINCE = datetime(2026, 8, 12, 14, tzinfo=timezone(timedelta(hours=2)))
UNTIL = datetime(2026, 8, 13, 12, tzinfo=UTC)
MARKETPLACES = ["A1PA6795UKMFR9", "A2NODRKZP88ZB9"]


def asked():
    """The request that creates a report."""
    amazon = FakeAmazon(answer(202, {"reportId": "50001"}))
    report_id = create_report(
        client_of(amazon), REPORT_TYPE, MARKETPLACES, since=SINCE, until=UNTIL
    )
    assert report_id == "50001"
    ((request, _, _),) = amazon.calls
    return request


def test_a_report_is_asked_for():
    request = asked()
    assert (request.method, request.url) == ("POST", f"{ENDPOINT}/reports/2021-06-30/reports")
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "reportType": REPORT_TYPE,
        "marketplaceIds": MARKETPLACES,
        "dataStartTime": "2026-08-12T12:00:00.000Z",
        "dataEndTime": "2026-08-13T12:00:00.000Z",
    }


@pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not at hand")
def test_what_we_ask_is_of_amazons_shape():
    check(json.loads(asked().body), "reports_2021-06-30.json", "CreateReportSpecification")


@pytest.mark.parametrize(
    ("body", "progress"),
    [
        ({"processingStatus": "IN_QUEUE"}, ReportProgress("IN_QUEUE")),
        ({"processingStatus": "IN_PROGRESS"}, ReportProgress("IN_PROGRESS")),
        ({"processingStatus": "A_NEW_WORD"}, ReportProgress("A_NEW_WORD")),
        ({"processingStatus": "CANCELLED"}, ReportProgress("CANCELLED")),
        ({"processingStatus": "FATAL"}, ReportProgress("FATAL")),
        ({"processingStatus": "FATAL", "reportDocumentId": "d"}, ReportProgress("FATAL", "d")),
        ({"processingStatus": "DONE", "reportDocumentId": "d"}, ReportProgress("DONE", "d")),
    ],
)
def test_how_far_a_report_is(body, progress):
    amazon = FakeAmazon(answer(200, body))
    assert get_report(client_of(amazon), "50 001/") == progress
    assert amazon.calls[0][0].url == f"{ENDPOINT}/reports/2021-06-30/reports/50%20001%2F"


@pytest.mark.parametrize(
    ("call", "body", "detail"),
    [
        ("create", {"reportId": ""}, "reportId is empty"),
        ("create", {"reportId": ".."}, "reportId is empty"),
        ("create", {}, "missing required field `reportId`"),
        ("create", {"reportId": 7}, "reportId: Expected `str`, got `int`"),
        ("get", {"processingStatus": "DONE"}, "DONE without a document"),
        ("get", {}, "missing required field `processingStatus`"),
        ("document", {}, "missing required field `url`"),
    ],
)
def test_an_answer_that_says_nothing(call, body, detail):
    client = client_of(FakeAmazon(answer(200, body)))
    calls = {
        "create": lambda: create_report(client, REPORT_TYPE, [], since=SINCE, until=UNTIL),
        "get": lambda: get_report(client, "1"),
        "document": lambda: get_report_document(client, "d"),
    }
    with pytest.raises(UnexpectedPayload, match=detail):
        calls[call]()


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_where_a_document_is(compression):
    body = {"reportDocumentId": "d/1", "url": "https://example.org/d?X-Amz-Signature=secret"}
    if compression:
        body["compressionAlgorithm"] = compression
    amazon = FakeAmazon(answer(200, body))

    link = get_report_document(client_of(amazon), "d/1")

    assert (link.url, link.compression) == (body["url"], compression)
    assert "secret" not in repr(link)
    assert amazon.calls[0][0].url == f"{ENDPOINT}/reports/2021-06-30/documents/d%2F1"
