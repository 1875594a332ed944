"""Confirmations that need a person: refused, or not proven while their ship-by moment is near."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, OuterRef, Q, Subquery

from channels.models import ChannelOrder
from orders.models import OutboxMessage, Package
from orders.models.outbox import OutboxQuerySet, State

SHIP_BY = "package__order__channel_order__ship_by"  # of a message
STORE = "package__order__channel_order__store"  # of a message
NEAR = timedelta(hours=4)
PATIENCE = timedelta(minutes=15)  # Amazon shows a package seconds to minutes after it was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """How many packages are concerned, and when the first of their orders must be shipped."""

    count: int
    first_due: datetime | None


def with_ship_by(messages: OutboxQuerySet) -> OutboxQuerySet:
    """Messages with `ship_by`, that of their order at Amazon."""
    return messages.annotate(ship_by=F(SHIP_BY))


def with_order(messages: OutboxQuerySet) -> OutboxQuerySet:
    """Messages with `ship_by` and `channel_order`, the key of their order at Amazon.

    Looked up for each: of a join with three thousand of them PostgreSQL reads all packages.
    """
    package = Package.objects.order_by().filter(pk=OuterRef(OuterRef("package")))
    of_message = ChannelOrder.objects.filter(commerce_order=Subquery(package.values("order")[:1]))
    return messages.annotate(
        ship_by=Subquery(of_message.values("ship_by")[:1]),
        channel_order=Subquery(of_message.values("pk")[:1]),
    )


def needing_attention(messages: OutboxQuerySet, now: datetime) -> OutboxQuerySet:
    """Those of `messages` (with `ship_by`) that are open and will not be settled in time.

    What still waits its grace period does.
    """
    in_grace = Q(state=State.PENDING, attempts=0, last_error="", not_before__gt=now)
    stuck = Q(ship_by__lt=now + NEAR, created_at__lt=now - PATIENCE) & ~in_grace
    return messages.open().filter(Q(state=State.REFUSED) | stuck)


def is_stuck(message: OutboxMessage, ship_by: datetime | None, now: datetime) -> bool:
    """As `needing_attention` says of one that is open and not refused."""
    in_grace = (
        message.state == State.PENDING
        and not message.attempts
        and not message.last_error
        and message.not_before > now
    )
    near = ship_by is not None and ship_by < now + NEAR
    return near and message.created_at < now - PATIENCE and not in_grace


def alert(now: datetime) -> Alert | None:
    """What the banner of every page says; one statement, by an index of what is open."""
    messages = needing_attention(with_order(OutboxMessage.objects.all()), now)
    found = messages.order_by().aggregate(count=Count("pk"), first_due=Min("ship_by"))
    return Alert(**found) if found["count"] else None
