"""Feeds API 2021-06-30: documents, feeds, and the pre-signed URLs of Amazon's storage."""

import gzip
import hmac
import json
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from channels.sandbox.faults import Fault
from channels.sandbox.feed_records import Feed, FeedDocument
from channels.sandbox.messages import Refused, Reply, Request, invalid_input, json_reply, not_found
from channels.sandbox.records import Seller
from channels.sandbox.wire import time_text
from channels.sandbox.world import World

STORAGE = "/feed-documents/"
FULFILLMENT = "POST_ORDER_FULFILLMENT_DATA"
ACKNOWLEDGEMENT = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
_URL_LIFETIME = timedelta(minutes=5)
_UPLOAD_LIFETIME = timedelta(days=2)
_RESULT_LIFETIME = timedelta(days=28)
_MAX_BYTES = 10 * 1024 * 1024
_MAX_MARKETPLACES = 25
_WORTH_PACKING = 1024  # bytes of a report
_XML = "text/xml; charset=UTF-8"


def create_document(world: World, seller: Seller, request: Request) -> Reply:
    """A place for a document, open for five minutes."""
    content_type = _body(request).get("contentType")
    if not isinstance(content_type, str) or not content_type.strip():
        raise invalid_input("contentType is missing.")
    document = FeedDocument(
        document_id=f"amzn1.tortuga.4.{seller.region}.{token_hex(8)}.T{token_hex(6).upper()}",
        seller_id=seller.seller_id,
        content_type=content_type,
        created=world.clock.now(),
        secret=token_hex(16),
    )
    world.feed_documents[document.document_id] = document
    url = _signed_url(request, document, world.clock.now())
    return json_reply(201, {"feedDocumentId": document.document_id, "url": url})


def create_feed(world: World, seller: Seller, request: Request, fault: Fault | None) -> Reply:
    """Queue a feed: 202. What is in the document shows only when it is processed."""
    body = _body(request)
    feed_type = body.get("feedType")
    if feed_type not in (FULFILLMENT, ACKNOWLEDGEMENT):
        raise invalid_input(f"The feedType {feed_type!r} is not offered.")
    marketplace_ids = _marketplace_ids(body)
    document = world.feed_documents.get(str(body.get("inputFeedDocumentId")))
    now = world.clock.now()
    if document is None or document.seller_id != seller.seller_id or document.is_result:
        raise invalid_input("The inputFeedDocumentId is unknown.")
    if now - document.created > _UPLOAD_LIFETIME:
        raise invalid_input("The inputFeedDocumentId has expired.")
    if document.content is None:
        raise invalid_input("Nothing was uploaded to the document.")
    feed = Feed(
        feed_id=str(50_000_000_000 + len(world.feeds) + 1),
        seller_id=seller.seller_id,
        feed_type=feed_type,
        marketplace_ids=marketplace_ids,
        content=document.content,
        created=now,
        starts_at=_starts_at(world, seller, feed_type, now),
        takes=timedelta(seconds=world.settings.feed_seconds),
        fault=fault.kind if fault else "",
    )
    world.feeds[feed.feed_id] = feed
    return json_reply(202, {"feedId": feed.feed_id})


def get_feed(world: World, seller: Seller, feed_id: str) -> Reply:
    """How far the feed is; the report's id once it has ended."""
    feed = world.feeds.get(feed_id)
    if feed is None or feed.seller_id != seller.seller_id:
        raise not_found()
    now = world.clock.now()
    document: dict[str, Any] = {
        "feedId": feed.feed_id,
        "feedType": feed.feed_type,
        "marketplaceIds": list(feed.marketplace_ids),
        "createdTime": time_text(feed.created),
        "processingStatus": feed.status(now),
    }
    if feed.starts_at <= now:
        document["processingStartTime"] = time_text(feed.starts_at)
    if feed.outcome:
        document["processingEndTime"] = time_text(feed.ends_at)
    if feed.result_document_id:
        document["resultFeedDocumentId"] = feed.result_document_id
    return json_reply(200, document)


