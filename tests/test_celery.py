"""Celery's edge: every task once with the real services behind, and all of it as processes."""

import logging
import queue
import sys
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from celery.signals import worker_ready
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from kombu import pools

from channels import tasks
from channels.models import (
    Backfill,
    BulkJob,
    DailySales,
    Feed,
    Heartbeat,
    Report,
    SellerAccount,
    SyncCursor,
)
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Status
from channels.services import backfilling, bulk, delivery, quota
from channels.services.schedule import ENTRIES, seed_schedule
from orders.models import OutboxMessage
from orders.models.outbox import State
from sync_portal.broker import celery_url
from sync_portal.celery import app
from sync_portal.launch import launched
from tests import factories, portal, processes
from tests.channels.fba import shipped_order
from tests.channels.history import create_orders

pytestmark = pytest.mark.django_db

POLL, BACKFILL, DELIVER, FEED, CHECK, PROVE, REPORT, JOB = (
    "channels.tasks.poll_account",
    "channels.tasks.backfill_store",
    "channels.tasks.deliver_messages",
    "channels.tasks.submit_feed",
    "channels.tasks.check_feed",
    "channels.tasks.prove_order",
    "channels.tasks.read_report",
    "channels.tasks.run_bulk_job",
)


@pytest.fixture
def queued(broker, monkeypatch):
    """The tasks that wait at the broker, each with its arguments; asking takes them away."""
    monkeypatch.setattr(app.conf, "broker_url", celery_url(broker))
    forget_connections()

    def waiting():
        found = []
        with (
            app.connection_for_read() as connection,
            closing(connection.SimpleQueue("celery")) as q,
        ):
            while True:
                try:
                    message = q.get_nowait()
                except queue.Empty:
                    return found
                message.ack()
                found.append((message.headers["task"], *message.payload[0]))

    yield waiting
    forget_connections()


def forget_connections():
    """Whoever queues next opens its own: those of a test before lead to another broker."""
    app.pool.force_close_all()
    pools.reset()
    app._after_fork()


@pytest.fixture
def shipped(sandbox):
    """An order whose package waits to be confirmed."""
    portal.connect(sandbox)
    order = sandbox.world.create_order("SE", Draft())
    portal.poll()
    portal.ship(order.order_id)
    return order


# Dispatchers


def test_accounts_that_are_due_are_queued(queued):
    due, later = (factories.amazon_store().account for _ in range(2))
    now = timezone.now()
    SyncCursor.objects.create(account=due, watermark=now, due_at=now)
    SyncCursor.objects.create(account=later, watermark=now, due_at=now + timedelta(days=1))

    tasks.poll_due_accounts()

    assert queued() == [(POLL, due.pk)]


def test_history_is_queued_one_store_at_a_time(queued):
    now = timezone.now()
    first, second = (factories.backfill(due_at=now - timedelta(minutes=n)) for n in (2, 1))

    tasks.dispatch_backfills()
    assert queued() == [(BACKFILL, first.pk, first.due_at)]

    Backfill.objects.filter(pk=first.pk).update(claimed_until=now + timedelta(minutes=1))
    tasks.dispatch_backfills()
    assert queued() == []

    Backfill.objects.filter(pk=first.pk).update(claimed_until=None, finished_at=now)
    tasks.dispatch_backfills()
    assert queued() == [(BACKFILL, second.pk, second.due_at)]


def confirmation(store, **values):
    package = factories.package(order=factories.placed_order(store=store).commerce_order)
    return factories.outbox_message(package=package, **values)


def test_messages_that_are_due_are_queued_in_batches_and_stranded_ones_with_them(queued):
    store = factories.amazon_store()
    quota.learn_rate(store.account, "confirmShipment", 1e9)
    pks = [confirmation(store).pk for _ in range(tasks.DELIVERY_BATCH + 1)]
    stranded = confirmation(store, state=State.IN_FLIGHT)
    held = confirmation(store, state=State.IN_FLIGHT, claimed_at=timezone.now())

    tasks.dispatch_deliveries()

    first, second = queued()
    assert (first[0], len(first[1])) == (second[0], tasks.DELIVERY_BATCH) == (DELIVER, 20)
    assert sorted(first[1] + second[1]) == sorted([*pks, stranded.pk])
    assert OutboxMessage.objects.get(pk=held.pk).state == "in_flight"


