"""Whole pages: how many statements they cost, and what repeats and bad orders do to them."""

import json
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.amazon.wire_2026_01_01 import split_page
from channels.models import ChannelOrder, ChannelOrderItem, CommunicationError
from customers.models import Customer
from orders.models import CommerceOrder, CommerceOrderLine, OrderNote, Reservation
from tests import factories
from tests.channels import pages
from tests.channels.pages import Draft, Line
from tests.channels.shop import TWO_LINES, bring, bring_raw, shop

pytestmark = pytest.mark.django_db

EVERYTHING = 36  # statements of a page in which everything happens, savepoint included


def statements(store, page):
    with CaptureQueriesContext(connection) as captured:
        bring(store, *page)
    return [query["sql"] for query in captured]


def copies(count, **more):
    """Orders of different buyers that differ in nothing else."""
    return [
        Draft(number=n, email=f"buyer{n}@marketplace.amazon.se", lines=TWO_LINES, **more)
        for n in range(1, count + 1)
    ]


# Statements


@pytest.mark.parametrize(("status", "fulfilled_by"), pages.MIX)
def test_a_page_of_a_hundred_costs_what_a_page_of_one_costs(status, fulfilled_by):
    factories.product("KETTLE", quantity=1000)
    one, hundred = (shop(customer_creation="new", unknown_sku="unmatched") for _ in range(2))
    kind = {"status": status, "fulfilled_by": fulfilled_by, "minutes": 1}
    seen_first = [len(statements(s, copies(n, **kind))) for s, n in ((one, 1), (hundred, 100))]
    later = [
        len(statements(s, [pages.advanced(d) for d in copies(n, **kind)]))
        for s, n in ((one, 1), (hundred, 100))
    ]

    assert (seen_first[0], later[0]) == (seen_first[1], later[1])
    assert ChannelOrder.objects.filter(store=hundred).count() in (0, 100)
    assert CommunicationError.objects.count() == 0


def everything(times):
    """(orders to begin with, a page in which everything happens `times` over, with repeats)."""
    begin, page = [], []
    for group in range(times):

        def draft(offset, first=10 * group, **more):
            lines = (Line(sku="KETTLE"), Line(sku=f"SKU-{first + offset}"))
            email = f"buyer{first + offset}@marketplace.amazon.se"
            return Draft(number=first + offset, email=email, lines=lines, **more)

        begin += [draft(1), draft(2, status="PENDING")]
        page += [
            draft(1, status="CANCELLED", minutes=60),
            draft(2, minutes=60),
            draft(3),
            draft(3, status="PENDING", minutes=1),
            draft(4, status="SHIPPED"),
            draft(5, status="PARTIALLY_SHIPPED"),
            draft(6, status="SHIPPED", fulfilled_by="AMAZON"),
            draft(7, status="PENDING", fulfilled_by="AMAZON"),
            draft(8, status="PENDING"),
            draft(3),
        ]
    return begin, page


@pytest.mark.parametrize("times", [1, 10])
def test_a_page_in_which_everything_happens_costs_the_same_at_any_size(times):
    factories.product("KETTLE", quantity=1000)
    store = shop(customer_creation="new")
    begin, page = everything(times)
    bring(store, *begin)

    assert len(statements(store, page)) == EVERYTHING

    assert ChannelOrder.objects.count() == 7 * times
    states = CommerceOrder.objects.order_by("state").values_list("state", flat=True)
    assert list(states) == ["canceled"] * times + ["complete"] * 2 * times + ["pending"] * 3 * times
    assert CommunicationError.objects.count() == 0


def test_an_unchanged_page_is_one_select():
    store = shop()
    page = copies(100)
    bring(store, *page)

    (statement,) = statements(store, page)
    assert statement.startswith("SELECT")


def test_a_page_is_written_once_however_often_it_comes():
    store = shop(customer_creation="new")
    page = [*pages.drafts(40, seed=3), *pages.drafts(40, seed=3)]
    bring(store, *page)
    before = rows()
    bring(store, *page)

    assert rows() == before


def rows():
    models = (ChannelOrder, ChannelOrderItem, CommerceOrder, CommerceOrderLine, Customer)
    return [model.objects.count() for model in (*models, Reservation, OrderNote)]


# Bad orders


