"""What jobs do to orders, kind by kind, against the pretend Amazon."""

import pytest
from django.contrib.auth.models import Permission, User

from channels.models import BulkJob, ChannelOrder
from channels.sandbox.invent import Draft
from channels.sandbox.records import Status
from channels.services import bulk, quota
from channels.services.bulk_progress import job_state, seconds_left
from orders.models import CommerceOrder, OrderNote, OutboxMessage
from tests import factories, portal
from tests.channels.delivering import calls, connected
from tests.orders.shipping import notes_of

pytestmark = pytest.mark.django_db

HOLD = "orders.hold_commerceorder"
SHIP = "orders.ship_commerceorder"
SETTINGS = "channels.change_ordersettings"
COMMENT = "orders.comment_commerceorder"


@pytest.fixture
def eva():
    return User.objects.create_user("eva", is_staff=True)


def allow(user, *permissions):
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


def start(kind, user, orders, **params):
    rows = [bulk.NewRow(order.pk, order.amazon_order_id) for order in orders]
    return bulk.start(kind=kind, user=user, rows=rows, params=params)


def outcome(kind, user, *orders, **params):
    """State and message of each row after a turn."""
    job = start(kind, user, orders, **params)
    bulk.run(job.pk)
    return [(row.state, row.message) for row in job.rows.all()]


def stored(job):
    return BulkJob.objects.get(pk=job.pk)


# Hold, unhold, note


def test_holding_and_releasing(eva):
    allow(eva, HOLD)
    order, without = factories.placed_order(), factories.channel_order()
    held = outcome("hold", eva, order, without, reason="recount")
    assert held == [("done", "On hold."), ("refused", "It has no Commerce order.")]
    assert CommerceOrder.objects.get().state == "on_hold"
    assert notes_of(order)[-1] == "Put on hold: recount"

    assert outcome("unhold", eva, order) == [("done", "No longer on hold.")]
    assert CommerceOrder.objects.get().state == "pending"
    again = f"Order {order.commerce_order.number} is Pending: it is not on hold."
    assert outcome("unhold", eva, order) == [("refused", again)]


def test_a_note_goes_on_every_timeline_with_who_wrote_it(eva):
    allow(eva, COMMENT)
    orders = [factories.placed_order(), factories.channel_order()]
    text = "100 % <b>call</b> %(back)s"
    assert outcome("note", eva, *orders, text=text) == [("done", "Noted.")] * 2
    for order in orders:
        note = OrderNote.objects.filter(timeline=order.uid).first()
        assert (str(note), note.actor, note.user_name) == (f"Comment: {text}", "staff", "eva")


def test_an_order_that_is_gone_is_refused(eva):
    allow(eva, COMMENT)
    job = bulk.start(kind="note", user=eva, rows=[bulk.NewRow(None, "702-1")], params={"text": "x"})
    bulk.run(job.pk)
    assert job.rows.get().message == "There is no such order."


# Retry


def test_an_order_whose_cause_is_gone_gets_its_commerce_order(eva):
    allow(eva, SETTINGS)
    order = factories.channel_order(placement="held", hold_reason="unknown_sku")
    ((state, message),) = outcome("retry", eva, order)
    order = ChannelOrder.objects.select_related("commerce_order").get()
    assert (state, message) == (
        "done",
        f"Commerce order {order.commerce_order.number} created.",
    )


def test_an_order_that_is_still_held_says_why(eva):
    allow(eva, SETTINGS)
    factories.product("MUG", enabled=False)
    held = factories.channel_order(placement="held", hold_reason="unknown_sku", hold_detail="MUG")
    awaiting = factories.channel_order(status="pending")
    assert outcome("retry", eva, held, awaiting) == [
        ("refused", "Product disabled: MUG"),
        ("refused", "It waits for Amazon."),
    ]
    assert ChannelOrder.objects.get(placement="held").hold_reason == "product_disabled"


def refused_confirmation(**more):
    order = factories.placed_order()
    package = factories.package(order=order.commerce_order)
    factories.outbox_message(package=package, state="refused", last_error="no", **more)
    return order


def test_refused_confirmations_are_sent_again(eva):
    allow(eva, SHIP)
    order = refused_confirmation()
    assert outcome("retry", eva, order) == [("done", "1 confirmation will be sent again.")]
    assert OutboxMessage.objects.get().state == "pending"
    assert notes_of(order)[-1] == "Package 1 will be confirmed again."
    assert outcome("retry", eva, order) == [("done", "There is nothing to try again.")]


