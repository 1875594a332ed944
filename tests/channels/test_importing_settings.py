"""What order settings, stock and money make of an order that comes in."""

from dataclasses import replace

import pytest

from channels.models import ChannelOrder
from customers.models import CommerceStore
from orders.models import CommerceOrder, OrderStatus, Product, Reservation
from tests import factories
from tests.channels.pages import Draft, Line
from tests.channels.shop import UNSHIPPED, bring, shop, shown, texts

pytestmark = pytest.mark.django_db


def test_import_disabled_shows_the_order_view_only():
    assert bring(shop(import_amazon_orders=False), UNSHIPPED) == (1, 0, 0, 0)
    assert (shown()["placement"], shown()["on_orders_tab"]) == ("view_only", True)
    assert shown()["commerce_order"] is None


def test_amazons_number_takes_no_increment():
    outlet = factories.commerce_store("outlet")
    before = outlet.next_order_number
    bring(shop(order_number_source="amazon", number_prefix="AZ-", commerce_store=outlet), UNSHIPPED)

    linked = shown()["commerce_order"]
    assert linked["number"] == f"AZ-{UNSHIPPED.amazon_order_id}"
    assert linked["store"] == "outlet"
    assert CommerceStore.objects.get(code="outlet").next_order_number == before


@pytest.mark.parametrize(("state", "code"), [("processing", "picking"), ("pending", "new-amazon")])
def test_a_custom_order_status(state, code):
    status = OrderStatus.objects.create(code=code, label=code, state=state)
    bring(shop(order_status="custom", processing_order_status=status), UNSHIPPED)

    linked = shown()["commerce_order"]
    assert (linked["state"], linked["status"]) == (state, code)


def test_unknown_skus_come_into_the_catalog_without_managed_stock():
    bring(shop(), UNSHIPPED)

    catalog = Product.objects.order_by("sku").values_list("sku", "manage_stock", "quantity")
    assert list(catalog) == [("KETTLE", False, 0), ("MUG", False, 0)]


def test_unknown_skus_stay_unmatched_when_order_settings_say_so():
    bring(shop(unknown_sku="unmatched"), UNSHIPPED)

    assert Product.objects.count() == 0
    lines = CommerceOrder.objects.get().lines.values_list("sku", "product")
    assert list(lines) == [("KETTLE", None), ("MUG", None)]


# Held


@pytest.mark.parametrize(
    ("rules", "product", "draft", "reason", "detail", "note"),
    [
        (
            {"unknown_sku": "hold"},
            {"sku": "MUG"},
            UNSHIPPED,
            "unknown_sku",
            "KETTLE",
            "Commerce order not created: SKU KETTLE is unknown.",
        ),
        (
            {},
            {"sku": "MUG", "enabled": False},
            UNSHIPPED,
            "product_disabled",
            "MUG",
            "Commerce order not created: SKU MUG is disabled.",
        ),
        (
            {"out_of_stock": "hold"},
            {"sku": "KETTLE", "quantity": 1},
            UNSHIPPED,
            "out_of_stock",
            "KETTLE",
            "Commerce order not created: SKU KETTLE is out of stock.",
        ),
        (
            {},
            {"sku": "MUG"},
            replace(UNSHIPPED, grand_total="650.00"),
            "total",
            "650.00 - 648.00 = 2.00",
            "Commerce order not created: the lines do not add up to Amazon's total "
            "(650.00 - 648.00 = 2.00).",
        ),
    ],
    ids=["unknown SKU", "disabled", "out of stock", "total"],
)
def test_held_with_its_cause(rules, product, draft, reason, detail, note):
    factories.product(**product)
    store = shop(**rules)
    assert bring(store, draft) == (1, 0, 0, 0)
    bring(store, replace(draft, minutes=60))

    order = shown()
    assert (order["placement"], order["hold_reason"], order["hold_detail"]) == (
        "held",
        reason,
        detail,
    )
    assert texts().count(note) == 1
    assert (CommerceOrder.objects.count(), Reservation.objects.count()) == (0, 0)


def test_the_second_order_of_a_page_sees_what_the_first_took():
    factories.product("MUG", quantity=3)
    store = shop(out_of_stock="hold")
    two = (Line(quantity=2),)
    bring(store, Draft(number=1, lines=two), Draft(number=2, lines=two))

    placements = ChannelOrder.objects.order_by("amazon_order_id").values_list("placement")
    assert list(placements) == [("placed",), ("held",)]
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == -2


def test_a_held_order_is_placed_by_an_update_once_its_cause_is_gone():
    store = shop(unknown_sku="hold")
    bring(store, UNSHIPPED)
    factories.product("MUG")
    factories.product("KETTLE")

    assert bring(store, replace(UNSHIPPED, minutes=60)) == (0, 1, 1, 0)
    assert (shown()["placement"], shown()["hold_reason"]) == ("placed", None)


# Money


def test_a_replacement_order_is_free_and_ships_all_the_same():
    factories.product("KETTLE", quantity=10)
    draft = replace(UNSHIPPED, replaces="702-9999999-9999999")
    assert bring(shop(), draft) == (1, 0, 1, 0)

    assert shown()["grand_total"] is None
    assert shown()["commerce_order"]["grand_total"] is None
    assert shown()["reservations"] == [{"sku": "KETTLE", "quantity": 2}]


def test_yen_have_no_decimals():
    store = shop("JP")
    lines = (Line(sku="TEA", quantity=2, price="1740", tax="316", discount="-35"),)
    bring(store, Draft(country="JP", lines=lines))

    order = shown()
    assert (str(order["grand_total"]), order["currency"]) == ("3761", "JPY")
    linked = order["commerce_order"]
    assert (str(linked["grand_total"]), linked["currency"]) == ("3761", "JPY")
    assert str(order["items"][0]["amounts"]["discount"]) == "-35"
