"""The XML of order feeds: element order, numbering, and text that survives or is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon import feed_xml
from channels.amazon.errors import Refused
from channels.amazon.feed_xml import CancelOrder, CancelReason, cancellation, fulfillment, write
from channels.amazon.types import PackageConfirmation

SELLER = "A0EXAMPLESELLR"
ORDER_ID = "302-5510047-8830219"
DHL = PackageConfirmation(
    package_reference_id="1",
    carrier_code="DHL",
    shipping_method="Standard",
    tracking_number="00340434000000000017",
    ship_date=datetime(2026, 8, 12, 12, tzinfo=UTC),
    items=(("40211877100355", 2),),
)
OTHER = replace(
    DHL,
    package_reference_id="2",
    carrier_code="Other",
    carrier_name="Musterkurier",
    tracking_number="MK0000000002",
    ship_date=datetime(2026, 8, 13, 9, 30, tzinfo=UTC),
    items=(("40211877100355", 1), ("40211877100362", 3)),
)
CANCEL = CancelOrder(
    amazon_order_id="112-0091823-4417755",
    merchant_order_id="WEB-100301",
    reason="BuyerCanceled",
    order_item_ids=("73500177221004", "73500177221011"),
)


def tree(element):
    """An element as nested pairs of name and content."""
    return (element.tag, [tree(child) for child in element] or element.text)


def test_two_parcels_of_one_order():
    written = write(SELLER, [fulfillment(ORDER_ID, DHL), fulfillment(ORDER_ID, OTHER)])

    assert written.messages == 2
    assert written.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    root = ElementTree.fromstring(written.content)
    schema = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
    assert root.attrib == {schema: "amzn-envelope.xsd"}
    assert tree(root) == (
        "AmazonEnvelope",
        [
            ("Header", [("DocumentVersion", "1.01"), ("MerchantIdentifier", SELLER)]),
            ("MessageType", "OrderFulfillment"),
            ("Message", [
                ("MessageID", "1"),
                ("OrderFulfillment", [
                    ("AmazonOrderID", ORDER_ID),
                    ("MerchantFulfillmentID", "1"),
                    ("FulfillmentDate", "2026-08-12T12:00:00.000Z"),
                    ("FulfillmentData", [
                        ("CarrierCode", "DHL"),
                        ("ShippingMethod", "Standard"),
                        ("ShipperTrackingNumber", "00340434000000000017"),
                    ]),
                    ("Item", [("AmazonOrderItemCode", "40211877100355"), ("Quantity", "2")]),
                ]),
            ]),
            ("Message", [
                ("MessageID", "2"),
                ("OrderFulfillment", [
                    ("AmazonOrderID", ORDER_ID),
                    ("MerchantFulfillmentID", "2"),
                    ("FulfillmentDate", "2026-08-13T09:30:00.000Z"),
                    ("FulfillmentData", [
                        ("CarrierCode", "Other"),
                        ("CarrierName", "Musterkurier"),
                        ("ShippingMethod", "Standard"),
                        ("ShipperTrackingNumber", "MK0000000002"),
                    ]),
                    ("Item", [("AmazonOrderItemCode", "40211877100355"), ("Quantity", "1")]),
                    ("Item", [("AmazonOrderItemCode", "40211877100362"), ("Quantity", "3")]),
                ]),
            ]),
        ],
    )  # fmt: skip


def test_a_cancellation_names_every_line_with_its_reason():
    root = ElementTree.fromstring(write(SELLER, [cancellation(CANCEL)]).content)

    assert root.findtext("MessageType") == "OrderAcknowledgement"
    assert tree(root.find("Message")) == (
        "Message",
        [
            ("MessageID", "1"),
            ("OrderAcknowledgement", [
                ("AmazonOrderID", "112-0091823-4417755"),
                ("MerchantOrderID", "WEB-100301"),
                ("StatusCode", "Failure"),
                ("Item", [
                    ("AmazonOrderItemCode", "73500177221004"), ("CancelReason", "BuyerCanceled"),
                ]),
                ("Item", [
                    ("AmazonOrderItemCode", "73500177221011"), ("CancelReason", "BuyerCanceled"),
                ]),
            ]),
        ],
    )  # fmt: skip


def test_the_order_number_of_the_merchant_may_be_missing():
    element = cancellation(replace(CANCEL, merchant_order_id=""))
    assert element.find("MerchantOrderID") is None


@pytest.mark.parametrize("reason", CancelReason)
def test_every_reason_is_spelled_as_amazon_does(reason):
    spelled = cancellation(replace(CANCEL, reason=reason)).findtext("Item/CancelReason")
    assert spelled == reason.value


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason": "BuyerCancelled"}, "'BuyerCancelled' is not a reason to cancel"),
        ({"order_item_ids": ()}, "a cancellation names every line it is about"),
        ({"order_item_ids": ("1", "")}, "a cancellation names every line it is about"),
    ],
)
def test_a_cancellation_that_amazon_could_not_read_is_refused(change, problem):
    with pytest.raises(Refused) as caught:
        cancellation(replace(CANCEL, **change))
    assert caught.value.detail == problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tracking_number": ""}, "tracking_number is missing"),
        ({"package_reference_id": "0"}, "package_reference_id must be a positive number as text"),
        ({"carrier_name": ""}, 'carrier_name is required with carrier_code "Other"'),
        ({"items": ()}, "items is empty"),
    ],
)
def test_a_package_is_checked_as_for_a_call(change, problem):
    with pytest.raises(Refused) as caught:
        fulfillment(ORDER_ID, replace(OTHER, **change))
    assert caught.value.detail == problem


# Text

unsayable = st.one_of(st.characters(categories=["Cc", "Cs"]), st.sampled_from(["\ufffe", "\uffff"]))
sayable = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), min_size=1
)


@given(name=sayable, number=sayable, method=sayable)
def test_any_text_survives(name, number, method):
    package = replace(OTHER, carrier_name=name, tracking_number=number, shipping_method=method)
    root = ElementTree.fromstring(write(SELLER, [fulfillment(ORDER_ID, package)]).content)
    data = root.find("Message/OrderFulfillment/FulfillmentData")
    assert [data.findtext(tag) for tag in ("CarrierName", "ShippingMethod")] == [name, method]
    assert data.findtext("ShipperTrackingNumber") == number


@given(before=sayable, character=unsayable, after=sayable)
def test_what_xml_cannot_say_is_refused(before, character, after):
    package = replace(OTHER, tracking_number=before + character + after)
    with pytest.raises(Refused) as caught:
        fulfillment(ORDER_ID, package)
    assert caught.value.detail == (
        f"ShipperTrackingNumber holds the character U+{ord(character):04X}, which XML cannot say"
    )


# Size


@pytest.mark.parametrize(("limit", "fit"), [(0, 0), (600, 1), (1200, 2), (10_000, 3)])
def test_as_many_messages_as_fit(monkeypatch, limit, fit):
    monkeypatch.setattr(feed_xml, "MAX_BYTES", limit)
    written = write(SELLER, [fulfillment(ORDER_ID, DHL)] * 3)
    assert written.messages == fit
    root = ElementTree.fromstring(written.content)
    numbers = [element.text for element in root.iter("MessageID")]
    assert numbers == [str(n + 1) for n in range(fit)]


def test_what_fits_is_below_amazons_limit():
    package = replace(DHL, items=tuple((f"{n:014d}", 1) for n in range(2000)))
    written = write(SELLER, (fulfillment(ORDER_ID, package) for _ in range(60)))
    assert 20 < written.messages < 60
    assert len(written.content) < 10 * 1024 * 1024
