"""What many orders want from the shelves."""

import pytest

from channels.papers.pick_list import Pick
from channels.services.packing import parcels
from channels.services.picking import picks, print_pick_list
from orders.models import CommerceOrder, CommerceOrderLine
from tests import factories
from tests.channels.packing import to_pack
from tests.channels.papers.reading import sizes, text

pytestmark = pytest.mark.django_db


def picked(*orders):
    return picks(parcels([order.pk for order in orders]))


def test_units_add_up_by_sku():
    factories.product("MUG", quantity=10)
    first = to_pack(items=[factories.item("MUG", quantity=2), factories.item("KET")])
    second = to_pack(items=[factories.item("MUG"), factories.item("MUG", quantity=3)])
    numbers = [order.commerce_order.number for order in (first, second)]
    assert picked(first, second) == [
        Pick(sku="KET", name="Product KET", quantity=1, orders=[(numbers[0], 1)]),
        Pick(
            sku="MUG",
            name="Product MUG",
            quantity=6,
            orders=[(numbers[0], 2), (numbers[1], 4)],
            on_hand=10,
        ),
    ]


def test_orders_of_two_stores_with_one_number_stay_two():
    us = factories.amazon_store(country="US", store=factories.commerce_store("us"))
    orders = [to_pack(), to_pack(store=us)]
    number = orders[0].commerce_order.number
    CommerceOrder.objects.filter(pk=orders[1].commerce_order_id).update(number=number)
    (pick,) = picked(*orders)
    assert sorted(pick.orders) == [(f"{number} (main)", 1), (f"{number} (us)", 1)]
    assert "2 orders" in text(print_pick_list(parcels([order.pk for order in orders])))


def test_only_what_is_left_is_picked():
    order = to_pack(items=[factories.item("MUG", quantity=3), factories.item("KET")])
    CommerceOrderLine.objects.filter(sku="MUG").update(quantity_shipped=1)
    CommerceOrderLine.objects.filter(sku="KET").update(quantity_shipped=1)
    (pick,) = picked(order)
    assert (pick.sku, pick.quantity) == ("MUG", 2)


def test_items_without_a_sku_are_told_apart_by_their_titles():
    order = factories.channel_order(
        items=[factories.item("", title="A cup"), factories.item("", title="A bowl")]
    )
    assert [(pick.sku, pick.name) for pick in picked(order)] == [("", "A bowl"), ("", "A cup")]


def test_a_list_has_no_personal_data():
    found = text(print_pick_list(parcels([to_pack().pk])))
    assert "MUG" in found
    assert "1 unit · 1 order · 20" in found
    assert "Öberg" not in found
    assert "Storgatan" not in found


def test_the_paper_is_that_of_the_first_order():
    order = factories.channel_order(store=factories.amazon_store(country="US"))
    assert sizes(print_pick_list(parcels([order.pk]))) == [(612, 792)]
    assert sizes(print_pick_list([])) == [(595, 841)]
