"""What a backfill is to read: started, extended, shortened."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from channels.models import Backfill
from channels.services.backfilling import shorten_backfill, start_backfill
from tests import factories
from tests.channels.history import the_backfill

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def ago(days):
    return timezone.now() - days * DAY


def test_what_is_younger_than_two_minutes_is_left_to_sweeps():
    backfill = start_backfill(factories.amazon_store(), since=ago(3), until=timezone.now())
    assert backfill.reached == backfill.until
    age = timezone.now() - backfill.until
    assert timedelta(minutes=2) < age < timedelta(minutes=3)


@pytest.mark.parametrize(("since", "until"), [(3, 3.1), (3, 4), (0, -9), (-9, -8)])
def test_nothing_is_started_for_no_time(since, until):
    store = factories.amazon_store()
    assert start_backfill(store, since=ago(since), until=ago(until)) is None
    assert not Backfill.objects.exists()


def test_one_that_is_open_is_extended_and_taken_from_its_reader():
    store = factories.amazon_store()
    first = start_backfill(store, since=ago(30), until=ago(10))
    later = timezone.now() + DAY
    Backfill.objects.update(claim=uuid4(), claimed_until=later, due_at=later, next_token="abc")

    again = start_backfill(store, since=ago(50), until=ago(30))

    extended = the_backfill()
    assert again.pk == extended.pk == first.pk
    assert (extended.since.date(), extended.until) == (ago(50).date(), first.until)
    assert (extended.claim, extended.claimed_until, extended.next_token) == (None, None, "abc")
    assert extended.due_at <= timezone.now()


def test_asked_for_less_than_is_on_its_way_it_stays():
    store = factories.amazon_store()
    first = start_backfill(store, since=ago(30), until=ago(10))
    start_backfill(store, since=ago(20), until=ago(15))
    assert (the_backfill().since, the_backfill().until) == (first.since, first.until)


def test_asked_for_what_came_after_it_begins_again_there():
    store = factories.amazon_store()
    start_backfill(store, since=ago(30), until=ago(10))
    Backfill.objects.update(reached=ago(20), next_token="abc")
    start_backfill(store, since=ago(25), until=ago(5))

    backfill = the_backfill()
    assert backfill.reached == backfill.until > ago(6)
    assert (backfill.since.date(), backfill.next_token) == (ago(30).date(), "")


def test_after_one_that_is_finished_there_is_a_second():
    store = factories.amazon_store()
    start_backfill(store, since=ago(3), until=ago(1))
    shorten_backfill(store, since=ago(1))
    start_backfill(store, since=ago(5), until=ago(3))
    assert [b.finished_at is None for b in Backfill.objects.order_by("id")] == [False, True]


def test_shortened_it_forgets_a_window_that_reaches_too_far():
    store = factories.amazon_store()
    start_backfill(store, since=ago(30), until=ago(10))
    for start, kept in ((19, "abc"), (21, "")):
        Backfill.objects.update(since=ago(30), window_start=ago(start), next_token="abc")
        shorten_backfill(store, since=ago(20))
        assert the_backfill().next_token == kept
    assert the_backfill().finished_at is None


def test_one_that_goes_no_further_back_anyway_is_left_alone():
    store = factories.amazon_store()
    shorten_backfill(store, since=ago(1))
    start_backfill(store, since=ago(30), until=ago(10))
    before = Backfill.objects.values().get()
    shorten_backfill(store, since=ago(31))
    assert Backfill.objects.values().get() == before
