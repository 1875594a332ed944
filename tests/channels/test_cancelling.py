"""Sending cancellations and asking about those that do not show."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from channels import tasks
from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.services import cancelling, feed_results, order_settings
from orders.models import Cancellation, CommerceOrder
from orders.services.cancellation import request_cancellation
from tests import factories, portal

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    order = sandbox.world.create_order("SE", Draft())
    portal.poll()
    return SimpleNamespace(world=sandbox.world, order_id=order.order_id)


def accepted(**values):
    """A cancellation that Amazon took, to be asked about now."""
    order = CommerceOrder.objects.get()
    now = timezone.now()
    values = {"not_before": now, "requested_at": now - timedelta(minutes=3), **values}
    return factories.cancellation(order=order, state="accepted", **values)


def stored():
    return Cancellation.objects.get()


def pause():
    """Until it is asked about again."""
    return stored().not_before - timezone.now()


# Sending


def test_what_is_due_is_known_by_account():
    now = timezone.now()
    one, other = (factories.placed_order() for _ in range(2))
    late = factories.placed_order(store=factories.amazon_store(account=one.account, country="DE"))
    early = factories.placed_order()
    first, second, third = (
        factories.cancellation(order=order.commerce_order) for order in (one, other, late)
    )
    factories.cancellation(order=early.commerce_order, not_before=now + timedelta(minutes=1))
    assert cancelling.due(now) == {
        one.account_id: [first.pk, third.pk],
        other.account_id: [second.pk],
    }


def test_what_amazon_shows_canceled_already_is_not_sent():
    """An import that ran at the same moment as the request could not know of it."""
    order = factories.placed_order()
    cancellation = request_cancellation(order_id=order.commerce_order_id, reason="NoInventory")
    ChannelOrder.objects.update(status="canceled")
    assert cancelling.send(order.account_id, [cancellation.pk]) == 0
    assert stored().state == "done"


# Asking about it


def test_nothing_is_asked_before_its_time(amazon):
    accepted(not_before=timezone.now() + timedelta(seconds=30))
    assert cancelling.unshown(timezone.now()) == []


@pytest.mark.parametrize("state", ["requested", "in_flight", "done", "refused", "withdrawn"])
def test_only_what_was_accepted_is_asked_about(amazon, state):
    factories.cancellation(order=CommerceOrder.objects.get(), state=state)
    assert cancelling.unshown(timezone.now()) == []


def test_when_amazon_shows_it_it_is_done(amazon):
    accepted()
    amazon.world.change(amazon.order_id, lambda o: moves.cancel(o, by="MERCHANT"))
    assert cancelling.look_at_unshown(timezone.now()) == 1
    assert (stored().state, CommerceOrder.objects.get().state) == ("done", "canceled")


def test_done_by_a_sweep_it_is_not_asked_about(amazon):
    accepted()
    amazon.world.change(amazon.order_id, lambda o: moves.cancel(o, by="MERCHANT"))
    portal.poll()
    assert stored().state == "done"
    assert cancelling.unshown(timezone.now()) == []


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(seconds=5), timedelta(minutes=1)),
        (timedelta(minutes=8), timedelta(minutes=8)),
        (timedelta(hours=9), timedelta(hours=9)),
        (timedelta(hours=47), timedelta(hours=47)),
    ],
)
def test_while_it_does_not_show_the_pauses_grow(amazon, waited, expected):
    accepted(requested_at=timezone.now() - waited)
    assert cancelling.look_at_unshown(timezone.now()) == 0
    assert stored().state == "accepted"
    assert expected - timedelta(seconds=5) < pause() < expected + timedelta(seconds=5)
    assert cancelling.unshown(timezone.now()) == []


def test_what_never_shows_is_given_up_and_the_order_can_be_shipped(amazon):
    accepted(requested_at=timezone.now() - timedelta(days=2, minutes=1))
    assert cancelling.look_at_unshown(timezone.now()) == 1
    told = "Amazon took the cancellation and does not show it: look in Seller Central."
    assert (stored().state, stored().answer) == ("refused", told)
    assert notes(amazon)[-1] == told
    portal.ship(amazon.order_id)


@pytest.mark.parametrize("fault", ["500", "drop", "429"])
def test_when_amazon_does_not_answer_it_is_asked_later(amazon, fault):
    accepted()
    amazon.world.faults.push(fault, "get")
    assert cancelling.look_at_unshown(timezone.now()) == 0
    assert stored().state == "accepted"
    assert timedelta(seconds=50) < pause() < timedelta(seconds=70)


def test_the_worker_asks_too(amazon):
    pk = accepted().pk
    amazon.world.change(amazon.order_id, lambda o: moves.cancel(o, by="MERCHANT"))
    tasks.look_at_cancellation(pk)
    assert stored().state == "done"


def test_the_worker_gets_over_a_silent_amazon(amazon):
    pk = accepted().pk
    amazon.world.faults.push("500", "get")
    tasks.look_at_cancellation(pk)
    assert stored().state == "accepted"


# The whole way: request, feed, report, proof


def ask(amazon, *item_ids):
    order = portal.order(amazon.order_id).commerce_order
    pks = [order.lines.get(channel_item_id=i).pk for i in item_ids] or None
    return request_cancellation(order_id=order.pk, reason="NoInventory", line_pks=pks)


def send():
    """Send what is due, as if it were; how many went out."""
    Cancellation.objects.filter(state="requested").update(not_before=timezone.now())
    return cancelling.send_due(timezone.now())


def go_on(rounds=8):
    """As beat does, waiting for nothing."""
    for _ in range(rounds):
        send()
        portal.hurry()
        feed_results.check_feeds()
        Cancellation.objects.filter(state="accepted").update(not_before=timezone.now())
        cancelling.look_at_unshown(timezone.now())


def feeds(amazon):
    return [call for call in amazon.world.calls if call.operation == "createFeed"]


def notes(amazon):
    return [note["text"] for note in portal.shown(amazon.order_id)["notes"]]


def test_from_the_request_to_canceled(amazon):
    cancellation = ask(amazon)
    assert send() == 1
    assert stored().state == "accepted"
    assert cancelling.unshown(timezone.now() + timedelta(hours=1)) == []  # the feed is open
    go_on(1)
    assert stored().state == "done"
    order = amazon.world.order(amazon.order_id)
    assert order.status == "CANCELLED"
    assert {(i.cancelled_by, i.cancel_reason) for i in order.items} == {("MERCHANT", "NoInventory")}
    assert CommerceOrder.objects.get().state == "canceled"
    assert cancellation.attempts == 0
    assert stored().attempts == 1
    assert notes(amazon)[-3:] == [
        "Canceled at Amazon.",
        "Commerce order 000000001 canceled; its stock is released.",
        "Amazon has canceled what it was asked to cancel.",
    ]


def test_one_line_of_two(amazon):
    order = amazon.world.create_order("SE", Draft(lines=(Line(sku="MUG"), Line(sku="CUP"))))
    portal.poll()
    amazon.order_id = order.order_id
    ask(amazon, order.items[1].order_item_id)
    go_on(1)
    assert stored().state == "done"
    assert [item.quantity for item in amazon.world.order(order.order_id).items] == [1, 0]
    linked = portal.order(order.order_id).commerce_order
    assert [line.quantity_canceled for line in linked.lines.all()] == [0, 1]
    assert linked.state == "pending"
    portal.ship(order.order_id)


def test_all_that_is_due_is_one_feed(amazon):
    for _ in range(3):
        amazon.world.create_order("SE", Draft())
    portal.poll()
    for order in CommerceOrder.objects.all():
        request_cancellation(order_id=order.pk, reason="NoInventory")
    go_on(1)
    assert len(feeds(amazon)) == 1
    assert set(Cancellation.objects.values_list("state", flat=True)) == {"done"}
    assert set(CommerceOrder.objects.values_list("state", flat=True)) == {"canceled"}


def test_amazons_no_is_shown_in_its_words(amazon):
    ask(amazon)
    amazon.world.change(amazon.order_id, moves.await_checks)  # it is Pending again
    go_on(1)
    assert stored().state == "refused"
    assert "The order is PENDING and cannot be canceled." in stored().answer
    assert any("Amazon refused to cancel: " in text for text in notes(amazon))
    assert CommerceOrder.objects.get().state == "pending"


def test_not_before_the_grace_period_is_over(amazon):
    order_settings.change(portal.order(amazon.order_id).store, {"grace_minutes": "5"})
    ask(amazon)
    assert cancelling.send_due(timezone.now()) == 0
    assert cancelling.send_due(timezone.now() + timedelta(minutes=6)) == 0  # others see no due one
    assert stored().state == "requested"
    assert feeds(amazon) == []


FAULTS = [
    (kind, operation)
    for operation in ("createFeedDocument", "upload", "createFeed", "getFeed", "download")
    for kind in ("429", "500", "drop", "lost_reply", "truncated", "html")
] + [("fatal", "createFeed"), ("cancelled", "createFeed"), ("doubled", "createFeed")]


TOLD = ("fatal", "cancelled", "doubled")  # nobody knows; of a feed processed twice it says no


@pytest.mark.parametrize(("fault", "operation"), FAULTS)
def test_whatever_goes_wrong_amazon_and_the_portal_end_up_agreed(amazon, fault, operation):
    ask(amazon)
    amazon.world.faults.push(fault, operation)
    go_on()
    portal.poll()
    canceled = amazon.world.order(amazon.order_id).status == "CANCELLED"
    assert CommerceOrder.objects.get().state == ("canceled" if canceled else "pending")
    if fault in TOLD:  # people are told, and ask again
        assert stored().state in ("done", "refused")
    else:
        assert (stored().state, canceled) == ("done", True)


def test_a_feed_that_amazon_forgets_is_asked_about_and_given_up(amazon):
    ask(amazon)
    amazon.world.faults.push("ignored", "createFeed")
    go_on(2)
    assert stored().state == "accepted"
    Cancellation.objects.update(requested_at=timezone.now() - timedelta(days=3))
    go_on(1)
    assert stored().state == "refused"
    ask(amazon)
    go_on(1)
    assert CommerceOrder.objects.get().state == "canceled"


def test_twice_at_the_same_moment_is_one_feed(amazon):
    pk = ask(amazon).pk
    account_id = portal.order(amazon.order_id).account_id
    assert [cancelling.send(account_id, [pk]) for _ in range(2)] == [1, 0]
    assert len(feeds(amazon)) == 1


def test_the_worker_sends_and_gets_over_a_silent_amazon(amazon):
    pk = ask(amazon).pk
    account_id = portal.order(amazon.order_id).account_id
    amazon.world.faults.push("500", "createFeedDocument")
    tasks.send_cancellations(account_id, [pk])
    assert stored().state == "requested"
    Cancellation.objects.update(not_before=timezone.now())
    tasks.send_cancellations(account_id, [pk])
    assert stored().state == "accepted"
