"""What Amazon does with a feed once its time has come: apply its messages, write the report."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from channels.sandbox import moves
from channels.sandbox.confirm import confirm_package
from channels.sandbox.feed_messages import (
    BadFeed,
    Result,
    messages_of,
    package_document,
    report_xml,
    text_of,
)
from channels.sandbox.feed_records import Feed
from channels.sandbox.feeds_api import FULFILLMENT, keep_report
from channels.sandbox.messages import Refused
from channels.sandbox.records import Order, Seller
from channels.sandbox.world import Unknown, World

# Amazon publishes no list of result codes: these are of its kind, and ours.
_FILE, _NO_ORDER, _DATA, _NOT_NOW, _NO_TRACKING = "5000", "18028", "18051", "18077", "18147"
_REASONS = {
    "NoInventory", "ShippingAddressUndeliverable", "CustomerExchange", "BuyerCanceled",
    "GeneralAdjustment", "CarrierCreditDecision", "RiskAssessmentInformationNotValid",
    "CarrierCoverageFailure", "CustomerReturn", "MerchandiseNotReceived",
    "CannotVerifyInformation", "PricingError", "RejectOrder", "WeatherDelay",
}  # fmt: skip

Apply = Callable[[World, Seller, Element], str]


class _Failed(Exception):
    """A message that is not applied."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def process_due(world: World) -> None:
    """End every feed whose time has come."""
    now = world.clock.now()
    for feed in [f for f in world.feeds.values() if not f.outcome and f.ends_at <= now]:
        _process(world, feed)


def _process(world: World, feed: Feed) -> None:
    seller = world.seller(feed.seller_id)
    known = {marketplace.marketplace_id for marketplace in seller.marketplaces}
    if feed.fault == "cancelled" or not known.issuperset(feed.marketplace_ids):
        feed.outcome = "CANCELLED"  # as Amazon does for a marketplace of somebody else's
        return
    kind = "OrderFulfillment" if feed.feed_type == FULFILLMENT else "OrderAcknowledgement"
    try:
        messages = messages_of(feed.content, kind, seller.seller_id)
    except BadFeed as exc:
        feed.outcome = "FATAL"
        keep_report(
            world, feed, report_xml(seller.seller_id, 0, [Result(0, "Error", _FILE, str(exc))])
        )
        return
    if feed.fault == "fatal":  # some were applied, and no report says which
        for _, body in messages[: len(messages) // 2]:
            _apply(world, seller, feed, 0, body)
        feed.outcome = "FATAL"
        return
    for _ in range(2 if feed.fault == "doubled" else 1):
        results = [
            result
            for number, body in messages
            if not (feed.fault == "ignored" and number % 2)
            for result in _apply(world, seller, feed, number, body)
        ]
    feed.outcome = "DONE"
    keep_report(world, feed, report_xml(seller.seller_id, len(messages), results))


def _apply(world: World, seller: Seller, feed: Feed, number: int, body: Element) -> list[Result]:
    """Apply one message; what the report says about it."""
    apply: Apply = _fulfill if feed.feed_type == FULFILLMENT else _acknowledge
    order_id = text_of(body, "AmazonOrderID")
    try:
        warning = apply(world, seller, body)
    except _Failed as exc:
        feed.refused += 1
        return [Result(number, "Error", exc.code, str(exc), order_id)]
    feed.applied += 1
    return [Result(number, "Warning", _NO_TRACKING, warning, order_id)] if warning else []


def _order(world: World, seller: Seller, body: Element) -> Order:
    order_id = text_of(body, "AmazonOrderID")
    try:
        order = world.order(order_id)
    except Unknown:
        order = None
    if order is None or order.seller_id != seller.seller_id:
        raise _Failed(_NO_ORDER, f"The order {order_id} is not one of this seller's.")
    return order


def _fulfill(world: World, seller: Seller, body: Element) -> str:
    """Exactly what confirmShipment does, but for what only a feed may leave out."""
    order = _order(world, seller, body)
    document: dict[str, Any] = package_document(body, order)
    try:
        confirm_package(world, order, document, needs_tracking=False)
    except Refused as refusal:
        words = " ".join([refusal.message, refusal.details]).strip()
        raise _Failed(_DATA, words) from None
    has_number = document["packageDetail"].get("trackingNumber")
    return "" if has_number else "The package has no tracking number."


def _acknowledge(world: World, seller: Seller, body: Element) -> str:
    """Success keeps the seller's order number; Failure cancels lines of which nothing has left."""
    order = _order(world, seller, body)
    if text_of(body, "StatusCode") == "Success":
        number = text_of(body, "MerchantOrderID") or None
        world.change(order.order_id, lambda before: replace(before, seller_order_id=number))
        return ""
    asked = [
        (text_of(item, "AmazonOrderItemCode"), text_of(item, "CancelReason"))
        for item in body.findall("Item")
    ] or [(item.order_item_id, "") for item in order.items]
    _check_cancellation(order, asked)

    def cancel(before: Order) -> Order:
        for order_item_id, reason in asked:
            before = moves.cancel(
                before, by="MERCHANT", reason=reason, order_item_ids=[order_item_id]
            )
        return before

    world.change(order.order_id, cancel)
    return ""


def _check_cancellation(order: Order, asked: list[tuple[str, str]]) -> None:
    if order.status not in moves.SHIPPABLE or order.fulfilled_by != "MERCHANT":
        raise _Failed(_NOT_NOW, f"The order is {order.status} and cannot be canceled.")
    for order_item_id, reason in asked:
        item = order.item(order_item_id)
        if item is None:
            raise _Failed(_DATA, f"The order has no item {order_item_id}.")
        if reason and reason not in _REASONS:
            raise _Failed(_DATA, f"The CancelReason {reason} is not valid.")
        if order.fulfilled(item) or not item.quantity:
            raise _Failed(_NOT_NOW, f"The item {order_item_id} is shipped or canceled already.")
