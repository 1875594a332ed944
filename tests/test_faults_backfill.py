"""Every fault at every call of a backfill: whatever goes wrong, history is in, whole and once."""

from datetime import timedelta

import pytest

from channels.models import Backfill, ChannelOrder, CommunicationError
from channels.sandbox.faults import KINDS
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from channels.sandbox.sellers import DEMO_EU
from channels.services import backfilling
from orders.models import CommerceOrder, OrderNote, Product, Reservation
from tests import portal
from tests.channels.history import connected, create_crowd, create_orders
from tests.trouble import Amazon, troubles

pytestmark = pytest.mark.django_db

LINES = (Line(sku="KET-12", quantity=2),)
SLOW = {"stall", "stale"}


@pytest.fixture
def amazon(sandbox, settings):
    """The pretend Amazon with a store just connected; nobody counts calls."""
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=1000)
    connected(sandbox)
    return Amazon(sandbox.url, sandbox.world, settings)


@pytest.fixture
def orders(amazon, sandbox):
    """Some in each window: to ship, and shipped by Amazon."""
    days = (0.5, 3, 9, 16, 25, 29)
    shipped = create_orders(
        sandbox, (2, 12), lines=LINES, status=Status.SHIPPED, fulfilled_by=AMAZON
    )
    return create_orders(sandbox, days, lines=LINES) + shipped


def read_until_quiet(amazon, turns=60):
    """Turns and sweeps until history is in and nothing is left to go wrong or to read again."""
    details = []
    for _ in range(turns):
        portal.hurry()
        for pk in backfilling.open_backfills():
            backfilling.read_backfill(pk)
        portal.poll()  # which looks again at what was set aside
        backfill = Backfill.objects.get()
        errors = CommunicationError.objects.filter(resolved_at=None)
        if backfill.finished_at and not errors.exists() and not amazon.world.faults.waiting:
            return backfill
        details.append(backfill.detail)
    raise AssertionError(details)


def assert_in_once(orders):
    """Each order is stored and placed once, with each note and each reservation once."""
    stored = dict(ChannelOrder.objects.values_list("amazon_order_id", "placement"))
    assert stored == dict.fromkeys((order.order_id for order in orders), "placed")
    increments = sorted(CommerceOrder.objects.values_list("number", flat=True))
    assert increments == [f"{n:09d}" for n in range(1, len(orders) + 1)]
    notes = list(OrderNote.objects.values_list("timeline", "text"))
    assert len(set(notes)) == len(notes)
    by_merchant = sum(order.fulfilled_by != AMAZON for order in orders)
    assert Reservation.objects.filter(event="placed").count() == by_merchant


@pytest.mark.parametrize("trouble", troubles("token"))
def test_it_survives_at_the_token(amazon, orders, trouble):
    amazon.world.revoke(DEMO_EU.seller_id)
    trouble.strike(amazon, "token")

    read_until_quiet(amazon)

    assert_in_once(orders)


@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("trouble", troubles("search", but=["repeated_token"]))
def test_it_survives_in_each_window(amazon, orders, trouble, window):
    amazon.world.faults.push("stall", "search", times=window - 1)  # for no time at all: all is well
    trouble.strike(amazon, "search")

    read_until_quiet(amazon)

    assert_in_once(orders)


@pytest.mark.parametrize("trouble", troubles("search"))
def test_it_survives_at_a_later_page(amazon, sandbox, trouble):
    orders = create_crowd(sandbox, 105, days_ago=3, lines=LINES)
    amazon.world.faults.push("stall", "search")  # for no time at all: the first page is well
    trouble.strike(amazon, "search")

    read_until_quiet(amazon)

    assert_in_once(orders)


def test_when_three_calls_in_ten_go_wrong_nothing_is_lost_or_doubled(amazon, sandbox):
    orders = create_orders(sandbox, [0.1 + n * 0.29 for n in range(100)], lines=LINES)
    orders += create_crowd(sandbox, 120, days_ago=11, lines=LINES)
    amazon.world.faults.at_random(0.3, set(KINDS) - SLOW)

    read_until_quiet(amazon)

    assert_in_once(orders)


def test_live_orders_come_in_while_history_fails(amazon, sandbox, orders):
    backfill = Backfill.objects.get()
    Backfill.objects.update(until=backfill.until + timedelta(days=1))
    Backfill.objects.update(reached=backfill.until + timedelta(days=1))  # Amazon refuses such
    new = sandbox.world.create_order("SE", Draft(lines=LINES))

    backfilling.read_backfill(backfill.pk)
    assert Backfill.objects.get().detail.startswith("searchOrders: HTTP 400")
    assert portal.poll().outcome == "complete"
    assert portal.order(new.order_id).placement == "placed"
