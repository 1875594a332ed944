"""What Amazon shows, and what it withholds."""

from dataclasses import replace
from decimal import Decimal

import pytest

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.people import person
from channels.sandbox.records import AMAZON, NON_AMAZON, Buyer, Status
from channels.sandbox.sellers import DEMO_EU, DEMO_FE, DEMO_NA
from tests.channels.sandbox.api import Api

GIFT = Line(sku="TEA-50", quantity=2, gift_wrap_level="Classic", gift_message="For you")


def test_without_fulfillment_there_is_no_status(amazon, world):
    order = world.create_order("SE")

    shown = amazon.shown(order.order_id, "BUYER,RECIPIENT,PROCEEDS,PACKAGES")

    assert "fulfillment" not in shown
    assert "fulfillment" not in shown["orderItems"][0]


def test_an_unshipped_merchant_order_shows_everything(amazon, world):
    order = world.create_order("SE", Draft(lines=(GIFT,), address=person("Nils Lindqvist")))

    shown = amazon.shown(order.order_id)

    assert shown["buyer"]["buyerName"] == "Nils Lindqvist"
    assert shown["buyer"]["buyerEmail"].endswith("@marketplace.amazon.se")
    assert shown["recipient"]["deliveryAddress"] == {
        "name": "Nils Lindqvist",
        "addressLine1": "c/o Sandström",
        "addressLine2": "Kungsgatan 4 B, lgh 1102",
        "city": "Göteborg",
        "postalCode": "411 19",
        "countryCode": "SE",
        "addressType": "RESIDENTIAL",
    }
    assert shown["proceeds"]["grandTotal"] == {"amount": "238.00", "currencyCode": "SEK"}
    (item,) = shown["orderItems"]
    assert item["product"]["price"]["unitPrice"] == {"amount": "119.00", "currencyCode": "SEK"}
    assert item["fulfillment"] == {
        "quantityFulfilled": 0,
        "quantityUnfulfilled": 2,
        "packing": {"giftOption": {"giftMessage": "For you", "giftWrapLevel": "Classic"}},
    }
    assert shown["fulfillment"]["shipByWindow"] == {
        "earliestDateTime": "2026-11-24T00:00:00.000Z",
        "latestDateTime": "2026-11-26T23:59:59.000Z",
    }


@pytest.mark.parametrize("status", [Status.PENDING, Status.PENDING_AVAILABILITY])
def test_a_pending_order_has_no_prices_no_buyer_no_address(amazon, world, status):
    order = world.create_order("SE", Draft(status=status, lines=(GIFT,)))

    shown = amazon.shown(order.order_id)

    assert shown["fulfillment"]["fulfillmentStatus"] == status
    assert {"buyer", "recipient", "proceeds", "payment", "packages", "tax"} & set(shown) == set()
    assert "deliverByWindow" not in shown["fulfillment"]
    (item,) = shown["orderItems"]
    assert "price" not in item["product"]
    assert set(item) == {"orderItemId", "quantityOrdered", "programs", "product", "fulfillment"}
    assert "packing" not in item["fulfillment"]


def test_a_cancelled_order_tells_no_buyer_and_no_amounts(amazon, world):
    order = world.create_order("SE")
    world.change(order.order_id, moves.cancel)

    shown = amazon.shown(order.order_id)

    assert shown["fulfillment"] == {
        "fulfillmentStatus": "CANCELLED",
        "fulfilledBy": "MERCHANT",
        "fulfillmentServiceLevel": "STANDARD",
    }
    assert {"buyer", "recipient", "proceeds", "packages"} & set(shown) == set()
    (item,) = shown["orderItems"]
    assert item["quantityOrdered"] == 0
    assert item["cancellation"]["cancellationExecution"] == {
        "cancelledBy": "BUYER",
        "cancelReason": "Buyer requested cancellation",
    }


