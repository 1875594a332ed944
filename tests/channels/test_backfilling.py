"""Reading history: window by window, the newest first, one reader at a time."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from channels.models import Backfill, ChannelOrder, CommunicationError
from channels.services import backfilling, order_settings
from channels.services.activation import set_active
from channels.services.backfilling import (
    FIRST,
    MANY_PAGES,
    NARROWEST,
    WIDEST,
    narrower,
    next_due,
    next_width,
    start_backfill,
)
from tests import factories, portal
from tests.channels.history import (
    Meanwhile,
    connected,
    create_crowd,
    create_orders,
    searches,
    the_backfill,
    turn,
)
from tests.channels.sweeping import PAGE, numbers, stored

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def ago(days):
    return timezone.now() - days * DAY


# The width of a window


@given(st.integers(NARROWEST, WIDEST), st.integers(0, 1000))
def test_a_width_stays_within_bounds_and_changes_twofold_at_most(seconds, pages):
    width = next_width(seconds, pages)
    assert NARROWEST <= width <= WIDEST
    assert seconds // 2 <= width <= 2 * seconds


@given(st.integers(NARROWEST, WIDEST), st.lists(st.integers(0, 1000), min_size=2))
def test_more_pages_never_make_it_wider(seconds, pages):
    widths = [next_width(seconds, count) for count in sorted(pages)]
    assert all(wider >= narrow for wider, narrow in pairwise(widths))


@given(st.integers(NARROWEST, WIDEST), st.integers(1, 10**7))
def test_it_settles_where_windows_have_a_handful_of_pages(seconds, orders_a_day):
    """Or at the narrowest, or at the widest."""

    def pages(width):
        return -(-orders_a_day * width // (86_400 * PAGE))

    for _ in range(30):
        seconds = next_width(seconds, pages(seconds))
    assert next_width(seconds, pages(seconds)) in {seconds, narrower(seconds), WIDEST}
    assert 1 < pages(seconds) <= MANY_PAGES or seconds in {NARROWEST, WIDEST}


@pytest.mark.parametrize(
    ("seconds", "pages", "width"),
    [
        (FIRST, 0, 2 * FIRST),
        (FIRST, 1, 2 * FIRST),
        (FIRST, 2, FIRST),
        (FIRST, MANY_PAGES, FIRST),
        (FIRST, MANY_PAGES + 1, FIRST // 2),
        (WIDEST, 1, WIDEST),
        (NARROWEST, 99, NARROWEST),
    ],
)
def test_widths(seconds, pages, width):
    assert next_width(seconds, pages) == width


# Reading


def test_a_long_history_comes_in_whole_and_once(sandbox):
    store = connected(sandbox, since_days=200)
    orders = create_orders(sandbox, [0.5 + n * 0.66 for n in range(300)])
    create_orders(sandbox, [201, 250])  # older than asked for
    create_orders(sandbox, [5, 50], country="DE")  # not connected

    backfill = portal.backfill()

    assert stored() == numbers(orders)
    assert (backfill.seen, backfill.created, backfill.placed) == (300, 300, 300)
    assert (backfill.reached, backfill.percent) == (backfill.since, 100)
    assert backfill.finished_at is not None
    assert backfill.pages == searches(sandbox) < 12
    assert ChannelOrder.objects.filter(store=store).count() == 300


def test_windows_follow_each_other_the_newest_first_without_a_gap(sandbox):
    connected(sandbox, since_days=60)
    client = Meanwhile()

    backfill = turn(client=client)

    windows = [(q.created_after, q.created_before) for q in client.queries]
    assert windows[0][1] == backfill.until
    assert [newer[0] for newer in windows] == [older[1] for older in windows[1:]] + [backfill.since]
    widths = [round((end - start) / DAY) for start, end in windows]
    assert widths == [7, 14, 28, 11]
    query = client.queries[0]
    assert (query.marketplace_ids, query.datasets) == (("A2NODRKZP88ZB9",), backfilling.DATASETS)


def test_a_crowded_window_halves_the_next(sandbox, monkeypatch):
    monkeypatch.setattr(backfilling, "MANY_PAGES", 1)
    connected(sandbox, since_days=30)
    create_crowd(sandbox, PAGE + 1, days_ago=3)
    client = Meanwhile()
    turn(client=client)
    widths = [round((q.created_before - q.created_after) / DAY, 1) for q in client.queries]
    assert widths[:4] == [7, 7, 3.5, 7]


def test_an_order_on_the_edge_of_two_windows_is_not_lost(sandbox):
    connected(sandbox)
    edge = the_backfill().until - timedelta(seconds=FIRST)
    days_ago = (sandbox.world.clock.now() - edge) / DAY
    orders = create_orders(sandbox, [days_ago - 1e-8, days_ago, days_ago + 1e-8])
    portal.backfill()
    assert stored() == numbers(orders)


def test_after_a_turn_the_worker_is_free_for_others(sandbox, monkeypatch):
    monkeypatch.setattr(backfilling, "TURN", 2)
    connected(sandbox, since_days=60)

    first = turn()
    assert (first.pages, first.finished_at, first.percent) == (2, None, 35)
    assert next_due(timezone.now()) == (first.pk, first.due_at)
    assert turn().finished_at is not None
    assert turn() is None
    assert next_due(timezone.now()) is None


def test_read_a_second_time_an_order_is_left_alone(sandbox):
    store = connected(sandbox)
    create_orders(sandbox, [4])
    portal.backfill()
    start_backfill(store, since=ago(40), until=ago(1))
    again = portal.backfill(finished_at=None)
    assert (again.seen, again.created) == (1, 0)


def test_one_bad_order_is_set_aside_and_the_rest_come_in(sandbox):
    connected(sandbox)
    orders = create_orders(sandbox, [1, 2, 3])
    sandbox.world.faults.push("malformed_order", "search")

    backfill = portal.backfill()

    assert (backfill.seen, backfill.set_aside, backfill.created) == (3, 1, 2)
    assert backfill.finished_at is not None
    (error,) = CommunicationError.objects.filter(resolved_at=None)
    assert (error.operation, {error.amazon_order_id}) == ("import", numbers(orders) - stored())


def test_orders_are_view_only_where_the_import_is_disabled(sandbox):
    connected(sandbox, import_amazon_orders="disabled")
    create_orders(sandbox, [1])
    assert portal.backfill().placed == 0
    assert ChannelOrder.objects.get().placement == "view_only"


# Whose turn it is


def test_one_reader_at_a_time(sandbox):
    connected(sandbox)
    second = []
    turn(client=Meanwhile({1: lambda: second.append((turn(), next_due(timezone.now())))}))
    assert second == [(None, None)]
    assert (the_backfill().claim, the_backfill().claimed_until) == (None, None)


def test_a_reader_that_lost_its_lease_writes_nothing(sandbox):
    connected(sandbox)
    orders = create_crowd(sandbox, PAGE + 1)
    took_over = []

    def another_one_takes_over():
        portal.end_leases()
        took_over.append(turn())

    slow = turn(client=Meanwhile({4: another_one_takes_over}))

    assert slow is None
    assert took_over[0].finished_at is not None
    assert the_backfill().pages == took_over[0].pages
    assert stored() == numbers(orders)


def test_extended_while_it_is_read_it_goes_on_to_the_new_end(sandbox):
    store = connected(sandbox)
    orders = create_orders(sandbox, [1, 29, 55])

    def extend():
        order_settings.change(store, {"import_since": ago(60).isoformat()})

    assert turn(client=Meanwhile({3: extend})) is None
    assert the_backfill().finished_at is None
    portal.backfill()
    assert stored() == numbers(orders)


def test_shortened_while_it_is_read_it_ends_there(sandbox):
    store = connected(sandbox)
    recent, _ = create_orders(sandbox, [1, 29])

    def shorten():
        order_settings.change(store, {"import_since": ago(5).isoformat()})

    assert turn(client=Meanwhile({2: shorten})) is None
    assert the_backfill().finished_at is not None
    assert stored() == {recent.order_id}


def test_an_inactive_store_waits_where_it_is(sandbox):
    store = connected(sandbox)
    set_active(store.pk, active=False)
    before = Backfill.objects.values().get()
    assert turn() is None
    assert next_due(timezone.now()) is None
    assert backfilling.open_backfills() == []
    assert Backfill.objects.values().get() == before

    set_active(store.pk, active=True)
    assert next_due(timezone.now()) == (the_backfill().pk, the_backfill().due_at)
    assert portal.backfill().finished_at is not None


def test_the_one_that_waited_longest_comes_first(django_assert_num_queries):
    now = timezone.now()
    later, first, second = (
        factories.backfill(due_at=now + minutes * timedelta(minutes=1)) for minutes in (1, -2, -1)
    )
    factories.backfill(due_at=now - DAY, finished_at=now)
    with django_assert_num_queries(2):
        assert next_due(now) == (first.pk, first.due_at)
    Backfill.objects.filter(pk=first.pk).update(due_at=now + DAY)
    assert next_due(now) == (second.pk, second.due_at)
    Backfill.objects.filter(pk=later.pk).update(claimed_until=now + timedelta(minutes=1))
    assert next_due(now) is None
    Backfill.objects.filter(pk=later.pk).update(claimed_until=now - timedelta(minutes=1))
    assert next_due(now) == (second.pk, second.due_at)


def test_asked_for_twice_it_is_read_once(sandbox, monkeypatch):
    connected(sandbox, since_days=60)
    monkeypatch.setattr(backfilling, "TURN", 1)
    asked = the_backfill().due_at
    assert turn(due_at=asked).pages == 1
    assert turn(due_at=asked) is None
    assert searches(sandbox) == 1
    assert turn(due_at=the_backfill().due_at).pages == 2
