"""A backfill that is refused, cut off or runs in circles: it says why, and goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import Backfill, CommunicationError, SellerAccount
from channels.sandbox.sellers import DEMO_EU
from channels.services import backfilling
from channels.services.backfilling import FIRST
from tests import portal
from tests.channels.history import (
    Meanwhile,
    connected,
    create_crowd,
    create_orders,
    searches,
    the_backfill,
    turn,
)
from tests.channels.sweeping import PAGE, numbers, open_errors, stored

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
WELL = "stall"  # for no time at all


@pytest.fixture
def store(sandbox):
    return connected(sandbox)


def waits():
    """How long the backfill waits, in whole minutes."""
    return round((the_backfill().due_at - timezone.now()) / MINUTE)


def test_an_outage_is_said_tried_again_soon_and_forgotten_when_over(sandbox, store):
    sandbox.world.faults.push("503", "search", times=2)
    for _ in range(2):
        assert turn().detail.startswith("searchOrders: HTTP 503 ServiceUnavailable")
    assert (waits(), the_backfill().pages) == (1, 0)
    (error,) = open_errors()
    assert (error.operation, error.code, error.times) == ("backfill", "Unavailable", 2)

    assert turn().detail == ""
    assert open_errors() == []


def test_a_sweep_that_works_does_not_hide_a_backfill_that_fails(sandbox, store):
    sandbox.world.faults.push("503", "search")
    turn()
    portal.poll()
    assert [error.operation for error in open_errors()] == ["backfill"]


def test_a_refused_query_waits_a_quarter_of_an_hour(sandbox, store):
    Backfill.objects.update(until=timezone.now(), reached=timezone.now() - MINUTE)  # too young
    refused = turn()
    assert refused.detail.startswith("searchOrders: HTTP 400 InvalidInput")
    assert (waits(), the_backfill().window_seconds) == (15, FIRST)


def test_without_authorization_it_waits_an_hour_and_a_person_is_asked_once(sandbox, store):
    sandbox.world.revoke(DEMO_EU.seller_id, consent=True)
    turn()
    assert waits() == 60
    assert the_backfill().detail == SellerAccount.objects.get().problem != ""
    assert [error.operation for error in open_errors()] == ["LWA token"]


def test_a_bug_of_ours_frees_the_backfill_and_quotes_nothing(sandbox, store):
    def bug():
        raise RuntimeError("personal data")

    with pytest.raises(RuntimeError):
        turn(client=Meanwhile({1: bug}))
    assert (the_backfill().detail, waits()) == ("The portal failed: RuntimeError.", 1)
    assert the_backfill().claim is None
    assert not CommunicationError.objects.exists()


# A window that is cut off


def cut_off_at_the_second_page(sandbox):
    """The first window has two pages; Amazon breaks off at the second."""
    orders = create_crowd(sandbox, PAGE + 1, days_ago=3)
    sandbox.world.faults.push(WELL, "search")
    sandbox.world.faults.push("503", "search")
    turn()
    assert the_backfill().next_token != ""
    assert len(stored()) == PAGE
    return orders


def test_it_goes_on_from_its_page(sandbox, store):
    orders = cut_off_at_the_second_page(sandbox)
    rest = turn(client=(client := Meanwhile()))
    assert (rest.seen, rest.created, rest.finished_at is not None) == (PAGE + 1, PAGE + 1, True)
    assert client.queries[0].created_before == rest.until
    assert stored() == numbers(orders)


def test_extended_meanwhile_it_goes_on_from_its_page_all_the_same(sandbox, store):
    orders = cut_off_at_the_second_page(sandbox)
    far = timezone.now() - timedelta(days=90)
    backfilling.start_backfill(store, since=far, until=the_backfill().since)
    rest = portal.backfill()
    assert (rest.seen, rest.since) == (PAGE + 1, far)
    assert stored() == numbers(orders)


def test_a_token_amazon_refuses_has_half_the_window_read_anew(sandbox, store):
    orders = cut_off_at_the_second_page(sandbox)
    sandbox.world.cursors.clear()

    refused = turn()
    assert refused.detail.startswith("searchOrders: HTTP 400 InvalidInput")
    assert (waits(), refused.next_token, refused.window_seconds) == (15, "", FIRST // 2)

    again = turn()
    assert (again.seen, again.created) == (2 * PAGE + 1, PAGE + 1)
    assert again.finished_at is not None
    assert stored() == numbers(orders)


def test_a_token_older_than_23_hours_is_not_tried(sandbox, store):
    orders = cut_off_at_the_second_page(sandbox)
    day_ago = timezone.now() - timedelta(hours=23, seconds=1)
    Backfill.objects.update(window_opened_at=day_ago)

    again = turn(client=(client := Meanwhile()))

    half = client.queries[0].created_before - client.queries[0].created_after
    assert half == timedelta(seconds=FIRST // 2)
    assert again.finished_at is not None
    assert stored() == numbers(orders)


def test_a_token_that_repeats_skips_nothing(sandbox, store):
    orders = create_crowd(sandbox, 2 * PAGE + 1, days_ago=3)
    sandbox.world.faults.push("repeated_token", "search")

    circle = turn()
    assert (circle.detail, circle.pages) == ("searchOrders: a page token came twice", 2)
    assert (circle.next_token, circle.reached, waits()) == ("", circle.until, 1)

    assert turn().finished_at is not None
    assert stored() == numbers(orders)


def test_a_circle_at_amazons_side_does_not_keep_us_busy(sandbox, store):
    create_crowd(sandbox, PAGE + 1, days_ago=3)
    sandbox.world.faults.push("repeated_token", "search", times=50)
    turn()
    assert searches(sandbox) == 2


def test_a_window_narrower_than_allowed_for_is_halved_from_what_it_is(sandbox):
    connected(sandbox, since_days=2)
    create_crowd(sandbox, PAGE + 1, days_ago=1)
    sandbox.world.faults.push("repeated_token", "search")
    turn()
    assert the_backfill().window_seconds < 86_400


def test_orders_of_windows_behind_trouble_come_in_too(sandbox, store):
    orders = create_orders(sandbox, [1, 10, 29])
    for nth in (1, 2):
        for _ in range(nth - 1):
            sandbox.world.faults.push(WELL, "search")
        sandbox.world.faults.push("503", "search")
    while not the_backfill().finished_at:
        turn()
    assert stored() == numbers(orders)
