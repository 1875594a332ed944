"""Orders that were set aside: read again until they are well, without a sweep that shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import CommunicationError
from channels.sandbox.invent import Draft
from channels.sandbox.records import Buyer
from channels.services import errors_log, looking_again
from tests import portal
from tests.channels.sweeping import connected, create_orders, open_errors

pytestmark = pytest.mark.django_db

ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")


@pytest.fixture
def store(sandbox):
    return connected(sandbox)


def set_aside(store, order_id, *, ago=timedelta(hours=1)):
    """An order that could not be read some time ago."""
    at = timezone.now() - ago
    errors_log.log_import_error(store.account, order_id, ValueError(), now=at)


def gets(sandbox):
    return [call.order_id for call in sandbox.world.calls if call.operation == "get"]


def test_it_comes_in_though_nothing_happens_to_it_any_more(sandbox, store):
    (old,) = create_orders(sandbox, 1, buyer=ANNA)
    sandbox.world.create_order("SE", Draft())
    sandbox.world.faults.push("malformed_order", "search")

    run = portal.poll()
    assert (run.seen, run.created, run.set_aside) == (2, 1, 1)
    (error,) = open_errors()
    assert (error.amazon_order_id, error.operation, error.times) == (old.order_id, "import", 1)
    assert error.message == "Orders API 2026-01-01: orderItems: Expected `array`, got `str`"
    assert ANNA.email in error.payload

    portal.poll()
    assert gets(sandbox) == []  # too soon

    sandbox.world.faults.push("malformed_order", "get")
    portal.hurry()
    portal.poll()
    assert portal.order(old.order_id) is None
    assert [error.times for error in open_errors()] == [2]

    portal.hurry()
    portal.poll()
    assert portal.order(old.order_id).placement == "placed"
    assert open_errors() == []
    assert gets(sandbox) == [old.order_id] * 2


def test_one_that_is_well_but_not_wanted_is_no_longer_set_aside(sandbox, store):
    (unconnected,) = create_orders(sandbox, 1, country="DE")
    set_aside(store, unconnected.order_id)

    assert looking_again.look_again(store.account) == 1
    assert portal.order(unconnected.order_id) is None
    assert open_errors() == []


def test_one_that_amazon_does_not_know_does_not_stand_in_the_way_of_others(sandbox, store):
    (order,) = create_orders(sandbox, 1)
    set_aside(store, "302-0000000-0000001", ago=timedelta(hours=2))
    set_aside(store, order.order_id)

    assert looking_again.look_again(store.account) == 1

    assert portal.order(order.order_id).placement == "placed"
    (error,) = open_errors()
    assert (error.amazon_order_id, error.code, error.times) == (
        "302-0000000-0000001",
        "NotFound",
        2,
    )
    assert looking_again.look_again(store.account) == 0
    assert len(gets(sandbox)) == 2  # it waits its turn again


def test_an_outage_ends_it_for_now_and_counts_against_no_order(sandbox, store):
    orders = create_orders(sandbox, 2)
    for order in orders:
        set_aside(store, order.order_id)
    sandbox.world.faults.push("503", "get")

    assert looking_again.look_again(store.account) == 0

    assert len(gets(sandbox)) == 1
    assert [error.times for error in open_errors()] == [1, 1]
    assert looking_again.look_again(store.account) == 2


def test_a_few_at_a_time_the_longest_waiting_first(sandbox, store):
    orders = create_orders(sandbox, looking_again.AT_ONCE + 1)
    for minutes, order in enumerate(orders):
        set_aside(store, order.order_id, ago=timedelta(minutes=20 + minutes))

    assert looking_again.look_again(store.account) == looking_again.AT_ONCE

    assert gets(sandbox) == [order.order_id for order in reversed(orders[1:])]
    assert [error.amazon_order_id for error in open_errors()] == [orders[0].order_id]


def test_what_has_no_number_cannot_be_asked_for(sandbox, store):
    set_aside(store, "?0123456789abcdef01234567")
    assert looking_again.look_again(store.account) == 0
    assert gets(sandbox) == []
    assert CommunicationError.objects.get().times == 1
