"""What Amazon said now, laid over what is stored: in memory, no database.

A group Amazon left out never blanks a stored one; an older update changes nothing; a status moves
by transitions only, and a move they refuse is noted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from channels.amazon.marketplaces import by_id
from channels.amazon.types import AmazonItem, AmazonOrder, AmazonPackage, Amounts, Status
from channels.models import ChannelOrder, ChannelOrderItem
from channels.models.order_status import Status as OurStatus
from orders.models import OrderNote
from orders.models.event import Actor, Change
from orders.services.notes import CHANNEL_ORDER, change, note

STATUS_NOTES = {
    Status.PENDING_AVAILABILITY: gettext_noop("Pre-order at Amazon: not released yet."),
    Status.PENDING: gettext_noop("Pending at Amazon: payment is being verified."),
    Status.UNSHIPPED: gettext_noop("Unshipped at Amazon: ready to ship."),
    Status.PARTIALLY_SHIPPED: gettext_noop("Partially shipped at Amazon."),
    Status.SHIPPED: gettext_noop("Shipped at Amazon."),
    Status.CANCELED: gettext_noop("Canceled at Amazon."),
    Status.UNFULFILLABLE: gettext_noop("Unfulfillable at Amazon."),
    Status.UNKNOWN: gettext_noop("Amazon sent a status the portal does not know: %(status)s."),
}
AMAZON_STATUS_LENGTH = 32  # of the column
REFUSED_NOTE = gettext_noop("Amazon's list says %(status)s; the order stays %(ours)s here.")
CANCEL_NOTE = gettext_noop("The buyer asked to cancel this order.")
DUE_NOTE = gettext_noop("Amazon changed when the order is due.")
DUE = {"ship_by": gettext_noop("Ship by"), "deliver_by": gettext_noop("Deliver by")}
CANCEL_GONE_NOTE = gettext_noop("Amazon shows the buyer's request to cancel no longer.")


@dataclass(slots=True)
class Merged:
    """A channel order with its items, those to be written, and what is to be noted about it."""

    order: ChannelOrder
    items: list[ChannelOrderItem]
    is_new: bool
    total_before: Decimal | None = None  # Amazon's grand total as it was stored
    contents_changed: bool = False  # units the buyer gets, or amounts, of any item
    changed_items: list[ChannelOrderItem] = field(default_factory=list)
    notes: list[OrderNote] = field(default_factory=list)
    address_before: dict[str, str] | None = None  # Amazon's, where a known order has another now
    people_changed: bool = False  # buyer or recipient
    had_people: bool = False  # of whom something was known before
    is_being_canceled: bool = False  # its Commerce order has an open cancellation
    shipped_changed: bool = False  # what Amazon shows shipped, of an order known before
    purchased_before: datetime | None = None  # the purchase date as it was stored


def merge(amazon: AmazonOrder, merged: Merged, *, digest: bytes, now: datetime) -> bool:
    """Lay `amazon` over `merged`; False when it is older than what is stored (nothing changed)."""
    order = merged.order
    if not merged.is_new and amazon.last_updated < order.last_updated:
        return False
    merged.total_before = order.grand_total
    merged.purchased_before = order.purchase_date
    shipped_before = _shipped(merged)
    _merge_status(amazon, merged)
    due_before = {name: getattr(order, name) for name in DUE}
    _merge_order(amazon, order)
    _note_due(merged, due_before)
    _merge_people(amazon, merged)
    _merge_items(amazon, merged)
    merged.shipped_changed = not merged.is_new and _shipped(merged) != shipped_before
    order.digest = digest
    order.synced_at = now
    return True


def _shipped(merged: Merged) -> Any:
    """All that Amazon says of what has left, to compare."""
    units = {item.order_item_id: item.quantity_shipped for item in merged.items}
    return merged.order.amazon_status, merged.order.packages, units


def _merge_status(amazon: AmazonOrder, merged: Merged) -> None:
    order = merged.order
    if amazon.status is None:
        return
    said_before, says = order.amazon_status, (amazon.amazon_status or "")[:AMAZON_STATUS_LENGTH]
    if amazon.status != order.status:
        move = _transition(order, amazon.status)
        if move is not None:
            before = order.status
            move()
            moved = [] if merged.is_new else status_change(before, order)
            text = STATUS_NOTES[amazon.status]
            merged.notes.append(note(order.uid, text, actor=Actor.AMAZON, changes=moved))
        elif says != said_before:
            text = STATUS_NOTES[Status.UNKNOWN] if _is_unknown(amazon) else REFUSED_NOTE
            merged.notes.append(
                _from_amazon(order, text, status=says, ours=OurStatus(order.status).label)
            )
    elif _is_unknown(amazon) and says != said_before:
        merged.notes.append(_from_amazon(order, STATUS_NOTES[amazon.status], status=says))
    order.amazon_status = says


def status_change(before: str, order: ChannelOrder) -> list[Change]:
    """For a note: the move of a channel order from the status `before`; none when it stayed."""
    if before == order.status:
        return []
    return [change(CHANNEL_ORDER, OurStatus(before).label, OurStatus(order.status).label)]


def _is_unknown(amazon: AmazonOrder) -> bool:
    return amazon.status is Status.UNKNOWN


def _transition(order: ChannelOrder, status: Status) -> Any:
    """The move to `status` that is open to `order`, or None."""
    if status is Status.UNKNOWN:
        return None
    names = [f"amazon_{status.value}"]
    if status is Status.CANCELED:
        names.append("amazon_canceled_before_confirmation")
    moves = (getattr(order, name) for name in names)
    return next((move for move in moves if can_proceed(move)), None)


def _from_amazon(order: ChannelOrder, text: str, **params: object) -> OrderNote:
    return note(order.uid, text, actor=Actor.AMAZON, params=params)


def _merge_order(amazon: AmazonOrder, order: ChannelOrder) -> None:
    order.purchase_date = amazon.purchase_date
    order.last_updated = amazon.last_updated
    order.programs = list(amazon.programs)
    for name in ("fulfilled_by", "ship_by", "deliver_by", "service_level", "sales_channel",
                 "replaces_order_id"):  # fmt: skip
        value = getattr(amazon, name)
        if value is not None:
            setattr(order, name, value)
    if amazon.grand_total is not None:
        order.grand_total = amazon.grand_total.amount
        order.currency = amazon.grand_total.currency
        order.delivery_tip = amazon.delivery_tip.amount if amazon.delivery_tip else None
    elif not order.currency and (marketplace := by_id(amazon.marketplace_id or "")):
        order.currency = marketplace.currency
    if amazon.packages is not None:
        order.packages = [_package(package) for package in amazon.packages]


def _note_due(merged: Merged, before: dict[str, Any]) -> None:
    """Another date than the one people plan by; the first one is no news, nor is what is over."""
    if merged.order.status in (OurStatus.SHIPPED, OurStatus.CANCELED):
        return
    moved = [
        change(label, before[name], getattr(merged.order, name))
        for name, label in DUE.items()
        if before[name] not in (None, getattr(merged.order, name))
    ]
    if moved:
        merged.notes.append(note(merged.order.uid, DUE_NOTE, actor=Actor.AMAZON, changes=moved))


def _package(package: AmazonPackage) -> dict[str, Any]:
    return {
        "reference": package.package_reference_id,
        "carrier": package.carrier or "",
        "tracking_number": package.tracking_number or "",
        "shipped_at": package.shipped_at.isoformat() if package.shipped_at else None,
        "items": [list(item) for item in package.items],
    }


def _merge_people(amazon: AmazonOrder, merged: Merged) -> None:
    """Buyer and address."""
    order = merged.order
    if order.erased_at:
        return
    merged.had_people = bool(order.buyer or order.recipient)
    if amazon.buyer is not None and (buyer := _given(amazon.buyer)):
        buyer = {**(order.buyer or {}), **buyer}
        if buyer != order.buyer:
            order.buyer = buyer
            merged.people_changed = True
    if amazon.recipient is not None and (address := _given(amazon.recipient)):
        known = order.recipient or {}
        # Amazon withdraws parts of an address later (the phone, then the street). What is left of
        # the same address must not replace the whole one.
        if any(known.get(name) != value for name, value in address.items()):
            order.recipient = address
            merged.people_changed = True
            merged.address_before = None if merged.is_new else known


def _given(group: Any) -> dict[str, Any]:
    """The fields Amazon sent."""
    values = ((name, getattr(group, name)) for name in group.__slots__)
    return {name: value for name, value in values if value is not None}


def _merge_items(amazon: AmazonOrder, merged: Merged) -> None:
    order = merged.order
    stored = {item.order_item_id: item for item in merged.items}
    for sent in amazon.items:
        item = stored.get(sent.order_item_id)
        if item is None:
            item = ChannelOrderItem(order=order, order_item_id=sent.order_item_id)
            merged.items.append(item)
        before, contents = dict(vars(item)), _contents(item)
        _merge_item(sent, item, has_money=amazon.grand_total is not None)
        if item._state.adding or vars(item) != before:
            merged.changed_items.append(item)
            merged.contents_changed |= item._state.adding or _contents(item) != contents
    _merge_texts(amazon, order)
    asked = any(item.cancel_requested for item in merged.items)
    if asked and not order.cancel_requested:
        merged.notes.append(_from_amazon(order, CANCEL_NOTE))
    elif order.cancel_requested and not asked:
        merged.notes.append(_from_amazon(order, CANCEL_GONE_NOTE))
    order.cancel_requested = asked


def _contents(item: ChannelOrderItem) -> tuple[object, ...]:
    """What a Commerce order takes over of a stored item; a unit that leaves changes none of it."""
    if item._state.adding:
        return ()
    return (
        item.quantity_wanted, item.item_amount, item.shipping_amount, item.gift_wrap_amount,
        item.other_amount, item.discount_amount, item.tax_amount, item.total,
    )  # fmt: skip


def _merge_item(sent: AmazonItem, item: ChannelOrderItem, *, has_money: bool) -> None:
    item.quantity_ordered = sent.quantity_ordered
    item.quantity_unshipped = sent.quantity_unshipped
    for name in ("quantity_shipped", "asin", "seller_sku", "condition", "currency", "is_gift",
                 "cancel_requested"):  # fmt: skip
        value = getattr(sent, name)
        if value is not None:
            setattr(item, name, value)
    if sent.title is not None:
        item.title = sent.title[:500]
    if sent.unit_price is not None:
        item.unit_price = sent.unit_price.amount
    item.programs = list(sent.programs)
    amounts = sent.amounts
    if amounts is None and has_money and not sent.quantity_ordered:
        amounts = Amounts()  # of an order with amounts: this line has none any more
    if amounts is None:
        return
    item.item_amount = amounts.item
    item.shipping_amount = amounts.shipping
    item.gift_wrap_amount = amounts.gift_wrap
    extra = [fee for fee in (amounts.cod_fee, amounts.other) if fee is not None]
    item.other_amount = sum(extra) if extra else None
    item.discount_amount = amounts.discount
    item.tax_amount = amounts.tax
    item.total = amounts.total
    item.tax_detail = {name: str(value) for name, value in amounts.tax_detail}
    item.tax_collected_by_amazon = amounts.tax_collected_by_amazon


def _merge_texts(amazon: AmazonOrder, order: ChannelOrder) -> None:
    """Buyers' own words: gift messages and reasons to cancel. Personal data."""
    if order.erased_at:
        return
    sent = {
        "gift_messages": {i.order_item_id: i.gift_message for i in amazon.items if i.gift_message},
        "cancel_reasons": {
            i.order_item_id: i.cancel_reason for i in amazon.items if i.cancel_reason
        },
    }
    known = order.item_texts or {}
    merged = {kind: texts for kind in sent if (texts := {**known.get(kind, {}), **sent[kind]})}
    if merged and merged != known:
        order.item_texts = merged
