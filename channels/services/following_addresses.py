"""Amazon's address of a known order changed: what follows it, and what does not."""

from collections.abc import Sequence

from django.db.models import BigIntegerField, Case, Value, When
from django.utils.translation import gettext_noop

from channels.models import ChannelOrder
from channels.services.addresses import changed_at_amazon, changed_parts, lay_over, part_changes
from channels.services.merging import Merged
from customers.bulk import insert_rows, update_rows
from customers.models import CustomerAddress
from orders.models import CommerceOrder
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.event import Actor
from orders.services.notes import note

CHANGED_NOTE = gettext_noop("Amazon changed the shipping address.")
TOO_LATE_NOTE = gettext_noop(
    "Amazon changed the shipping address, but Commerce order %(number)s is %(state)s and keeps"
    " the old one."
)
WARNING_NOTE = gettext_noop(
    "Warning: Amazon changed its address after the shipping address was corrected here."
    " The correction stays: compare the two."
)
BACK_NOTE = gettext_noop("Amazon's address is again the one that was corrected here.")


def follow_addresses(batch: Sequence[Merged]) -> None:
    """Open Commerce orders go where Amazon says now; a correction stays and is warned about.

    Called before placing: an order without a Commerce order has nothing that must follow. Two
    statements for all, four when a Commerce order had no address; none when no address changed.
    The orders are locked, which nobody who writes these addresses does without.
    """
    changed = [m for m in batch if m.address_before is not None and m.order.erased_at is None]
    for merged in changed:
        if merged.order.corrected_address:
            _note(merged, WARNING_NOTE if changed_at_amazon(merged.order) else BACK_NOTE)
    following = [m for m in changed if m.order.commerce_order_id and not m.order.corrected_address]
    if not following:
        return
    to_write: list[ChannelOrder] = []
    for merged in following:
        commerce_order = merged.order.commerce_order
        assert commerce_order is not None
        if commerce_order.state in UNFINISHED_STATES:
            to_write.append(merged.order)
            _note(merged, CHANGED_NOTE)
        else:
            state = CommerceOrder.State(commerce_order.state).label
            _note(merged, TOO_LATE_NOTE, number=commerce_order.number, state=state)
    if to_write:
        _write(to_write)


def _note(merged: Merged, text: str, **params: object) -> None:
    parts = changed_parts(merged.address_before or {}, merged.order.recipient or {})
    moved = part_changes(parts)
    merged.notes.append(
        note(merged.order.uid, text, actor=Actor.AMAZON, params=params, changes=moved)
    )


def _write(orders: Sequence[ChannelOrder]) -> None:
    linked = [(order, order.commerce_order) for order in orders if order.commerce_order]
    pks = [to.shipping_address_id for _, to in linked if to.shipping_address_id]
    known = CustomerAddress.objects.select_for_update().order_by("pk").in_bulk(pks)
    new: dict[int, CustomerAddress] = {}
    for order, commerce_order in linked:
        address = known.get(commerce_order.shipping_address_id or 0)
        if address is None:
            address = CustomerAddress(customer_id=commerce_order.customer_id)
            new[commerce_order.pk] = address
        lay_over(address, order)
    update_rows(known.values(), ["address", "source"])
    if new:
        insert_rows(new.values())
        links = (When(pk=pk, then=Value(address.pk)) for pk, address in new.items())
        CommerceOrder.objects.filter(pk__in=new).update(
            shipping_address=Case(*links, output_field=BigIntegerField())
        )
