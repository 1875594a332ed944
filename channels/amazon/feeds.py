"""Feeds API 2021-06-30: a document goes up, Amazon works through it, a report comes back.

``createFeedDocument`` -> PUT -> ``createFeed`` -> ``getFeed`` until it has ended ->
``getFeedDocument`` -> GET. Every step raises the errors of ``channels.amazon.errors``; steps
before ``createFeed`` change nothing at Amazon, however they end.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from channels.amazon import documents
from channels.amazon import wire_feeds_2021_06_30 as wire
from channels.amazon.client import SpApiClient, path_segment
from channels.amazon.transport import request_id_of
from channels.amazon.usage_plan import (
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED,
    GET_FEED_DOCUMENT,
)

CONTENT_TYPE: Final = "text/xml; charset=UTF-8"
_ROOT: Final = "/feeds/2021-06-30"


class ProcessingStatus(StrEnum):
    """How far a feed is; a new word of Amazon's becomes IN_PROGRESS: it has not ended."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"  # processed, which is not success: read the report
    CANCELLED = "CANCELLED"  # also by Amazon itself, without a reason
    FATAL = "FATAL"  # some, none or all of it was applied


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """Where a document may be put for five minutes; the id lives for two days."""

    document_id: str
    url: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """What ``getFeed`` says."""

    status: ProcessingStatus
    result_document_id: str  # "" while there is none

    @property
    def has_ended(self) -> bool:
        return self.status not in (ProcessingStatus.IN_QUEUE, ProcessingStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class ResultDocument:
    """Where the processing report may be fetched for five minutes."""

    url: str
    compression: str | None


class Feeds:
    """The calls of one seller account."""

    def __init__(self, client: SpApiClient) -> None:
        self._client = client

    def create_document(self) -> UploadSlot:
        """A place for an XML document."""
        response = self._client.call(
            CREATE_FEED_DOCUMENT,
            "POST",
            f"{_ROOT}/documents",
            json=wire.document_body(CONTENT_TYPE),
        )
        made = wire.read_document_created(response.content, request_id=request_id_of(response))
        return UploadSlot(made.feed_document_id, made.url)

    def upload(self, slot: UploadSlot, content: bytes) -> None:
        """Put the document there."""
        documents.upload(self._client, slot.url, content, CONTENT_TYPE)

    def create(
        self, feed_type: str, marketplace_ids: tuple[str, ...], document_id: str
    ) -> tuple[str, str]:
        """Have Amazon process the document: the feed id (unique per seller) and the request id.

        The one step with an effect: after Unavailable or UnexpectedPayload nobody knows whether
        there is such a feed.
        """
        response = self._client.call(
            CREATE_FEED,
            "POST",
            f"{_ROOT}/feeds",
            json=wire.feed_body(feed_type, marketplace_ids, document_id),
        )
        request_id = request_id_of(response)
        return wire.read_feed_created(response.content, request_id=request_id).feed_id, request_id

    def get(self, feed_id: str) -> FeedState:
        """How far the feed is."""
        response = self._client.call(GET_FEED, "GET", f"{_ROOT}/feeds/{path_segment(feed_id)}")
        shown = wire.read_feed(response.content, request_id=request_id_of(response))
        known = shown.processing_status in list(ProcessingStatus)
        status = shown.processing_status if known else ProcessingStatus.IN_PROGRESS
        return FeedState(ProcessingStatus(status), shown.result_feed_document_id or "")

    def get_document(self, document_id: str) -> ResultDocument:
        """Where the processing report is."""
        path = f"{_ROOT}/documents/{path_segment(document_id)}"
        response = self._client.call(GET_FEED_DOCUMENT, "GET", path)
        shown = wire.read_document(response.content, request_id=request_id_of(response))
        return ResultDocument(shown.url, shown.compression_algorithm)

    def download(self, document: ResultDocument) -> str:
        """The text of the processing report."""
        return documents.download(self._client, document.url, document.compression)
