"""What decides about a channel order, read off its rows for channels/policy.py."""

from collections.abc import Sequence
from decimal import Decimal

from channels.amazon.types import FulfilledBy, Status
from channels.models import ChannelOrder, ChannelOrderItem
from channels.policy import LineFacts, OrderFacts
from channels.services.matching import Catalog
from channels.services.merging import Merged
from orders.money import in_currency

NON_AMAZON = "NON_AMAZON"  # salesChannel.channelName of multi-channel fulfilment


def facts(merged: Merged) -> OrderFacts:
    """What decides about a channel order."""
    order = merged.order
    currency = order.currency
    return OrderFacts(
        status=Status(order.status),
        fulfilled_by=FulfilledBy(order.fulfilled_by),
        made_on_amazon=order.sales_channel != NON_AMAZON,
        is_replacement=bool(order.replaces_order_id),
        grand_total=in_currency(order.grand_total, currency),
        lines_total=in_currency(_total(merged.items), currency),
        delivery_tip=in_currency(order.delivery_tip, currency),
    )


def _total(items: Sequence[ChannelOrderItem]) -> Decimal | None:
    """The sum of the lines; None while a line that was ordered has no amount."""
    totals = [item.total for item in items if item.quantity_ordered or item.total is not None]
    if not totals or None in totals:
        return None
    return sum((total for total in totals if total is not None), Decimal(0))


def line_facts(merged: Merged, catalog: Catalog) -> list[LineFacts]:
    """What decides about its lines, canceled ones aside."""
    return [
        _line_facts(merged.order, item, catalog) for item in merged.items if item.quantity_ordered
    ]


def _line_facts(order: ChannelOrder, item: ChannelOrderItem, catalog: Catalog) -> LineFacts:
    product = catalog.product_of(order, item)
    return LineFacts(
        sku=product.sku if product else item.seller_sku or item.asin,
        units_left=item.quantity_left,
        known=product is not None,
        enabled=product.enabled if product else True,
        salable=catalog.salable.get(product.pk) if product else None,
    )
