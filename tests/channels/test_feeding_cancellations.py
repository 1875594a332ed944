"""Cancellations as feeds: what is asked, what Amazon says, and what the request becomes."""

from uuid import uuid4

import pytest
from django.utils import timezone

from channels.amazon.feeds import Feeds
from channels.models import ChannelOrderItem, Feed, FeedEntry, SellerAccount
from channels.sandbox.invent import Draft
from channels.sandbox.records import Status
from channels.services import (
    cancelling,
    feed_cancellations,
    feed_results,
    feeding,
    quota,
    read_only,
)
from orders.models import Cancellation, CancellationItem
from tests import portal
from tests.channels.delivering import LINES, calls, connected, notes, open_errors
from tests.channels.feeding import check, out_of_patience

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


@pytest.fixture
def order(amazon):
    order = amazon.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    amazon.world.calls.clear()
    return order


def ask(order, *, reason="NoInventory", lines=None):
    """A request to cancel some lines of the order, or all."""
    commerce_order = portal.order(order.order_id).commerce_order
    cancellation = Cancellation.objects.create(order=commerce_order, reason=reason)
    chosen = list(commerce_order.lines.all())[:lines]
    CancellationItem.objects.bulk_create(
        CancellationItem(cancellation=cancellation, line=line) for line in chosen
    )
    return cancellation


def submit(*cancellations):
    Cancellation.objects.update(not_before=timezone.now())
    account = SellerAccount.objects.get().pk
    return feeding.submit_cancellations(account, [c.pk for c in cancellations])


def state(cancellation):
    row = Cancellation.objects.get(pk=cancellation.pk)
    return row.state, row.answer


def at_amazon(amazon, order):
    return amazon.world.order(order.order_id).status


def test_accepted_it_is_at_amazon(amazon, order):
    asked = ask(order, reason="BuyerCanceled")

    assert submit(asked) == 1

    assert state(asked) == ("accepted", "")
    feed = Feed.objects.get()
    assert (feed.feed_type, feed.state) == ("POST_ORDER_ACKNOWLEDGEMENT_DATA", "submitted")
    assert list(FeedEntry.objects.values_list("number", "cancellation_id")) == [(1, asked.pk)]
    assert check() == 1
    assert Feed.objects.get().state == "done"
    assert at_amazon(amazon, order) is Status.CANCELLED
    assert {i.cancel_reason for i in amazon.world.order(order.order_id).items} == {"BuyerCanceled"}
    assert submit(asked) == 0


def test_only_the_lines_asked_for_are_canceled(amazon, order):
    submit(ask(order, lines=1))
    check()
    assert [item.quantity for item in amazon.world.order(order.order_id).items] == [0, 1]


def test_a_person_does_not_wait_for_confirmations(amazon, order):
    account = SellerAccount.objects.get()
    quota.learn_rate(account, "createFeed", 1e-6)
    for _ in range(12):
        quota.take(account, "createFeed")
    with pytest.raises(quota.NoQuota):
        quota.take(account, "createFeed")
    Feed.objects.create(account=account, feed_type="POST_ORDER_ACKNOWLEDGEMENT_DATA")

    assert submit(ask(order)) == 1


def test_what_amazon_refuses_is_refused_with_its_words(amazon, order):
    amazon.world.move_to(order.order_id, Status.SHIPPED)
    asked = ask(order)
    submit(asked)
    check()

    words = "18077 The order is SHIPPED and cannot be canceled."
    assert state(asked) == ("refused", words)
    assert Feed.objects.get().messages_refused == 1
    assert notes(order)[-1] == f"Amazon refused to cancel: {words}"
    (error,) = open_errors()
    assert (error.amazon_order_id, error.message) == (order.order_id, words)


@pytest.mark.parametrize("spoil", ["reason", "shipped"])
def test_what_cannot_be_asked_is_refused_here(amazon, order, spoil):
    if spoil == "shipped":
        portal.ship(order.order_id)
    asked = ask(order, reason="Because" if spoil == "reason" else "NoInventory")

    assert submit(asked) == 0

    words = {
        "reason": "createFeed: 'Because' is not a reason to cancel",
        "shipped": "createFeed: nothing of it is left to cancel",
    }[spoil]
    assert state(asked) == ("refused", words)
    assert calls(amazon)["createFeed"] == Feed.objects.count() == 0


def test_lines_that_have_left_are_not_asked_for(amazon, order):
    portal.ship(order.order_id, quantities={order.items[0].order_item_id: 1})
    submit(ask(order))
    check()
    assert [item.cancelled_by for item in amazon.world.order(order.order_id).items] == [
        None,
        "MERCHANT",
    ]


@pytest.mark.parametrize(
    ("kind", "operation", "attempts"),
    [("503", "createFeedDocument", 1), ("429", "createFeed", 0), ("drop", "upload", 1)],
)
def test_what_did_not_go_is_asked_again(amazon, order, kind, operation, attempts):
    asked = ask(order)
    amazon.world.faults.push(kind, operation)
    assert submit(asked) == 0
    assert (state(asked)[0], Cancellation.objects.get().attempts) == ("requested", attempts)
    assert submit(asked) == 1
    check()
    assert at_amazon(amazon, order) is Status.CANCELLED


def test_nobody_knows_means_look_first(amazon, order):
    asked = ask(order)
    amazon.world.faults.push("lost_reply", "createFeed")
    submit(asked)
    waiting = Cancellation.objects.get()
    assert waiting.not_before >= timezone.now() + feed_cancellations.AFTER_UNKNOWN * 0.9
    amazon.world.faults.push("503", "get")
    assert submit(asked) == 0  # it cannot be read now: it waits
    assert state(asked)[0] == "requested"

    submit(asked)

    assert calls(amazon)["get"] == 2
    # What the order shows was imported before anything was asked again.
    assert portal.order(order.order_id).status == "canceled"


