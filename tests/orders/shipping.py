"""How the tests ship an order, and what they look at afterwards."""

from typing import Any

from django.contrib.auth.models import User

from channels.models import ChannelOrder
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OrderNote,
    OutboxMessage,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
)
from orders.services.shipments import PackageDraft, create_shipment
from tests.factories import NOW


def draft(**overrides: Any) -> PackageDraft:
    values = {"carrier_code": "PostNord", "tracking_number": "UA000000001SE", "shipped_at": NOW}
    return PackageDraft(**{**values, **overrides})


def ship(order: ChannelOrder, *drafts: PackageDraft, user: User | None = None) -> Shipment:
    return create_shipment(
        order_id=order.commerce_order_id, packages=drafts or [draft()], user=user
    )


def line_of(order: ChannelOrder, sku: str = "MUG") -> CommerceOrderLine:
    return CommerceOrderLine.objects.get(order_id=order.commerce_order_id, sku=sku)


def stored(order: ChannelOrder) -> tuple[str, str, str]:
    """State and status of the Commerce order, status of the channel order."""
    found = ChannelOrder.objects.select_related("commerce_order").get(pk=order.pk)
    return found.commerce_order.state, found.commerce_order.status_id, found.status


def everything() -> list[Any]:
    """All that shipping may write."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (
            CommerceOrder, CommerceOrderLine, ChannelOrder, Shipment, Package, PackageItem,
            Product, Reservation, OutboxMessage, OrderNote,
        )
    ]  # fmt: skip


def notes_of(order: ChannelOrder) -> list[str]:
    return [str(note) for note in OrderNote.objects.filter(timeline=order.uid).order_by("id")]
