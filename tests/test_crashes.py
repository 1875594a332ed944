"""kill -9 in the middle of everything: what is found afterwards is as if nothing had happened."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone

from channels.models import Backfill, BulkJob, ChannelOrder, Report, SyncCursor, SyncRun
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from channels.services import backfilling, bulk, delivery
from customers.models import Customer
from orders.models import CommerceOrder, OrderNote, OutboxMessage, Product, Reservation
from tests import portal, processes
from tests.channels.fba import packages, told
from tests.channels.fba import shipped_order as shipped_by_amazon
from tests.channels.history import create_crowd, create_orders

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))
PAGE = 100
FOREVER = 600.0


@pytest.fixture
def amazon(sandbox):
    """The pretend Amazon with a connected store, quotas lifted."""
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=1000)
    portal.connect(sandbox, customer_creation="new")
    sandbox.world.settings.plan = "unlimited"
    return sandbox


def create_order(amazon, **draft):
    """Far behind the watermark: what a sweep leaves out is lost."""
    weeks_ago = amazon.world.clock.now() - timedelta(days=20)
    return amazon.world.create_order("SE", Draft(lines=LINES, **draft), at=weeks_ago)


def calls(amazon, operation):
    return sum(call.operation == operation for call in amazon.world.calls)


def killed_at(amazon, *command):
    """A command that Amazon keeps waiting, killed while it waits."""
    process = processes.start("manage.py", *command)
    try:
        processes.wait_until(lambda: not amazon.world.faults.waiting, "The call that stalls")
    finally:
        process.kill()
    assert process.wait() == -9


def dying(*command):
    """Run a command, killed at every statement in turn; how often that was."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.dying", *command],
        env=processes.environment(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)


def assert_placed_once(orders):
    """Each order has one Commerce order, one reservation and each note once."""
    numbers = sorted(order.order_id for order in orders)
    stored = ChannelOrder.objects.order_by("amazon_order_id")
    assert [order.amazon_order_id for order in stored] == numbers
    assert {order.placement for order in stored} == {"placed"}
    increments = sorted(CommerceOrder.objects.values_list("number", flat=True))
    assert increments == [f"{n:09d}" for n in range(1, len(orders) + 1)]
    by_merchant = sum(order.fulfilled_by != AMAZON for order in orders)
    assert Reservation.objects.filter(event="placed").count() == by_merchant
    assert Customer.objects.count() == by_merchant
    for order in stored:
        notes = list(OrderNote.objects.filter(timeline=order.uid).values_list("text", flat=True))
        assert len(notes) == len(set(notes))


# Sweeps


def test_killed_between_two_pages_it_goes_on_where_it_was(amazon):
    orders = [create_order(amazon) for _ in range(PAGE + 5)]
    amazon.world.faults.push("stall", "search")  # for no time at all: the first page is well
    amazon.world.faults.push("stall", "search", seconds=FOREVER)

    killed_at(amazon, "poll_orders", "--once")

    assert ChannelOrder.objects.count() == PAGE
    assert portal.poll() is None  # whoever was killed still has the lease
    portal.end_leases()
    run = portal.poll()
    assert (run.outcome, run.pages, run.seen, run.created) == ("complete", 1, 5, 5)
    cut_off = SyncRun.objects.order_by("id").first()
    assert (cut_off.outcome, cut_off.detail) == ("failed", "The worker stopped half-way.")
    assert_placed_once(orders)
    assert SyncCursor.objects.get().next_token == ""


def test_killed_at_every_statement_of_the_import(amazon):
    orders = [
        create_order(amazon),
        create_order(amazon),
        create_order(amazon, status=Status.SHIPPED, fulfilled_by=AMAZON),
    ]

    assert dying("poll_orders", "--once") > 25

    assert_placed_once(orders)
    assert SyncRun.objects.order_by("id").last().outcome == "complete"
    assert not SyncRun.objects.filter(outcome="running").exists()


# History


@pytest.fixture
def history(sandbox):
    """A store just connected, and an order in each of the three windows of its history."""
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=1000)
    portal.connect(sandbox, history=True, customer_creation="new")
    sandbox.world.settings.plan = "unlimited"
    return create_orders(sandbox, (1, 10, 25), lines=LINES)


def assert_history_is_in(orders):
    assert_placed_once(orders)
    backfill = Backfill.objects.get()
    assert backfill.finished_at is not None
    assert backfill.reached == backfill.since


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_killed_at_a_page_of_history_it_goes_on_there(sandbox, history, page):
    history += create_crowd(sandbox, PAGE, days_ago=9, lines=LINES)  # two pages, one window
    for _ in range(page):  # for no time at all: the sweep and the pages before are well
        sandbox.world.faults.push("stall", "search")
    sandbox.world.faults.push("stall", "search", seconds=FOREVER)

    killed_at(sandbox, "poll_orders", "--once")

    cut_off = Backfill.objects.get()
    assert (cut_off.pages, cut_off.seen) == (page - 1, ChannelOrder.objects.count())
    assert backfilling.read_backfill(cut_off.pk) is None  # whoever was killed still has the lease
    portal.end_leases()
    assert portal.backfill().pages == 4
    assert_history_is_in(history)


