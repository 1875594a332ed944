"""``confirmShipment`` (Orders v0; Amazon: "Confirm the shipment status")."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.sandbox import moves
from channels.sandbox.faults import Fault
from channels.sandbox.messages import (
    Refused,
    Reply,
    Request,
    access_denied,
    not_found,
)
from channels.sandbox.records import AMAZON, Item, Order, Package, PackageItem, Seller, Status
from channels.sandbox.world import Unknown, World

_BAD_ITEM = (
    "OrderItemId is invalid, please obtain the value through the getOrderItems API"
    " or Manage Orders page"
)
_TEXT_FIELDS = ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate")
_OPTIONAL_TEXT_FIELDS = ("carrierName", "shippingMethod", "shipFromSupplySourceId")


def confirm_shipment(
    world: World, seller: Seller, request: Request, order_id: str, fault: Fault | None
) -> Reply:
    """Record one package: 204, or Refused with Amazon's reason."""
    try:
        order = world.order(order_id)
    except Unknown:
        raise not_found() from None
    if order.seller_id != seller.seller_id:
        raise access_denied()
    document = _document(request)
    if fault is None or fault.kind != "ignored":
        confirm_package(world, order, document)
    return Reply(204)


def confirm_package(
    world: World, order: Order, document: dict[str, Any], *, needs_tracking: bool = True
) -> None:
    """What a call and a feed do with one package; Refused with Amazon's reason."""
    package = _package(document, order, world.clock.now(), needs_tracking=needs_tracking)
    old = order.package(package.reference_id)
    _check_order(order, package)
    _check_units(order, package, old)
    if old is None or replace(package, created=old.created, status=old.status) != old:
        world.change(
            order.order_id, lambda before: moves.put_package(before, package), is_confirmation=True
        )


def _invalid(message: str) -> Refused:
    return Refused(400, "InvalidInput", message)


def _document(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except ValueError:
        raise _invalid("The request body is not valid JSON.") from None
    if not isinstance(document, dict) or not isinstance(document.get("packageDetail"), dict):
        raise _invalid("Please check the fields with invalid type [packageDetail]")
    return document


def _package(
    document: dict[str, Any], order: Order, now: datetime, *, needs_tracking: bool
) -> Package:
    detail = document["packageDetail"]
    _check_text(detail, needs_tracking=needs_tracking)
    if document.get("marketplaceId") != order.marketplace.marketplace_id:
        raise _invalid("MarketplaceId is invalid for the order.")
    if document.get("codCollectionMethod", "DirectPayment") != "DirectPayment":
        raise _invalid("CodCollectionMethod is invalid.")
    return Package(
        reference_id=_reference_id(detail),
        carrier_code=detail["carrierCode"],
        carrier_name=detail.get("carrierName", ""),
        shipping_method=detail.get("shippingMethod", ""),
        tracking_number=detail["trackingNumber"],
        shipped_at=_ship_date(detail["shipDate"], order, now),
        items=_lines(detail.get("orderItems"), order),
        created=now,
    )


def _check_text(detail: dict[str, Any], *, needs_tracking: bool) -> None:
    wrong = [name for name in _TEXT_FIELDS if not isinstance(detail.get(name, ""), str)]
    wrong += [name for name in _OPTIONAL_TEXT_FIELDS if not isinstance(detail.get(name, ""), str)]
    if wrong:
        fields = ", ".join(f"packageDetail.{name}" for name in wrong)
        raise _invalid(f"Please check the fields with invalid type [{fields}]")
    needed = ("carrierCode", *(("trackingNumber",) if needs_tracking else ()), "shipDate")
    for name in needed:
        if not detail.get(name, "").strip():
            raise _invalid(f"{name[0].upper()}{name[1:]} is missing.")
    if detail["carrierCode"] == "Other" and not detail.get("carrierName", "").strip():
        raise _invalid('CarrierName is required when CarrierCode is "Other".')


def _reference_id(detail: dict[str, Any]) -> str:
    text: str = detail.get("packageReferenceId", "")
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise _invalid("PackageReferenceId: is invalid, must be a positive numeric value.")
    return text


def _ship_date(text: str, order: Order, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in text:
        raise Refused(400, "Invalid Input", "Invalid Input", "ShipDate is not an ISO 8601 date.")
    # Whole seconds: what the caller wrote may have lost its fraction.
    if moment.replace(microsecond=0) < order.created.replace(microsecond=0):
        raise _invalid("ShipDate is invalid, it lies before the purchase date.")
    if moment.replace(microsecond=0) > now:
        raise _invalid("ShipDate is invalid, it lies in the future.")
    return moment


def _lines(value: Any, order: Order) -> tuple[PackageItem, ...]:
    if not isinstance(value, list) or not value:
        raise _invalid(_BAD_ITEM)
    lines = tuple(_line(entry, order) for entry in value)
    if len({line.order_item_id for line in lines}) < len(lines):
        raise _invalid("OrderItemId is invalid, it is listed twice.")
    return lines


def _line(entry: Any, order: Order) -> PackageItem:
    order_item_id = entry.get("orderItemId") if isinstance(entry, dict) else None
    item = order.item(order_item_id) if isinstance(order_item_id, str) else None
    if item is None:
        raise _invalid(_BAD_ITEM)
    quantity = entry.get("quantity")
    if type(quantity) is not int or quantity < 1:  # a bool is an int to isinstance
        raise _invalid("Quantity is invalid, must be a positive whole number.")
    return PackageItem(
        order_item_id=item.order_item_id,
        quantity=quantity,
        transparency_codes=_transparency_codes(entry, item, quantity),
    )


def _transparency_codes(entry: dict[str, Any], item: Item, quantity: int) -> tuple[str, ...]:
    codes = entry.get("transparencyCodes", [])
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise _invalid("TransparencyCodes is invalid.")
    if "TRANSPARENCY" in item.programs and len(set(codes)) != quantity:
        raise _invalid("TransparencyCodes is invalid, this item needs one code per unit.")
    return tuple(codes)


def _check_order(order: Order, package: Package) -> None:
    if order.fulfilled_by == AMAZON:
        raise _invalid("The order is fulfilled by Amazon and cannot be confirmed.")
    if "FBM_SHIP_PLUS" in order.programs:
        raise _invalid("FBM Ship+ orders are confirmed by Amazon.")
    if order.status in moves.WAITING:
        raise _invalid(f"The order is {order.status} and cannot be confirmed.")
    done = order.status == Status.SHIPPED and order.package(package.reference_id) is None
    if done or order.status == Status.CANCELLED:
        raise Refused(
            400,
            "GeneralError",
            f"Unable to find package to update for order {order.order_id}"
            " - PackageToUpdateNotFound: not finding a matching package or order already fulfilled",
        )


def _check_units(order: Order, package: Package, old: Package | None) -> None:
    """An edit may use the units of the package it replaces."""
    freed = {line.order_item_id: line.quantity for line in old.items} if old else {}
    for line in package.items:
        item = order.item(line.order_item_id)
        left = order.unfulfilled(item) if item else 0
        if line.quantity > left + freed.get(line.order_item_id, 0):
            raise _invalid("Quantity is invalid, it exceeds what is left to ship of the item.")
