"""The XML of order feeds as Amazon's schemas have it, and the processing report."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from channels.sandbox.records import Order

# The children of each element in their order; ? may be missing, * may repeat (and be missing).
_SCHEMA: dict[str, str] = {
    "AmazonEnvelope": "Header MessageType Message*",
    "Header": "DocumentVersion MerchantIdentifier",
    "OrderFulfillment": (
        "AmazonOrderID MerchantFulfillmentID? FulfillmentDate FulfillmentData?"
        " CODCollectionMethod? Item*"
    ),
    "FulfillmentData": "CarrierCode CarrierName? ShippingMethod? ShipperTrackingNumber?",
    "OrderFulfillment/Item": (
        "AmazonOrderItemCode MerchantFulfillmentItemID? Quantity? TransparencyCode*"
    ),
    "OrderAcknowledgement": "AmazonOrderID MerchantOrderID? StatusCode Item*",
    "OrderAcknowledgement/Item": (
        "AmazonOrderItemCode MerchantOrderItemID? CancelReason? Quantity?"
    ),
}
_INVALID = (
    "We are unable to process the XML feed because one or more items are invalid."
    " Please re-submit the feed."
)


class BadFeed(ValueError):
    """The file as a whole cannot be processed."""


@dataclass(frozen=True, slots=True)
class Result:
    """One entry of the report."""

    number: int
    code: str  # Error | Warning
    message_code: str
    words: str
    order_id: str = ""


def messages_of(content: bytes, kind: str, seller_id: str) -> list[tuple[int, Element]]:
    """Number and body of every message; BadFeed where Amazon's schema would not let it pass."""
    try:
        root = fromstring(content)  # noqa: S314 - a toy on the reader's own machine
    except (ParseError, ValueError):
        raise BadFeed(f"{_INVALID} It is not XML.") from None
    _check(root, "AmazonEnvelope")
    _check(root[0], "Header")
    if text_of(root[0], "MerchantIdentifier") != seller_id:
        raise BadFeed("The MerchantIdentifier is not this seller's.")
    if text_of(root, "MessageType") != kind:
        raise BadFeed(f"The MessageType is not {kind}.")
    found: dict[int, Element] = {}
    for message in root.iterfind("Message"):
        number = text_of(message, "MessageID")
        body = message.find(kind)
        if not number.isdigit() or int(number) in found or body is None:
            raise BadFeed(f"{_INVALID} A Message has no body, or a MessageID that is not its own.")
        _check_body(body)
        found[int(number)] = body
    return list(found.items())


def package_document(body: Element, order: Order) -> dict[str, Any]:
    """An OrderFulfillment as ``ConfirmShipmentRequest``. No Item: everything that is left."""
    data = body.find("FulfillmentData")
    detail: dict[str, Any] = {
        "packageReferenceId": text_of(body, "MerchantFulfillmentID")
        or str(len(order.packages) + 1),
        "carrierCode": text_of(data, "CarrierCode"),
        "carrierName": text_of(data, "CarrierName"),
        "shippingMethod": text_of(data, "ShippingMethod"),
        "trackingNumber": text_of(data, "ShipperTrackingNumber"),
        "shipDate": text_of(body, "FulfillmentDate"),
        "orderItems": [_line(item) for item in body.findall("Item")] or _rest(order, body),
    }
    document: dict[str, Any] = {
        "marketplaceId": order.marketplace.marketplace_id,
        "packageDetail": detail,
    }
    if method := text_of(body, "CODCollectionMethod"):
        document["codCollectionMethod"] = method
    return document


def report_xml(seller_id: str, processed: int, results: Iterable[Result]) -> bytes:
    """``ProcessingReport``: only what went wrong, or nearly did, is in it."""
    results = list(results)
    refused = len({r.number for r in results if r.code == "Error"})
    warned = len({r.number for r in results if r.code == "Warning"})
    root = Element("AmazonEnvelope")
    header = SubElement(root, "Header")
    _add(header, DocumentVersion="1.02", MerchantIdentifier=seller_id)
    _add(root, MessageType="ProcessingReport")
    message = SubElement(root, "Message")
    _add(message, MessageID="1")
    report = SubElement(message, "ProcessingReport")
    status = "Rejected" if any(r.number == 0 for r in results) else "Complete"
    _add(report, DocumentTransactionID="50011220260813", StatusCode=status)
    _add(
        SubElement(report, "ProcessingSummary"),
        MessagesProcessed=str(processed),
        MessagesSuccessful=str(max(0, processed - refused)),
        MessagesWithError=str(refused),
        MessagesWithWarning=str(warned),
    )
    for result in results:
        element = SubElement(report, "Result")
        _add(
            element,
            MessageID=str(result.number),
            ResultCode=result.code,
            ResultMessageCode=result.message_code,
            ResultDescription=result.words,
        )
        if result.order_id:
            _add(SubElement(element, "AdditionalInfo"), AmazonOrderID=result.order_id)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def text_of(parent: Element | None, name: str) -> str:
    """The text of a child; "" when there is none."""
    return (parent.findtext(name) or "").strip() if parent is not None else ""


def _add(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _line(item: Element) -> dict[str, Any]:
    quantity = text_of(item, "Quantity") or "1"
    line: dict[str, Any] = {
        "orderItemId": text_of(item, "AmazonOrderItemCode"),
        "quantity": int(quantity) if quantity.isdigit() else 0,
    }
    if codes := [code.text or "" for code in item.findall("TransparencyCode")]:
        line["transparencyCodes"] = codes
    return line


def _rest(order: Order, body: Element) -> list[dict[str, Any]]:
    """What the whole order means: what is left, or what the package held that is being edited."""
    old = order.package(text_of(body, "MerchantFulfillmentID"))
    held = {line.order_item_id: line.quantity for line in old.items} if old else {}
    lines = [
        (item.order_item_id, order.unfulfilled(item) + held.get(item.order_item_id, 0))
        for item in order.items
    ]
    return [{"orderItemId": key, "quantity": units} for key, units in lines if units]


def _check_body(body: Element) -> None:
    _check(body, body.tag)
    for child in body:
        if child.tag == "Item":
            _check(child, f"{body.tag}/Item")
        elif child.tag == "FulfillmentData":
            _check(child, child.tag)


def _check(element: Element, name: str) -> None:
    """The children are those of the schema, in its order."""
    children = [child.tag for child in element]
    for entry in _SCHEMA[name].split():
        tag = entry.rstrip("?*")
        count = 0
        while children and children[0] == tag and (count == 0 or entry.endswith("*")):
            children.pop(0)
            count += 1
        if count == 0 and entry == tag:
            raise BadFeed(f"{_INVALID} {name} has no {tag} where it belongs.")
    if children or element.tag != name.rpartition("/")[2]:
        raise BadFeed(f"{_INVALID} {name} has a {(children or [element.tag])[0]} out of place.")
