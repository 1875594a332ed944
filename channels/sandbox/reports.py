"""Reports that were asked for, and the documents they became."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What ``createReport`` was asked for; ``ready`` is when it will have been processed."""

    report_id: str
    seller_id: str
    report_type: str
    marketplace_ids: tuple[str, ...]
    start: datetime
    end: datetime
    created: datetime
    ready: datetime
    is_fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A finished document, as it lies behind its URL: packed."""

    document_id: str
    seller_id: str
    body: bytes = field(repr=False)
    content_type: str


@dataclass(slots=True)
class Reports:
    """All of them. A report without data ends CANCELLED and has no document."""

    asked: dict[str, Asked] = field(default_factory=dict)
    documents: dict[str, Document | None] = field(default_factory=dict)  # by report id, once ready
    links: dict[str, tuple[Document, datetime]] = field(default_factory=dict)  # key: when it ends

    def document(self, document_id: str) -> Document | None:
        """The document of this id, if there is one."""
        there: Iterable[Document] = (d for d in self.documents.values() if d is not None)
        return next((d for d in there if d.document_id == document_id), None)