@pytest.mark.parametrize("kind", ["fatal", "cancelled", "lose_result"])
def test_a_feed_that_failed_is_settled_by_the_order_itself(amazon, order, kind):
    asked = ask(order)
    amazon.world.faults.push(kind, "createFeed")
    submit(asked)
    check()
    out_of_patience()
    check()

    assert Feed.objects.get().state == "failed"
    applied = kind == "lose_result"
    shown = portal.order(order.order_id).status
    assert shown == ("canceled" if applied else "unshipped")
    if not applied:
        assert state(asked) == ("refused", feed_cancellations.UNSETTLED)


def test_a_feed_that_failed_waits_until_the_order_can_be_read(amazon, order):
    asked = ask(order)
    amazon.world.faults.push("cancelled", "createFeed")
    amazon.world.faults.push("503", "get")
    submit(asked)
    assert check() == 0
    assert (Feed.objects.get().state, state(asked)[0]) == ("submitted", "accepted")
    assert check() == 1
    assert state(asked)[0] == "refused"


def canceled_feed(amazon, count):
    """Amazon canceled a feed of so many cancellations."""
    orders = [amazon.world.create_order("SE", Draft(lines=LINES)) for _ in range(count)]
    portal.poll()
    asked = [ask(order) for order in orders]
    amazon.world.faults.push("cancelled", "createFeed")
    assert submit(*asked) == count
    amazon.world.calls.clear()
    return asked


def test_what_was_read_back_is_not_read_again_when_the_quota_ends(amazon, monkeypatch):
    asked = canceled_feed(amazon, 5)
    take, taken = quota.take, []

    def two_at_a_time(account, operation, **more):
        if operation == "getOrder":
            taken.append(operation)
            if len(taken) % 3 == 0:
                raise quota.NoQuota(operation, 2.0)
        take(account, operation, **more)

    monkeypatch.setattr(quota, "take", two_at_a_time)

    assert [check() for _ in range(3)] == [0, 0, 1]

    assert [state(each)[0] for each in asked] == ["refused"] * 5
    assert calls(amazon)["get"] == 5


def test_an_order_that_cannot_be_read_keeps_nobody_waiting_for_long(amazon):
    first, *others = canceled_feed(amazon, 3)
    amazon.world.faults.push("empty", "get", status=404)

    assert check() == 0

    assert state(first)[0] == "accepted"
    assert {state(each) for each in others} == {("refused", feed_cancellations.UNSETTLED)}
    assert cancelling.unshown(timezone.now() + portal.LONG_AGO) == []
    Feed.objects.update(submitted_at=timezone.now() - feed_cancellations.READING_ENDS)
    amazon.world.faults.push("empty", "get", status=404)
    assert check() == 1
    assert (Feed.objects.get().state, state(first)[0]) == ("failed", "accepted")
    assert cancelling.unshown(timezone.now() + portal.LONG_AGO) == [first.pk]


def test_units_that_are_gone_already_are_canceled_not_refused(amazon, order):
    """What is stored of them shows it, and Amazon has nothing new to say."""
    asked = ask(order, lines=1)
    amazon.world.faults.push("lose_result", "createFeed")
    submit(asked)
    check()
    Cancellation.objects.update(state="done", finished_at=timezone.now())
    portal.poll()  # shows the units canceled while nobody is known to have asked
    assert set(ChannelOrderItem.objects.values_list("quantity_ordered", flat=True)) == {0, 1}
    Cancellation.objects.update(state="accepted", finished_at=None)
    out_of_patience()

    assert check() == 1

    assert (Feed.objects.get().state, state(asked)[0]) == ("failed", "done")


def test_what_a_dead_worker_held_is_given_back(amazon, order):
    asked = ask(order)
    asked.take("00000000-0000-0000-0000-000000000001", timezone.now())
    asked.save()
    assert feed_results.check_feeds() == 0
    assert state(asked)[0] == "in_flight"
    Cancellation.objects.update(claimed_at=timezone.now() - portal.LONG_AGO)
    feed_results.check_feeds()
    assert state(asked) == ("requested", "The worker that was sending this stopped half-way.")


def test_read_only_nothing_is_asked(amazon, order, monkeypatch):
    monkeypatch.setattr("channels.services.feeding.is_read_only", lambda: True)
    asked = ask(order)
    assert submit(asked) == 0
    assert (state(asked), calls(amazon)) == (("requested", ""), {})


def test_read_only_switched_on_meanwhile_nothing_is_submitted(amazon, order, monkeypatch):
    upload = Feeds.upload

    def switched_on_meanwhile(feeds, slot, content):
        upload(feeds, slot, content)
        read_only.switch_on(user="anna")

    monkeypatch.setattr(Feeds, "upload", switched_on_meanwhile)
    asked = ask(order)

    assert submit(asked) == 0

    assert calls(amazon) == {"createFeedDocument": 1, "upload": 1}
    assert state(asked) == ("requested", "Read-only mode was switched on.")
    row = Cancellation.objects.get()
    assert (row.attempts, row.claim, Feed.objects.count()) == (0, None, 0)
    assert row.not_before <= timezone.now()
    read_only.switch_off(user="anna")
    monkeypatch.setattr(Feeds, "upload", upload)
    assert submit(asked) == 1
    assert state(asked) == ("accepted", "")


def test_what_is_another_accounts_is_left_alone(amazon, order):
    asked = ask(order)
    other = SellerAccount.objects.get()
    other.pk, other.seller_id = None, "OTHER"
    other.uid = uuid4()
    other.save()
    assert feeding.submit_cancellations(other.pk, [asked.pk]) == 0
    assert state(asked)[0] == "requested"
