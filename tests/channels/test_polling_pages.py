"""A sweep of many pages that is cut off, runs in circles or runs out of quota: it goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import SyncCursor
from channels.services import polling, quota
from channels.services.activation import set_active
from tests import portal
from tests.channels.sweeping import (
    PAGE,
    connected,
    create_orders,
    cursor,
    numbers,
    open_errors,
    searches,
    stored,
)

pytestmark = pytest.mark.django_db

SEARCH = "searchOrders"
BURST = 20


@pytest.fixture
def store(sandbox):
    return connected(sandbox)


def test_a_sweep_that_was_cut_off_goes_on_from_its_page_with_its_first_bound(sandbox, store):
    orders = create_orders(sandbox, 2 * PAGE + 1)
    today = timezone.now().replace(microsecond=0)
    sandbox.world.clock.set(today)
    sandbox.world.faults.push("stall", "search")  # for no time at all: the first page is well
    sandbox.world.faults.push("503", "search")

    cut_off = portal.poll()
    assert (cut_off.outcome, cut_off.created) == ("failed", PAGE)
    assert cut_off.detail.startswith("searchOrders: HTTP 503 ServiceUnavailable")

    sandbox.world.clock.advance(3600)
    rest = portal.poll()
    assert (rest.outcome, rest.pages, rest.created) == ("complete", 2, PAGE + 1)
    assert stored() == numbers(orders)
    assert cursor().watermark == today - timedelta(minutes=10)


def cut_off_at_the_second_page(sandbox):
    sandbox.world.faults.push("stall", "search")  # for no time at all: the first page is well
    sandbox.world.faults.push("503", "search")
    assert portal.poll().outcome == "failed"
    assert cursor().next_token != ""


def test_a_token_amazon_refuses_starts_the_sweep_again(sandbox, store):
    orders = create_orders(sandbox, PAGE + 1)
    cut_off_at_the_second_page(sandbox)
    sandbox.world.cursors.clear()

    refused = portal.poll()
    assert (refused.outcome, refused.pages) == ("failed", 0)
    assert refused.detail.startswith("searchOrders: HTTP 400 InvalidInput")
    assert cursor().next_token == ""
    assert cursor().due_at > timezone.now() + timedelta(minutes=14)

    again = portal.poll()
    assert (again.outcome, again.pages, again.seen, again.created) == ("complete", 2, PAGE + 1, 1)
    assert stored() == numbers(orders)


def test_a_token_older_than_23_hours_is_not_tried(sandbox, store):
    orders = create_orders(sandbox, PAGE + 1)
    cut_off_at_the_second_page(sandbox)
    SyncCursor.objects.update(sweep_started_at=timezone.now() - timedelta(hours=23, seconds=1))

    again = portal.poll()
    assert (again.outcome, again.pages) == ("complete", 2)
    assert stored() == numbers(orders)


def test_a_token_is_not_used_for_other_marketplaces_than_its_own(sandbox, store):
    german = portal.connect(sandbox, name="Amazon DE", country_code="DE")
    orders = create_orders(sandbox, PAGE, days_ago=21)
    create_orders(sandbox, 1, country="DE")
    cut_off_at_the_second_page(sandbox)
    set_active(german.pk, active=False)

    again = portal.poll()
    assert (again.outcome, again.pages, again.seen) == ("complete", 1, PAGE)
    assert stored() == numbers(orders)


def test_a_token_that_repeats_ends_the_sweep_and_skips_nothing(sandbox, store):
    orders = create_orders(sandbox, 2 * PAGE + 1)
    before = cursor().watermark
    sandbox.world.faults.push("repeated_token", "search")

    circle = portal.poll()
    assert (circle.outcome, circle.pages) == ("failed", 2)
    assert circle.detail == "searchOrders: a page token came twice"
    assert cursor().watermark == before
    assert [error.message for error in open_errors()] == [circle.detail]

    assert portal.poll().outcome == "complete"
    assert stored() == numbers(orders)
    assert open_errors() == []


def test_a_circle_at_amazons_side_does_not_keep_us_busy(sandbox, store):
    create_orders(sandbox, PAGE + 1)
    sandbox.world.faults.push("repeated_token", "search", times=50)

    assert portal.poll().outcome == "failed"
    assert searches(sandbox) == 2


def test_a_sweep_without_end_is_left_for_the_next_poll(sandbox, store, monkeypatch):
    orders = create_orders(sandbox, 2 * PAGE + 1)
    monkeypatch.setattr(polling, "MAX_PAGES", 2)

    run = portal.poll()
    assert (run.outcome, run.detail, run.created) == ("paused", "2 pages in one poll.", 2 * PAGE)
    assert portal.poll().outcome == "complete"
    assert stored() == numbers(orders)


# Quota


def leave(account, tokens):
    """Use up the searches, but for so many."""
    for _ in range(BURST - tokens):
        quota.take(account, SEARCH)


def test_without_quota_nothing_is_asked_and_the_poll_says_when(sandbox):
    store = portal.connect(sandbox)
    leave(store.account, 0)

    run = portal.poll()

    assert run.outcome == "paused"
    assert run.detail.startswith("searchOrders: Amazon's quota is used up; next call in 17")
    assert searches(sandbox) == 0
    assert cursor().due_at > timezone.now() + timedelta(seconds=170)
    assert open_errors() == []


def test_a_sweep_that_runs_out_of_quota_goes_on_when_there_is_some(sandbox):
    store = portal.connect(sandbox)
    orders = create_orders(sandbox, 2 * PAGE + 1)
    leave(store.account, 2)

    run = portal.poll()
    assert (run.outcome, run.created, searches(sandbox)) == ("paused", 2 * PAGE, 2)

    portal.without_quota(sandbox)
    run = portal.poll()
    assert (run.outcome, run.created, searches(sandbox)) == ("complete", 1, 3)
    assert stored() == numbers(orders)


def test_throttled_by_amazon_it_asks_no_more_before_a_token_is_there(sandbox):
    portal.connect(sandbox)
    sandbox.world.faults.push("429", "search")

    assert portal.poll().outcome == "paused"
    assert cursor().due_at > timezone.now() + timedelta(seconds=170)
    assert portal.poll().detail.startswith("searchOrders: Amazon's quota is used up")
    assert searches(sandbox) == 1
    assert open_errors() == []
