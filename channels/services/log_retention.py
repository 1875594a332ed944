"""Deleting old logs: what is only looked back at, and would grow without end.

Kept whatever its age: what is open or on its way, and what orders are made of (notes, packages,
confirmations, the stock ledger).
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from channels.models import CommunicationError, Feed, FeedEntry, Report, SyncRun
from channels.services import channel_settings
from orders.models import Cancellation, OutboxMessage

log = logging.getLogger(__name__)

BATCH = 1000  # rows a statement: others want to write, too
ENOUGH_SECONDS = 120.0  # the rest is left to the next run


def delete_old_logs(now: datetime) -> dict[str, int]:
    """Delete what the log retention lets go; returns how many rows of each table."""
    before = now - timedelta(days=channel_settings.current().log_retention_days)
    deadline = time.monotonic() + ENOUGH_SECONDS
    deleted = {
        rows.model._meta.model_name or "": _delete(rows, deadline) for rows in _old(before, now)
    }
    if any(deleted.values()):
        log.info("Old logs deleted: %s", deleted)
    return deleted


def _old(before: datetime, now: datetime) -> Iterator[QuerySet[Any]]:
    """Table by table; the messages of a feed before the feed, so that no statement is long."""
    yield CommunicationError.objects.filter(resolved_at__lt=before)
    yield SyncRun.objects.filter(started_at__lt=before).exclude(outcome=SyncRun.Outcome.RUNNING)
    feeds = _settled_feeds(before)
    yield FeedEntry.objects.filter(feed__in=feeds)
    yield feeds
    ended = (Report.State.DONE, Report.State.FAILED)
    yield Report.objects.filter(state__in=ended, finished_at__lt=before)
    yield Session.objects.filter(expire_date__lt=now)


def _settled_feeds(before: datetime) -> QuerySet[Feed]:
    """What a message was in decides how it is sent again (dispatching.py): none with open ones."""
    still_open = Q(confirmation__in=OutboxMessage.objects.open()) | Q(
        cancellation__in=Cancellation.objects.open()
    )
    entries = FeedEntry.objects.filter(still_open, feed=OuterRef("pk"))
    ended = (Feed.State.DONE, Feed.State.FAILED)
    old = Feed.objects.filter(~Exists(entries), state__in=ended, finished_at__lt=before)
    return old.order_by("pk")


def _delete(rows: QuerySet[Any], deadline: float) -> int:
    deleted = 0
    while time.monotonic() < deadline:
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not pks:
            break
        deleted += rows.model._base_manager.filter(pk__in=pks).delete()[0]
    return deleted
