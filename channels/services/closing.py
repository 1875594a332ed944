"""Orders canceled at Amazon after their Commerce order was created, by whomever.

Whatever its state, the Commerce order is closed: nothing more of it is shipped, reserved or
confirmed. What has left the house has left it, and a note says what a person must still do.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from channels.amazon.types import Status as AmazonStatus
from channels.models.order_status import Status
from channels.services.merging import STATUS_NOTES, Merged
from orders.models import CommerceOrder, CommerceOrderLine, OutboxMessage, Reservation
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.outbox import State
from orders.services.inventory import give_back
from orders.services.notes import note, state_change
from orders.services.states import write_moves

CLOSED_NOTE = gettext_noop("Commerce order %(number)s canceled; its stock is released.")
REST_NOTE = gettext_noop(
    "Commerce order %(number)s: the rest is canceled. Part of it was shipped: stop the parcel if "
    "you can."
)
TOO_LATE_NOTE = gettext_noop(
    "Canceled at Amazon, but Commerce order %(number)s is %(state)s: stop the parcel if you can."
)
STOPPED_NOTE = gettext_noop("Package %(number)s is not confirmed any more: Amazon has canceled.")
STOPPED = gettext_noop("Amazon canceled the order before it heard of this package.")
STOPPED_SENT = gettext_noop("Amazon canceled the order after it was told of this package.")


def close_canceled(batch: Sequence[Merged], *, now: datetime) -> None:
    """Close the Commerce orders of orders that Amazon shows Canceled: seven statements for all.

    Adobe's extension made them Complete; we do not (docs/differences.md).
    """
    canceled = [
        (merged, linked)
        for merged in batch
        if merged.order.status == Status.CANCELED
        and (linked := merged.order.commerce_order) is not None
        and linked.state != CommerceOrder.State.CANCELED
    ]
    if not canceled:
        return
    shipped = _with_shipped_units([linked.pk for _, linked in canceled])
    closed = [linked for _, linked in canceled if linked.state in UNFINISHED_STATES]
    if shipped:
        _stop_confirmations({linked.pk: merged for merged, linked in canceled})
    for merged, linked in canceled:
        _close(merged, linked, has_shipped=linked.pk in shipped, now=now)
    _write(closed)


def _with_shipped_units(pks: Sequence[int]) -> set[int]:
    lines = CommerceOrderLine.objects.filter(order__in=pks, quantity_shipped__gt=0)
    return set(lines.values_list("order", flat=True))


def _close(merged: Merged, order: CommerceOrder, *, has_shipped: bool, now: datetime) -> None:
    """In memory: Canceled, or Complete where part has left; and what is to be done about it."""
    before = order.state
    if before not in UNFINISHED_STATES:
        if any(n.text == STATUS_NOTES[AmazonStatus.CANCELED] for n in merged.notes):  # just now
            _note(merged, order, TOO_LATE_NOTE, before)
    elif has_shipped:
        if can_proceed(order.unhold):
            order.unhold()
        order.complete(now)
        _note(merged, order, REST_NOTE, before)
    else:
        order.cancel(now)
        _note(merged, order, CLOSED_NOTE, before)


def _note(merged: Merged, order: CommerceOrder, text: str, before: str) -> None:
    params = {"number": order.number, "state": CommerceOrder.State(order.state).label}
    moved = state_change(before, order)
    merged.notes.append(note(merged.order.uid, text, params=params, changes=moved))


def _write(closed: Sequence[CommerceOrder]) -> None:
    """Orders, their lines and the stock they held."""
    if not closed:
        return
    write_moves(closed)
    CommerceOrderLine.objects.filter(order__in=[order.pk for order in closed]).update(
        quantity_canceled=F("quantity_ordered") - F("quantity_shipped")
    )
    give_back([order.timeline for order in closed], Reservation.Event.CANCELED)


def _stop_confirmations(canceled: dict[int, Merged]) -> None:
    """Amazon has nothing to confirm any more. What a worker is sending just now it will answer."""
    messages = list(
        OutboxMessage.objects.filter(
            package__order__in=canceled, state__in=[State.PENDING, State.SENT]
        )
        .select_related("package")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    stopped: dict[str, list[int]] = {STOPPED: [], STOPPED_SENT: []}
    for message in messages:
        text = STOPPED if message.sent_at is None else STOPPED_SENT
        stopped[text].append(message.pk)
        message.stop(text)
        merged = canceled[message.package.order_id]
        params = {"number": message.package.number}
        merged.notes.append(note(merged.order.uid, STOPPED_NOTE, params=params))
    for text, pks in stopped.items():
        if pks:
            OutboxMessage.objects.filter(pk__in=pks, state__in=[State.PENDING, State.SENT]).update(
                state=State.REFUSED, last_error=text
            )
