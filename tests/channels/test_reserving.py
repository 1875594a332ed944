"""Stock kept for Pending orders: reserved, adjusted, released, expired; only what is salable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services import order_settings
from channels.services.releasing import release_held
from channels.services.reserving import release_expired
from orders.models import Product, Reservation
from orders.services.catalog import ProductChange, change_product
from orders.services.inventory import with_salable
from tests import factories
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, shop, texts
from tests.factories import NOW

pytestmark = pytest.mark.django_db

RESERVE = {"pending_orders": "reserve"}
WEEK = timedelta(days=7)


def mug(units=2, number=1, status="PENDING", minutes=1, **more):
    lines = (Line(sku="MUG", quantity=units),)
    return Draft(number=number, lines=lines, status=status, minutes=minutes, **more)


def salable():
    return with_salable(Product.objects.filter(sku="MUG")).get().salable


def ledger():
    return list(Reservation.objects.order_by("pk").values_list("event", "quantity"))


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY"])
def test_a_pending_order_keeps_its_stock_if_order_settings_say_so(status):
    factories.product(quantity=10)
    bring(shop(**RESERVE), mug(status=status))
    assert (ledger(), salable()) == ([("pending", -2)], 8)


@pytest.mark.parametrize(
    ("settings", "draft"),
    [
        ({}, mug()),
        (RESERVE, mug(fulfilled_by="AMAZON")),
        (RESERVE, mug(channel="NON_AMAZON")),
        (RESERVE | {"import_amazon_orders": False}, mug()),
    ],
)
def test_nothing_is_kept_otherwise(settings, draft):
    factories.product(quantity=10)
    bring(shop(**settings), draft)
    assert ledger() == []


def test_nothing_is_kept_of_what_is_not_managed():
    factories.product()
    bring(shop(**RESERVE), mug())
    assert ledger() == []


def test_placed_it_is_the_orders_own():
    factories.product(quantity=2)
    store = shop(**RESERVE, out_of_stock="hold")
    bring(store, mug())
    bring(store, mug(status="UNSHIPPED", minutes=30))
    assert ledger() == [("pending", -2), ("released", 2), ("placed", -2)]
    order = ChannelOrder.objects.get()
    assert (order.placement, order.holds_stock) == ("placed", False)
    assert not order.commerce_order.oversold


def test_canceled_it_is_free():
    factories.product(quantity=2)
    store = shop(**RESERVE)
    bring(store, mug())
    bring(store, mug(status="CANCELLED", minutes=30))
    assert (ledger(), salable()) == ([("pending", -2), ("released", 2)], 2)


def test_held_it_is_free():
    factories.product(quantity=2)
    store = shop(**RESERVE)
    bring(store, mug())
    change_product(ProductChange(sku="MUG", enabled=False))
    bring(store, mug(status="UNSHIPPED", minutes=30))
    assert ChannelOrder.objects.get().placement == "held"
    assert salable() == 2


def test_the_same_update_again_keeps_nothing_more():
    factories.product(quantity=10)
    store = shop(**RESERVE)
    bring(store, mug())
    bring(store, mug(minutes=5))
    assert ledger() == [("pending", -2)]


@pytest.mark.parametrize(("units", "line"), [(5, ("pending", -3)), (1, ("adjusted", 1))])
def test_a_changed_quantity_is_followed(units, line):
    factories.product(quantity=10)
    store = shop(**RESERVE)
    bring(store, mug())
    bring(store, mug(units, minutes=5))
    assert ledger() == [("pending", -2), line]
    assert salable() == 10 - units


def test_a_pending_order_oversells_nothing():
    factories.product(quantity=3)
    bring(shop(**RESERVE), mug(2, number=1), mug(2, number=2), mug(1, number=3))
    assert ledger() == [("pending", -2), ("pending", -1)]
    assert "Not reserved: SKU MUG is short by 1." in texts(mug(number=2))


# Released after some days


def test_it_is_released_after_the_days_and_does_not_come_back():
    factories.product(quantity=10)
    store = shop(**RESERVE)
    bring(store, mug())
    assert release_expired(now=NOW + WEEK - timedelta(minutes=1)) == 0
    assert release_expired(now=NOW + WEEK) == 1
    assert release_expired(now=NOW + WEEK) == 0
    assert (ledger(), salable()) == ([("pending", -2), ("released", 2)], 10)
    assert texts(mug())[-1] == "Pending for long: its reserved stock was released."
    ChannelOrder.objects.update(reserved_until=NOW)  # the import's clock stands still in tests
    bring(store, mug(minutes=5))
    assert salable() == 10


def test_many_are_released_with_as_many_statements_as_one(django_assert_num_queries):
    factories.product(quantity=100)
    store = shop(**RESERVE)
    for numbers in (range(1, 2), range(10, 20)):
        bring(store, *(mug(number=n) for n in numbers))
        with django_assert_num_queries(10):  # two of them the transaction's own
            assert release_expired(now=NOW + WEEK) == len(numbers)


# Order settings and products change meanwhile


def test_order_settings_reserve_and_release_at_once():
    factories.product(quantity=10)
    store = shop()
    bring(store, mug())
    for pending_orders, left in (("reserve", 8), ("ignore", 10), ("reserve", 8)):
        order_settings.change(store, {"pending_orders": pending_orders})
        release_held()
        assert salable() == left


def test_stock_managed_from_now_on_is_reserved_for_pending_orders_too():
    factories.product()
    bring(shop(**RESERVE), mug())
    ChannelOrder.objects.update(reserved_until=timezone.now() + WEEK)  # the import's clock is old
    change_product(ProductChange(sku="MUG", manage_stock=True, quantity=5))
    release_held()
    assert salable() == 3
    change_product(ProductChange(sku="MUG", manage_stock=False))
    release_held()
    assert sum(quantity for _, quantity in ledger()) == 0
