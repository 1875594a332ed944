"""Amazon's address changes later: what follows it, what stays, what is said."""

from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import ChannelOrder
from channels.services.addresses import changed_at_amazon, shipping_address
from channels.services.following_addresses import follow_addresses
from channels.services.merging import Merged
from customers.models import CustomerAddress
from orders.models import Product
from tests import factories
from tests.channels.correcting import (
    EMAIL,
    again,
    bring_address,
    bring_addresses,
    commerce_address,
    correct,
    drop,
    notes_of,
)
from tests.channels.pages import Draft
from tests.channels.shop import shop
from tests.channels.test_importing_converges import undone
from tests.orders.shipping import ship

pytestmark = pytest.mark.django_db

HOME = {"name": "Anna Öberg", "addressLine1": "Storgatan 1", "city": "Umeå", "countryCode": "SE"}
WORK = {"name": "Anna Öberg", "addressLine1": "Fabriken 9", "city": "Luleå", "countryCode": "SE"}
OURS = {"name": "Anna Öberg", "line1": "Storgatan 1", "city": "Umeå", "country_code": "SE"}
OURS_AT_WORK = OURS | {"line1": "Fabriken 9", "city": "Luleå"}
CHANGED = "Amazon changed the shipping address."
WARNING = (
    "Warning: Amazon changed its address after the shipping address was corrected here."
    " The correction stays: compare the two."
)
BACK = "Amazon's address is again the one that was corrected here."


def at(minutes, **more):
    return Draft(minutes=minutes, **more)


def placed(store, address=HOME):
    bring_address(store, address, at(30))
    return ChannelOrder.objects.select_related("commerce_order").get()


def news_of(order):
    """The notes after the two of every new order."""
    return notes_of(order)[2:]


# Without a correction


def test_an_open_commerce_order_goes_where_amazon_says_now():
    store = shop(customer_creation="new")
    order = placed(store)
    row = CustomerAddress.objects.get().pk
    bring_address(store, WORK, at(40))

    assert commerce_address(order) == ("amazon", OURS_AT_WORK | EMAIL)
    assert CustomerAddress.objects.get().pk == row
    assert news_of(order) == [CHANGED]


@pytest.mark.parametrize("address", [HOME, None, {"city": "Umeå", "countryCode": "SE"}])
def test_the_same_address_and_what_amazon_left_of_it_change_nothing(address):
    store = shop()
    order = placed(store)
    bring_address(store, address, at(40))
    assert commerce_address(order) == ("amazon", OURS | EMAIL)
    assert news_of(order) == []


def test_an_older_address_changes_nothing():
    store = shop()
    order = placed(store)
    bring_address(store, WORK, at(20))
    assert commerce_address(order) == ("amazon", OURS | EMAIL)
    assert news_of(order) == []


@pytest.mark.parametrize("held", [False, True])
def test_an_order_without_a_commerce_order_is_placed_with_the_newest(held):
    if held:
        Product.objects.create(sku="MUG", enabled=False)
        bring_address(shop(product_disabled="hold"), HOME, at(30))
        Product.objects.update(enabled=True)
    else:
        bring_address(shop(), HOME, at(30, status="PENDING"))
    order = ChannelOrder.objects.get()
    bring_address(order.store, WORK, at(40))
    assert commerce_address(order) == ("amazon", OURS_AT_WORK | EMAIL)
    assert CHANGED not in notes_of(order)


def test_a_commerce_order_without_an_address_gets_the_first_one():
    store = shop()
    nobody = {"buyer": None, "recipient": None}
    orders = [factories.placed_order(store=store, **nobody) for _ in range(2)]
    other = factories.placed_order(store=store, **nobody)
    for order in orders:
        order.recipient = {"city": "Umeå"}  # as if this page had brought it
        order.save()
    assert follow(orders) == [CHANGED] * 2
    assert [commerce_address(order) for order in orders] == [("amazon", {"city": "Umeå"})] * 2
    assert again(other).commerce_order.shipping_address is None


def follow(orders):
    """As the import does for orders whose address a page has changed; what is noted."""
    batch = [Merged(order, [], is_new=False, address_before={}) for order in orders]
    follow_addresses(batch)
    return [str(note) for merged in batch for note in merged.notes]


def test_what_was_shipped_went_where_it_went():
    store = shop()
    order = placed(store)
    ship(order)
    bring_address(store, WORK, at(40))
    assert commerce_address(order) == ("amazon", OURS | EMAIL)
    assert news_of(order)[-1] == (
        f"Amazon changed the shipping address, but Commerce order {order.commerce_order.number}"
        " is Complete and keeps the old one."
    )


@pytest.mark.parametrize("corrected", [False, True])
def test_what_was_erased_is_left_alone(corrected):
    store = shop()
    order = placed(store)
    if corrected:
        correct(order, line1="Storgatan 11")
    before = commerce_address(order)
    erased = again(order)
    erased.erased_at, erased.recipient = factories.NOW, OURS_AT_WORK
    assert follow([erased]) == []
    assert commerce_address(order) == before


