"""Reports API 2021-06-30: ``createReport``, ``getReport``, ``getReportDocument``, and the download.

Processing takes ``Settings.report_delay`` seconds; what is in a report is decided when somebody
first looks after that. A URL lives five minutes and needs no token.
"""

import gzip
import json
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from channels.sandbox import fba_report
from channels.sandbox.faults import Fault
from channels.sandbox.messages import Refused, Reply, Request, invalid_input, json_reply, not_found
from channels.sandbox.records import Seller
from channels.sandbox.reports import Asked, Document
from channels.sandbox.search_query import parameters
from channels.sandbox.wire import time_text
from channels.sandbox.wire_parts import Json
from channels.sandbox.world import World

OPERATIONS = ("create_report", "get_report", "report_document")
DOWNLOAD = "report_download"
_URL_LIFETIME = timedelta(minutes=5)
_MAX_MARKETPLACES = 25


def answer_reports(
    world: World,
    seller: Seller,
    request: Request,
    operation: str,
    resource_id: str,
    fault: Fault | None,
) -> Reply:
    """One of OPERATIONS; Refused with Amazon's reason."""
    if operation == "create_report":
        return _create(world, seller, request, is_fatal=bool(fault and fault.kind == "fatal"))
    parameters(request, ())
    if operation == "get_report":
        return _show(world, seller, resource_id)
    return _link(world, seller, request, resource_id)


def download(world: World, key: str) -> Reply:
    """The document behind a URL, or what the store behind Amazon's URLs says instead."""
    document, ends = world.reports.links.get(key, (None, None))
    if document is None or ends is None:
        return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
    if world.clock.now() > ends:
        return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
    return Reply(200, document.body, document.content_type)


def _create(world: World, seller: Seller, request: Request, *, is_fatal: bool) -> Reply:
    now = world.clock.now()
    body = _body(request)
    start, end = (_moment(body, name, now) for name in ("dataStartTime", "dataEndTime"))
    if start > end or end > now:
        raise invalid_input("dataStartTime and dataEndTime must be past, one after the other.")
    if end - start > fba_report.MARGIN:
        raise invalid_input("The report covers one month at most.")
    asked = Asked(
        report_id=str(50_000_000_000 + len(world.reports.asked)),
        seller_id=seller.seller_id,
        report_type=_report_type(body),
        marketplace_ids=_marketplace_ids(body, seller),
        start=start,
        end=end,
        created=now,
        ready=now + timedelta(seconds=world.settings.report_delay),
        is_fatal=is_fatal,
    )
    world.reports.asked[asked.report_id] = asked
    return json_reply(202, {"reportId": asked.report_id})


def _show(world: World, seller: Seller, report_id: str) -> Reply:
    asked = world.reports.asked.get(report_id)
    if asked is None or asked.seller_id != seller.seller_id:
        raise not_found()
    body: Json = {
        "reportId": asked.report_id,
        "reportType": asked.report_type,
        "marketplaceIds": list(asked.marketplace_ids),
        "dataStartTime": time_text(asked.start),
        "dataEndTime": time_text(asked.end),
        "createdTime": time_text(asked.created),
        "processingStatus": "IN_PROGRESS",
        "processingStartTime": time_text(asked.created),
    }
    if world.clock.now() >= asked.ready:
        document = _document(world, asked)
        body["processingEndTime"] = time_text(asked.ready)
        body["processingStatus"] = "DONE" if document else "CANCELLED"
        if asked.is_fatal:
            body["processingStatus"] = "FATAL"
        if document:
            body["reportDocumentId"] = document.document_id
    return json_reply(200, body)


def _document(world: World, asked: Asked) -> Document | None:
    """What the report became; None: nothing to report. Decided once."""
    documents = world.reports.documents
    if asked.report_id not in documents:
        found = fba_report.rows(world, asked)
        text = "The report could not be made.\n" if asked.is_fatal else fba_report.text(found)
        documents[asked.report_id] = (
            _packed(text, asked, world.seller(asked.seller_id)) if found or asked.is_fatal else None
        )
    return documents[asked.report_id]


def _packed(text: str, asked: Asked, seller: Seller) -> Document:
    """Japan gets Windows-31J and no word about it, as from Amazon."""
    charset = "cp932" if seller.region == "fe" else "iso-8859-1"
    said = "" if seller.region == "fe" else ";charset=ISO-8859-1"
    return Document(
        document_id=f"amzn1.spdoc.1.{asked.report_id}",
        seller_id=asked.seller_id,
        body=gzip.compress(text.encode(charset, "replace"), mtime=0),
        content_type=f"text/plain{said}",
    )


def _link(world: World, seller: Seller, request: Request, document_id: str) -> Reply:
    document = world.reports.document(document_id)
    if document is None or document.seller_id != seller.seller_id:
        raise not_found()
    key = token_hex(16)
    world.reports.links[key] = (document, world.clock.now() + _URL_LIFETIME)
    return json_reply(
        200,
        {
            "reportDocumentId": document.document_id,
            "url": f"http://{request.headers.get('host', '127.0.0.1')}/report-documents/{key}",
            "compressionAlgorithm": "GZIP",
        },
    )


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise invalid_input("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise invalid_input("The request body is not an object.")
    return body


def _report_type(body: dict[str, Any]) -> str:
    if body.get("reportType") != fba_report.REPORT_TYPE:
        raise invalid_input("This pretend Amazon does not make reports of this type.")
    return fba_report.REPORT_TYPE


def _marketplace_ids(body: dict[str, Any], seller: Seller) -> tuple[str, ...]:
    ids = body.get("marketplaceIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MAX_MARKETPLACES:
        raise invalid_input("marketplaceIds holds 1 to 25 ids.")
    if not {*map(str, ids)} <= {place.marketplace_id for place in seller.marketplaces}:
        raise Refused(403, "Unauthorized", "Access to requested resource is denied.")
    return tuple(map(str, ids))


def _moment(body: dict[str, Any], name: str, now: datetime) -> datetime:
    text = body.get(name)
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid_input(f"{name} is not an ISO 8601 date.")
    return moment
