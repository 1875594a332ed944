"""The two workflows as the import sees them: from Amazon's page to the Commerce order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from channels.models import ChannelOrder
from customers.models import Customer
from orders.models import CommerceOrder, OutboxMessage, Package, Product, Reservation, Shipment
from tests import factories, portal
from tests.channels import pages
from tests.channels.shop import (
    PENDING,
    SHIPPED_BY_AMAZON,
    UNSHIPPED,
    bring,
    shop,
    shown,
    texts,
)

pytestmark = pytest.mark.django_db


# Fulfilled by merchant


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY"])
def test_a_pending_order_is_stored_without_details_and_not_on_the_tab(status):
    draft = replace(PENDING, status=status)

    assert bring(shop(), draft) == (1, 0, 0, 0)

    order = shown(draft)
    assert (order["status"], order["placement"]) == (status.lower(), "awaiting")
    assert order["on_orders_tab"] is False
    assert (order["grand_total"], order["currency"]) == (None, "SEK")
    assert (order["buyer"], order["shipping_address"]) == ({"name": None, "email": None}, {})
    assert [(i["sku"], i["quantity_ordered"]) for i in order["items"]] == [
        ("KETTLE", 2),
        ("MUG", 1),
    ]
    assert [item["amounts"]["total"] for item in order["items"]] == [None, None]
    assert order["commerce_order"] is None


def test_the_same_row_moves_to_unshipped_with_details_and_a_commerce_order():
    store = shop()
    bring(store, PENDING)
    row = ChannelOrder.objects.get().pk

    assert bring(store, UNSHIPPED) == (0, 1, 1, 0)

    assert ChannelOrder.objects.get().pk == row
    order = shown()
    assert (order["status"], order["placement"]) == ("unshipped", "placed")
    assert order["on_orders_tab"] is True
    assert order["buyer"] == {"name": "Anna Öberg", "email": "anna@marketplace.amazon.se"}
    assert order["shipping_address"]["line1"] == "Storgatan 1"
    assert order["grand_total"] == Decimal("648.00")
    assert order["items"][1]["amounts"] == {
        "item": Decimal("100.00"),
        "shipping": Decimal("49.00"),
        "gift_wrap": None,
        "other": None,
        "discount": None,
        "tax": None,
        "total": Decimal("149.00"),
    }
    linked = order["commerce_order"]
    assert (linked["number"], linked["state"], linked["status"]) == (
        "000000001",
        "pending",
        "pending",
    )
    assert (linked["grand_total"], linked["currency"]) == (Decimal("648.00"), "SEK")
    assert [
        (line["sku"], line["quantity_ordered"], line["quantity_shipped"], line["row_total"])
        for line in linked["lines"]
    ] == [("KETTLE", 2, 0, Decimal("499.00")), ("MUG", 1, 0, Decimal("149.00"))]
    assert texts() == [
        "Pending at Amazon: payment is being verified.",
        "Unshipped at Amazon: ready to ship.",
        "Commerce order 000000001 created.",
    ]


def test_a_guest_order_writes_no_customer():
    bring(shop(), UNSHIPPED)

    assert (shown()["commerce_order"]["guest"], Customer.objects.count()) == (True, 0)
    address = CommerceOrder.objects.get().shipping_address
    assert (address.customer, address.address["name"], address.address["email"]) == (
        None,
        "Anna Öberg",
        "anna@marketplace.amazon.se",
    )


def test_a_new_customer_is_made_of_the_order():
    bring(shop(customer_creation="new"), UNSHIPPED)

    customer = Customer.objects.get()
    assert customer.profile == {"name": "Anna Öberg", "email": "anna@marketplace.amazon.se"}
    assert shown()["commerce_order"]["customer"] == {
        "id": customer.pk,
        "email": "anna@marketplace.amazon.se",
        "name": "Anna Öberg",
    }
    assert customer.addresses.get().address["line1"] == "Storgatan 1"


def test_a_customer_of_the_same_commerce_store_is_known_by_e_mail():
    store = shop(customer_creation="new")
    elsewhere = factories.customer(
        store=factories.commerce_store("outlet"), email="anna@marketplace.amazon.se"
    )
    known = factories.customer(email="Anna@Marketplace.amazon.se", name="A. Öberg")
    bring(store, UNSHIPPED, replace(UNSHIPPED, number=2, name="Anna Ö."))

    orders = CommerceOrder.objects.all()
    assert [order.customer_id for order in orders] == [known.pk, known.pk]
    assert set(Customer.objects.all()) == {elsewhere, known}
    assert Customer.objects.get(pk=known.pk).profile["name"] == "A. Öberg"


def test_stock_is_reserved_where_it_is_managed_only():
    factories.product("KETTLE", quantity=10)
    factories.product("MUG")
    bring(shop(), UNSHIPPED)

    assert shown()["reservations"] == [{"sku": "KETTLE", "quantity": 2}]
    assert Product.objects.get(sku="KETTLE").quantity == 10


def test_pending_reserves_nothing_by_default():
    factories.product("KETTLE", quantity=10)
    bring(shop(), PENDING)

    assert Reservation.objects.count() == 0


def test_first_seen_shipped_takes_amazons_packages_over():
    factories.product("KETTLE", quantity=10)
    draft = replace(UNSHIPPED, status="SHIPPED")

    assert bring(shop(), draft) == (1, 0, 1, 0)

    order = shown(draft)
    assert (order["status"], order["commerce_order"]["state"]) == ("shipped", "complete")
    assert order["commerce_order"]["packages"] == [
        {
            "number": 1,
            "carrier_code": "PostNord",
            "carrier_name": None,
            "tracking_number": "UA000000001SE",
            "shipped_at": datetime(2026, 3, 2, 10, 1, tzinfo=UTC),
            "items": [
                {"order_item_id": draft.item_id(0), "quantity": 2},
                {"order_item_id": draft.item_id(1), "quantity": 1},
            ],
            "confirmation": "proven",
        }
    ]
    assert Shipment.objects.get().by == Shipment.By.CHANNEL
    assert (Reservation.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    assert portal.order(draft.amazon_order_id).is_completed


def test_first_seen_partially_shipped_reserves_what_is_left():
    factories.product("KETTLE", quantity=10)
    factories.product("MUG", quantity=10)
    draft = replace(UNSHIPPED, status="PARTIALLY_SHIPPED")

    assert bring(shop(), draft) == (1, 0, 1, 0)

    order = shown(draft)
    linked = order["commerce_order"]
    assert (order["status"], linked["state"]) == ("partially_shipped", "pending")
    assert [(line["quantity_ordered"], line["quantity_shipped"]) for line in linked["lines"]] == [
        (2, 1),
        (1, 0),
    ]
    assert [package["items"] for package in linked["packages"]] == [
        [{"order_item_id": draft.item_id(0), "quantity": 1}]
    ]
    assert order["reservations"] == [
        {"sku": "KETTLE", "quantity": 1},
        {"sku": "MUG", "quantity": 1},
    ]
    assert portal.order(draft.amazon_order_id).is_completed is False


def test_the_next_package_gets_a_number_after_amazons():
    draft = replace(UNSHIPPED, status="PARTIALLY_SHIPPED")
    bring(shop(), draft)
    portal.ship(draft.amazon_order_id)

    assert list(Package.objects.values_list("number", flat=True)) == [1, 2]


# Fulfilled by Amazon


@pytest.mark.parametrize(
    "status",
    [
        "PENDING_AVAILABILITY",
        "PENDING",
        "UNSHIPPED",
        "PARTIALLY_SHIPPED",
        "CANCELLED",
        "UNFULFILLABLE",
    ],
)
def test_fba_is_not_stored_before_it_is_shipped(status):
    assert bring(shop(), replace(SHIPPED_BY_AMAZON, status=status)) == (0, 0, 0, 0)
    assert ChannelOrder.objects.count() == 0


def test_fba_shipped_is_complete_at_once_and_touches_no_stock():
    factories.product("KETTLE", quantity=0)
    assert bring(shop(customer_creation="new"), SHIPPED_BY_AMAZON) == (1, 0, 1, 0)

    order = shown(SHIPPED_BY_AMAZON)
    linked = order["commerce_order"]
    assert (order["status"], linked["state"], linked["guest"]) == ("shipped", "complete", True)
    assert [(p["confirmation"], p["tracking_number"]) for p in linked["packages"]] == [
        ("by_amazon", None)
    ]
    assert Shipment.objects.get().by == Shipment.By.AMAZON
    assert order["buyer"] == {"name": None, "email": None}
    assert order["shipping_address"] == {
        "city": "Uppsala",
        "region": "Uppsala",
        "country_code": "SE",
    }
    assert (Reservation.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    assert Product.objects.get(sku="KETTLE").quantity == 0
    assert portal.order(SHIPPED_BY_AMAZON.amazon_order_id).is_completed


def test_fba_not_created_when_order_settings_say_so():
    assert bring(shop(fba_orders="ignore"), SHIPPED_BY_AMAZON) == (1, 0, 0, 0)
    assert (shown(SHIPPED_BY_AMAZON)["status"], shown(SHIPPED_BY_AMAZON)["placement"]) == (
        "shipped",
        "ignored",
    )
    assert CommerceOrder.objects.count() == 0


# Canceled


def test_canceled_after_import_closes_the_commerce_order_and_gives_the_stock_back():
    factories.product("KETTLE", quantity=10)
    store = shop()
    bring(store, UNSHIPPED)

    assert bring(store, replace(UNSHIPPED, status="CANCELLED", minutes=60)) == (0, 1, 0, 0)

    order = shown()
    assert (order["status"], order["placement"]) == ("canceled", "placed")
    assert (order["commerce_order"]["state"], order["reservations"]) == ("canceled", [])
    ledger = Reservation.objects.order_by("pk").values_list("event", "quantity")
    assert list(ledger) == [("placed", -2), ("canceled", 2)]
    assert order["buyer"]["email"] == "anna@marketplace.amazon.se"  # Amazon withheld it, we did not
    assert texts()[-2:] == [
        "Canceled at Amazon.",
        "Commerce order 000000001 canceled; its stock is released.",
    ]


def test_canceled_while_pending_never_gets_a_commerce_order():
    store = shop()
    bring(store, PENDING)
    bring(store, replace(PENDING, status="CANCELLED", minutes=60))

    assert (shown()["status"], shown()["placement"]) == ("canceled", "ignored")
    assert shown()["on_orders_tab"] is True
    assert CommerceOrder.objects.count() == 0


def test_canceled_after_staff_shipped_is_said_and_undoes_nothing():
    factories.product("KETTLE", quantity=10)
    store = shop()
    bring(store, UNSHIPPED)
    portal.ship(UNSHIPPED.amazon_order_id)
    bring(store, replace(UNSHIPPED, status="CANCELLED", minutes=60))

    assert (shown()["status"], shown()["commerce_order"]["state"]) == ("canceled", "complete")
    assert Product.objects.get(sku="KETTLE").quantity == 8
    assert texts()[-1] == (
        "Canceled at Amazon, but Commerce order 000000001 is Complete: stop the parcel if you can."
    )


def test_a_buyers_request_to_cancel_is_flagged_and_noted_once():
    store = shop()
    bring(store, UNSHIPPED)
    asked = replace(UNSHIPPED, cancel_requested=True, minutes=60)
    bring(store, asked)
    bring(store, replace(asked, minutes=90))

    assert (shown()["cancel_requested"], shown()["status"]) == (True, "unshipped")
    assert texts().count("The buyer asked to cancel this order.") == 1


# Time


def test_an_older_update_changes_nothing():
    store = shop()
    bring(store, replace(UNSHIPPED, minutes=60))
    before = shown()

    assert bring(store, PENDING) == (0, 0, 0, 0)
    assert shown() == before


def test_orders_placed_before_the_date_are_never_imported():
    bought = pages.PURCHASED + timedelta(minutes=UNSHIPPED.number)
    store = shop(import_since=bought + timedelta(seconds=1))
    assert bring(store, UNSHIPPED) == (0, 0, 0, 0)

    exactly = factories.amazon_store(account=store.account, country="DE", import_since=bought)
    assert bring(exactly, replace(UNSHIPPED, country="DE")) == (1, 0, 1, 0)


def test_a_marketplace_that_is_not_connected_is_passed_over():
    assert bring(shop(), replace(UNSHIPPED, country="PL")) == (0, 0, 0, 0)
    assert ChannelOrder.objects.count() == 0
