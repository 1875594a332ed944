"""Orders that Amazon changed after their Commerce order was created: it follows.

Quantities and amounts follow while the Commerce order is open. One that is finished keeps its books
as they are, and a note says what Amazon's are now.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from channels.models import ChannelOrderItem
from channels.policy import charges_of_no_line
from channels.services.commerce_orders import line_amounts, new_line, order_amounts
from channels.services.facts import facts
from channels.services.matching import load_catalog
from channels.services.merging import Merged
from customers.bulk import insert_rows, update_rows
from orders.models import CommerceOrder, CommerceOrderLine
from orders.models.commerce_order import UNFINISHED_STATES, State
from orders.money import in_currency
from orders.services.inventory import Event, Need, fresh_key, settle
from orders.services.notes import note, state_change
from orders.services.states import write_moves

QUANTITY_NOTE = gettext_noop("Amazon changed the quantity of %(sku)s from %(before)s to %(after)s.")
TOTAL_NOTE = gettext_noop("Amazon changed the total from %(before)s to %(after)s %(currency)s.")
KEPT_NOTE = gettext_noop(
    "Amazon's total is now %(after)s %(currency)s; Commerce order %(number)s keeps %(before)s."
)
UNBALANCED_NOTE = gettext_noop(
    "Amazon's total is now %(after)s %(currency)s and its lines do not add up to it; "
    "Commerce order %(number)s keeps %(before)s."
)
DONE_NOTE = gettext_noop("Nothing of Commerce order %(number)s is left to ship.")
LINE_COLUMNS = [
    "quantity_ordered", "quantity_canceled", "item_amount", "shipping_amount", "gift_wrap_amount",
    "other_amount", "discount_amount", "tax_amount", "tax_collected_by_channel", "row_total",
]  # fmt: skip
ORDER_COLUMNS = [
    "subtotal", "shipping_amount", "gift_wrap_amount", "other_amount", "discount_amount",
    "tax_amount", "grand_total",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """A placed order that Amazon changed, and the Commerce order that is to follow."""

    merged: Merged
    order: CommerceOrder
    lines: list[CommerceOrderLine]

    def note(self, text: str, **params: object) -> None:
        self.merged.notes.append(note(self.order.timeline, text, params=params))


def follow(batch: Sequence[Merged], *, now: datetime) -> None:
    """Let the Commerce orders of changed orders follow; a constant number of statements.

    The caller holds their locks. Canceled orders are not for here (channels/services/closing.py).
    """
    changed = [merged for merged in batch if _is_changed(merged)]
    if not changed:
        return
    lines: defaultdict[int, list[CommerceOrderLine]] = defaultdict(list)
    linked = [merged.order.commerce_order_id for merged in changed]
    for line in CommerceOrderLine.objects.filter(order__in=linked).select_related("product"):
        lines[line.order_id].append(line)
    followed = [_followed(merged, lines) for merged in changed]
    _add_lines(followed)
    moved = [line for each in followed for line in _follow_lines(each)]
    update_rows(moved, LINE_COLUMNS)
    paid = [each.order for each in followed if _follow_amounts(each)]
    update_rows(paid, ORDER_COLUMNS)
    settle([_need(each) for each in followed])
    _complete(followed, now)


def _is_changed(merged: Merged) -> bool:
    order, linked = merged.order, merged.order.commerce_order
    if linked is None or order.status == order.Status.CANCELED:
        return False
    total_moved = order.grand_total != merged.total_before
    if linked.state in UNFINISHED_STATES:
        return merged.contents_changed or total_moved
    if total_moved and order.grand_total != linked.grand_total:
        params = {"number": linked.number, **_totals(linked, order.grand_total)}
        merged.notes.append(note(order.uid, KEPT_NOTE, params=params))
    return False


def _totals(linked: CommerceOrder, after: Decimal | None) -> dict[str, object]:
    currency = linked.currency
    before, after = in_currency(linked.grand_total, currency), in_currency(after, currency)
    return {"before": before, "after": after, "currency": currency}


def _followed(merged: Merged, lines: defaultdict[int, list[CommerceOrderLine]]) -> Followed:
    linked = merged.order.commerce_order
    assert linked is not None
    return Followed(merged, linked, lines[linked.pk])


def _add_lines(followed: Sequence[Followed]) -> None:
    """Items that came later have lines, too."""
    new: list[tuple[Followed, ChannelOrderItem]] = []
    for each in followed:
        known = {line.channel_item_id for line in each.lines}
        items = (item for item in each.merged.items if item.order_item_id not in known)
        new += [(each, item) for item in items if item.quantity_ordered]
    if not new:
        return
    catalog = load_catalog([each.merged for each, _ in new])
    added = []
    for each, item in new:
        product = catalog.product_of(each.merged.order, item)
        line = new_line(each.order, item, product, complete=False)
        each.lines.append(line)
        added.append(line)
        each.note(QUANTITY_NOTE, sku=_sku(line), before=0, after=item.quantity_ordered)
    insert_rows(added)


def _follow_lines(each: Followed) -> list[CommerceOrderLine]:
    """Lay the items over their lines; those that changed."""
    items = {item.order_item_id: item for item in each.merged.changed_items}
    moved = []
    for line in each.lines:
        if (item := items.get(line.channel_item_id)) is None:
            continue
        before = {name: getattr(line, name) for name in LINE_COLUMNS}
        kept = line.quantity_ordered - line.quantity_canceled
        line.quantity_ordered = max(line.quantity_ordered, item.quantity_ordered)
        # What has left the house has left it, whatever Amazon still counts.
        line.quantity_canceled = line.quantity_ordered - max(
            item.quantity_wanted, line.quantity_shipped
        )
        for name, value in line_amounts(item).items():
            setattr(line, name, value)
        if (now_kept := line.quantity_ordered - line.quantity_canceled) != kept:
            each.note(QUANTITY_NOTE, sku=_sku(line), before=kept, after=now_kept)
        if any(getattr(line, name) != value for name, value in before.items()):
            moved.append(line)
    return moved


def _sku(line: CommerceOrderLine) -> str:
    return line.sku or line.channel_item_id


def _follow_amounts(each: Followed) -> bool:
    """Whether the order's amounts are to be written: Amazon's, as long as they add up."""
    order, linked = each.merged.order, each.order
    known = facts(each.merged)
    charges = charges_of_no_line(known)
    balanced = known.grand_total == known.lines_total or charges is not None
    if not balanced:
        if order.grand_total != each.merged.total_before:
            each.note(UNBALANCED_NOTE, number=linked.number, **_totals(linked, order.grand_total))
        return False
    before = {name: getattr(linked, name) for name in ORDER_COLUMNS}
    if linked.grand_total != order.grand_total:
        each.note(TOTAL_NOTE, **_totals(linked, order.grand_total))
    for name, value in order_amounts(each.merged.items, order.grand_total, charges).items():
        setattr(linked, name, value)
    return any(getattr(linked, name) != value for name, value in before.items())


def _need(each: Followed) -> Need:
    """What is left to ship, of products whose stock is managed."""
    units: dict[int, int] = {}
    for line in each.lines if not each.merged.order.is_fba else ():
        if line.product and line.product.manage_stock and line.quantity_left:
            units[line.product.pk] = units.get(line.product.pk, 0) + line.quantity_left
    uid = each.order.timeline
    return Need(order_uid=uid, event=Event.ADJUSTED, object_key=fresh_key(uid), units=units)


def _complete(followed: Sequence[Followed], now: datetime) -> None:
    """Part was shipped and the rest canceled: nothing is left to do, nor to hold."""
    done = [
        each
        for each in followed
        if each.order.state in UNFINISHED_STATES
        and not any(line.quantity_left for line in each.lines)
        and any(line.quantity_shipped for line in each.lines)
    ]
    for each in done:
        order, before = each.order, each.order.state
        if order.state == State.ON_HOLD:
            order.unhold()
        order.complete(now)
        params, moved = {"number": order.number}, state_change(before, order)
        each.merged.notes.append(note(order.timeline, DONE_NOTE, params=params, changes=moved))
    write_moves(each.order for each in done)
