"""How far history has come: in words for people, by name for the command line."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format

from channels.models import AmazonStore, Backfill
from orders.sentences import gettext as _


class State(StrEnum):
    """What a backfill is doing."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"


def backfill_line(store: AmazonStore) -> str | None:
    """How far back the store's orders are in, to stand behind the word *History*; one statement.

    ``back to 2026-03-01 (62 %), 1,240 orders seen``. None when nothing before its connection was
    asked for.
    """
    backfill = newest(store)
    if backfill is None:
        return None
    return _("back to %(date)s (%(percent)d %%), %(seen)s orders seen") % {
        "date": date_format(timezone.localtime(backfill.reached), "Y-m-d"),
        "percent": backfill.percent,
        "seen": number_format(backfill.seen, use_l10n=True, force_grouping=True),
    }


def newest(store: AmazonStore) -> Backfill | None:
    """The open backfill, or the one that was finished last."""
    backfills = Backfill.objects.select_related("store").filter(store=store)
    return backfills.order_by("-id").first()


def state_of(backfill: Backfill, now: datetime) -> State:
    """What it is doing. Needs `backfill.store`."""
    if backfill.finished_at:
        return State.DONE
    being_read = backfill.claimed_until is not None and backfill.claimed_until >= now
    if being_read or (backfill.store.active and backfill.due_at <= now):
        return State.RUNNING
    return State.WAITING


def state_words(backfill: Backfill, now: datetime) -> str:
    """The same for people, with what it waits for."""
    state = state_of(backfill, now)
    if state is not State.WAITING:
        return _("Done") if state is State.DONE else _("Running")
    if not backfill.store.active:
        return _("Waiting: the store is inactive")
    until = {"time": date_format(timezone.localtime(backfill.due_at), "DATETIME_FORMAT")}
    if backfill.detail:
        return _("Waiting until %(time)s") % until
    return _("Waiting for quota until %(time)s") % until


def describe_newest(store: AmazonStore) -> dict[str, Any] | None:
    """`describe` of the newest one; None when the store never had one."""
    backfill = newest(store)
    return describe(backfill) if backfill else None


def describe(backfill: Backfill) -> dict[str, Any]:
    """All of it, by the names of the command line."""
    return {
        "store": backfill.store.name,
        "state": state_of(backfill, timezone.now()),
        "since": backfill.since,
        "until": backfill.until,
        "reached": backfill.reached,
        "percent": backfill.percent,
        "pages": backfill.pages,
        "seen": backfill.seen,
        "created": backfill.created,
        "placed": backfill.placed,
        "set_aside": backfill.set_aside,
        "next_page_at": None if backfill.finished_at else backfill.due_at,
        "finished_at": backfill.finished_at,
        "detail": backfill.detail,
    }
