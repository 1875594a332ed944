"""Shipping: the stock it takes, and who wins when two ship at once."""

from functools import partial
from typing import Any

import pytest

from orders.models import OutboxMessage, Package, Product, Reservation, Shipment
from orders.services.errors import CannotShip
from orders.services.inventory import with_salable
from tests import factories
from tests.factories import item
from tests.orders.shipping import draft, line_of, ship, stored
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


def salable(sku: str = "MUG") -> int:
    return with_salable(Product.objects.filter(sku=sku)).get().salable


def ledger() -> list[tuple[str, str, int]]:
    return list(Reservation.objects.order_by("pk").values_list("event", "object_key", "quantity"))


def test_what_leaves_the_shelf_is_deducted_and_no_longer_reserved():
    product = factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=3)])
    assert salable() == 7
    ship(order, draft(quantities={line_of(order).pk: 2}))
    assert Product.objects.get(pk=product.pk).quantity == 8
    package = Package.objects.get()
    assert ledger() == [
        ("placed", f"order:{order.uid.hex}", -3),
        ("shipped", f"package:{package.pk}", 2),
    ]
    assert salable() == 7


def test_packages_of_one_product_have_a_ledger_line_each():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=3)])
    ship(order, draft(quantities={line_of(order).pk: 2}), draft())
    one, two = Package.objects.order_by("number")
    assert ledger()[1:] == [
        ("shipped", f"package:{one.pk}", 2),
        ("shipped", f"package:{two.pk}", 1),
    ]
    assert Product.objects.get().quantity == 7
    assert salable() == 7


def test_two_items_of_one_product_in_a_package_are_one_ledger_line():
    factories.product(quantity=10)
    ship(factories.placed_order(items=[item(quantity=2), item(quantity=3)]))
    assert ledger()[1:] == [("shipped", f"package:{Package.objects.get().pk}", 5)]
    assert Product.objects.get().quantity == 5


def test_stock_that_is_not_managed_is_not_touched():
    factories.product(quantity=None)
    ship(factories.placed_order())
    assert ledger() == []
    assert Product.objects.get().quantity == 0


def test_an_item_without_a_product_is_shipped_like_any_other():
    store = factories.amazon_store(unknown_sku="unmatched")
    order = factories.placed_order(store=store)
    ship(order)
    assert Product.objects.count() == 0
    assert stored(order) == ("complete", "complete", "shipped")


# Races


def result_of(calls: list[Any]) -> tuple[list[Shipment], list[str]]:
    """The shipments made and the refusals, of threads that shipped at once."""
    results = in_parallel(calls)
    made = [result for result in results if isinstance(result, Shipment)]
    refused = [str(result) for result in results if isinstance(result, CannotShip)]
    assert len(made) + len(refused) == len(results), results
    return made, refused


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_ship_a_whole_order_one_wins():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=2)])
    made, refused = result_of([partial(ship, order)] * 4)
    assert len(made) == 1
    number = order.commerce_order.number
    assert refused == [f"Order {number} is Complete: it cannot be shipped."] * 3
    assert line_of(order).quantity_shipped == 2
    assert (Package.objects.count(), OutboxMessage.objects.count()) == (1, 1)
    assert Product.objects.get().quantity == 8


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_ship_the_same_units_one_wins():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=2), item("CUP")])
    units = draft(quantities={line_of(order).pk: 2})
    made, refused = result_of([partial(ship, order, units)] * 4)
    assert len(made) == 1
    assert refused == ["MUG: 2 to ship, but only 0 left."] * 3
    assert line_of(order).quantity_shipped == 2
    assert stored(order) == ("processing", "processing", "partially_shipped")
    assert (Package.objects.count(), OutboxMessage.objects.count()) == (1, 1)
    assert Product.objects.get(sku="MUG").quantity == 8


@pytest.mark.django_db(transaction=True)
def test_threads_that_ship_different_units_all_win():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=4)])
    one_unit = draft(quantities={line_of(order).pk: 1})
    made, _ = result_of([partial(ship, order, one_unit)] * 4)
    assert sorted(shipment.number for shipment in made) == [1, 2, 3, 4]
    assert sorted(Package.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert stored(order) == ("complete", "complete", "shipped")
    assert Product.objects.get().quantity == 6
