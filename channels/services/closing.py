"""Orders canceled at Amazon after their Commerce order was created."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from channels.models.channel_order import Status
from channels.services.merging import Merged
from orders.models import CommerceOrder, CommerceOrderLine, Reservation
from orders.services.inventory import give_back
from orders.services.notes import note

CLOSED_NOTE = gettext_noop("Commerce order %(number)s canceled; its stock is released.")
TOO_LATE_NOTE = gettext_noop(
    "Canceled at Amazon, but Commerce order %(number)s is %(state)s: stop the parcel if you can."
)


def close_canceled(batch: Sequence[Merged], *, now: datetime) -> None:
    """Cancel the Commerce orders of orders that Amazon shows Canceled: four statements for all.

    Adobe's extension made them Complete; we do not (docs/differences.md).
    """
    closed: list[CommerceOrder] = []
    for merged in batch:
        order = merged.order
        if order.status != Status.CANCELED or (commerce_order := order.commerce_order) is None:
            continue
        if can_proceed(commerce_order.cancel):
            commerce_order.cancel(now)
            closed.append(commerce_order)
            merged.notes.append(
                note(order.uid, CLOSED_NOTE, params={"number": commerce_order.number})
            )
        elif commerce_order.state != CommerceOrder.State.CANCELED and any(
            n.text.startswith("Canceled at Amazon") for n in merged.notes
        ):
            merged.notes.append(
                note(
                    order.uid,
                    TOO_LATE_NOTE,
                    params={
                        "number": commerce_order.number,
                        "state": commerce_order.get_state_display(),
                    },
                )
            )
    if not closed:
        return
    pks = [order.pk for order in closed]
    canceled = CommerceOrder.State.CANCELED
    CommerceOrder.objects.filter(pk__in=pks).exclude(state=canceled).update(
        state=canceled, status_id=canceled.value, canceled_at=now
    )
    CommerceOrderLine.objects.filter(order__in=pks).update(
        quantity_canceled=F("quantity_ordered") - F("quantity_shipped")
    )
    give_back([order.timeline for order in closed], Reservation.Event.CANCELED)
