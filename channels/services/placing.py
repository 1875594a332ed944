"""Placement: decide about many channel orders at once and create their Commerce orders.

A constant number of statements, however many orders. The caller holds the account's lock and writes
the channel orders afterwards, in the same transaction: link and Commerce order are one commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext_noop

from channels.models import AmazonStore, ChannelOrder, ChannelOrderItem, OrderSettings
from channels.models.order_status import HOLD_REASONS, Placement
from channels.policy import (
    Action,
    Decision,
    HoldReason,
    charges_of_no_line,
    decide,
)
from channels.services.commerce_orders import Placeable, create_commerce_orders
from channels.services.facts import facts, line_facts
from channels.services.matching import Catalog, held_by, load_catalog
from channels.services.merging import Merged
from channels.services.reserving import settle_pending, take_while_pending
from orders.models import PackageItem, Product
from orders.models.event import Change
from orders.money import in_currency
from orders.services.inventory import deduct_shipped
from orders.services.notes import change, note

HOLD_NOTES = {
    HoldReason.UNKNOWN_SKU: gettext_noop("Commerce order not created: SKU %(detail)s is unknown."),
    HoldReason.PRODUCT_DISABLED: gettext_noop(
        "Commerce order not created: SKU %(detail)s is disabled."
    ),
    HoldReason.OUT_OF_STOCK: gettext_noop(
        "Commerce order not created: SKU %(detail)s is out of stock."
    ),
    HoldReason.TOTAL: gettext_noop(
        "Commerce order not created: the lines do not add up to Amazon's total (%(detail)s)."
    ),
    HoldReason.DETAILS_MISSING: gettext_noop(
        "Commerce order not created: Amazon has not sent its prices yet."
    ),
}
CAUSE = gettext_noop("Cause")
ORDER_STATUS = gettext_noop("Order status")
PLACED_NOTE = gettext_noop("Commerce order %(number)s created.")
OVERSOLD_NOTE = gettext_noop("Oversold: SKU %(sku)s is short by %(units)s.")
UNEXPLAINED_NOTE = gettext_noop(
    "The amounts Amazon sent for %(item)s add up to %(sum)s; its total is %(total)s."
)


def place(
    batch: Sequence[Merged],
    stores: Mapping[int, AmazonStore],
    *,
    now: datetime,
    by_hand: bool = False,
    shipped: Sequence[PackageItem] = (),
) -> int:
    """Decide about the orders of `batch` without a Commerce order; returns how many were created.

    `stores` by pk, each with its order settings. Channel orders are changed in memory only. The
    order placed first is served first. `by_hand`: a person wants them whatever holds them.
    `shipped`: what left the shelf elsewhere. It is deducted here because all products are locked in
    one go, in the order in which everybody locks them.
    """
    open_orders = sorted(
        (merged for merged in batch if merged.order.placement != Placement.PLACED),
        key=lambda merged: merged.order.purchase_date,
    )
    if not open_orders:
        deduct_shipped(shipped)
        return 0
    also_lock = {item.line.product_id for item in shipped if item.line.product_id}
    catalog = load_catalog(open_orders, also_lock=also_lock)
    held = held_by(open_orders)
    placeable: list[Placeable] = []
    pending: dict[UUID, dict[int, int]] = {}
    for merged in open_orders:
        settings = stores[merged.order.store_id].order_settings
        catalog.give(held.get(merged.order.uid, {}))  # what it holds itself does not stop it
        decision = decide(
            facts(merged), line_facts(merged, catalog), settings.rules(), by_hand=by_hand
        )
        if decision.action is Action.PLACE:
            placeable.append(_placeable(merged, settings, decision, catalog))
            continue
        set_aside(merged, decision)
        pending[merged.order.uid] = take_while_pending(merged, settings, catalog, now=now)
    settle_pending([merged.order for merged in open_orders], pending, held)
    if placeable:
        _place(placeable, {id(m.order): m for m in open_orders}, catalog, now)
    deduct_shipped(shipped, locked=catalog.locked)
    return len(placeable)


def _placeable(
    merged: Merged, settings: OrderSettings, decision: Decision, catalog: Catalog
) -> Placeable:
    order = merged.order
    lacking: dict[int, int] = {}
    if not (order.is_fba or decision.complete):
        lacking = catalog.take(catalog.units(order, merged.items))
    for pk, units in lacking.items():
        params = {"sku": catalog.sku(pk), "units": units}
        merged.notes.append(note(order.uid, OVERSOLD_NOTE, params=params))
    return Placeable(
        order=order,
        items=merged.items,
        settings=settings,
        complete=decision.complete,
        oversold=bool(lacking),
        charges=charges_of_no_line(facts(merged)),
    )


def _place(
    placeable: list[Placeable], merged_of: dict[int, Merged], catalog: Catalog, now: datetime
) -> None:
    _add_to_catalog(placeable, catalog)
    for candidate, commerce_order in zip(
        placeable, create_commerce_orders(placeable, catalog, now=now), strict=True
    ):
        order, moved = candidate.order, cause_change(candidate.order)
        if commerce_order.status_id != commerce_order.state:  # a label of the merchant's own
            moved.append(change(ORDER_STATUS, None, commerce_order.status.label))
        order.place(commerce_order)
        if candidate.complete:
            order.proven_at = now  # Amazon itself shows it shipped
        notes = merged_of[id(order)].notes
        notes += [
            note(order.uid, UNEXPLAINED_NOTE, params=params)
            for item in candidate.items
            if (params := _unexplained(item))
        ]
        params = {"number": commerce_order.number}
        notes.append(note(order.uid, PLACED_NOTE, params=params, changes=moved))


def set_aside(merged: Merged, decision: Decision) -> None:
    """No Commerce order, and why."""
    order = merged.order
    if decision.action is Action.WAIT:
        order.wait()
    elif decision.action is Action.VIEW_ONLY:
        order.view_only()
    elif decision.action is Action.IGNORE:
        order.ignore()
    else:
        assert decision.reason is not None
        before = (order.hold_reason, order.hold_detail)
        moved = cause_change(order, decision.reason)
        order.hold(decision.reason, decision.detail[:500])
        if before != (order.hold_reason, order.hold_detail):
            text, params = HOLD_NOTES[decision.reason], {"detail": decision.detail}
            merged.notes.append(note(order.uid, text, params=params, changes=moved))


def cause_change(order: ChannelOrder, reason: HoldReason | None = None) -> list[Change]:
    """For a note: what held it until now, and what does from now on; its first cause is no news."""
    before = order.hold_reason
    if not before or before == reason:
        return []
    after = HOLD_REASONS[reason] if reason else None
    return [change(CAUSE, HOLD_REASONS[HoldReason(before)], after)]


def _unexplained(item: ChannelOrderItem) -> dict[str, object] | None:
    """A line whose parts are not its total: people should know what the invoice shows."""
    parts = (item.item_amount, item.shipping_amount, item.gift_wrap_amount, item.other_amount,
             item.discount_amount, item.tax_amount)  # fmt: skip
    if item.total is None or item.item_amount is None:
        return None
    added = sum((part for part in parts if part is not None), Decimal(0))
    # Tax that Amazon pays to the state itself may be no part of what the seller gets.
    remitted = item.tax_amount if item.tax_collected_by_amazon else None
    if item.total in (added, added - (remitted or 0)):
        return None
    return {
        "item": item.seller_sku or item.order_item_id,
        "sum": in_currency(added, item.currency),
        "total": in_currency(item.total, item.currency),
    }


def _add_to_catalog(placeable: Sequence[Placeable], catalog: Catalog) -> None:
    """Products for SKUs the catalog does not know, where order settings say so."""
    unknown = {
        (candidate.order.store_id, item.seller_sku): item.title
        for candidate in placeable
        if candidate.settings.unknown_sku == OrderSettings.UnknownSku.ADD
        for item in candidate.items
        if item.seller_sku and catalog.product_of(candidate.order, item) is None
    }
    if not unknown:
        return
    names = {sku: title for (_, sku), title in unknown.items()}
    Product.objects.bulk_create(
        (Product(sku=sku, name=title) for sku, title in sorted(names.items())),
        ignore_conflicts=True,  # another account may add the same SKU at the same moment
    )
    catalog.add(set(unknown), Product.objects.filter(sku__in=names))