def test_what_was_dismissed_or_canceled_is_not_sent_again(eva):
    allow(eva, SHIP)
    dismissed = refused_confirmation(dismissed_at=factories.NOW, dismiss_reason="given up")
    canceled = refused_confirmation()
    ChannelOrder.objects.filter(pk=canceled.pk).update(status="canceled")
    assert outcome("retry", eva, dismissed, canceled) == [
        ("done", "There is nothing to try again."),
        ("refused", "Nothing of this order can be confirmed any more."),
    ]


def test_each_part_of_retrying_needs_its_own_permission(eva):
    shipped = refused_confirmation()
    held = factories.channel_order(placement="held", hold_reason="unknown_sku")
    no = ("refused", "eva may not do this.")
    allow(eva, SHIP)
    assert outcome("retry", eva, held) == [no]
    eva.user_permissions.clear()
    allow(eva, SETTINGS)
    assert outcome("retry", eva, shipped) == [no]
    assert OutboxMessage.objects.get().state == "refused"
    assert not ChannelOrder.objects.exclude(placement="placed").exclude(pk=held.pk).exists()


# Fetch


def amazon_orders(amazon, count):
    ids = [amazon.world.create_order("SE", Draft()).order_id for _ in range(count)]
    portal.poll()
    amazon.world.calls.clear()
    return [portal.order(order_id) for order_id in ids]


def test_orders_are_read_from_amazon_again(eva, sandbox):
    allow(eva, SHIP)
    amazon = connected(sandbox)
    same, changed, lost = amazon_orders(amazon, 3)
    amazon.world.move_to(changed.amazon_order_id, Status.CANCELLED)
    ChannelOrder.objects.filter(pk=lost.pk).update(amazon_order_id="702-0000000-0000000")
    (one, two, (state, message)) = outcome("fetch", eva, same, changed, lost)
    assert (one, two) == (("done", "Nothing new at Amazon."), ("done", "Changed."))
    assert portal.order(changed.amazon_order_id).status == "canceled"
    assert state == "refused"
    assert message.startswith("getOrder: ")


def test_without_quota_the_rest_waits_and_calls_are_left_to_people(eva, sandbox):
    allow(eva, SHIP)
    portal.connect(sandbox)
    orders = amazon_orders(sandbox, 30)
    job = start("fetch", eva, orders)
    bulk.run(job.pk)
    job = stored(job)
    assert (job.done, job.waiting) == (24, 6)
    assert calls(sandbox)["get"] == 24
    assert job_state(job)[0] == "waiting"
    assert job.detail == "Amazon's quota is used up for now. It goes on by itself."
    left = quota.look(orders[0].account, "getOrder", interactive=True).tokens
    assert left == pytest.approx(6, abs=1)
    assert seconds_left(job) == pytest.approx(12, abs=2)  # one call every two seconds

    portal.without_quota(sandbox)
    portal.hurry()
    bulk.run(job.pk, due_at=stored(job).due_at)
    assert stored(job).done == 30
    assert calls(sandbox)["get"] == 30


def test_a_429_in_the_middle_makes_the_rest_wait(eva, sandbox):
    allow(eva, SHIP)
    amazon = connected(sandbox)
    orders = amazon_orders(amazon, 3)
    amazon.world.faults.push("429", "get")
    job = start("fetch", eva, orders)
    bulk.run(job.pk)
    assert (stored(job).done, stored(job).waiting) == (0, 3)
    assert bulk.run(job.pk, due_at=stored(job).due_at) is None
    portal.hurry()
    portal.without_quota(sandbox)
    bulk.run(job.pk)
    assert stored(job).done == 3


def test_an_outage_refuses_the_rows_it_met_with_its_words(eva, sandbox):
    allow(eva, SHIP)
    amazon = connected(sandbox)
    one, two = amazon_orders(amazon, 2)
    amazon.world.faults.push("503", "get")
    (first, second) = outcome("fetch", eva, one, two)
    assert first[0] == "refused"
    assert "HTTP 503" in first[1]
    assert second == ("done", "Nothing new at Amazon.")


# How long


def test_how_long_it_takes_is_known_from_how_long_it_took(eva):
    allow(eva, COMMENT)
    job = start("note", eva, [factories.channel_order() for _ in range(3)], text="x")
    assert seconds_left(job) is None
    assert job_state(job) == ("waiting", "Queued")
    job.started_at, job.done = job.created_at - (factories.NOW - factories.PURCHASED), 1
    worked = (factories.NOW - factories.PURCHASED).total_seconds()
    assert seconds_left(job) == pytest.approx(2 * worked, rel=0.01)
    assert job_state(job) == ("running", "Running")
    bulk.run(job.pk)
    assert seconds_left(stored(job)) is None
    assert job_state(stored(job)) == ("done", "Finished")