# With one


def test_the_correction_stays_and_the_warning_comes_once():
    store = shop()
    order = placed(store)
    correct(order, line1="Storgatan 11")
    for minutes in (40, 50):
        bring_address(store, WORK, at(minutes))

    assert shipping_address(again(order)) == OURS | {"line1": "Storgatan 11"}
    assert commerce_address(order) == ("staff", OURS | EMAIL | {"line1": "Storgatan 11"})
    assert again(order).recipient == OURS_AT_WORK
    assert changed_at_amazon(again(order))
    assert news_of(order) == ["Shipping address corrected.", WARNING]


def test_every_change_is_warned_about_and_so_is_the_way_back():
    store = shop()
    order = placed(store)
    correct(order, line1="Storgatan 11")
    for minutes, address in ((40, WORK), (50, WORK | {"city": "Kiruna"}), (60, HOME)):
        bring_address(store, address, at(minutes))
    assert news_of(order)[1:] == [WARNING, WARNING, BACK]
    assert not changed_at_amazon(again(order))


def test_after_dropping_the_commerce_order_has_amazons_newest():
    store = shop()
    order = placed(store)
    correct(order, line1="Storgatan 11")
    bring_address(store, WORK, at(40))
    drop(order)
    assert commerce_address(order) == ("amazon", OURS_AT_WORK | EMAIL)


def test_a_status_that_moves_on_takes_no_correction_away():
    store = shop()
    order = placed(store)
    correct(order, line1="Storgatan 11")
    bring_address(store, HOME, at(60, status="SHIPPED"))
    assert again(order).status == "shipped"
    assert commerce_address(order) == ("staff", OURS | EMAIL | {"line1": "Storgatan 11"})


# Statements


def statements(store, drafts, address):
    with CaptureQueriesContext(connection) as captured:
        bring_addresses(store, *((draft, address) for draft in drafts))
    return len(captured)


@pytest.mark.parametrize(("corrected", "more"), [(False, 4), (True, 2)])
def test_changed_addresses_cost_the_same_for_any_number(corrected, more):
    counts = []
    for first, many in ((1, 1), (11, 1), (21, 20), (51, 20)):
        store = shop()
        drafts = [at(30, number=first + n) for n in range(many)]
        bring_addresses(store, *((draft, HOME) for draft in drafts))
        if corrected:
            for order in store.orders.all():
                correct(order, line1="Storgatan 11")
        changed = len(counts) % 2
        later = [replace(draft, minutes=40, cancel_requested=True) for draft in drafts]
        counts.append(statements(store, later, WORK if changed else HOME))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3] == counts[0] + more


# Whatever comes in whatever order

PLACES = st.sampled_from([HOME, WORK, HOME | {"city": "Kiruna"}])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("amazon"), PLACES),
        st.tuples(st.just("again"), PLACES),
        st.tuples(st.just("late"), PLACES),
        st.tuples(st.just("correct"), st.sampled_from(["Storgatan 11", "Box 7"])),
        st.just(("keep", "")),
        st.just(("drop", "")),
    ),
    max_size=12,
)


@given(STEPS)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_correction_survives_and_warns_exactly_when_amazon_says_something_else(steps):
    with undone():
        store = shop()
        order = placed(store)
        minutes, sent, corrected, original = 30, HOME, None, None
        expected = Counter()
        for what, value in steps:
            amazons = again(order).recipient
            if what == "amazon":
                minutes += 1
                bring_address(store, value, at(minutes))
                if value != sent:
                    told = BACK if value == original else WARNING
                    expected[told if corrected else CHANGED] += 1
                sent = value
            elif what == "again":
                bring_address(store, sent, at(minutes))
            elif what == "late":
                bring_address(store, value, at(minutes - 1))
            elif what == "correct":
                correct(order, line1=value)
                corrected, original = shipping_address(again(order)), sent
                assert corrected == (corrected | {"line1": value})
            elif what == "keep" and corrected:
                correct(order)
                original = sent
            elif what == "drop" and corrected:
                drop(order)
                corrected = original = None

            stored = again(order)
            if what in ("correct", "keep", "drop"):
                assert stored.recipient == amazons
            source, content = commerce_address(order)
            assert (source, content) == (
                ("staff", corrected | EMAIL) if corrected else ("amazon", stored.recipient | EMAIL)
            )
            assert changed_at_amazon(stored) is bool(corrected and sent != original)
        notes = Counter(notes_of(order))
        assert {text: notes[text] for text in (CHANGED, WARNING, BACK)} == {
            text: expected[text] for text in (CHANGED, WARNING, BACK)
        }
        assert CustomerAddress.objects.count() == 1
