"""Which accounts wait for tracking numbers, and which reports are asked for."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import AmazonStore, Report
from channels.services.fba_shipments import (
    BOUGHT_WITHIN,
    EVERY,
    LONGEST,
    LOOK_BACK,
    SETTLED,
    due_accounts,
    due_reports,
    waiting_since,
    want_reports,
)
from orders.models import Package
from tests import factories
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = factories.NOW


def fba_order(*, bought=2 * DAY, updated=DAY, **more):
    """An FBA order that waits for its tracking number, bought and updated so long ago."""
    items = [factories.item(quantity_shipped=1)]
    values = {
        "status": "shipped",
        "fulfilled_by": "amazon",
        "purchase_date": NOW - bought,
        "last_updated": NOW - updated,
    }
    return factories.placed_order(items=items, **values | more)


def finished(account, *, ago, state="done", until=None):
    created = NOW - ago
    return factories.report(
        account=account, state=state, created_at=created, finished_at=created,
        until=until or created - SETTLED,
    )  # fmt: skip


def test_an_account_waits_since_its_oldest_order_was_bought():
    store = factories.amazon_store()
    fba_order(store=store)
    fba_order(store=store, bought=5 * DAY)
    other = fba_order(bought=DAY)
    assert due_accounts(NOW) == {
        store.account_id: NOW - 5 * DAY,
        other.account_id: NOW - DAY,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"updated": LOOK_BACK + DAY, "bought": LOOK_BACK + 2 * DAY},
        {"bought": BOUGHT_WITHIN + DAY},
        {"fulfilled_by": "merchant"},
    ],
)
def test_orders_that_nobody_waits_for(changes):
    fba_order(**changes)
    assert due_accounts(NOW) == {}


def test_a_number_ends_the_waiting_and_an_inactive_store_does_not_wait():
    order, other = fba_order(), fba_order()
    Package.objects.filter(order=order.commerce_order).update(tracking_number="T1")
    AmazonStore.objects.filter(pk=other.store_id).update(active=False)
    assert due_accounts(NOW) == {}


def test_an_order_without_a_commerce_order_does_not_wait():
    factories.channel_order(fulfilled_by="amazon", status="shipped", purchase_date=NOW - DAY)
    assert due_accounts(NOW) == {}


@pytest.mark.parametrize(
    ("ago", "state", "is_due"),
    [
        (timedelta(0), "wanted", False),
        (5 * DAY, "requested", False),
        (EVERY - timedelta(minutes=1), "done", False),
        (EVERY - timedelta(minutes=1), "failed", False),
        (EVERY + timedelta(minutes=1), "done", True),
        (EVERY + timedelta(minutes=1), "failed", True),
    ],
)
def test_two_hours_pass_between_reports(ago, state, is_due):
    order = fba_order()
    finished(order.account, ago=ago, state=state)
    assert (order.account_id in due_accounts(NOW)) is is_due


def test_a_report_is_written_down():
    order = fba_order()
    want_reports(NOW)
    report = Report.objects.get()
    assert (report.account_id, report.state, report.report_id) == (order.account_id, "wanted", "")
    assert (report.since, report.until) == (order.purchase_date, NOW - SETTLED)
    assert (report.created_at, report.due_at) == (NOW, NOW)
    assert due_reports(NOW) == [report.pk]


def test_a_long_time_is_asked_for_in_parts():
    order = fba_order(bought=70 * DAY)
    spans = []
    for _ in range(5):
        want_reports(NOW)
        if not due_reports(NOW):
            break
        report = Report.objects.latest("pk")
        spans.append((NOW - report.since, NOW - report.until))
        Report.objects.filter(pk=report.pk).update(state="done", finished_at=NOW)
    assert spans == [(60 * DAY, 30 * DAY), (30 * DAY, SETTLED)]
    assert due_accounts(NOW) == {}
    assert order.account_id in due_accounts(NOW + EVERY)
    assert max(start - end for start, end in spans) <= LONGEST


def test_after_a_part_that_failed_it_begins_anew_two_hours_later():
    order = fba_order(bought=70 * DAY)
    want_reports(NOW)
    Report.objects.update(state="failed", finished_at=NOW)
    assert due_accounts(NOW) == {}
    assert due_accounts(NOW + EVERY) == {order.account_id: NOW + EVERY - LOOK_BACK}


def test_an_order_bought_this_minute_has_nothing_to_report():
    fba_order(bought=timedelta(minutes=1), updated=timedelta(0))
    want_reports(NOW)
    assert not Report.objects.exists()


def test_one_account_may_be_asked_about_at_any_time():
    order, _other = fba_order(), fba_order()
    finished(order.account, ago=timedelta(minutes=5))
    want_reports(NOW, account_id=order.account_id)
    assert [r.account_id for r in Report.objects.filter(state="wanted")] == [order.account_id]
    want_reports(NOW, account_id=order.account_id)  # and not twice
    want_reports(NOW, account_id=-1)
    assert Report.objects.filter(state="wanted").count() == 1


def test_asking_by_hand_goes_on_with_the_next_part():
    order = fba_order(bought=50 * DAY)
    finished(order.account, ago=timedelta(minutes=5), until=NOW - 20 * DAY)
    want_reports(NOW, account_id=order.account_id)
    assert Report.objects.latest("pk").since == NOW - 20 * DAY


def test_open_reports_come_when_they_are_due_and_nobody_reads_them():
    waiting = factories.report(due_at=NOW, state="requested")
    first = factories.report(due_at=NOW - DAY)
    stranded = factories.report(due_at=NOW, claimed_until=NOW - DAY)
    factories.report(due_at=NOW + DAY)
    factories.report(due_at=NOW, claimed_until=NOW + DAY)
    factories.report(due_at=NOW, state="done")
    off = factories.report(due_at=NOW)
    AmazonStore.objects.filter(account=off.account).update(active=False)
    assert due_reports(NOW) == [first.pk, waiting.pk, stranded.pk]


@pytest.mark.parametrize("count", [1, 10])
def test_the_look_costs_two_statements_however_many_orders_wait(count):
    for _ in range(count):
        fba_order()
    with CaptureQueriesContext(connection) as captured:
        assert len(due_accounts(NOW)) == count
    assert len(captured) == 2
    with CaptureQueriesContext(connection) as captured:
        want_reports(NOW)
    assert len([q for q in captured if q["sql"].startswith(("SELECT", "INSERT"))]) == 3


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_want_one_report():
    order = fba_order(purchase_date=timezone.now() - DAY, last_updated=timezone.now())
    results = in_parallel([lambda: want_reports(timezone.now())] * 4)
    assert results == [None] * 4
    assert [report.account_id for report in Report.objects.all()] == [order.account_id]
    assert order.account_id in waiting_since(timezone.now())


def test_the_database_refuses_a_second_open_report():
    report = factories.report()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.report(account=report.account, state="requested")