def get_document(world: World, seller: Seller, request: Request, document_id: str) -> Reply:
    """Where a document may be fetched for five minutes."""
    document = world.feed_documents.get(document_id)
    now = world.clock.now()
    if document is None or document.seller_id != seller.seller_id or document.content is None:
        raise not_found()
    if document.is_result and now - document.created > _RESULT_LIFETIME:
        raise not_found()
    body = {
        "feedDocumentId": document_id,
        "url": _signed_url(request, document, now),
    }
    if document.is_packed:
        body["compressionAlgorithm"] = "GZIP"
    return json_reply(200, body)


def upload(world: World, request: Request, document_id: str) -> Reply:
    """PUT to a pre-signed URL: the signature covers the Content-Type, and no other header goes."""
    document = _opened(world, request, document_id)
    if document.is_result:
        raise Refused(403, "AccessDenied", "Access Denied")
    if request.headers["content-type"] != document.content_type:
        raise Refused(403, "SignatureDoesNotMatch", "The Content-Type is not the one signed.")
    if len(request.body) >= _MAX_BYTES:
        raise Refused(400, "EntityTooLarge", "Your upload exceeds the maximum allowed size.")
    document.content = request.body
    return Reply(200, content_type="application/xml")


def download(world: World, request: Request, document_id: str) -> Reply:
    """GET from a pre-signed URL."""
    document = _opened(world, request, document_id)
    return Reply(200, document.content or b"", document.content_type)


def keep_report(world: World, feed: Feed, report: bytes) -> None:
    """The processing report as a document of its own; a longer one is packed."""
    is_packed = len(report) > _WORTH_PACKING
    document = FeedDocument(
        document_id=f"amzn1.tortuga.4.result.{token_hex(8)}.T{token_hex(6).upper()}",
        seller_id=feed.seller_id,
        content_type=_XML,
        created=feed.ends_at,
        secret=token_hex(16),
        content=gzip.compress(report) if is_packed else report,
        is_result=True,
        is_packed=is_packed,
    )
    feed.result_document_id = document.document_id
    if feed.fault != "lose_result":
        world.feed_documents[document.document_id] = document


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid_input("The request body is not a JSON object.")
    return body


def _marketplace_ids(body: dict[str, Any]) -> tuple[str, ...]:
    ids = body.get("marketplaceIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MAX_MARKETPLACES:
        raise invalid_input(f"marketplaceIds holds 1 to {_MAX_MARKETPLACES} ids.")
    if not all(isinstance(one, str) for one in ids):
        raise invalid_input("marketplaceIds holds something that is no id.")
    return tuple(ids)


def _starts_at(world: World, seller: Seller, feed_type: str, now: datetime) -> datetime:
    """Feeds of one type of one seller are processed one after the other."""
    before = [
        feed.ends_at
        for feed in world.feeds.values()
        if (feed.seller_id, feed.feed_type) == (seller.seller_id, feed_type)
    ]
    return max([now, *before])


# Pre-signed URLs


def _signed_url(request: Request, document: FeedDocument, now: datetime) -> str:
    expires = str(int((now + _URL_LIFETIME).timestamp()))
    query = urlencode({"X-Amz-Expires": expires, "X-Amz-Signature": _sign(document, expires)})
    return f"http://{request.headers['host']}{STORAGE}{document.document_id}?{query}"


def _sign(document: FeedDocument, expires: str) -> str:
    text = f"{document.document_id} {expires}".encode()
    return hmac.new(document.secret.encode(), text, sha256).hexdigest()


def _opened(world: World, request: Request, document_id: str) -> FeedDocument:
    query = dict(request.query)
    expires, signature = query.get("X-Amz-Expires", ""), query.get("X-Amz-Signature", "")
    document = world.feed_documents.get(document_id)
    if document is None or not hmac.compare_digest(_sign(document, expires), signature):
        raise Refused(403, "SignatureDoesNotMatch", "The signature does not match.")
    if any(name.startswith("x-amz") or name == "authorization" for name in request.headers):
        raise Refused(403, "SignatureDoesNotMatch", "A header is not one of those signed.")
    if int(expires) < world.clock.now().timestamp():
        raise Refused(403, "AccessDenied", "Request has expired")
    return document
