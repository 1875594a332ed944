"""The preview of order settings says what saving does: it is held against the real outcome."""

from collections import Counter
from copy import copy

import pytest

from channels.models import ChannelOrder, OrderSettings
from channels.services import order_settings, settings_preview
from channels.services.releasing import release_held
from orders.models import CommerceOrder, Product
from tests import factories
from tests.channels import pages
from tests.channels.shop import bring, bring_raw, shop
from tests.snapshot import everything

pytestmark = pytest.mark.django_db

SETTINGS = [
    {},
    {"import_amazon_orders": "disabled"},
    {"fba_orders": "ignore"},
    {"unknown_sku": "hold"},
    {"product_disabled": "create"},
    {"out_of_stock": "hold"},
    {"unknown_sku": "hold", "out_of_stock": "hold"},
    {"import_since": "2026-03-02T10:00Z"},
]


def wished(store, values):
    settings = copy(OrderSettings.objects.get(store=store))
    order_settings.apply(settings, values)
    return settings


def catalog():
    """Some SKUs of the pages: disabled, sold out, scarce; the others are unknown."""
    for number in range(0, 500, 3):
        factories.product(f"SKU-{number:03d}", enabled=number % 9 != 0)
    for number in range(1, 500, 3):
        factories.product(f"SKU-{number:03d}", quantity=number % 5)


def outcome(order):
    """What became of an order, in the words of the preview."""
    if order.placement == "placed":
        return "complete" if order.commerce_order.completed_at else "created"
    if order.placement == "held":
        return f"held:{order.hold_reason}"
    return {"awaiting": "wait", "ignored": "ignore"}.get(order.placement, order.placement)


@pytest.mark.parametrize("values", SETTINGS)
def test_the_preview_is_what_the_import_does(values):
    catalog()
    page = [d for d in pages.drafts(500, seed=3) if d.country == "SE"]
    looked_at = shop(import_amazon_orders=False)  # nothing is placed: stock stays as it is
    bring(looked_at, *page)
    told = settings_preview.preview(
        looked_at, wished(looked_at, {"import_amazon_orders": "enabled", **values})
    )

    ChannelOrder.objects.all().delete()
    real = shop()
    order_settings.change(real, values)
    bring(real, *page)
    became = Counter(outcome(order) for order in ChannelOrder.objects.all())
    stored = Counter({name: then for name, (_, then) in told.outcomes.items()})
    del stored["too_old"]  # which the import does not store at all
    assert became == +stored


@pytest.mark.parametrize("values", SETTINGS[1:])
def test_saving_creates_as_many_as_it_says(values):
    catalog()
    store = shop(unknown_sku="hold", out_of_stock="hold", fba_orders="ignore")
    bring(store, *(d for d in pages.drafts(300, seed=5) if d.country == "SE"))
    before = CommerceOrder.objects.count()
    told = settings_preview.preview(store, wished(store, values))
    order_settings.change(store, values)
    release_held()
    assert CommerceOrder.objects.count() - before == told.created_at_once


def test_looking_changes_nothing():
    catalog()
    store = shop(unknown_sku="hold")
    bring(store, *(d for d in pages.drafts(100, seed=5) if d.country == "SE"))
    before = everything()
    settings_preview.preview(store, wished(store, {"unknown_sku": "add"}))
    assert everything() == before


def test_who_gets_another_customer():
    store = shop()
    fba = pages.Draft(number=3, status="SHIPPED", fulfilled_by="AMAZON")
    bring(store, pages.Draft(number=1), pages.Draft(number=2), fba)
    nordic = factories.commerce_store("nordic")
    for values, count in (
        ({"customer_creation": "new"}, 2),  # Amazon gives no e-mail of an FBA order
        ({"commerce_store": nordic.code}, 0),  # guests anywhere
        ({"customer_creation": "new", "commerce_store": nordic.code}, 2),
    ):
        assert settings_preview.preview(store, wished(store, values)).other_customer == count


def test_only_the_last_orders_and_examples_of_what_changes():
    store = shop()
    bring(store, *(pages.Draft(number=n) for n in range(1, 31)))
    told = settings_preview.preview(
        store, wished(store, {"import_amazon_orders": "disabled"}), last=20
    )
    assert (told.orders, told.changed) == (20, 20)
    assert told.outcomes == {"created": (20, 0), "view_only": (0, 20)}
    newest = pages.Draft(number=30).amazon_order_id
    assert told.examples[0] == (newest, "created", "view_only")
    assert len(told.examples) == 10


@pytest.mark.parametrize("count", [1, 40])
def test_it_costs_the_same_for_any_number_of_orders(django_assert_num_queries, count):
    Product.objects.create(sku="MUG", manage_stock=True, quantity=5)
    store = shop()
    bring_raw(store, pages.raw_orders(pages.Draft(number=n) for n in range(1, count + 1)))
    settings = wished(store, {"out_of_stock": "hold"})
    with django_assert_num_queries(11):
        settings_preview.preview(store, settings)
