"""A report of FBA shipments from being wanted to packages with numbers, against the sandbox."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from channels.amazon.fulfilled_shipments import FulfilledShipments
from channels.models import AmazonStore, CommunicationError, Report, SellerAccount
from channels.sandbox import fba_report
from channels.sandbox.sellers import DEMO_EU, DEMO_FE
from channels.sandbox.world import Settings
from channels.services import fba_reports, quota
from channels.services.fba_reports import read_report
from channels.services.fba_shipments import due_reports, want_reports
from orders.models import OrderNote, OutboxMessage
from tests import portal
from tests.channels.fba import packages, shipped_order, step, told, track
from tests.threads import in_parallel
from tests.trouble import Amazon, troubles

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def amazon(sandbox, settings):
    """The pretend Amazon with a connected store; nobody counts calls."""
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    return Amazon(sandbox.url, sandbox.world, settings)


@pytest.fixture
def order(amazon):
    """An FBA order that came in and waits for its numbers."""
    order = shipped_order(amazon)
    portal.poll()
    amazon.world.calls.clear()
    return order


@pytest.fixture
def report(order):
    want_reports(timezone.now())
    return Report.objects.get()


def calls(amazon):
    return Counter(call.operation for call in amazon.world.calls if call.operation != "token")


def waits():
    """How long the report waits, in whole minutes."""
    return round((Report.objects.get().due_at - timezone.now()) / MINUTE)


def open_errors():
    return list(CommunicationError.objects.filter(resolved_at=None))


def test_the_whole_way(amazon, order):
    assert packages(order) == [(None, None, {i.order_item_id: i.quantity for i in order.items})]

    report = track()

    assert (report.state, report.rows, report.applied, report.detail) == ("done", 2, 1, "")
    assert packages(order) == told(order)
    assert calls(amazon) == {
        "create_report": 1, "get_report": 1, "report_document": 1, "report_download": 1,
    }  # fmt: skip
    shown = portal.shown(order.order_id)["commerce_order"]["packages"]
    assert {package["confirmation"] for package in shown} == {"by_amazon"}
    assert {package["shipped_at"] for package in shown} == {order.updated.replace(microsecond=0)}
    texts = [note["text"] for note in portal.shown(order.order_id)["notes"]]
    assert [text for text in texts if "Amazon shipped" in text] == [
        f"Amazon shipped package {n} with {p['carrier_name']} {p['tracking_number']}."
        for n, p in enumerate(shown, 1)
    ]
    assert not OutboxMessage.objects.exists()
    assert amazon.world.order(order.order_id).packages == ()


def test_the_window_reaches_from_the_purchase_to_now(amazon, order):
    track()
    (asked,) = amazon.world.reports.asked.values()
    stored = portal.order(order.order_id)
    assert abs(asked.start - stored.purchase_date) < timedelta(seconds=1)
    assert timedelta(minutes=1) < timezone.now() - asked.end < timedelta(minutes=3)
    assert asked.marketplace_ids == ("A2NODRKZP88ZB9",)


def test_japan(sandbox):
    portal.connect(sandbox, name="Amazon JP", country_code="JP", seller=DEMO_FE)
    portal.without_quota(sandbox)
    order = shipped_order(sandbox, country="JP")
    portal.poll()
    assert track().state == "done"
    assert packages(order) == told(order)


def test_it_waits_longer_each_time(amazon, report):
    amazon.world.settings = Settings(plan="unlimited", report_delay=3600)
    assert step().state == "requested"
    pauses = [waits()]
    for _ in range(6):
        step()
        pauses.append(waits())
    assert pauses == [1, 2, 4, 8, 15, 15, 15]
    amazon.world.clock.advance(3600)
    assert (step().state, Report.objects.get().checks) == ("done", 6)


def test_what_is_not_due_is_left_alone(amazon, report):
    assert read_report(report.pk, only_due=True).state == "requested"
    assert read_report(report.pk, only_due=True) is None
    assert calls(amazon) == {"create_report": 1}


def test_what_is_finished_is_left_alone(amazon, order):
    report = track()
    amazon.world.calls.clear()
    assert read_report(report.pk) is None
    assert calls(amazon) == {}


def test_the_same_report_twice_changes_nothing(amazon, order):
    track()
    before = packages(order), list(OrderNote.objects.values_list("pk", flat=True))
    Report.objects.update(state="requested", finished_at=None)
    again = step()
    assert (again.state, again.rows, again.applied) == ("done", 2, 0)
    assert (packages(order), list(OrderNote.objects.values_list("pk", flat=True))) == before


def test_nothing_was_shipped(amazon, report):
    Report.objects.update(since=report.since - 2 * MINUTE, until=report.since - MINUTE)
    step()
    done = step()
    assert (done.state, done.detail) == ("done", "Amazon shipped nothing in this time.")
    assert (done.rows, done.applied) == (0, 0)
    assert open_errors() == []


def test_a_fatal_report_says_why_and_the_next_one_brings_the_numbers(amazon, order):
    amazon.world.faults.push("fatal", "create_report")
    failed = track()
    assert failed.state == "failed"
    assert failed.detail == "Amazon could not make it. The report could not be made."
    with translation.override("sv"):  # Amazon's words stay
        detail = "Amazon kunde inte ta fram den. The report could not be made."
        assert (Report.objects.get().detail, open_errors()[0].message) == (detail, detail)
    (error,) = open_errors()
    assert (error.operation, error.code) == ("report", "FATAL")

    want_reports(timezone.now())
    assert Report.objects.count() == 1  # not before two hours are over
    hours_ago = timezone.now() - timedelta(hours=3)
    Report.objects.update(created_at=hours_ago, finished_at=hours_ago)
    assert track().state == "done"
    assert packages(order) == told(order)
    assert open_errors() == []


def test_an_order_that_comes_in_after_the_report_gets_its_number_from_the_next(amazon, order):
    late = shipped_order(amazon, at=timezone.now() - 5 * MINUTE)
    first = track()
    assert (first.applied, first.detail) == (
        1,
        "Rows ignored: 2 of orders or items that are not here.",
    )
    portal.poll()
    assert packages(late)[0][:2] == (None, None)

    hours_ago = timezone.now() - timedelta(hours=3)
    Report.objects.update(created_at=hours_ago, finished_at=hours_ago)
    second = track()

    assert (second.pk > first.pk, second.applied) == (True, 1)
    assert packages(late) == told(late)
    assert packages(order) == told(order)


def test_rows_that_say_nothing_are_counted_and_told(amazon, order, monkeypatch):
    text = fba_report.text

    def with_odd_rows(found):
        odd = {**found[0], "quantity-shipped": "many"}
        too_many = {**found[0], "shipment-item-id": "again", "quantity-shipped": "9"}
        multi = {**found[0], "amazon-order-id": "S01-1234567-1234567"}
        return text([*found, odd, too_many, multi])

    monkeypatch.setattr(fba_report, "text", with_odd_rows)
    report = track()
    assert (report.state, report.rows, report.applied) == ("done", 5, 1)
    assert report.detail == (
        "Rows ignored: 1 of multi-channel orders, 1 with more units than ordered, "
        "1 unreadable (row 3: quantity-shipped is not a number of units)."
    )
    with translation.override("sv"):
        assert Report.objects.get().detail == (
            "Rader som hoppades över: 1 om flerkanalsordrar, 1 med fler enheter än beställt, "
            "1 oläsliga (rad 3: quantity-shipped är inget antal enheter)."
        )
    assert packages(order) == told(order)


# What goes wrong


OPERATIONS = ("create_report", "get_report", "report_document", "report_download")


@pytest.mark.parametrize(
    ("operation", "trouble"),
    [
        pytest.param(operation, *trouble.values, id=f"{operation}-{trouble.id}")
        for operation in OPERATIONS
        for trouble in troubles(operation)
    ],
)
def test_whatever_goes_wrong_the_numbers_come(amazon, order, operation, trouble):
    trouble.strike(amazon, operation, times=2)

    for _ in range(10):
        report = track()
        if report.state == "done":
            break
        hours_ago = timezone.now() - timedelta(hours=3)
        Report.objects.update(created_at=hours_ago, finished_at=hours_ago)

    assert amazon.world.faults.waiting == ()
    assert report.state == "done"
    assert packages(order) == told(order)
    assert open_errors() == []
    assert len(OrderNote.objects.filter(text__startswith="Amazon shipped")) == 2


@pytest.mark.parametrize("operation", ["createReport", "getReport", "getReportDocument"])
def test_without_quota_it_waits_its_turn_and_asks_nothing(sandbox, operation):
    portal.connect(sandbox)
    shipped_order(sandbox)
    portal.poll()
    want_reports(timezone.now())
    if operation != "createReport":
        step()
    sandbox.world.calls.clear()
    quota.throttled(SellerAccount.objects.get(), operation)

    report = step()

    assert report.state in ("wanted", "requested")
    assert report.detail == ""
    assert timezone.now() < report.due_at <= timezone.now() + timedelta(seconds=60)
    asked_for_it = {"createReport": 0, "getReport": 0, "getReportDocument": 1}[operation]
    assert sum(calls(sandbox).values()) == asked_for_it
    assert open_errors() == []


def test_without_authorization_it_waits_an_hour_and_a_person_is_asked_once(amazon, report):
    amazon.world.revoke(DEMO_EU.seller_id, consent=True)
    step()
    assert (waits(), Report.objects.get().state) == (60, "wanted")
    assert SellerAccount.objects.get().problem == Report.objects.get().detail != ""
    assert [error.operation for error in open_errors()] == ["LWA token"]


def test_a_refused_question_is_final_and_told(amazon, report):
    Report.objects.update(since=report.since - timedelta(days=40))  # longer than Amazon takes
    refused = step()
    assert refused.state == "failed"
    assert refused.detail.startswith("createReport: HTTP 400 InvalidInput")
    assert [error.operation for error in open_errors()] == ["report"]
    assert due_reports(timezone.now()) == []


def test_a_report_amazon_has_forgotten_is_final(amazon, report):
    step()
    amazon.world.reports.asked.clear()
    assert step().detail.startswith("getReport: HTTP 404")
    assert Report.objects.get().state == "failed"


def test_after_a_day_it_is_given_up(amazon, report):
    Report.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1), detail="Why.")
    ended = step()
    assert (ended.state, ended.detail) == ("failed", "Given up after a day. Why.")
    assert calls(amazon) == {}


def test_without_an_active_store_nothing_is_asked(amazon, report):
    AmazonStore.objects.update(active=False)
    assert (step().state, Report.objects.get().detail) == ("failed", "No active store.")
    assert calls(amazon) == {}


def test_a_bug_of_ours_frees_the_report_and_quotes_nothing(amazon, report, monkeypatch):
    step()

    def bug(self):
        raise RuntimeError("personal data")

    monkeypatch.setattr(FulfilledShipments, "__iter__", bug)
    with pytest.raises(RuntimeError):
        step()
    report = Report.objects.get()
    assert (report.state, report.detail) == ("requested", "The portal failed: RuntimeError.")
    assert (report.claim, waits()) == (None, 1)


# Who dies, and who comes second


class Died(BaseException):
    """As if the worker had been killed: no handler of ours sees it."""


@pytest.mark.parametrize("at", OPERATIONS)
def test_a_worker_that_dies_after_amazon_answered_loses_nothing(amazon, order, monkeypatch, at):
    names = {
        "create_report": "create_report",
        "get_report": "get_report",
        "report_document": "get_report_document",
        "report_download": "known_rows",
    }
    does = getattr(fba_reports, names[at])

    def dies(*args, **kwargs):
        does(*args, **kwargs)
        monkeypatch.undo()
        raise Died

    monkeypatch.setattr(fba_reports, names[at], dies)
    with pytest.raises(Died):
        track()
    # A real death frees nothing: the lease has to run out.
    Report.objects.update(claim=uuid4(), claimed_until=timezone.now() + MINUTE)
    pk = Report.objects.get().pk
    assert read_report(pk) is None
    portal.end_leases()

    report = step()
    while report.state != "done":
        report = step()

    assert packages(order) == told(order)
    assert calls(amazon)["create_report"] == (2 if at == "create_report" else 1)


def test_a_worker_that_dies_between_two_batches_loses_nothing(amazon, order, monkeypatch):
    other = shipped_order(amazon, at=timezone.now() - 5 * MINUTE)
    portal.poll()
    monkeypatch.setattr(fba_reports, "BATCH", 1)
    fills = fba_reports.fill_packages

    def dies(*args):
        fills(*args)
        monkeypatch.setattr(fba_reports, "fill_packages", fills)
        raise Died

    monkeypatch.setattr(fba_reports, "fill_packages", dies)
    with pytest.raises(Died):
        track()
    assert step().state == "done"
    assert [packages(each) for each in (order, other)] == [told(order), told(other)]
    assert len(OrderNote.objects.filter(text__startswith="Amazon shipped")) == 4


def test_a_worker_that_was_too_slow_writes_nothing_over_the_other(amazon, report, monkeypatch):
    """Both read the report; the first one comes back when its lease is long over."""
    asks = fba_reports.create_report

    def slow(*args, **kwargs):
        monkeypatch.setattr(fba_reports, "create_report", asks)
        portal.end_leases()
        assert read_report(report.pk).report_id == "50000000000"
        return asks(*args, **kwargs)

    monkeypatch.setattr(fba_reports, "create_report", slow)
    read_report(report.pk)
    assert Report.objects.get().report_id == "50000000000"


def test_a_worker_that_lost_its_lease_stops_after_the_batch(amazon, order, monkeypatch):
    other = shipped_order(amazon, at=timezone.now() - 5 * MINUTE)
    portal.poll()
    want_reports(timezone.now())
    pk = step().pk
    monkeypatch.setattr(fba_reports, "BATCH", 1)
    fills = fba_reports.fill_packages

    def slow(*args):
        Report.objects.update(claim=uuid4())  # somebody else has taken over
        return fills(*args)

    monkeypatch.setattr(fba_reports, "fill_packages", slow)

    assert read_report(pk) is None

    assert Report.objects.get().state == "requested"
    filled = [packages(each) == told(each) for each in (order, other)]
    assert sorted(filled) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_reads(amazon, order):
    want_reports(timezone.now())
    pk = Report.objects.get().pk
    results = in_parallel([lambda: read_report(pk, only_due=True)] * 2)
    assert sorted(result is None for result in results) == [False, True]
    assert calls(amazon)["create_report"] == 1