def test_an_order_that_cannot_be_read_is_set_aside_alone():
    store = shop()
    page = [pages.wire_order(draft) for draft in copies(100)]
    page[41]["orderItems"][1]["quantityOrdered"] = "two"
    raw = split_page(pages.body(page), pages.DATASETS).orders

    result = bring_raw(store, raw)
    again = bring_raw(store, raw)

    assert (result.seen, result.created, result.placed, result.set_aside) == (100, 99, 99, 1)
    assert (again.created, again.changed, again.set_aside) == (0, 0, 1)
    error = CommunicationError.objects.get()
    assert (error.operation, error.code, error.times) == ("import", "UnexpectedPayload", 2)
    assert (error.amazon_order_id, error.resolved_at) == (copies(42)[41].amazon_order_id, None)
    assert "orderItems[1].quantityOrdered: Expected `int`, got `str`" in error.message
    assert json.loads(error.payload) == page[41]


def test_an_order_that_the_database_refuses_is_set_aside_alone():
    """Its Commerce order number is taken: two accounts may give one number to one store."""
    store = shop(order_number_source="amazon")
    page = copies(100)
    taken = factories.commerce_order(store=store.commerce_store, number=page[77].amazon_order_id)

    assert bring(store, *page) == (99, 0, 99, 1)

    error = CommunicationError.objects.get()
    assert (error.amazon_order_id, error.code) == (taken.number, "IntegrityError")
    assert error.message == "The order could not be stored (IntegrityError)."
    assert json.loads(error.payload)["orderId"] == taken.number
    assert ChannelOrder.objects.filter(amazon_order_id=taken.number).count() == 0


def test_numbers_stay_without_gaps_beside_a_refused_order():
    store = shop()
    factories.amazon_store(account=store.account, country="DE", order_number_source="amazon")
    page = copies(10)
    page[3] = replace(page[3], country="DE")
    factories.commerce_order(store=store.commerce_store, number=page[3].amazon_order_id)
    bring(store, *page)

    numbers = CommerceOrder.objects.filter(channel_order__isnull=False).values_list("number")
    assert sorted(numbers) == [(f"{n:09d}",) for n in range(1, 10)]


def test_what_was_set_aside_is_sealed():
    store = shop()
    bad = pages.wire_order(Draft(name="Seán O'Brien")) | {"createdTime": "yesterday"}
    bring_raw(store, split_page(pages.body([bad]), pages.DATASETS).orders)

    error = CommunicationError.objects.get()
    assert "O'Brien" in error.payload
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM channels_communicationerror")
        columns = [bytes(c) if isinstance(c, memoryview) else c for c in cursor.fetchone()]
    assert not any(b"O'Brien" in str(column).encode() for column in columns)
    assert not any(b"O'Brien" in column for column in columns if isinstance(column, bytes))


def test_a_later_good_version_resolves_it():
    store = shop()
    draft = Draft()
    bad = pages.wire_order(draft) | {"createdTime": "yesterday"}
    bring_raw(store, split_page(pages.body([bad]), pages.DATASETS).orders)

    assert bring(store, replace(draft, minutes=60)) == (1, 0, 1, 0)
    assert CommunicationError.objects.get().resolved_at == factories.NOW


def test_an_order_without_a_number_is_told_apart_by_its_content():
    store = shop()
    nameless = [pages.wire_order(draft) for draft in copies(3)]
    for order in nameless[:2]:
        del order["orderId"]
    raw = split_page(pages.body(nameless), pages.DATASETS).orders

    for _ in range(2):
        bring_raw(store, raw)

    errors = CommunicationError.objects.order_by("pk")
    assert [(e.amazon_order_id, e.times) for e in errors] == [
        (f"?{order.digest.hex()[:24]}", 2) for order in raw[:2]
    ]
    assert ChannelOrder.objects.count() == 1


def leaves(document, path=()):
    """The paths to everything in a JSON document."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from leaves(value, (*path, key))


@pytest.mark.parametrize("nasty", [None, "x" * 700, "a\0b", -1, 10**30, [[]], {}])
def test_a_nasty_value_anywhere_costs_at_most_its_own_order(nasty):
    store = shop(customer_creation="new")
    sample = Draft(status="PARTIALLY_SHIPPED", lines=(Line(discount="-1", tax="1"),))
    page = []
    for number, path in enumerate(leaves(pages.wire_order(sample)), start=1):
        order = pages.wire_order(replace(sample, number=number))
        place = order
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = nasty
        page += [order, pages.wire_order(replace(sample, number=number + 1000))]
    raw = split_page(pages.body(page), pages.DATASETS).orders

    bring_raw(store, raw)

    well = [raw[position].amazon_order_id for position in range(1, len(raw), 2)]
    assert ChannelOrder.objects.filter(amazon_order_id__in=well).count() == len(well)
