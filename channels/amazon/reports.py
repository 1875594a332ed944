"""Reports API 2021-06-30: ask for a report, ask how far it is, ask where its document is.

What is in a document is read by a parser per report type (``fulfilled_shipments``). Each function
is one call through an ``SpApiClient`` and raises the errors of ``channels.amazon.errors``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder

from channels.amazon.client import SpApiClient, path_segment
from channels.amazon.decoding import decode
from channels.amazon.documents import DocumentLink
from channels.amazon.errors import Detail, UnexpectedPayload
from channels.amazon.transport import request_id_of
from channels.amazon.types import instant_text
from channels.amazon.usage_plan import CREATE_REPORT, GET_REPORT, GET_REPORT_DOCUMENT

_API: Final = "/reports/2021-06-30"


class ProcessingStatus(StrEnum):
    """How far a report is. A word that is not here is taken for "not ready yet"."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"  # also: there is nothing to report for this time
    FATAL = "FATAL"


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """``document_id``: what ``get_report_document`` takes; "" while there is none.

    One that is DONE has it; one that ended FATAL may have it, with the reason in words.
    """

    status: str
    document_id: str = ""


class _Created(Struct, rename="camel"):
    report_id: str


class _Report(Struct, rename="camel"):
    processing_status: str
    report_document_id: str = ""


class _Document(Struct, rename="camel"):
    url: str
    compression_algorithm: str = ""


_CREATED = Decoder(_Created)
_REPORT = Decoder(_Report)
_DOCUMENT = Decoder(_Document)


def create_report(
    api: SpApiClient,
    report_type: str,
    marketplace_ids: Sequence[str],
    *,
    since: datetime,
    until: datetime,
) -> str:
    """Ask for a report about a span of time that is over; returns its id.

    Asking twice makes two reports: harmless, but each costs one of fifteen calls.
    """
    body = {
        "reportType": report_type,
        "marketplaceIds": list(marketplace_ids),
        "dataStartTime": instant_text(since),
        "dataEndTime": instant_text(until),
    }
    response = api.call(CREATE_REPORT, "POST", f"{_API}/reports", json=body)
    request_id = request_id_of(response)
    answer = decode(_CREATED, response.content, operation=CREATE_REPORT, request_id=request_id)
    if not answer.report_id.strip("."):
        raise UnexpectedPayload(CREATE_REPORT, Detail("reportId is empty"), request_id=request_id)
    return answer.report_id


def get_report(api: SpApiClient, report_id: str) -> ReportProgress:
    """How far a report is."""
    response = api.call(GET_REPORT, "GET", f"{_API}/reports/{path_segment(report_id)}")
    request_id = request_id_of(response)
    answer = decode(_REPORT, response.content, operation=GET_REPORT, request_id=request_id)
    progress = ReportProgress(answer.processing_status, answer.report_document_id)
    if progress.status == ProcessingStatus.DONE and not progress.document_id.strip("."):
        raise UnexpectedPayload(
            GET_REPORT, Detail("DONE without a document"), request_id=request_id
        )
    return progress


def get_report_document(api: SpApiClient, document_id: str) -> DocumentLink:
    """Where the document is, for the next five minutes (``documents.opened``)."""
    path = f"{_API}/documents/{path_segment(document_id)}"
    response = api.call(GET_REPORT_DOCUMENT, "GET", path)
    answer = decode(
        _DOCUMENT,
        response.content,
        operation=GET_REPORT_DOCUMENT,
        request_id=request_id_of(response),
    )
    return DocumentLink(answer.url, answer.compression_algorithm)
