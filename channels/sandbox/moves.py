"""How an order may change: pure functions from one record to the next.

A move that makes no sense in the order's status raises CannotMove with one clear sentence.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from channels.sandbox.records import AMAZON, NON_AMAZON, Charge, Item, Order, Package, Status

SHIPPABLE = {Status.UNSHIPPED, Status.PARTIALLY_SHIPPED}
WAITING = {Status.PENDING_AVAILABILITY, Status.PENDING}


class CannotMove(ValueError):
    """The order's status does not allow it."""


def await_checks(order: Order) -> Order:
    """A pre-order becomes available, or Amazon checks payment or address once more."""
    _require(order, {Status.PENDING_AVAILABILITY, Status.UNSHIPPED}, "check")
    return replace(order, status=Status.PENDING)


def verify(order: Order) -> Order:
    """Amazon's checks pass: the order may be shipped."""
    _require(order, WAITING, "verify")
    return replace(order, status=Status.UNSHIPPED)


def ship_by_amazon(order: Order) -> Order:
    """Amazon ships an FBA order whole; from PENDING it skips UNSHIPPED, as it often does."""
    if order.fulfilled_by != AMAZON:
        raise CannotMove(f"Order {order.order_id} is fulfilled by the merchant, not by Amazon.")
    _require(order, SHIPPABLE | WAITING, "ship")
    items = tuple(replace(item, shipped_by_amazon=item.quantity) for item in order.items)
    return replace(order, status=Status.SHIPPED, items=items)


def mark_unfulfillable(order: Order) -> Order:
    """Only Amazon-fulfilled orders that were not placed on Amazon's own site can end so."""
    if order.fulfilled_by != AMAZON or order.channel != NON_AMAZON:
        raise CannotMove(f"Order {order.order_id} is not a multi-channel fulfillment order.")
    _require(order, WAITING | {Status.UNSHIPPED}, "mark as unfulfillable")
    return replace(order, status=Status.UNFULFILLABLE)


def request_cancel(
    order: Order, *, reason: str = "Order created by mistake", order_item_ids: Iterable[str] = ()
) -> Order:
    """The buyer asks to cancel some lines, or all; the status stays."""
    _require(order, SHIPPABLE, "request the cancellation of")
    chosen = _chosen(order, order_item_ids)
    items = tuple(replace(i, cancel_requested=reason) if i in chosen else i for i in order.items)
    return replace(order, items=items)


def cancel(
    order: Order, *, by: str = "BUYER", reason: str = "", order_item_ids: Iterable[str] = ()
) -> Order:
    """Cancel what has not left of some lines, or of all.

    What has left stays: an order whose rest is cancelled ends SHIPPED.
    """
    _require(order, SHIPPABLE | WAITING, "cancel")
    chosen = _chosen(order, order_item_ids)
    reason = reason or ("Buyer requested cancellation" if by == "BUYER" else "No inventory")
    items = tuple(
        _cancelled(order, item, by, reason) if item in chosen else item for item in order.items
    )
    if all(item.quantity == 0 for item in items):
        return replace(order, items=items, status=Status.CANCELLED)
    status = (
        order.status if order.status in WAITING else shipped_status(replace(order, items=items))
    )
    return replace(order, items=items, status=status)


def put_package(order: Order, package: Package) -> Order:
    """Add a package, or replace the one of the same reference id (also when all is shipped)."""
    old = order.package(package.reference_id)
    _require(order, SHIPPABLE | {Status.SHIPPED} if old else SHIPPABLE, "ship")
    packages = (
        tuple(package if p is old else p for p in order.packages)
        if old
        else (*order.packages, package)
    )
    order = replace(order, packages=packages)
    return replace(order, status=shipped_status(order))


def deliver(order: Order) -> Order:
    """Every package reached the buyer."""
    packages = tuple(replace(package, status="DELIVERED") for package in order.packages)
    return replace(order, packages=packages)


def shipped_status(order: Order) -> Status:
    """The status that follows from what has left."""
    if all(order.unfulfilled(item) == 0 for item in order.items):
        return Status.SHIPPED
    if any(order.fulfilled(item) for item in order.items):
        return Status.PARTIALLY_SHIPPED
    return Status.UNSHIPPED


def _require(order: Order, statuses: set[Status], verb: str) -> None:
    if order.status not in statuses:
        raise CannotMove(f"Cannot {verb} order {order.order_id}: it is {order.status}.")


def _chosen(order: Order, order_item_ids: Iterable[str]) -> list[Item]:
    wanted = list(order_item_ids)
    for order_item_id in wanted:
        if order.item(order_item_id) is None:
            raise CannotMove(f"Order {order.order_id} has no item {order_item_id!r}.")
    return [i for i in order.items if not wanted or i.order_item_id in wanted]


def _cancelled(order: Order, item: Item, by: str, reason: str) -> Item:
    """Cancelled units leave ``quantityOrdered``, as in v0 (for 2026 this is unconfirmed)."""
    kept = order.fulfilled(item)
    if kept == item.quantity:
        return item
    unit = order.marketplace.minor_unit
    charges = tuple(_scaled(charge, kept, item.quantity, unit) for charge in item.charges)
    return replace(
        item,
        quantity=kept,
        charges=charges if kept else (),
        cancelled_by=by,
        cancel_reason=reason,
    )


def _scaled(charge: Charge, part: int, whole: int, unit: Decimal) -> Charge:
    def share(amount: Decimal) -> Decimal:
        return (amount * part / whole).quantize(unit, ROUND_HALF_UP)

    detail = tuple((subtype, share(amount)) for subtype, amount in charge.detail)
    # The detail must still add up to its breakdown after rounding.
    amount = sum((value for _, value in detail), Decimal()) if detail else share(charge.amount)
    return replace(charge, amount=amount, detail=detail)