def test_when_a_feed_is_sooner_it_is_queued_with_all_that_cannot_go_at_once(queued):
    store = factories.amazon_store()
    quota.learn_rate(store.account, "confirmShipment", 0.001)
    pks = [confirmation(store).pk for _ in range(13)]

    tasks.dispatch_deliveries()

    account = store.account_id
    assert queued() == [(DELIVER, pks[:10]), (FEED, account, pks[10:])]


def test_feeds_that_are_due_are_queued(queued):
    due, later = (factories.feed(due_at=timezone.now() + timedelta(days=n)) for n in (-1, 1))
    tasks.dispatch_feeds()
    assert queued() == [(CHECK, due.pk)]
    assert Feed.objects.get(pk=later.pk).checks == 0


def test_orders_with_something_to_prove_are_queued_once(queued, sandbox, shipped):
    pk = portal.order(shipped.order_id).pk
    delivery.deliver(portal.due(timezone.now()))
    tasks.dispatch_proofs()
    assert queued() == []  # Amazon needs a moment to show it

    portal.hurry()
    tasks.dispatch_proofs()
    assert queued() == [(PROVE, pk)]


def test_reports_that_are_wanted_or_due_are_queued(queued, sandbox):
    portal.connect(sandbox)
    shipped_order(sandbox)
    portal.poll()

    tasks.dispatch_reports()
    pk = Report.objects.get().pk
    assert queued() == [(REPORT, pk)]

    tasks.read_report(pk)
    tasks.read_report(pk)  # queued twice, asked once
    tasks.dispatch_reports()
    assert queued() == []  # Amazon needs a minute to make it
    assert [call.operation for call in sandbox.world.calls].count("create_report") == 1

    portal.hurry()
    tasks.dispatch_reports()
    assert queued() == [(REPORT, pk)]
    tasks.read_report(pk)
    assert Report.objects.get().state == "done"


def test_cancellations_are_queued_by_account_and_those_that_do_not_show_one_by_one(queued):
    one, other, shown = (factories.placed_order() for _ in range(3))
    due = [factories.cancellation(order=order.commerce_order) for order in (one, other)]
    accepted = factories.cancellation(order=shown.commerce_order, state="accepted")

    tasks.dispatch_cancellations()

    send, look = "channels.tasks.send_cancellations", "channels.tasks.look_at_cancellation"
    assert sorted(queued(), key=str) == sorted(
        [
            (look, accepted.pk),
            (send, one.account_id, [due[0].pk]),
            (send, other.account_id, [due[1].pk]),
        ],
        key=str,
    )


def job(count=1, **values):
    """A job of notes, without orders: each row is refused."""
    user = User.objects.create_superuser(f"root-{User.objects.count()}")
    rows = [bulk.NewRow(None, str(n)) for n in range(count)]
    job = bulk.start(kind="note", user=user, rows=rows, params={"text": "x"})
    BulkJob.objects.filter(pk=job.pk).update(**values)
    return job


def test_jobs_that_are_due_and_nobody_works_at_are_queued(queued):
    now = timezone.now()
    hour = timedelta(hours=1)
    due, stranded = job(due_at=now - hour), job(claimed_until=now - hour)
    job(due_at=now + hour), job(claimed_until=now + hour), job(finished_at=now)
    tasks.dispatch_bulk_jobs()
    assert queued() == [(JOB, due.pk, now - hour), (JOB, stranded.pk, stranded.due_at)]


# Workers


def test_an_account_is_polled_once_however_often_it_was_queued(sandbox):
    account_id = portal.connect(sandbox).account_id
    order = sandbox.world.create_order("SE", Draft())

    tasks.poll_account(account_id)
    tasks.poll_account(account_id)

    assert portal.order(order.order_id).placement == "placed"
    assert [call.operation for call in sandbox.world.calls].count("search") == 1


def test_a_turn_of_history_has_the_next_one_queued_behind_what_came_meanwhile(
    queued, sandbox, monkeypatch
):
    monkeypatch.setattr(backfilling, "TURN", 2)
    pk = Backfill.objects.get(store=portal.connect(sandbox, history=True)).pk

    first = Backfill.objects.get().due_at

    tasks.backfill_store(pk, first)
    then = Backfill.objects.get().due_at
    assert (Backfill.objects.get().pages, queued()) == (2, [(BACKFILL, pk, then)])
    tasks.backfill_store(pk, first)  # queued twice
    assert (Backfill.objects.get().pages, queued()) == (2, [])
    tasks.backfill_store(pk, then)
    assert (Backfill.objects.get().pages, queued()) == (3, [])
    tasks.backfill_store(pk, then)
    assert Backfill.objects.get().pages == 3