def test_a_cancel_request_leaves_the_status_and_bumps_the_update(amazon, world):
    order = world.create_order("SE")
    before = amazon.shown(order.order_id)

    world.change(order.order_id, moves.request_cancel)

    after = amazon.shown(order.order_id)
    assert after["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert after["lastUpdatedTime"] > before["lastUpdatedTime"]
    assert after["orderItems"][0]["cancellation"] == {
        "cancellationRequest": {"requester": "BUYER", "cancelReason": "Order created by mistake"}
    }


def test_an_fba_order_has_no_email_no_street_no_packages_no_windows(amazon, world):
    draft = Draft(status=Status.SHIPPED, fulfilled_by=AMAZON, lines=(GIFT,))
    order = world.create_order("DE", replace(draft, address=person("Jürgen Groß")))

    shown = amazon.shown(order.order_id)

    assert shown["buyer"] == {"buyerName": "Jürgen Groß"}
    assert shown["recipient"] == {"deliveryAddress": {"city": "Kassel", "countryCode": "DE"}}
    assert set(shown["fulfillment"]) == {
        "fulfillmentStatus",
        "fulfilledBy",
        "fulfillmentServiceLevel",
    }
    assert "packages" not in shown
    assert shown["orderItems"][0]["fulfillment"] == {
        "quantityFulfilled": 2,
        "quantityUnfulfilled": 0,
        "packing": {"giftOption": {"giftWrapLevel": "Classic"}},
    }


@pytest.mark.parametrize(("seller", "country"), [(DEMO_NA, "US"), (DEMO_FE, "JP")])
def test_fba_buyers_have_no_name_in_the_us_and_japan(world, seller, country):
    draft = Draft(status=Status.SHIPPED, fulfilled_by=AMAZON)
    order = world.create_order(country, draft)

    assert "buyer" not in Api(world, seller).shown(order.order_id)


def test_without_the_pii_role_buyer_and_recipient_are_silently_absent(world):
    world.add_seller(replace(DEMO_EU, pii_role=False))
    order = world.create_order("SE", Draft(lines=(GIFT,)))

    shown = Api(world).shown(order.order_id)

    assert {"buyer", "recipient"} & set(shown) == set()
    assert shown["proceeds"]["grandTotal"]["amount"] == "238.00"
    packing = shown["orderItems"][0]["fulfillment"]["packing"]
    assert packing == {"giftOption": {"giftWrapLevel": "Classic"}}


def test_an_mcf_order_has_no_proceeds_and_can_become_unfulfillable(amazon, world):
    draft = Draft(status=Status.UNFULFILLABLE, fulfilled_by=AMAZON, channel=NON_AMAZON)
    order = world.create_order("DE", draft)

    shown = amazon.shown(order.order_id)

    assert shown["fulfillment"]["fulfillmentStatus"] == "UNFULFILLABLE"
    assert shown["salesChannel"]["channelName"] == "NON_AMAZON"
    assert {"proceeds", "buyer", "recipient"} & set(shown) == set()


def test_a_replacement_order_names_the_original_and_carries_no_amounts(amazon, world):
    order = world.create_order("SE", Draft(replaces="302-1111111-2222222"))

    shown = amazon.shown(order.order_id)

    assert shown["associatedOrders"] == [
        {"orderId": "302-1111111-2222222", "associationType": "REPLACEMENT_ORIGINAL_ID"}
    ]
    assert "proceeds" not in shown
    assert "proceeds" not in shown["orderItems"][0]
    assert "price" not in shown["orderItems"][0]["product"]


def test_a_business_order_names_company_and_purchase_order(amazon, world):
    draft = Draft(
        programs=("AMAZON_BUSINESS",),
        address=person("Dr. Anna-Lena von der Heide"),
        lines=(Line(sku="LAMP-DSK-W", quantity=2),),
    )
    order = world.create_order("DE", draft)

    shown = amazon.shown(order.order_id)

    assert shown["buyer"]["buyerCompanyName"] == "Heide & Söhne GmbH"
    assert shown["buyer"]["buyerPurchaseOrderNumber"].startswith("PO-")
    assert shown["orderItems"][0]["product"]["price"] == {
        "unitPrice": {"amount": "72.00", "currencyCode": "EUR"},
        "priceDesignation": "BUSINESS_PRICE",
    }
    assert shown["proceeds"] == {
        "grandTotal": {"amount": "171.36", "currencyCode": "EUR"},
        "breakdowns": [
            {"type": "ITEM", "subtotal": {"amount": "144.00", "currencyCode": "EUR"}},
            {"type": "TAX", "subtotal": {"amount": "27.36", "currencyCode": "EUR"}},
        ],
    }


def test_a_business_buyers_vat_id_is_a_tax_registration(amazon, world):
    buyer = Buyer(name="Nils", company="Example AB", vat_id="SE556677889901")
    order = world.create_order("SE", Draft(programs=("AMAZON_BUSINESS",), buyer=buyer))

    assert amazon.shown(order.order_id)["tax"] == {
        "taxRegistrations": [
            {
                "entityType": "BUYER",
                "legalName": "Example AB",
                "taxRegistrationType": "VAT",
                "taxRegistrationNumber": "SE556677889901",
            }
        ]
    }
    assert "tax" not in amazon.shown(order.order_id, "BUYER,RECIPIENT,FULFILLMENT")
    world.add_seller(replace(DEMO_EU, pii_role=False))
    assert "tax" not in Api(world).shown(order.order_id)


def test_us_tax_is_added_and_collected_by_amazon(world):
    line = Line(
        sku="TUM-4-CLR",
        quantity=2,
        shipping=Decimal("3.99"),
        gift_wrap=Decimal("3.50"),
        discount=Decimal("5.00"),
        shipping_discount=Decimal("1.50"),
    )
    order = world.create_order("US", Draft(lines=(line,)))

    (item,) = Api(world, DEMO_NA).shown(order.order_id)["orderItems"]

    def usd(amount):
        return {"amount": amount, "currencyCode": "USD"}

    assert item["tax"] == {
        "taxCollections": [
            {
                "model": "MARKETPLACE_FACILITATOR",
                "responsibleParty": "Amazon.com Services, Inc.",
            }
        ]
    }
    assert item["proceeds"] == {
        "proceedsTotal": usd("54.66"),
        "breakdowns": [
            {"type": "ITEM", "subtotal": usd("49.98")},
            {"type": "SHIPPING", "subtotal": usd("3.99")},
            {"type": "GIFT_WRAP", "subtotal": usd("3.50")},
            {
                "type": "TAX",
                "subtotal": usd("3.69"),
                "detailedBreakdowns": [
                    {"subtype": "ITEM", "value": usd("3.62")},
                    {"subtype": "SHIPPING", "value": usd("0.29")},
                    {"subtype": "GIFT_WRAP", "value": usd("0.25")},
                    {"subtype": "DISCOUNT", "value": usd("-0.47")},
                ],
            },
            {
                "type": "DISCOUNT",
                "subtotal": usd("-6.50"),
                "detailedBreakdowns": [
                    {"subtype": "ITEM", "value": usd("-5.00")},
                    {"subtype": "SHIPPING", "value": usd("-1.50")},
                ],
            },
        ],
    }


def test_yen_have_no_decimals_and_earn_points(world):
    order = world.create_order("JP", Draft(lines=(Line(sku="TEA-50", quantity=3),)))

    shown = Api(world, DEMO_FE).shown(order.order_id)

    assert shown["proceeds"]["grandTotal"] == {"amount": "3840", "currencyCode": "JPY"}
    assert shown["orderItems"][0]["expense"] == {
        "pointsCost": {
            "pointsGranted": {
                "pointsNumber": 38,
                "pointsMonetaryValue": {"amount": "38", "currencyCode": "JPY"},
            }
        }
    }
