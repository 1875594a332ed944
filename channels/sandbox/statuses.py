"""Bringing an order to a status somebody asked for, by the moves that lead there."""

from datetime import datetime

from channels.sandbox import moves
from channels.sandbox.records import AMAZON, Order, Package, PackageItem, Status

_CARRIERS = {"SE": "PostNord", "DE": "DHL", "GB": "Royal Mail", "US": "UPS", "JP": "YAMATO"}


def to_status(order: Order, status: Status, now: datetime) -> Order:
    """The order in that status; CannotMove when no move leads there."""
    moved = order if status == order.status else _moved(order, status, now)
    if moved.status != status:  # a single unit cannot be partially shipped, and what left stays
        raise moves.CannotMove(f"Order {order.order_id} would be {moved.status}, not {status}.")
    return moved


def _moved(order: Order, status: Status, now: datetime) -> Order:
    if status == Status.PENDING:
        return moves.await_checks(order)
    if status == Status.CANCELLED:
        return moves.cancel(order)
    if status == Status.UNFULFILLABLE:
        return moves.mark_unfulfillable(order)
    if status == Status.SHIPPED and order.fulfilled_by == AMAZON:
        return moves.ship_by_amazon(order)
    if status in (Status.PARTIALLY_SHIPPED, Status.SHIPPED):
        open_order = moves.verify(order) if order.status in moves.WAITING else order
        return _shipped(open_order, whole=status == Status.SHIPPED, now=now)
    if status == Status.PENDING_AVAILABILITY:
        raise moves.CannotMove(f"Order {order.order_id} is past {status}.")
    return moves.verify(order)


def _shipped(order: Order, *, whole: bool, now: datetime) -> Order:
    """The merchant ships the rest, or one unit of it, outside this API (Seller Central)."""
    lines = [(item.order_item_id, order.unfulfilled(item)) for item in order.items]
    left = [PackageItem(order_item_id=key, quantity=units) for key, units in lines if units > 0]
    if not whole:
        left = [PackageItem(order_item_id=line.order_item_id, quantity=1) for line in left[:1]]
    number = str(len(order.packages) + 1)
    package = Package(
        reference_id=number,
        carrier_code=_CARRIERS.get(order.marketplace.country_code, "DHL"),
        carrier_name="",
        shipping_method="Standard",
        tracking_number=f"SC{order.order_id.replace('-', '')}{number}",
        shipped_at=now,
        items=tuple(left),
        created=now,
    )
    return moves.put_package(order, package)