def test_killed_at_every_statement_of_a_backfill(sandbox, history):
    assert dying("poll_orders", "--once") > 35

    assert_history_is_in(history)


# Tracking numbers of FBA orders


def test_killed_at_every_statement_of_a_report(amazon):
    order = shipped_by_amazon(amazon)
    portal.poll()

    assert dying("fba_tracking") > 20  # each life a step further, until one had nothing to do

    assert (Report.objects.get().state, Report.objects.get().rows) == ("done", 2)
    assert packages(order) == told(order)
    notes = [note["text"] for note in portal.shown(order.order_id)["notes"]]
    assert len([text for text in notes if text.startswith("Amazon shipped")]) == 2
    assert not OutboxMessage.objects.exists()


# Confirmations


def shipped_order(amazon):
    order = create_order(amazon)
    portal.poll()
    kettle, mug = (item.order_item_id for item in order.items)
    portal.ship(order.order_id, tracking="SE1", quantities={kettle: 1})
    portal.ship(order.order_id, tracking="SE2", quantities={kettle: 1, mug: 1})
    return order


def assert_proven_once(amazon, order):
    """Amazon was told of each package once, has both, and the portal knows it."""
    packages = amazon.world.order(order.order_id).packages
    assert sorted((p.reference_id, p.tracking_number) for p in packages) == [
        ("1", "SE1"),
        ("2", "SE2"),
    ]
    assert calls(amazon, "confirm") == 2
    assert list(OutboxMessage.objects.values_list("state", flat=True)) == ["proven", "proven"]
    assert portal.order(order.order_id).is_completed
    notes = [note["text"] for note in portal.shown(order.order_id)["notes"]]
    for text in ("Amazon shows package 1.", "Amazon shows package 2."):
        assert notes.count(text) == 1
    assert notes.count("Amazon shows everything shipped.") == 1
    assert Reservation.objects.aggregate(balance=Sum("quantity")) == {"balance": 0}


def test_killed_while_amazon_does_not_answer_one_confirmation_and_lost_another(amazon):
    order = shipped_order(amazon)
    amazon.world.faults.push("lost_reply", "confirm")
    amazon.world.faults.push("stall", "confirm", seconds=FOREVER)

    killed_at(amazon, "deliver", "--until-idle")

    states = OutboxMessage.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["pending", "in_flight"]
    portal.deliver(rounds=2)  # what the dead worker holds is left alone
    states = OutboxMessage.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["proven", "in_flight"]
    portal.end_leases()
    assert delivery.release_stranded() == 1
    amazon.world.faults.clear()
    portal.deliver()
    assert_proven_once(amazon, order)


def test_killed_at_every_statement_of_the_delivery(amazon):
    order = shipped_order(amazon)

    assert dying("deliver") > 30

    assert_proven_once(amazon, order)


def test_killed_at_every_statement_of_the_proof(amazon):
    order = shipped_order(amazon)
    assert delivery.deliver(portal.due(timezone.now())) == 2

    assert dying("deliver") > 20

    assert_proven_once(amazon, order)


# Jobs


def job_of(kind, orders, **params):
    rows = [bulk.NewRow(order.pk, order.amazon_order_id) for order in orders]
    user = User.objects.create_superuser("eva")
    return bulk.start(kind=kind, user=user, rows=rows, params=params)


def assert_done(job):
    job = BulkJob.objects.get(pk=job.pk)
    assert (job.done, job.total, bool(job.finished_at)) == (3, 3, True)
    assert set(job.rows.values_list("state", flat=True)) == {"done"}


def stored_orders(amazon):
    """Three orders with Commerce orders."""
    ids = [create_order(amazon).order_id for _ in range(3)]
    portal.poll()
    return [portal.order(order_id) for order_id in ids]


def test_killed_at_every_statement_of_a_job_each_order_is_held_once(amazon):
    orders = stored_orders(amazon)
    job = job_of("hold", orders, reason="recount")

    assert dying("channels.services.bulk.run", str(job.pk)) > 15

    assert_done(job)
    assert set(CommerceOrder.objects.values_list("state", flat=True)) == {"on_hold"}
    assert OrderNote.objects.filter(text__startswith="Put on hold").count() == 3


def test_killed_at_every_statement_of_fetching_again(amazon):
    orders = stored_orders(amazon)
    amazon.world.move_to(orders[0].amazon_order_id, Status.CANCELLED)
    job = job_of("fetch", orders)

    assert dying("channels.services.bulk.run", str(job.pk)) > 20

    assert_done(job)
    assert portal.order(orders[0].amazon_order_id).status == "canceled"


def test_killed_while_amazon_does_not_answer_the_row_is_asked_for_again(amazon):
    orders = stored_orders(amazon)
    job = job_of("fetch", orders)
    amazon.world.faults.push("stall", "get")  # for no time at all: the first is well
    amazon.world.faults.push("stall", "get", seconds=FOREVER)

    run = f"from channels.services import bulk; bulk.run({job.pk})"
    killed_at(amazon, "shell", "-c", run)

    assert BulkJob.objects.get().done == 1
    assert bulk.run(job.pk) is None  # whoever was killed still has the lease
    portal.end_leases()
    bulk.run(job.pk)
    assert_done(job)
