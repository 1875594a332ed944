"""The XML of order feeds: ``amzn-envelope.xsd``, OrderFulfillment.xsd, OrderAcknowledgement.xsd.

The order of elements is part of the format. What cannot be said in XML is refused here, by name:
Amazon refuses the whole file for one bad character.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from channels.amazon.confirmation import problem_of
from channels.amazon.errors import Detail, Refused
from channels.amazon.types import PackageConfirmation, instant_text
from channels.amazon.usage_plan import CREATE_FEED

MAX_BYTES: Final = 9 * 1024 * 1024  # Amazon takes less than 10 MiB
_DOCUMENT_VERSION: Final = "1.01"
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
# Control characters (XML has no way to write most of them), halves of pairs, and non-characters.
_UNSAYABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class CancelReason(StrEnum):
    """``CancelReason`` of an OrderAcknowledgement, Amazon's spelling."""

    NO_INVENTORY = "NoInventory"
    SHIPPING_ADDRESS_UNDELIVERABLE = "ShippingAddressUndeliverable"
    CUSTOMER_EXCHANGE = "CustomerExchange"
    BUYER_CANCELED = "BuyerCanceled"
    GENERAL_ADJUSTMENT = "GeneralAdjustment"
    CARRIER_CREDIT_DECISION = "CarrierCreditDecision"
    RISK_ASSESSMENT_INFORMATION_NOT_VALID = "RiskAssessmentInformationNotValid"
    CARRIER_COVERAGE_FAILURE = "CarrierCoverageFailure"
    CUSTOMER_RETURN = "CustomerReturn"
    MERCHANDISE_NOT_RECEIVED = "MerchandiseNotReceived"
    CANNOT_VERIFY_INFORMATION = "CannotVerifyInformation"
    PRICING_ERROR = "PricingError"
    REJECT_ORDER = "RejectOrder"
    WEATHER_DELAY = "WeatherDelay"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Lines of an order that the merchant cancels, all for one reason."""

    amazon_order_id: str
    merchant_order_id: str = ""
    reason: str  # a CancelReason
    order_item_ids: tuple[str, ...]  # every line that is to be canceled


@dataclass(frozen=True, slots=True)
class Written:
    """A feed document, and how many of the messages it holds: those that fit."""

    content: bytes
    messages: int


def fulfillment(amazon_order_id: str, package: PackageConfirmation) -> Element:
    """``OrderFulfillment`` of one package. Refused names what Amazon could not accept.

    MerchantFulfillmentID is the package's reference, so that a repeat replaces the package here
    just as it does with ``confirmShipment``.
    """
    if problem := problem_of(package):
        raise Refused(CREATE_FEED, problem)
    element = Element("OrderFulfillment")
    _text(element, "AmazonOrderID", amazon_order_id)
    _text(element, "MerchantFulfillmentID", package.package_reference_id)
    _text(element, "FulfillmentDate", instant_text(package.ship_date))
    data = SubElement(element, "FulfillmentData")
    _text(data, "CarrierCode", package.carrier_code)
    for name, value in (
        ("CarrierName", package.carrier_name),
        ("ShippingMethod", package.shipping_method),
    ):
        if value:
            _text(data, name, value)
    _text(data, "ShipperTrackingNumber", package.tracking_number)
    if package.cod_collection_method:
        _text(element, "CODCollectionMethod", package.cod_collection_method)
    for item_id, quantity in package.items:
        item = SubElement(element, "Item")
        _text(item, "AmazonOrderItemCode", item_id)
        _text(item, "Quantity", str(quantity))
        for code in package.unit_codes.get(item_id, ()):
            _text(item, "TransparencyCode", code)
    return element


def cancellation(order: CancelOrder) -> Element:
    """``OrderAcknowledgement`` with Failure: every line with its reason, since an order without
    lines would be canceled without one. Refused names what Amazon could not accept."""
    if order.reason not in list(CancelReason):
        raise Refused(
            CREATE_FEED, Detail("%(reason)r is not a reason to cancel", reason=order.reason)
        )
    if not order.order_item_ids or not all(order.order_item_ids):
        raise Refused(CREATE_FEED, Detail("a cancellation names every line it is about"))
    element = Element("OrderAcknowledgement")
    _text(element, "AmazonOrderID", order.amazon_order_id)
    if order.merchant_order_id:
        _text(element, "MerchantOrderID", order.merchant_order_id)
    _text(element, "StatusCode", "Failure")
    for item_id in order.order_item_ids:
        item = SubElement(element, "Item")
        _text(item, "AmazonOrderItemCode", item_id)
        _text(item, "CancelReason", order.reason)
    return element


def write(seller_id: str, bodies: Iterable[Element]) -> Written:
    """An ``AmazonEnvelope`` of messages 1 … n, as many of `bodies` as fit. All are of one kind."""
    root = Element("AmazonEnvelope", {_SCHEMA: "amzn-envelope.xsd"})
    header = SubElement(root, "Header")
    _text(header, "DocumentVersion", _DOCUMENT_VERSION)
    _text(header, "MerchantIdentifier", seller_id)
    kind = SubElement(root, "MessageType")
    size = number = 0
    for body in bodies:
        message = Element("Message")
        _text(message, "MessageID", str(number + 1))
        message.append(body)
        size += len(tostring(message, encoding="utf-8"))
        if size > MAX_BYTES:
            break
        number += 1
        kind.text = body.tag
        root.append(message)
    return Written(tostring(root, encoding="utf-8", xml_declaration=True), number)


def _text(parent: Element, name: str, value: str) -> None:
    if unsayable := _UNSAYABLE.search(value):
        code = f"U+{ord(unsayable[0]):04X}"
        detail = Detail(
            "%(name)s holds the character %(code)s, which XML cannot say", name=name, code=code
        )
        raise Refused(CREATE_FEED, detail)
    SubElement(parent, name).text = value
