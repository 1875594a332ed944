"""What the world holds of feeds. Unlike orders they change in place: nobody looks at their past."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_QUEUED = 0.2  # of the time a feed takes


@dataclass(slots=True, kw_only=True)
class FeedDocument:
    """A document behind pre-signed URLs: an upload of the seller's, or a report of Amazon's."""

    document_id: str
    seller_id: str
    content_type: str
    created: datetime
    secret: str = field(repr=False)  # signs its URLs
    content: bytes | None = field(default=None, repr=False)
    is_result: bool = False
    is_packed: bool = False


@dataclass(slots=True, kw_only=True)
class Feed:
    """A feed; ``outcome`` is its last status, "" while it has not ended."""

    feed_id: str
    seller_id: str
    feed_type: str
    marketplace_ids: tuple[str, ...]
    content: bytes = field(repr=False)
    created: datetime
    starts_at: datetime
    takes: timedelta
    fault: str = ""  # a kind of faults.py
    outcome: str = ""
    result_document_id: str = ""
    applied: int = 0  # messages
    refused: int = 0

    @property
    def ends_at(self) -> datetime:
        """When it is processed."""
        return self.starts_at + self.takes

    def status(self, now: datetime) -> str:
        """``processingStatus``."""
        if self.outcome:
            return self.outcome
        return "IN_QUEUE" if now < self.starts_at + self.takes * _QUEUED else "IN_PROGRESS"
