"""What waits to be sent to Amazon: in read-only mode, what would go out if it were switched off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, QuerySet

from channels.services.cancel_rules import REASONS
from orders.models import Cancellation, CommerceOrder, OutboxMessage
from orders.models.cancellation import State as CancellationState
from orders.models.outbox import State

SHOWN = 50


@dataclass(slots=True, kw_only=True)
class Waiting:
    """What one store has waiting, and since when."""

    store: str
    confirmations: int = 0
    cancellations: int = 0
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One of them: a package to confirm (`cancellation` False) or an order to cancel."""

    order_id: int  # Commerce order
    number: str
    store: str
    what: str  # carrier and tracking number, or Amazon's reason in words
    cancellation: bool
    since: datetime


def counts() -> list[Waiting]:
    """By store, the one that has waited longest first; two statements."""
    stores: dict[str, Waiting] = {}
    for name, count, since in _by_store(_confirmations(), "created_at"):
        stores[name] = Waiting(store=name, confirmations=count, oldest=since)
    for name, count, since in _by_store(_cancellations(), "requested_at"):
        known = stores.setdefault(name, Waiting(store=name, oldest=since))
        known.cancellations, known.oldest = count, min(known.oldest, since)
    return sorted(stores.values(), key=lambda waiting: waiting.oldest)


def oldest() -> list[Message]:
    """The first SHOWN of all, the oldest first; two statements."""
    confirmations = _confirmations().select_related("package__order")
    cancellations = _cancellations().select_related("order")
    found = [
        _message(m, m.package.order, what=str(m.package), since=m.created_at)
        for m in confirmations.order_by("created_at", "pk")[:SHOWN]
    ] + [
        _message(c, c.order, what=str(REASONS.get(c.reason, c.reason)), since=c.requested_at)
        for c in cancellations.order_by("requested_at", "pk")[:SHOWN]
    ]
    return sorted(found, key=lambda message: message.since)[:SHOWN]


def _message(row: Any, order: CommerceOrder, *, what: str, since: datetime) -> Message:
    return Message(
        order_id=order.pk,
        number=order.number,
        store=row.store,
        what=what,
        cancellation=isinstance(row, Cancellation),
        since=since,
    )


def _confirmations() -> QuerySet[OutboxMessage]:
    store = F("package__order__channel_order__store__name")
    return OutboxMessage.objects.open().filter(state=State.PENDING).annotate(store=store)


def _cancellations() -> QuerySet[Cancellation]:
    store = F("order__channel_order__store__name")
    return Cancellation.objects.filter(state=CancellationState.REQUESTED).annotate(store=store)


def _by_store(rows: Any, since: str) -> Iterable[tuple[str, int, datetime]]:
    """(name, how many, since when) of each store."""
    counted = rows.order_by().values("store").annotate(count=Count("pk"), first=Min(since))
    yield from counted.values_list("store", "count", "first")
