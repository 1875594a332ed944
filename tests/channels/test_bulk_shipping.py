"""Jobs that ship: a last look at each order, and one commit with the row's mark."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone, translation

from channels.models import BulkJob, SyncCursor
from channels.sandbox import moves
from channels.sandbox.records import Status
from channels.services import bulk
from channels.services.activation import set_active
from orders.models import OutboxMessage, Package
from orders.services.holding import hold_order, unhold_order
from tests import factories, portal
from tests.channels.bulk_shipping import (
    NUMBERS,
    counts,
    grow_old,
    packer,
    place,
    settled,
    shown_at,
    start,
)
from tests.channels.delivering import calls, connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


def never_swept():
    SyncCursor.objects.update(last_success_at=None)


def test_what_was_asked_for_is_what_amazon_shows(amazon):
    first, second = place(amazon)
    job = start(
        (first, NUMBERS[0], ("shipping_method", "MyPack")),
        (second, NUMBERS[1], ("item", "KET-12"), ("quantity", 1)),
        (second, NUMBERS[2], ("item", "KET-12"), ("quantity", 1)),
    )
    assert bulk.run(job.pk).finished_at
    assert settled(job) == [
        ("done", "Shipped: PostNord RR123456785SE."),
        ("done", "Shipped: PostNord UA000000014SE, PostNord RR000000031SE."),
    ]
    portal.deliver()
    assert shown_at(amazon, first) == [("PostNord", NUMBERS[0], 3)]
    assert shown_at(amazon, second) == [("PostNord", n, 1) for n in NUMBERS[1:]]
    assert amazon.world.order(first).status is Status.SHIPPED
    assert amazon.world.order(second).status is Status.PARTIALLY_SHIPPED
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"proven"}
    package = Package.objects.get(tracking_number=NUMBERS[0])
    assert (package.shipping_method, package.shipment.created_by) == ("MyPack", job.created_by)


def test_each_order_is_read_again_before_it_is_shipped(amazon):
    ids = place(amazon)
    grow_old()
    bulk.run(start(*zip(ids, NUMBERS, strict=False)).pk)
    assert calls(amazon)["get"] == 2


def test_a_buyer_who_asks_to_cancel_in_the_middle_stops_that_order_only(amazon, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0)
    ids = place(amazon, 3)
    job = start(*zip(ids, NUMBERS, strict=True))
    bulk.run(job.pk)
    grow_old()
    amazon.world.change(ids[1], lambda o: moves.request_cancel(o, reason="Too late"))
    for _ in range(3):
        bulk.run(job.pk)
    number = portal.order(ids[1]).commerce_order.number
    assert [state for state, _message in settled(job)] == ["done", "refused", "done"]
    assert settled(job)[1][1] == (
        f"The buyer of order {number} asked to cancel it: ship it only by decision."
    )
    portal.deliver()
    assert [len(shown_at(amazon, order_id)) for order_id in ids] == [1, 0, 1]


def test_an_order_canceled_meanwhile_is_not_shipped(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    grow_old()
    amazon.world.change(order_id, lambda o: moves.cancel(o, by="BUYER", reason="x"))
    bulk.run(job.pk)
    ((state, message),) = settled(job)
    assert (state, message.partition(" was ")[2]) == (
        "refused", "canceled meanwhile: do not ship it.",
    )  # fmt: skip
    assert not Package.objects.exists()


def test_an_order_that_somebody_else_shipped_from_meanwhile_is_left_alone(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    item = amazon.world.order(order_id).items[0].order_item_id
    portal.ship(order_id, tracking=NUMBERS[1], quantities={item: 1})
    bulk.run(job.pk)
    ((state, message),) = settled(job)
    assert (state, message.endswith("look at its packages first.")) == ("refused", True)
    assert Package.objects.get().tracking_number == NUMBERS[1]


def test_an_order_on_hold_meanwhile_is_refused_and_can_be_tried_again(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    order = portal.order(order_id).commerce_order
    hold_order(order_id=order.pk, reason="recount")
    bulk.run(job.pk)
    assert settled(job) == [("refused", f"Order {order.number} is On Hold: it cannot be shipped.")]
    assert calls(amazon) == {}


def test_a_doubtful_number_needs_somebodys_word(amazon):
    (order_id,) = place(amazon, 1)
    assert [row.payload["anyway"] for row in start((order_id, "SE1")).rows.all()] == [True]
    job = start((order_id, "SE1"))
    row = job.rows.get()
    row.payload = {**row.payload, "anyway": False}
    row.save()
    bulk.run(job.pk)
    assert settled(job) == [("refused", "SE1 does not look like a tracking number of PostNord.")]


def test_an_amazon_that_does_not_answer_stops_nobody(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    grow_old()
    amazon.world.faults.push("500", "get")
    bulk.run(job.pk)
    ((state, message),) = settled(job)
    assert state == "done"
    assert "Amazon could not be asked about it just before: getOrder" in message
    assert "Shipped without a last look at Amazon" in portal.shown(order_id)["notes"][-1]["text"]


def test_without_quota_a_recent_sweep_counts(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    grow_old()
    amazon.world.faults.push("429", "get")
    bulk.run(job.pk)
    assert settled(job) == [("done", f"Shipped: PostNord {NUMBERS[0]}.")]


def test_a_sweep_that_left_the_orders_store_out_is_no_look(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    grow_old()
    store = portal.order(order_id).store
    factories.amazon_store(account=store.account, country="DE")  # which is swept on
    set_active(store.pk, active=False)
    amazon.world.faults.push("429", "get")
    assert bulk.run(job.pk).finished_at is None
    assert not Package.objects.exists()


def test_why_there_was_no_look_is_said_in_the_language_of_the_reader(amazon):
    (order_id,) = place(amazon, 1)
    with translation.override("sv"):
        job = start((order_id, NUMBERS[0]))
    grow_old()
    amazon.world.faults.push("malformed_order", "get")
    bulk.run(job.pk)
    ((_state, message),) = settled(job)
    assert message.endswith("just before: Amazon's answer could not be read.")
    with translation.override("sv"):
        ((_state, message),) = settled(job)
    assert message.startswith("Skickad: ")
    assert message.endswith("strax innan: Amazons svar kunde inte läsas.")


def test_without_quota_and_a_recent_sweep_the_job_waits_and_then_ships_once(amazon):
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    grow_old()
    never_swept()
    amazon.world.faults.push("429", "get")
    waiting = bulk.run(job.pk)
    assert (waiting.finished_at, waiting.detail.partition(" is")[0]) == (None, "Amazon's quota")
    assert not Package.objects.exists()
    BulkJob.objects.update(due_at=timezone.now())
    bulk.run(job.pk)
    assert counts(job) == {"done": 1}
    assert Package.objects.count() == 1


def test_a_permission_that_was_taken_away_stops_the_rest(amazon):
    (order_id,) = place(amazon, 1)
    user = packer()
    job = start((order_id, NUMBERS[0]), user=user)
    user.user_permissions.clear()
    bulk.run(job.pk)
    assert counts(job) == {"stopped": 1}
    assert not Package.objects.exists()


def test_what_was_refused_ships_once_when_it_is_tried_again(amazon):
    first, second = place(amazon)
    job = start((first, NUMBERS[0]), (second, NUMBERS[1]))
    order = portal.order(second).commerce_order
    hold_order(order_id=order.pk, reason="recount")
    bulk.run(job.pk)
    assert counts(job) == {"done": 1, "refused": 1}
    unhold_order(order_id=order.pk)
    again = bulk.again(BulkJob.objects.get(pk=job.pk), user=job.created_by)
    bulk.run(again.pk)
    assert settled(again) == [("done", f"Shipped: PostNord {NUMBERS[1]}.")]
    assert Package.objects.count() == 2


# A worker that dies


class Died(BaseException):
    """The process is gone: nothing it was doing goes on."""


class Mortal:
    """Dies before the first statement at which nobody died yet; a dead process runs no more."""

    def __init__(self, graves):
        self.graves, self.made, self.dead = graves, Counter(), False

    def __call__(self, execute, sql, params, many, context):
        if "SAVEPOINT" in sql:  # their names differ; and a lost connection rolls back by itself
            return execute(sql, params, many, context)
        self.made[sql] += 1
        here = (self.made[sql], sql)
        if self.dead or here not in self.graves:
            self.graves.add(here)
            self.dead = True
            raise Died
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_at_any_statement_ships_once(sandbox):
    amazon = connected(sandbox)
    (order_id,) = place(amazon, 1)
    job = start((order_id, NUMBERS[0]))
    graves, deaths = set(), 0
    while True:
        BulkJob.objects.update(claimed_until=None)
        try:
            with connection.execute_wrapper(Mortal(graves)):
                bulk.run(job.pk)
        except Died:
            deaths += 1
            shipped, marked = Package.objects.count(), job.rows.filter(state="done").count()
            assert shipped == marked <= 1
            continue
        break
    assert deaths > 40
    assert counts(job) == {"done": 1}
    portal.deliver()
    assert shown_at(amazon, order_id) == [("PostNord", NUMBERS[0], 3)]
