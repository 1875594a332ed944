"""Products: the one way to create and change them, and that every number stays explained."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.services.reconsidering import reconsider
from orders.models import ChangeEvent, CommerceOrderLine, Product, Reservation, StockMovement
from orders.models.commerce_order import UNFINISHED_STATES
from orders.services.catalog import (
    ChangedMeanwhile,
    InvalidProduct,
    ProductChange,
    change_product,
    change_products,
)
from orders.services.inventory import with_salable
from orders.services.shipments import PackageDraft, create_shipment
from tests import factories
from tests.factories import item
from tests.snapshot import everything
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


def change(sku="MUG", *, user="", **parts):
    return change_product(ProductChange(sku=sku, **parts), user=user)


def values(sku="MUG"):
    row = Product.objects.values_list("name", "enabled", "manage_stock", "quantity")
    return row.get(sku=sku)


def movements(sku="MUG"):
    rows = StockMovement.objects.filter(product__sku=sku).order_by("pk")
    return list(rows.values_list("kind", "change", "user_name"))


def ledger(sku="MUG"):
    rows = Reservation.objects.filter(product__sku=sku).order_by("pk")
    return list(rows.values_list("event", "quantity"))


def salable(sku="MUG"):
    return with_salable(Product.objects.filter(sku=sku)).get().salable


def ship(order, units):
    line = order.commerce_order.lines.get()
    draft = PackageDraft(carrier_code="DHL", tracking_number="T", quantities={line.pk: units})
    create_shipment(order_id=order.commerce_order_id, packages=[draft])


def assert_explained():
    """Movements add up to quantities, ledgers of managed products to what open orders need."""
    for product in Product.objects.all():
        moved = product.movements.aggregate(total=Sum("change"))["total"] or 0
        held = product.reservations.aggregate(total=Sum("quantity"))["total"] or 0
        lines = CommerceOrderLine.objects.filter(
            product=product, order__state__in=UNFINISHED_STATES
        )
        needed = sum(line.quantity_left for line in lines)
        assert moved == product.quantity
        assert held == (-needed if product.manage_stock else 0)


# Creating


def test_a_new_product_takes_the_defaults_for_what_is_not_given():
    product = change("MUG", name="A mug")
    assert product == Product.objects.get()
    assert values() == ("A mug", True, False, 0)
    assert movements() == []


def test_a_new_product_with_everything():
    change("MUG", name="A mug", enabled=False, manage_stock=True, quantity=7, user="anna")
    assert values() == ("A mug", False, True, 7)
    assert movements() == [("set", 7, "anna")]


def test_a_new_product_is_told_once():
    product = change("MUG", quantity=3, manage_stock=True)
    assert list(ChangeEvent.objects.values_list("topic", "object_id")) == [
        ("product.changed", product.pk)
    ]


# Changing


@pytest.mark.parametrize(
    ("parts", "after"),
    [
        ({"name": "Cup"}, ("Cup", True, True, 5)),
        ({"name": ""}, ("", True, True, 5)),
        ({"enabled": False}, ("Product MUG", False, True, 5)),
        ({"manage_stock": False}, ("Product MUG", True, False, 5)),
        ({"quantity": 0}, ("Product MUG", True, True, 0)),
        ({"quantity": -2}, ("Product MUG", True, True, -2)),
    ],
)
def test_only_the_parts_given_change(parts, after):
    product = factories.product(quantity=5)
    assert change(**parts) == product
    assert values() == after
    assert [event.object_id for event in ChangeEvent.objects.all()] == [product.pk]
    assert_explained()


def test_what_is_as_asked_for_writes_nothing():
    factories.product(quantity=5)
    before = everything()
    change(name="Product MUG", enabled=True, manage_stock=True, quantity=5)
    assert everything() == before


def test_quantities_are_movements_with_their_kind():
    factories.product(quantity=5)
    changes = [ProductChange(sku="MUG", quantity=2), ProductChange(sku="CUP", quantity=1)]
    products = change_products(changes, kind=StockMovement.Kind.IMPORTED, user="u" * 200)
    assert [product.sku for product in products] == ["MUG", "CUP"]
    assert movements() == [("set", 5, ""), ("imported", -3, "u" * 150)]
    assert movements("CUP") == [("imported", 1, "u" * 150)]


def test_forty_cost_as_many_statements_as_one():
    def statements(count, start):
        numbers = range(start, start + count)
        for number in numbers:
            factories.product(f"OLD{number}")
        factories.placed_order(items=[item(f"OLD{number}", quantity=2) for number in numbers])
        changes = [
            ProductChange(sku=f"{kind}{number}", manage_stock=True, quantity=1)
            for kind in ("OLD", "NEW")
            for number in numbers
        ]
        with CaptureQueriesContext(connection) as captured:
            change_products(changes)
        assert_explained()
        return len(captured)

    assert statements(40, start=1) == statements(1, start=0)


# Switching stock management


def test_switching_on_reserves_what_open_orders_need():
    factories.product("MUG")
    order = factories.placed_order(items=[item("MUG", quantity=5)])
    ship(order, 2)
    assert ledger() == []

    change(manage_stock=True, quantity=10)
    assert ledger() == [("adjusted", -3)]
    assert salable() == 7
    ship(factories.ChannelOrder.objects.get(pk=order.pk), 3)
    assert (values()[3], salable()) == (7, 7)
    assert_explained()


def test_switching_off_gives_back_everything():
    factories.product("MUG", quantity=10)
    for _ in range(2):
        factories.placed_order(items=[item("MUG", quantity=2)])
    change(manage_stock=False)
    assert ledger() == [("placed", -2), ("placed", -2), ("adjusted", 2), ("adjusted", 2)]
    change(manage_stock=True)
    assert salable() == 6
    assert_explained()


def test_what_pending_orders_hold_is_left_alone_while_stock_is_managed():
    product = factories.product("MUG")
    Reservation.objects.create(
        product=product, event="pending", order_uid=uuid4(), object_key="order:1", quantity=-2
    )
    change(manage_stock=True)
    assert ledger() == [("pending", -2)]
    change(manage_stock=False)
    assert ledger() == [("pending", -2), ("adjusted", 2)]


# Refusals


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"sku": ""}, "The SKU is missing."),
        ({"sku": "  "}, "The SKU is missing."),
        ({"sku": "S" * 65}, f"SKU '{'S' * 64}': The SKU is longer than 64 characters."),
        ({"sku": " CUP"}, "SKU ' CUP': The SKU of a new product has no spaces around it."),
        ({"sku": "A\x00B"}, "SKU 'A\\x00B': The SKU holds a control character."),
        ({"sku": "A\ud800"}, "SKU 'A\\ud800': The SKU holds a control character."),
        ({"sku": "CUP", "name": "N" * 501}, "The name is longer than 500 characters."),
        ({"sku": "CUP", "name": "a\nb"}, "The name holds a control character."),
        ({"sku": "CUP", "quantity": 10**9 + 1}, "The quantity 1000000001 is out of range."),
        ({"sku": "CUP", "quantity": -(10**30)}, "is out of range."),
        ({"sku": "MUG", "quantity": 3}, "A SKU is given twice."),
    ],
)
def test_one_that_is_wrong_changes_none(wrong, told):
    factories.product(quantity=5)
    before = everything()
    changes = [ProductChange(sku="MUG", quantity=9), ProductChange(**wrong)]
    with pytest.raises(InvalidProduct) as refusal:
        change_products(changes)
    assert told in str(refusal.value)
    assert everything() == before


def test_all_that_is_wrong_is_named():
    wrong = ProductChange(sku="MUG", name="\t", quantity=10**10)
    assert wrong.problems() == [
        "The name holds a control character.",
        "The quantity 10000000000 is out of range.",
    ]


def test_a_sku_that_came_from_amazon_with_spaces_can_be_changed():
    factories.product(" MUG ")
    change(" MUG ", enabled=False)
    assert not Product.objects.get().enabled


def test_what_is_not_as_the_person_saw_it_changes_none():
    for sku in ("MUG", "CUP", "JUG"):
        factories.product(sku, quantity=5)
    before = everything()
    changes = [
        ProductChange(sku="MUG", quantity=9, seen={"quantity": 4}),
        ProductChange(sku="CUP", quantity=9, seen={"quantity": 5}),
        ProductChange(sku="JUG", quantity=5, seen={"quantity": 4}),  # already what is asked for
    ]
    with pytest.raises(ChangedMeanwhile) as refusal:
        change_products(changes)
    assert refusal.value.skus == {"MUG"}
    assert everything() == before

    change_products(changes[1:])
    assert values("CUP")[3] == 9


# Whatever happens


parts = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text("ab", max_size=2),
        "enabled": st.booleans(),
        "manage_stock": st.booleans(),
        "quantity": st.integers(-3, 9),
    },
)


@given(st.lists(st.one_of(parts, st.sampled_from(["order", "ship"])), max_size=8))
@settings(max_examples=25)
def test_every_number_is_explained_whatever_happens(history):
    with transaction.atomic():
        store, orders = factories.amazon_store(product_disabled="create"), []
        for step in history:
            if step == "order":
                mugs = item("MUG", quantity=3)
                orders.append(factories.placed_order(store=store, items=[mugs]))
            elif step == "ship":
                if orders:
                    ship(orders.pop(), 3)
            else:
                change("MUG", **step)
            assert_explained()
        transaction.set_rollback(True)


# At the same moment


def assert_all_went(results):
    assert [result for result in results if isinstance(result, Exception)] == []


@pytest.mark.django_db(transaction=True)
def test_two_people_add_the_same_products():
    skus = [f"P{number}" for number in range(20)]
    changes = [ProductChange(sku=sku, manage_stock=True, quantity=3) for sku in skus]
    assert_all_went(
        in_parallel(
            [partial(change_products, changes), partial(change_products, changes[::-1])] * 2
        )
    )
    assert Product.objects.count() == 20
    assert_explained()


@pytest.mark.django_db(transaction=True)
def test_switching_while_the_orders_are_shipped():
    factories.product("MUG")
    store = factories.amazon_store()
    orders = [
        factories.placed_order(store=store, items=[item("MUG", quantity=2)]) for _ in range(4)
    ]
    switches = [
        partial(change, "MUG", manage_stock=number % 2 == 0, quantity=number) for number in range(6)
    ]
    assert_all_went(in_parallel([*switches, *(partial(ship, order, 1) for order in orders)]))
    assert_explained()
    change("MUG", manage_stock=True)
    assert_explained()


@pytest.mark.django_db(transaction=True)
def test_adding_products_while_an_import_adds_them():
    """The import holds its orders and adds what the catalog lacks; nobody waits for the other."""
    store = factories.amazon_store()
    orders = [
        factories.channel_order(store=store, items=[item(f"P{number}")]) for number in range(8)
    ]
    changes = [
        ProductChange(sku=f"P{number}", quantity=5, manage_stock=True) for number in range(8)
    ]
    pks = [order.pk for order in orders]
    assert_all_went(
        in_parallel(
            [partial(change_products, changes[::-1]), partial(reconsider, store.account_id, pks)]
        )
    )
    assert Product.objects.count() == 8
    assert CommerceOrderLine.objects.filter(product=None).count() == 0
