from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channels.amazon.types import (
    Address,
    AmazonItem,
    AmazonOrder,
    AmazonPackage,
    Amounts,
    Buyer,
    FulfilledBy,
    Money,
    Status,
)
from tests.channels.amazon.samples import order, read

UNSHIPPED = AmazonOrder(
    amazon_order_id="112-7720015-9940366",
    marketplace_id="ATVPDKIKX0DER",
    purchase_date=datetime(2026, 8, 14, 15, 40, 31, 118000, UTC),
    last_updated=datetime(2026, 8, 14, 16, 11, 2, 660000, UTC),
    sales_channel="AMAZON",
    programs=("AMAZON_BUSINESS", "PRIME"),
    seller_order_id="WEB-100245",
    status=Status.UNSHIPPED,
    amazon_status="UNSHIPPED",
    fulfilled_by=FulfilledBy.MERCHANT,
    service_level="EXPEDITED",
    ship_by_earliest=datetime(2026, 8, 14, 7, tzinfo=UTC),
    ship_by=datetime(2026, 8, 18, 6, 59, 59, tzinfo=UTC),
    deliver_by=datetime(2026, 8, 22, 6, 59, 59, tzinfo=UTC),
    grand_total=Money(amount=Decimal("72.66"), currency="USD"),
    buyer=Buyer(
        name="Maeve O'Brien",
        email="k3v9example@marketplace.amazon.com",
        company="Example Fixtures LLC",
        purchase_order_number="PO-77-2026",
    ),
    recipient=Address(
        name="Receiving Desk",
        company="Example Fixtures LLC",
        line1="1 Placeholder Way",
        line2="Dock 4",
        line3="Door 2",
        city="Columbus",
        district="Franklin",
        region="OH",
        municipality="Columbus City",
        postal_code="43004",
        country_code="US",
        phone="+1 614-555-0100 ext. 00001",
        address_type="COMMERCIAL",
        delivery_instructions="Loading dock; Ring at gate B",
    ),
    packages=None,
    items=(
        AmazonItem(
            order_item_id="73500190011201",
            quantity_ordered=2,
            quantity_shipped=0,
            quantity_unshipped=2,
            asin="B0EXAMPL02",
            seller_sku="TUM-4-CLR",
            title="Stackable tumbler, set of 4",
            condition="NEW",
            unit_price=Money(amount=Decimal("24.99"), currency="USD"),
            currency="USD",
            amounts=Amounts(
                item=Decimal("49.98"),
                shipping=Decimal("3.99"),
                gift_wrap=Decimal("3.50"),
                discount=Decimal("-6.50"),
                tax=Decimal("4.19"),
                total=Decimal("55.16"),
                tax_detail=(
                    ("item", Decimal("3.60")),
                    ("shipping", Decimal("0.34")),
                    ("gift_wrap", Decimal("0.25")),
                ),
                tax_collected_by_amazon=True,
            ),
            gift_message="Enjoy!",
            gift_wrap_level="Classic",
            is_gift=True,
            cancel_requested=False,
        ),
        AmazonItem(
            order_item_id="73500190011209",
            quantity_ordered=1,
            quantity_shipped=0,
            quantity_unshipped=1,
            asin="B0EXAMPL03",
            seller_sku="BRU-01",
            title="Bottle brush",
            condition="USED, GOOD",
            unit_price=Money(amount=Decimal("14.99"), currency="USD"),
            currency="USD",
            amounts=Amounts(
                item=Decimal("14.99"),
                shipping=Decimal("2.00"),
                discount=Decimal("-0.50"),
                tax=Decimal("1.01"),
                total=Decimal("17.50"),
                tax_detail=(("item", Decimal("0.90")), ("shipping", Decimal("0.11"))),
            ),
            programs=("TRANSPARENCY",),
            is_gift=False,
            cancel_requested=False,
        ),
    ),
)


def test_every_field_of_an_order_arrives():
    assert read(order()) == UNSHIPPED


def test_pending_order_has_items_and_nothing_else():
    pending = read(order("pending"))
    assert pending == AmazonOrder(
        amazon_order_id="112-4839201-5571846",
        marketplace_id="ATVPDKIKX0DER",
        purchase_date=datetime(2026, 8, 14, 3, 12, 7, 451000, UTC),
        last_updated=datetime(2026, 8, 14, 3, 12, 9, 2000, UTC),
        sales_channel="AMAZON",
        status=Status.PENDING,
        amazon_status="PENDING",
        fulfilled_by=FulfilledBy.MERCHANT,
        items=(
            AmazonItem(
                order_item_id="73500184629911",
                quantity_ordered=1,
                quantity_shipped=0,
                quantity_unshipped=1,
                asin="B0EXAMPL01",
                seller_sku="KET-12",
                title="Camping kettle",
                is_gift=False,
                cancel_requested=False,
            ),
        ),
    )


