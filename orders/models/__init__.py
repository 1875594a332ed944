"""The merchant's records, one file per concept."""

from orders.models.cancellation import Cancellation, CancellationItem
from orders.models.change import ChangeEvent
from orders.models.commerce_order import CommerceOrder, CommerceOrderLine, OrderStatus
from orders.models.event import OrderNote
from orders.models.inventory import Product, Reservation, StockMovement
from orders.models.outbox import OutboxMessage
from orders.models.shipment import Package, PackageItem, Shipment

__all__ = [
    "Cancellation",
    "CancellationItem",
    "ChangeEvent",
    "CommerceOrder",
    "CommerceOrderLine",
    "OrderNote",
    "OrderStatus",
    "OutboxMessage",
    "Package",
    "PackageItem",
    "Product",
    "Reservation",
    "Shipment",
    "StockMovement",
]
