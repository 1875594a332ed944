"""Proof: Amazon shows the package, with its reference, its tracking number and its units.

What sweeps have brought is enough where it shows the package; else the order is read back. What is
not shown for long is sent again, under the same reference.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.amazon.errors import NotAuthorized, SpApiError
from channels.amazon.usage_plan import CONFIRM_SHIPMENT
from channels.models import ChannelOrder
from channels.services import errors_log
from channels.services.confirming import is_shown, with_items
from channels.services.fetching import fetch_order
from channels.services.pauses import AFTER_NO_AUTHORIZATION
from orders.models import OutboxMessage
from orders.models.event import Actor
from orders.models.fields import save_if
from orders.models.outbox import State
from orders.services import outbox
from orders.services.notes import add_note

LOOK_AGAIN = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
LATELY = timedelta(hours=1)  # read so long ago, an order may show what nobody looks for
# Refused, or given up by a person before it was sent: sent no more, but Amazon may show it yet.
_GIVEN_UP = Q(state=State.REFUSED) | Q(state=State.PENDING, dismissed_at__isnull=False)
RESEND_AFTER_CHECKS = 8  # accepted, yet not shown for about an hour: send it again

PROVEN_NOTE = gettext_noop("Amazon shows package %(number)s.")
ALL_PROVEN_NOTE = gettext_noop("Amazon shows everything shipped.")


def prove_seen(*, limit: int = 500) -> int:
    """Settle the confirmations that sweeps have shown since they were sent: no call for any of
    them. Returns how many are proven now.

    Of those that nobody looks for, refused or dismissed, the orders that were read lately count.
    """
    lately = Q(package__order__channel_order__synced_at__gt=timezone.now() - LATELY)
    sent = (
        OutboxMessage.objects.filter(
            Q(state=State.SENT, package__order__channel_order__synced_at__gt=F("sent_at"))
            | (_GIVEN_UP & lately)
        )
        .select_related("package__order__channel_order")
        .prefetch_related(with_items("package__items"))
        .order_by("-package__order__channel_order__synced_at")[:limit]
    )
    seen = {
        message.package.order.channel_order.pk
        for message in sent
        if is_shown(message.package, message.package.order.channel_order.packages)
    }
    orders = ChannelOrder.objects.select_related("account", "store").filter(pk__in=seen)
    return sum(_settle(order) for order in orders)


def prove(channel_order_id: int) -> int:
    """Settle the sent confirmations of an order; returns how many are proven now.

    What a sweep brought in the meantime may show them already; else the order is read back. Raises
    SpApiError or NoQuota when it could not be: the messages stay as they are, for a later look.
    """
    order = ChannelOrder.objects.select_related("account", "store").get(pk=channel_order_id)
    proven = _settle(order)
    overdue = OutboxMessage.objects.unproven(timezone.now()).filter(
        package__order_id=order.commerce_order_id
    )
    if not overdue.exists():
        return proven
    try:
        order = fetch_order(order)
    except SpApiError as exc:
        pause = AFTER_NO_AUTHORIZATION if isinstance(exc, NotAuthorized) else LOOK_AGAIN[0]
        overdue.update(not_before=timezone.now() + pause)
        raise
    return proven + _settle(order, looked=True)


def _waiting(order: ChannelOrder) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        Q(state=State.SENT) | _GIVEN_UP, package__order_id=order.commerce_order_id
    )


def _settle(order: ChannelOrder, *, looked: bool = False) -> int:
    """Hold the packages Amazon shows against the confirmations that wait for proof.

    `looked`: they were read just now, so what is still missing is looked for again later.
    """
    now = timezone.now()
    proven = 0
    waiting = _waiting(order).select_related("package").prefetch_related("package__items__line")
    for message in waiting:
        was = State(message.state)
        overdue = message.dismissed_at is None and message.not_before <= now
        if is_shown(message.package, order.packages):
            message.prove(now)
            with transaction.atomic():
                lock(order)
                if outbox.record(message, was=was):
                    note_proof(message, order)
                    proven += 1
        elif looked and was is State.SENT and overdue:
            _not_shown_yet(message, now)
            outbox.record(message, was=was)
    return proven


def lock(order: ChannelOrder) -> None:
    """The order before its messages, as imports take them."""
    ChannelOrder.objects.select_for_update(of=("self",)).filter(pk=order.pk).first()


def _not_shown_yet(message: OutboxMessage, now: datetime) -> None:
    if message.outcome_unknown or message.checks + 1 >= RESEND_AFTER_CHECKS:
        message.outcome_unknown = False  # the look has told
        message.resend(now)
    else:
        message.look_again(now + LOOK_AGAIN[min(message.checks, len(LOOK_AGAIN) - 1)])


def note_proof(message: OutboxMessage, order: ChannelOrder) -> None:
    params = {"number": message.package.number}
    add_note(order.uid, PROVEN_NOTE, actor=Actor.AMAZON, params=params)
    errors_log.resolve(
        order.account, [order.amazon_order_id], now=timezone.now(), operation=CONFIRM_SHIPMENT
    )
    mark_proven(order.pk)


@transaction.atomic
def mark_proven(channel_order_id: int) -> bool:
    """When Amazon shows every package of a channel order, remember since when.

    A dismissed confirmation proves nothing: its order stays Shipped.
    """
    order = ChannelOrder.objects.select_for_update(of=("self",)).get(pk=channel_order_id)
    unsettled = OutboxMessage.objects.filter(package__order_id=order.commerce_order_id).exclude(
        state=State.PROVEN
    )
    if order.proven_at is not None or unsettled.exists():
        return False
    order.proven_at = timezone.now()
    done = save_if(order, fields=["proven_at"], proven_at=None)
    if done and order.status == ChannelOrder.Status.SHIPPED:
        add_note(order.uid, ALL_PROVEN_NOTE, actor=Actor.AMAZON)
    return done
