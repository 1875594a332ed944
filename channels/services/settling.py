"""What Amazon shows of orders that are being canceled: it has done it, or has shipped instead."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.models import ChannelOrder, ChannelOrderItem
from channels.models.order_status import Status
from channels.services.merging import Merged
from orders.models import Cancellation, CommerceOrder, OrderNote
from orders.models.event import Actor
from orders.services.cancellation import finish, refuse
from orders.services.notes import note

DONE_NOTE = gettext_noop("Amazon has canceled what it was asked to cancel.")
SHIPPED_NOTE = gettext_noop("Not canceled: Amazon shows it shipped.")


def settle_cancellations(batch: Iterable[Merged], *, now: datetime) -> None:
    """Finish the cancellations of these orders that Amazon's word decides; the caller locks them.

    No statement when no order of the batch is being canceled, else five at most.
    """
    waiting = {m.order.commerce_order_id: m for m in batch if m.is_being_canceled}
    if not waiting:
        return
    done, too_late = [], []
    found = Cancellation.objects.open().filter(order__in=waiting).order_by("pk")
    for row in found.prefetch_related("items__line"):
        merged = waiting[row.order_id]
        lines = {item.line.channel_item_id for item in row.items.all()}
        items = [item for item in merged.items if item.order_item_id in lines]
        if is_canceled(merged.order, items):
            done.append(row)
            merged.notes.append(note(merged.order.uid, DONE_NOTE, actor=Actor.AMAZON))
        elif is_shipped(merged.order, items):
            too_late.append(row)
            merged.notes.append(note(merged.order.uid, SHIPPED_NOTE, actor=Actor.AMAZON))
    if done:
        finish(done, now=now)
    if too_late:
        refuse(too_late, SHIPPED_NOTE, now=now)


def is_canceled(order: ChannelOrder, items: Sequence[ChannelOrderItem]) -> bool:
    """Whether Amazon shows these items canceled: the order is, or no unit of them is wanted."""
    return order.status == Status.CANCELED or not any(item.quantity_wanted for item in items)


def is_shipped(order: ChannelOrder, items: Sequence[ChannelOrderItem]) -> bool:
    """Whether Amazon shows units of these items shipped: they cannot be canceled any more."""
    return order.status == Status.SHIPPED or any(item.quantity_shipped for item in items)


@transaction.atomic
def settle_stored(cancellation_ids: Collection[int]) -> None:
    """Settle these by what is stored of their orders, without asking Amazon.

    An import may have been a moment too early to know of a request.
    """
    linked = CommerceOrder.objects.select_for_update(of=("self",)).filter(
        cancellations__in=Cancellation.objects.open().filter(pk__in=cancellation_ids)
    )
    orders = ChannelOrder.objects.filter(commerce_order__in=list(linked.order_by("pk")))
    batch = [
        Merged(order, list(order.items.all()), is_new=False, is_being_canceled=True)
        for order in orders.prefetch_related("items")
    ]
    settle_cancellations(batch, now=timezone.now())
    OrderNote.objects.bulk_create(note for merged in batch for note in merged.notes)