def test_packages_are_read_with_their_items():
    assert read(order("partially_shipped")).packages == (
        AmazonPackage(
            package_reference_id="1",
            carrier="DHL",
            tracking_number="00340434000000000017",
            shipped_at=datetime(2026, 8, 12, 12, tzinfo=UTC),
            items=(("40211877100355", 2),),
            status="IN_TRANSIT",
        ),
    )


def test_no_packages_yet_differs_from_packages_not_sent():
    document = order("partially_shipped") | {"packages": []}
    assert read(document).packages == ()
    del document["packages"]
    assert read(document).packages is None


def test_order_shipped_by_amazon_in_yen():
    japanese = read(order("shipped_by_amazon"))
    assert japanese.fulfilled_by is FulfilledBy.AMAZON
    assert japanese.last_updated == datetime(2026, 8, 10, 19, 5, 12, tzinfo=UTC)
    assert japanese.grand_total == Money(amount=Decimal(3480), currency="JPY")
    assert japanese.recipient == Address(city="Osaka", region="Osaka", country_code="JP")
    assert japanese.buyer is None


def test_canceled_order_keeps_its_empty_line_and_the_buyers_reason():
    canceled = read(order("cancelled"))
    item = canceled.items[0]
    assert (canceled.status, canceled.amazon_status) == (Status.CANCELED, "CANCELLED")
    assert (item.quantity_ordered, item.cancel_requested) == (0, True)
    assert (item.cancel_reason, item.canceled_by) == ("Order created by mistake", "MERCHANT")


def test_a_cancellation_without_a_request_is_not_the_buyers():
    document = order("cancelled")
    document["orderItems"][0]["cancellation"] = {"cancellationExecution": {"cancelledBy": "AMAZON"}}
    item = read(document).items[0]
    assert (item.cancel_requested, item.canceled_by) == (False, "AMAZON")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PENDING_AVAILABILITY", Status.PENDING_AVAILABILITY),
        ("PENDING", Status.PENDING),
        ("UNSHIPPED", Status.UNSHIPPED),
        ("PARTIALLY_SHIPPED", Status.PARTIALLY_SHIPPED),
        ("SHIPPED", Status.SHIPPED),
        ("CANCELLED", Status.CANCELED),
        ("UNFULFILLABLE", Status.UNFULFILLABLE),
        ("INVOICE_UNCONFIRMED", Status.UNKNOWN),
    ],
)
def test_amazons_status_becomes_ours_and_its_word_is_kept(word, status):
    document = order()
    document["fulfillment"]["fulfillmentStatus"] = word
    mapped = read(document)
    assert (mapped.status, mapped.amazon_status) == (status, word)


@pytest.mark.parametrize("association", ["REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"])
def test_replacement_names_the_order_it_replaces(association):
    document = order() | {
        "associatedOrders": [
            {"orderId": "1-1-1", "associationType": "SOMETHING_NEW"},
            {"orderId": "112-0000001-0000001", "associationType": association},
        ]
    }
    assert read(document).replaces_order_id == "112-0000001-0000001"


def test_non_amazon_channel_is_kept():
    document = order()
    document["salesChannel"] = {"channelName": "NON_AMAZON"}
    mapped = read(document)
    assert (mapped.sales_channel, mapped.marketplace_id) == ("NON_AMAZON", None)


def test_an_unknown_fulfiller_is_nobody():
    document = order()
    document["fulfillment"]["fulfilledBy"] = "THIRD_PARTY"
    assert read(document).fulfilled_by is None


@pytest.mark.parametrize("requester", ["BUYER", "", None])
def test_a_request_counts_as_the_buyers(requester):
    document = order("cancelled")
    document["orderItems"][0]["cancellation"]["cancellationRequest"]["requester"] = requester
    assert read(document).items[0].cancel_requested is True


def test_new_fields_of_amazon_change_nothing():
    document = order() | {"newGroup": {"x": [1, None]}}
    document["orderItems"][0]["product"]["newField"] = 1.5
    assert read(document) == UNSHIPPED
