"""What is wrong with a store, what needs a person, and whether anything runs at all."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from channels.models import AmazonStore, ChannelOrder, Heartbeat, SyncCursor
from channels.models.order_status import ON_THE_TAB
from channels.services import alive, errors_log
from channels.services.shortlists import needing_a_person
from channels.services.store_health import (
    Attention,
    Fix,
    attention_of,
    connection_problems,
    failures_of,
    problems_first,
    process_problems,
)
from orders.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def problems(store):
    store = AmazonStore.objects.select_related("account", "account__cursor").get(pk=store.pk)
    found = connection_problems(store, failures_of([store]).get(store.pk), NOW)
    return [(problem.text, problem.fix, problem.is_bad) for problem in found]


def texts(store):
    return [text for text, _fix, _is_bad in problems(store)]


def fail(store, *, operation="searchOrders", **values):
    errors_log.log_error(
        store.account, operation=operation, code="Unavailable", message="HTTP 503", now=NOW,
        **values,
    )  # fmt: skip


# Problems of the connection


def test_all_is_well():
    store = factories.amazon_store()
    SyncCursor.objects.create(account=store.account, watermark=NOW, due_at=NOW)
    assert problems(store) == []


def test_amazon_refuses_the_account_and_that_is_said_once():
    account = factories.seller_account(problem="LWA token: invalid_grant")
    store = factories.amazon_store(account=account)
    fail(store, operation="LWA token")
    assert problems(store) == [
        ("Amazon refuses this seller account: LWA token: invalid_grant", Fix.RENEW, True)
    ]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (300, []),
        (334, []),
        (336, [(False, "lapses on")]),
        (364, [(False, "lapses on")]),
        (365, [(True, "lapsed on")]),
        (500, [(True, "lapsed on")]),
    ],
)
def test_a_month_before_the_authorization_lapses_a_warning_begins(days, told):
    account = factories.seller_account(authorized_at=NOW - days * DAY)
    found = problems(factories.amazon_store(account=account))
    assert [is_bad for _text, _fix, is_bad in found] == [is_bad for is_bad, _words in told]
    for (text, fix, _is_bad), (_bad, words) in zip(found, told, strict=True):
        assert words in text
        assert fix is Fix.RENEW


def test_calls_that_fail_until_they_work_again():
    store = factories.amazon_store()
    fail(store)
    assert problems(store) == [("A call to Amazon fails (Reading orders): HTTP 503", Fix.LOG, True)]
    errors_log.resolve(store.account, [""], now=NOW, operation="searchOrders")
    assert problems(store) == []


def test_an_order_that_was_set_aside_is_no_problem_of_the_connection():
    store = factories.amazon_store()
    fail(store, operation="import", amazon_order_id="702-1111111-2222222")
    assert problems(store) == []


@pytest.mark.parametrize(
    ("values", "is_told"),
    [
        ({"due_at": NOW - 9 * MINUTE}, False),
        ({"due_at": NOW - 11 * MINUTE}, True),
        ({"due_at": NOW - HOUR, "claimed_until": NOW + MINUTE}, False),  # being read
        ({"due_at": NOW - HOUR, "claimed_until": NOW - MINUTE}, True),
    ],
)
def test_a_poll_that_nobody_starts(values, is_told):
    store = factories.amazon_store()
    SyncCursor.objects.create(account=store.account, watermark=NOW, **values)
    assert bool(problems(store)) is is_told
    AmazonStore.objects.update(active=False)
    assert problems(store) == []


def test_stores_with_a_problem_come_first_and_inactive_ones_last():
    names = ["Broken", "Failing", "Lapsed", "Lapsing", "Able", "Well", "Asleep"]
    accounts = {
        "Broken": {"problem": "revoked"},
        "Lapsed": {"authorized_at": NOW - 366 * DAY},
        "Lapsing": {"authorized_at": NOW - 340 * DAY},
    }
    stores = {
        name: factories.amazon_store(
            name=name, account=factories.seller_account(**accounts.get(name, {}))
        )
        for name in reversed(names)
    }
    fail(stores["Failing"])
    AmazonStore.objects.filter(name="Asleep").update(active=False)
    found = [store.name for store in problems_first(AmazonStore.objects.all(), NOW)]
    assert found == names


def test_what_fails_at_one_store_is_not_told_of_the_other():
    account = factories.seller_account()
    one, other = (factories.amazon_store(account=account, country=c) for c in ("SE", "DE"))
    fail(one, operation="backfill")
    account.communication_errors.update(store=one)
    assert (len(problems(one)), len(problems(other))) == (1, 0)
    ranks = {store.pk: store.rank for store in problems_first(AmazonStore.objects.all(), NOW)}
    assert ranks == {one.pk: 0, other.pk: 2}


# Orders that need a person


def unconfirmed(store):
    package = factories.package(order=factories.placed_order(store=store).commerce_order)
    return factories.outbox_message(package=package, state="refused")


def test_what_needs_a_person_is_counted_by_store():
    store, other = factories.amazon_store(), factories.amazon_store()
    for _ in range(2):
        factories.channel_order(store=store, placement="held", hold_reason="total")
    late = {"ship_by": NOW - HOUR}
    factories.channel_order(store=store, **late)
    factories.channel_order(store=store, status="shipped", **late)
    factories.channel_order(store=store, fulfilled_by="amazon", **late)
    factories.channel_order(store=store, ship_by=NOW + HOUR)
    factories.channel_order(store=other, status="partially_shipped", **late)
    factories.channel_order(store=store, cancel_requested=True)
    factories.channel_order(store=store, cancel_requested=True, status="canceled")
    factories.channel_order(store=store, cancel_requested=True, status="pending")  # is not listed
    unconfirmed(other)
    assert attention_of([store.pk, other.pk], NOW) == {
        store.pk: Attention(held=2, late=1, asked=1),
        other.pk: Attention(late=1, unconfirmed=1),
    }
    listed = needing_a_person(ChannelOrder.objects.filter(ON_THE_TAB), NOW)
    assert Counter(listed.values_list("store", flat=True)) == {store.pk: 4, other.pk: 2}


def test_a_confirmation_that_was_given_up_needs_nobody():
    store = factories.amazon_store()
    message = unconfirmed(store)
    OutboxMessage.objects.filter(pk=message.pk).update(
        dismissed_at=NOW, dismiss_reason="lost", dismissed_by="anna"
    )
    assert attention_of([store.pk], NOW) == {store.pk: Attention()}


def test_twenty_stores_cost_as_many_statements_as_one():
    def cost(pks):
        with CaptureQueriesContext(connection) as captured:
            attention_of(pks, NOW)
        return len(captured)

    pks = [factories.amazon_store().pk for _ in range(20)]
    assert cost(pks[:1]) == cost(pks) == 4


# Processes


def beat_started(ago):
    PeriodicTask.objects.filter(name="Poll Amazon for orders").update(last_run_at=NOW - ago)


def told():
    return [problem.text for problem in process_problems(alive.pulse(NOW))]


def test_a_new_portal_has_seen_neither():
    pulse = alive.pulse(NOW)
    assert (pulse.worker_at, pulse.beat_at) == (None, None)
    assert told() == ["The scheduler (beat) is not running: nothing happens by itself."]


def test_a_worker_that_was_seen_means_that_beat_is_there_too():
    alive.beat_heart(NOW - 2 * MINUTE)
    assert told() == []


def test_beat_goes_on_and_no_worker_takes_what_it_starts():
    alive.beat_heart(NOW - 4 * MINUTE)
    beat_started(MINUTE)
    assert told() == ["No worker is running: what beat starts stays undone."]


def test_beat_has_stopped_and_the_worker_is_not_blamed():
    alive.beat_heart(NOW - HOUR)
    beat_started(HOUR + MINUTE)
    assert told() == ["The scheduler (beat) is not running: nothing happens by itself."]


def test_a_worker_that_has_just_begun_is_seen_and_says_nothing_of_beat():
    alive.worker_began(NOW)
    assert told() == ["The scheduler (beat) is not running: nothing happens by itself."]
    beat_started(MINUTE)
    assert told() == []


def test_a_heart_has_one_row_a_process():
    for _ in range(3):
        alive.beat_heart(timezone.now())
    assert Heartbeat.objects.count() == 2
