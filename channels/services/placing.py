"""Placement: decide about many channel orders at once and create their Commerce orders.

A constant number of statements, however many orders. The caller holds the account's lock and writes
the channel orders afterwards, in the same transaction: link and Commerce order are one commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from channels.amazon.types import FulfilledBy, Status
from channels.models import AmazonStore, ChannelOrderItem, OrderSettings
from channels.models.channel_order import Placement
from channels.policy import (
    Action,
    Decision,
    HoldReason,
    LineFacts,
    OrderFacts,
    decide,
)
from channels.services.commerce_orders import Placeable, create_commerce_orders
from channels.services.merging import Merged
from orders.models import Product
from orders.services.inventory import with_salable
from orders.services.notes import note

NON_AMAZON = "NON_AMAZON"  # salesChannel.channelName of multi-channel fulfilment

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
PLACED_NOTE = gettext_noop("Commerce order %(number)s created.")


@dataclass(slots=True)
class Stock:
    """Products by SKU; where it decides, what is salable of them while a batch is looked at."""

    products: dict[str, Product]
    salable: dict[str, int]

    def take(self, items: Iterable[ChannelOrderItem]) -> None:
        """The order before in the batch has these: the next one sees what is left."""
        for item in items:
            if item.seller_sku in self.salable:
                self.salable[item.seller_sku] -= item.quantity_left


def place(batch: Sequence[Merged], stores: Mapping[int, AmazonStore], *, now: datetime) -> int:
    """Decide about the orders of `batch` without a Commerce order; returns how many were created.

    `stores` by pk, each with its order settings. Channel orders are changed in memory only.
    """
    open_orders = [merged for merged in batch if merged.order.placement != Placement.PLACED]
    if not open_orders:
        return 0
    stock = _load_stock(open_orders, stores)
    placeable = []
    for merged in open_orders:
        settings = stores[merged.order.store_id].order_settings
        decision = decide(_facts(merged), _line_facts(merged.items, stock), settings.rules())
        if decision.action is Action.PLACE:
            stock.take(merged.items)
            placeable.append(
                Placeable(
                    order=merged.order,
                    items=merged.items,
                    settings=settings,
                    complete=decision.complete,
                )
            )
        else:
            _set_aside(merged, decision)
    if placeable:
        _place(placeable, {id(m.order): m for m in open_orders}, stock, now)
    return len(placeable)


def _place(
    placeable: list[Placeable], merged_of: dict[int, Merged], stock: Stock, now: datetime
) -> None:
    _add_to_catalog(placeable, stock)
    for candidate, commerce_order in zip(
        placeable, create_commerce_orders(placeable, stock.products, now=now), strict=True
    ):
        order = candidate.order
        order.place(commerce_order)
        if candidate.complete:
            order.proven_at = now  # Amazon itself shows it shipped
        merged_of[id(order)].notes.append(
            note(order.uid, PLACED_NOTE, params={"number": commerce_order.number})
        )


def _set_aside(merged: Merged, decision: Decision) -> None:
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
        order.hold(decision.reason, decision.detail[:500])
        if before != (order.hold_reason, order.hold_detail):
            text = HOLD_NOTES[decision.reason]
            merged.notes.append(note(order.uid, text, params={"detail": decision.detail}))


def _facts(merged: Merged) -> OrderFacts:
    order = merged.order
    return OrderFacts(
        status=Status(order.status),
        fulfilled_by=FulfilledBy(order.fulfilled_by),
        made_on_amazon=order.sales_channel != NON_AMAZON,
        is_replacement=bool(order.replaces_order_id),
        grand_total=order.grand_total,
        lines_total=_total(merged.items),
    )


def _total(items: Sequence[ChannelOrderItem]) -> Decimal | None:
    """The sum of the lines; None while a line that was ordered has no amount."""
    totals = [item.total for item in items if item.quantity_ordered or item.total is not None]
    if not totals or None in totals:
        return None
    return sum((total for total in totals if total is not None), Decimal(0))


def _line_facts(items: Sequence[ChannelOrderItem], stock: Stock) -> list[LineFacts]:
    return [
        LineFacts(
            sku=item.seller_sku,
            units_left=item.quantity_left,
            known=(product := stock.products.get(item.seller_sku)) is not None,
            enabled=product.enabled if product else True,
            salable=stock.salable.get(item.seller_sku),
        )
        for item in items
        if item.quantity_ordered
    ]


def _load_stock(batch: Sequence[Merged], stores: Mapping[int, AmazonStore]) -> Stock:
    """What is salable is a sum over the ledger: asked for only where it decides."""
    skus = {item.seller_sku for merged in batch for item in merged.items if item.seller_sku}
    products = Product.objects.filter(sku__in=skus)
    settings = (stores[merged.order.store_id].order_settings for merged in batch)
    if not any(each.out_of_stock == OrderSettings.OutOfStock.HOLD for each in settings):
        return Stock(products={product.sku: product for product in products}, salable={})
    by_sku = {product.sku: product for product in with_salable(products)}
    return Stock(
        products=by_sku,
        salable={
            sku: product.salable  # type: ignore[attr-defined]  # annotated by with_salable
            for sku, product in by_sku.items()
            if product.manage_stock
        },
    )


def _add_to_catalog(placeable: Sequence[Placeable], stock: Stock) -> None:
    """Products for SKUs the catalog does not know, where order settings say so."""
    unknown = {
        item.seller_sku: item.title
        for candidate in placeable
        if candidate.settings.unknown_sku == OrderSettings.UnknownSku.ADD
        for item in candidate.items
        if item.seller_sku and item.seller_sku not in stock.products
    }
    if not unknown:
        return
    Product.objects.bulk_create(
        (Product(sku=sku, name=title) for sku, title in sorted(unknown.items())),
        ignore_conflicts=True,  # another account may add the same SKU at the same moment
    )
    for product in Product.objects.filter(sku__in=unknown):
        stock.products[product.sku] = product
