"""The wire shapes of Feeds API 2021-06-30: only the fields we write and read."""

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from channels.amazon.decoding import decode
from channels.amazon.usage_plan import (
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED,
    GET_FEED_DOCUMENT,
)

MAX_MARKETPLACE_IDS = 25  # of createFeed


class DocumentCreated(Struct, rename="camel"):
    """Answer of ``createFeedDocument``."""

    feed_document_id: str
    url: str


class FeedCreated(Struct, rename="camel"):
    """Answer of ``createFeed``."""

    feed_id: str


class FeedShown(Struct, rename="camel"):
    """Answer of ``getFeed``."""

    feed_id: str
    processing_status: str
    result_feed_document_id: str | None = None


class DocumentShown(Struct, rename="camel"):
    """Answer of ``getFeedDocument``."""

    url: str
    compression_algorithm: str | None = None


_DOCUMENT_CREATED = Decoder(DocumentCreated)
_FEED_CREATED = Decoder(FeedCreated)
_FEED_SHOWN = Decoder(FeedShown)
_DOCUMENT_SHOWN = Decoder(DocumentShown)


def document_body(content_type: str) -> dict[str, Any]:
    """``CreateFeedDocumentSpecification``."""
    return {"contentType": content_type}


def feed_body(feed_type: str, marketplace_ids: tuple[str, ...], document_id: str) -> dict[str, Any]:
    """``CreateFeedSpecification``. ValueError where Amazon would answer a bare "InvalidInput"."""
    if not 1 <= len(marketplace_ids) <= MAX_MARKETPLACE_IDS:
        raise ValueError(f"A feed is for 1 to {MAX_MARKETPLACE_IDS} marketplaces.")
    return {
        "feedType": feed_type,
        "marketplaceIds": list(marketplace_ids),
        "inputFeedDocumentId": document_id,
    }


def read_document_created(body: bytes, *, request_id: str = "") -> DocumentCreated:
    return decode(_DOCUMENT_CREATED, body, operation=CREATE_FEED_DOCUMENT, request_id=request_id)


def read_feed_created(body: bytes, *, request_id: str = "") -> FeedCreated:
    return decode(_FEED_CREATED, body, operation=CREATE_FEED, request_id=request_id)


def read_feed(body: bytes, *, request_id: str = "") -> FeedShown:
    return decode(_FEED_SHOWN, body, operation=GET_FEED, request_id=request_id)


def read_document(body: bytes, *, request_id: str = "") -> DocumentShown:
    return decode(_DOCUMENT_SHOWN, body, operation=GET_FEED_DOCUMENT, request_id=request_id)
