"""The addresses of the pages about a Commerce order, and what its Ship form posts."""

from typing import Any

from django.urls import reverse

from channels.models import ChannelOrder

ORDERS = reverse("admin:orders_commerceorder_changelist")
OUTBOX = reverse("admin:orders_outboxmessage_changelist")


def page_of(order: ChannelOrder) -> str:
    return reverse("admin:orders_commerceorder_change", args=[order.commerce_order_id])


def ship_page(order: ChannelOrder) -> str:
    return reverse("admin:orders_commerceorder_ship", args=[order.commerce_order_id])


def shipping(order: ChannelOrder, **changes: Any) -> dict[str, Any]:
    """All that is left, with PostNord."""
    assert order.commerce_order is not None
    lines = {f"line-{line.pk}": line.quantity_left for line in order.commerce_order.lines.all()}
    return {"carrier_code": "PostNord", "tracking_number": "RR123456785SE", **lines, **changes}