def test_a_turn_of_a_job_has_the_next_one_queued_behind_what_came_meanwhile(queued, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    pk = job(2).pk
    for refused in (1, 2):
        asked = BulkJob.objects.get().due_at
        tasks.run_bulk_job(pk, asked)
        assert BulkJob.objects.get().refused == refused
        assert queued() == [(JOB, pk, BulkJob.objects.get().due_at)]
        tasks.run_bulk_job(pk, asked)  # queued twice
        assert (BulkJob.objects.get().refused, queued()) == (refused, [])
    for _ in range(2):
        tasks.run_bulk_job(pk, BulkJob.objects.get().due_at)
        assert (BulkJob.objects.get().refused, queued()) == (2, [])


def test_however_often_beat_asks_a_job_has_one_turn_at_a_time(queued, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    job(9)
    tasks.dispatch_bulk_jobs()
    for turns in range(1, 5):
        for _ in range(turns):  # it waits, longer and longer
            tasks.dispatch_bulk_jobs()
        for _task, *args in queued():
            tasks.run_bulk_job(*args)
        assert BulkJob.objects.get().refused == turns

    queued()  # the next turn's message is lost
    tasks.dispatch_bulk_jobs()
    for _task, *args in queued():
        tasks.run_bulk_job(*args)
    assert BulkJob.objects.get().refused == 5


def test_however_often_beat_asks_history_has_one_turn_at_a_time(queued, sandbox, monkeypatch):
    monkeypatch.setattr(backfilling, "TURN", 1)
    portal.connect(sandbox, history=True)
    tasks.dispatch_backfills()
    for turns in (1, 2):
        for _ in range(turns):
            tasks.dispatch_backfills()
        for _task, *args in queued():
            tasks.backfill_store(*args)
        assert Backfill.objects.get().pages == turns


def test_a_job_is_queued_at_once_when_it_is_committed(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        soon = job()
        tasks.run_soon(soon)
        assert queued() == []
    assert queued() == [(JOB, soon.pk, soon.due_at)]


def test_old_jobs_are_deleted():
    job(finished_at=timezone.now() - timedelta(days=91))
    tasks.delete_old_jobs()
    assert not BulkJob.objects.exists()


def test_messages_are_sent_once_however_often_they_were_queued(sandbox, shipped):
    pk = OutboxMessage.objects.get().pk

    tasks.deliver_messages([pk])
    tasks.deliver_messages([pk])

    assert OutboxMessage.objects.get().state == "sent"
    assert [call.operation for call in sandbox.world.calls].count("confirm") == 1


def test_an_order_is_proven_and_a_look_that_fails_is_no_failure_of_the_task(
    sandbox, shipped, caplog
):
    pk = portal.order(shipped.order_id).pk
    tasks.deliver_messages([OutboxMessage.objects.get().pk])
    portal.hurry()
    sandbox.world.faults.push("503", "get")
    caplog.set_level(logging.INFO)

    tasks.prove_order(pk)

    assert OutboxMessage.objects.get().state == "sent"
    assert "Proof postponed: getOrder: HTTP 503" in caplog.text

    portal.hurry()
    tasks.prove_order(pk)
    assert OutboxMessage.objects.get().state == "proven"


def test_days_on_which_orders_changed_are_added_up():
    order = factories.placed_order()
    tasks.count_sales()
    assert [row.orders for row in DailySales.objects.filter(store=order.store)] == [1]


def test_a_worker_is_seen_as_soon_as_it_is_ready():
    worker_ready.send(sender=None)
    assert [heart.process for heart in Heartbeat.objects.all()] == ["worker"]


def test_a_worker_says_that_it_is_alive():
    tasks.beat_heart()
    first = Heartbeat.objects.get(process="worker").at
    tasks.beat_heart()
    assert Heartbeat.objects.get(process="worker").at > first


# The schedule


def schedule():
    entries = PeriodicTask.objects.exclude(name__startswith="celery.").order_by("id")
    return [
        (entry.name, entry.task, entry.interval.every, entry.expire_seconds, entry.enabled)
        for entry in entries
    ]


def test_the_schedule_is_there_and_names_real_tasks():
    assert schedule() == [
        ("Poll Amazon for orders", "channels.tasks.poll_due_accounts", 5, 15, True),
        ("Read history from Amazon", "channels.tasks.dispatch_backfills", 5, 15, True),
        ("Release held orders", "channels.tasks.release_held", 2, 6, True),
        ("Release expired reservations", "channels.tasks.release_expired", 60, 180, True),
        ("Send shipment confirmations", "channels.tasks.dispatch_deliveries", 5, 15, True),
        ("Ask what became of feeds", "channels.tasks.dispatch_feeds", 5, 15, True),
        ("Look for proof of confirmations", "channels.tasks.dispatch_proofs", 10, 30, True),
        (
            "Ask Amazon for tracking numbers of FBA orders",
            "channels.tasks.dispatch_reports",
            60,
            180,
            True,
        ),
        (
            "Send cancellations and see them through",
            "channels.tasks.dispatch_cancellations",
            15,
            45,
            True,
        ),
        ("Go on with jobs of many orders", "channels.tasks.dispatch_bulk_jobs", 5, 15, True),
        ("Delete old jobs", "channels.tasks.delete_old_jobs", 3600, 10800, True),
        ("Delete old logs", "channels.tasks.delete_old_logs", 3600, 10800, True),
        ("Add up sales", "channels.tasks.count_sales", 15, 45, True),
        ("Say that a worker is alive", "channels.tasks.beat_heart", 60, 180, True),
    ]
    app.loader.import_default_modules()
    assert {task for _, task, _ in ENTRIES} <= set(app.tasks)


def test_what_operators_changed_survives_another_migrate():
    slower = IntervalSchedule.objects.create(every=90, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(task__endswith="poll_due_accounts").update(interval=slower)
    PeriodicTask.objects.filter(task__endswith="dispatch_proofs").update(enabled=False)
    changed = schedule()

    call_command("migrate", verbosity=0, interactive=False)

    assert schedule() == changed
    every = [90, 5, 2, 60, 5, 5, 10, 60, 15, 5, 3600, 3600, 15, 60]
    assert [seconds for _, _, seconds, _, _ in changed] == every
    assert [enabled for *_, enabled in changed] == [True] * 6 + [False] + [True] * 7


def test_seeding_twice_adds_nothing_and_a_deleted_entry_comes_back():
    before = schedule()
    seed_schedule()
    assert schedule() == before
    assert IntervalSchedule.objects.filter(every=5).count() == 1

    PeriodicTask.objects.filter(name="Send shipment confirmations").delete()
    seed_schedule()
    assert sorted(schedule()) == sorted(before)


# The whole of it


@contextmanager
def running(*commands, **env):
    """Celery processes, stopped warmly at the end."""
    celery = (sys.executable, "-m", "celery", "-A", "sync_portal")
    started = [processes.start(*launched(*celery, *command)[1:], **env) for command in commands]
    try:
        yield
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=processes.PATIENCE_SECONDS)
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_an_order_travels_through_without_any_command(sandbox, broker):
    portal.connect(sandbox, history=True)
    (old,) = create_orders(sandbox, [9])
    sandbox.world.settings.plan = "unlimited"
    every_second = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.exclude(name__startswith="celery.").update(interval=every_second)
    SellerAccount.objects.update(poll_interval=1)
    worker = ("worker", "--concurrency", "1", "--without-gossip", "--without-mingle")
    beat = ("beat", "--pidfile=")

    with running(worker, beat, REDIS_URL=broker):
        order = sandbox.world.create_order("SE", Draft(lines=(Line(sku="KET-12", quantity=2),)))
        processes.wait_until(lambda: is_placed(order), "The import")
        processes.wait_until(lambda: is_placed(old), "The backfill")
        portal.ship(order.order_id, tracking="SE123")
        processes.wait_until(lambda: is_shipped(sandbox, order), "The confirmation")
        processes.wait_until(is_proven, "The proof")

    packages = sandbox.world.order(order.order_id).packages
    assert [(p.reference_id, p.tracking_number) for p in packages] == [("1", "SE123")]
    assert portal.order(order.order_id).is_completed


def is_placed(order):
    stored = portal.order(order.order_id)
    return stored is not None and stored.placement == "placed"


def is_shipped(sandbox, order):
    return sandbox.world.order(order.order_id).status is Status.SHIPPED


def is_proven():
    # The portal gives Amazon a quarter of a minute to show it; this one needs none.
    OutboxMessage.objects.filter(state=State.SENT).update(not_before=timezone.now())
    return not OutboxMessage.objects.exclude(state=State.PROVEN).exists()
