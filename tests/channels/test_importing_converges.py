"""Any order of pages, any repeats, any two workers: the outcome is the same."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import ChannelOrder, CommunicationError
from customers.models import Customer, CustomerAddress
from orders.models import CommerceOrder, Product, Reservation
from orders.models.commerce_order import State
from tests import factories
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, shop
from tests.threads import in_parallel

# Two orders of one buyer, as Amazon shows them in the course of a day
ONE = Draft(number=1, lines=(Line(sku="KETTLE", quantity=2), Line(sku="MUG")))
TWO = Draft(number=2, lines=(Line(sku="KETTLE"),), name="Anna Ö.")
UPDATES = tuple(
    replace(draft, status=status, minutes=minutes, cancel_requested=asked)
    for draft in (ONE, TWO)
    for status, minutes, asked in (
        ("PENDING_AVAILABILITY", 0, False),
        ("PENDING", 10, False),
        ("UNSHIPPED", 20, False),
        ("UNSHIPPED", 30, True),
        ("UNSHIPPED", 40, False),
    )
)
CANCELED = replace(ONE, status="CANCELLED", minutes=60)


@st.composite
def histories(draw, updates=UPDATES):
    """Pages with every update in them, in any order, some of them again."""
    again = draw(st.lists(st.sampled_from(updates), max_size=6))
    sequence = draw(st.permutations([*updates, *again]))
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    sent = []
    for size in sizes:
        sent.append(sequence[:size])
        sequence = sequence[size:]
    return [*sent, sequence]


@contextmanager
def undone():
    """One example: nothing of it stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def any_example(test):
    """Each example cleans up after itself, so sharing the test's database is fine."""
    shared = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=30, suppress_health_check=shared)(test)


def the_shelf():
    factories.product("KETTLE", quantity=10)
    factories.product("MUG", quantity=10)
    return shop(customer_creation="new")


def reserved():
    rows = Reservation.objects.values("order_uid", "product__sku").annotate(units=Sum("quantity"))
    return sorted((row["product__sku"], row["units"]) for row in rows.order_by())


@pytest.mark.django_db
@given(histories())
@any_example
def test_any_order_of_the_same_updates_ends_in_one_of_each(history):
    with undone():
        store = the_shelf()
        for page in history:
            bring(store, *page)

        orders = ChannelOrder.objects.order_by("amazon_order_id")
        assert [
            (order.status, order.placement, order.cancel_requested, order.items.count())
            for order in orders
        ] == [("unshipped", "placed", False, 2), ("unshipped", "placed", False, 1)]
        assert [str(order.grand_total) for order in orders] == ["300.000", "100.000"]
        assert CommerceOrder.objects.filter(state=State.PENDING).count() == 2
        numbers = CommerceOrder.objects.order_by("number").values_list("number", flat=True)
        assert list(numbers) == ["000000001", "000000002"]
        assert (Customer.objects.count(), CustomerAddress.objects.count()) == (1, 2)
        assert reserved() == [("KETTLE", -2), ("KETTLE", -1), ("MUG", -1)]
        assert Reservation.objects.count() == 3
        assert CommunicationError.objects.count() == 0


@pytest.mark.django_db
@given(histories((*UPDATES[:5], CANCELED)))
@any_example
def test_any_order_of_updates_of_a_canceled_order_ends_without_a_claim_on_stock(history):
    with undone():
        store = the_shelf()
        for page in history:
            bring(store, *page)

        order = ChannelOrder.objects.get()
        linked = order.commerce_order
        assert order.status == "canceled"
        assert (order.placement, linked and linked.state) in (
            ("ignored", None),  # canceled at first sight
            ("placed", "canceled"),
        )
        assert sum(units for _, units in reserved()) == 0


# At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("begin", "new"), [((), 32), (UPDATES[:2], 31)], ids=["new", "stored"])
def test_the_same_page_in_two_threads_at_once_lands_once(begin, new):
    store = the_shelf()
    bring(store, *begin)
    others = [Draft(number=n, email=f"buyer{n}@marketplace.amazon.se") for n in range(3, 33)]

    results = in_parallel([lambda: bring(store, *UPDATES, *others)] * 2)

    assert sorted(created for created, *_ in results) == [0, new]
    assert sorted(placed for *_, placed, _ in results) == [0, 32]
    assert ChannelOrder.objects.count() == 32
    assert sum(order.items.count() for order in store.orders.all()) == 33
    numbers = CommerceOrder.objects.values_list("number", flat=True)
    assert sorted(numbers) == [f"{n:09d}" for n in range(1, 33)]
    assert Customer.objects.count() == 31
    assert reserved() == [("KETTLE", -2), ("KETTLE", -1)] + [("MUG", -1)] * 31
    assert CommunicationError.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_older_update_waits_for_the_newer_one_that_is_being_written():
    store = the_shelf()
    bring(store, replace(ONE, minutes=20))
    written, overtaken = Event(), Event()

    def newer():
        with transaction.atomic():
            bring(store, replace(ONE, minutes=40))
            written.set()
            overtaken.wait(0.3)  # never set, unless the older one did not wait

    def older():
        written.wait(10)
        bring(store, replace(ONE, minutes=30, cancel_requested=True))
        overtaken.set()

    assert in_parallel([newer, older]) == [None, None]

    order = ChannelOrder.objects.get()
    assert order.last_updated - order.purchase_date == timedelta(minutes=40)
    assert order.cancel_requested is False


@pytest.mark.django_db(transaction=True)
def test_two_accounts_at_once_share_a_customer_a_product_and_the_numbers():
    shared = factories.commerce_store("shared")
    stores = [shop(country, store=shared, customer_creation="new") for country in ("SE", "DE")]

    def page(country):
        lines = (Line(sku="NEW"),)
        return [Draft(number=n, country=country, lines=lines) for n in range(1, 21)]

    results = in_parallel(
        [
            lambda store=store, country=country: bring(store, *page(country))
            for store, country in zip(stores, ("SE", "DE"), strict=True)
        ]
    )

    assert results == [(20, 0, 20, 0)] * 2
    numbers = CommerceOrder.objects.values_list("number", flat=True)
    assert sorted(numbers) == [f"{n:09d}" for n in range(1, 41)]
    assert Customer.objects.get().orders.count() == 40
    assert Product.objects.get().sku == "NEW"
