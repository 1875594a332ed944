"""Rows written many at once are what Django itself would have written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models.fields.json import KT

from channels.models import ChannelOrder, ChannelOrderItem
from customers.bulk import insert_rows, update_rows
from customers.models import Customer, CustomerAddress
from orders.models import OrderNote, Product
from orders.services.notes import note
from tests import factories
from tests.customers.test_sealed import stored_profile

pytestmark = pytest.mark.django_db

ODD = 'O\'Brien "x" \\n \\x41 %s %(a)s {} \t\n 李雷 🎁 \u2028'


def order(store, **overrides):
    """An unsaved order with an odd value in every kind of column."""
    values = {
        "hold_detail": ODD,
        "service_level": "",
        "programs": ["PRIME", ODD, 1, None, {"deep": [True, 1.5]}],
        "purchase_date": datetime(2026, 3, 2, 9, 30, 0, 123456, UTC),
        "ship_by": None,
        "grand_total": Decimal("999999999999.999"),
        "delivery_tip": None,
        "cancel_requested": True,
        "status": ChannelOrder.Status.PARTIALLY_SHIPPED,
        "buyer": {"name": ODD},
        "recipient": None,
        "digest": bytes(range(0, 256, 16)),
    }
    return factories.unsaved_channel_order(store=store, **values | overrides)


def columns(row):
    """What stands in the database, but for what tells rows apart."""
    stored = type(row).objects.get(pk=row.pk)
    own = {"id", "uid", "amazon_order_id", "order_item_id", "imported_at", "synced_at"}
    return {
        field.name: value if not isinstance(value, memoryview) else bytes(value)
        for field in row._meta.concrete_fields
        if field.name not in own
        for value in (getattr(stored, field.attname),)
    }


def test_the_same_columns_as_one_by_one():
    store = factories.amazon_store()
    saved, inserted = order(store), order(store)
    saved.save()
    insert_rows([inserted])
    assert columns(inserted) == columns(saved)
    assert columns(inserted)["buyer"] == {"name": ODD}
    assert not inserted._state.adding


def test_rows_know_their_keys_in_the_order_given():
    rows = [Product(sku=f"SKU-{n}") for n in range(50)]
    insert_rows(row for row in rows)
    assert {row.pk: row.sku for row in rows} == dict(Product.objects.values_list("pk", "sku"))


def test_one_statement_for_many_and_none_for_none(django_assert_num_queries):
    rows = [Product(sku=f"SKU-{n}") for n in range(50)]
    with django_assert_num_queries(0):
        insert_rows([])
        update_rows([], ["name"])
    with django_assert_num_queries(1):
        insert_rows(rows)
    with django_assert_num_queries(1):
        update_rows(rows, ["name"])


def test_a_row_that_was_new_when_it_was_assigned():
    channel_order = order(factories.amazon_store())
    item = factories.item()
    item.order = channel_order
    address = CustomerAddress(customer=None, address={"city": "Uppsala"})
    insert_rows([channel_order])
    insert_rows([item])
    insert_rows([address])
    assert ChannelOrderItem.objects.get().order == channel_order
    assert CustomerAddress.objects.get().customer is None


def test_only_what_is_named_is_updated():
    products = [factories.product(sku, quantity=1, name="old") for sku in ("MUG", "CUP", "JUG")]
    for number, product in enumerate(products):
        product.name, product.quantity = f"{ODD}{number}", number
    update_rows(products[:2], ["name"])
    assert list(Product.objects.order_by("pk").values_list("sku", "name", "quantity")) == [
        ("MUG", f"{ODD}0", 1),
        ("CUP", f"{ODD}1", 1),
        ("JUG", "old", 1),
    ]


def test_a_sealed_value_is_sealed_anew_only_when_it_changed():
    customer = factories.customer()
    sealed = stored_profile(customer)
    read = Customer.objects.get()
    update_rows([read], ["profile"])
    assert stored_profile(customer) == sealed
    read.profile = {"name": ODD}
    update_rows([read], ["profile"])
    assert stored_profile(customer) != sealed
    assert Customer.objects.get().profile == {"name": ODD}


@pytest.mark.parametrize(
    "values", [{"status": "no such status"}, {"amazon_order_id": None}], ids=str
)
def test_nothing_of_what_the_database_refuses(values):
    rows = [order(factories.amazon_store()), order(factories.amazon_store(), **values)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(rows)
    assert not ChannelOrder.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes anything")
@pytest.mark.parametrize(
    "values", [{"grand_total": Decimal(10) ** 12}, {"currency": "EURO"}, {"service_level": "\0"}]
)
def test_nothing_of_what_does_not_fit(values):
    store = factories.amazon_store()
    with pytest.raises(DataError), transaction.atomic():
        insert_rows([order(store), order(store, **values)])
    assert not ChannelOrder.objects.exists()


def test_the_parameters_of_a_note_can_be_searched():
    insert_rows([note(order(factories.amazon_store()).uid, "%(sku)s", params={"sku": ODD})])
    assert OrderNote.objects.values_list(KT("params__sku"), flat=True).get() == ODD


def test_twice_is_refused():
    factories.product("MUG")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([Product(sku="MUG")])
