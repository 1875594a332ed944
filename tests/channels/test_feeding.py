"""Feeds of confirmations to the pretend Amazon: what is written, sent and given back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.amazon.feeds import Feeds
from channels.models import CommunicationError, Feed, FeedEntry, SellerAccount
from channels.sandbox.sellers import DEMO_EU
from channels.services import delivery, dispatching, feeding, quota, read_only
from channels.services.confirming import confirmation_of
from channels.services.feed_confirmations import Confirmations
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OutboxMessage,
    Package,
    PackageItem,
    Shipment,
)
from orders.services import outbox
from tests import factories, portal
from tests.channels.delivering import calls, connected, notes, open_errors
from tests.channels.feeding import (
    check,
    packages,
    settle,
    shipped_orders,
    states,
    submit,
    the_feed,
)
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


def test_a_feed_carries_every_package_under_its_reference(amazon):
    orders = shipped_orders(amazon, 3)

    assert submit() == 3

    feed = the_feed()
    assert (feed.state, feed.messages_total, feed.claim) == ("submitted", 3, None)
    assert feed.feed_id in amazon.world.feeds
    assert calls(amazon) == {"createFeedDocument": 1, "upload": 1, "createFeed": 1}
    assert feed.request_id == amazon.world.calls[-1].request_id
    entries = FeedEntry.objects.values_list("number", "confirmation_id")
    assert list(entries) == list(enumerate(OutboxMessage.objects.values_list("pk", flat=True), 1))
    for message in OutboxMessage.objects.all():
        assert (message.state, message.way, message.attempts) == ("sent", "feed", 1)
        assert (message.sent_at, message.claim) == (feed.submitted_at, None)
        assert message.not_before > timezone.now() + timedelta(hours=1)

    assert check() == 1

    assert (the_feed().state, the_feed().messages_refused) == ("done", 0)
    assert packages(amazon) == [[("1", f"SE{n}")] for n in range(3)]
    look_at = OutboxMessage.objects.values_list("not_before", flat=True)
    assert max(look_at) < timezone.now() + timedelta(minutes=1)  # few: each is read by itself
    settle()
    assert states() == ["proven"] * 3
    assert all(portal.order(order.order_id).is_completed for order in orders)
    assert check() == 0


def test_what_a_feed_has_not_shown_yet_is_asked_for_again_later(amazon):
    amazon.world.settings.feed_seconds = 3600.0
    shipped_orders(amazon, 1)
    submit()

    pauses = []
    for _ in range(6):
        assert check() == 0
        pauses.append((the_feed().due_at - timezone.now()).total_seconds())

    assert [round(pause) for pause in pauses] == [5, 10, 20, 40, 60, 60]
    assert (the_feed().state, the_feed().checks, the_feed().claim) == ("submitted", 6, None)
    assert states() == ["sent"]


def test_one_feed_of_confirmations_at_a_time(amazon):
    amazon.world.settings.feed_seconds = 3600.0
    shipped_orders(amazon, 2)
    first, second = OutboxMessage.objects.values_list("pk", flat=True)
    assert submit([first]) == 1

    assert submit([second]) == 0

    assert states() == ["sent", "pending"]
    assert calls(amazon)["createFeed"] == Feed.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_submit_one_feed(amazon):
    shipped_orders(amazon, 4)
    portal.hurry()
    first, *rest = OutboxMessage.objects.values_list("pk", flat=True)
    account = SellerAccount.objects.get().pk

    taken = in_parallel(
        [lambda ids=ids: feeding.submit_confirmations(account, ids) for ids in ([first], rest)]
    )

    assert Feed.objects.count() == calls(amazon)["createFeed"] == 1
    assert sum(taken) == OutboxMessage.objects.filter(state="sent").count()
    assert set(states()) <= {"sent", "pending"}


def test_read_only_nothing_is_sent_and_everything_stays_due(amazon, monkeypatch):
    shipped_orders(amazon, 2)
    for module in ("feeding", "delivery", "dispatching"):
        monkeypatch.setattr(f"channels.services.{module}.is_read_only", lambda: True)

    assert submit() == 0
    assert list(dispatching.turns(timezone.now())) == []
    portal.deliver(rounds=1)

    assert (states(), calls(amazon)) == (["pending"] * 2, {})
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {0}


def test_read_only_switched_on_during_the_upload_nothing_is_submitted(amazon, monkeypatch):
    shipped_orders(amazon, 2)
    upload = Feeds.upload

    def switched_on_meanwhile(feeds, slot, content):
        upload(feeds, slot, content)
        read_only.switch_on(user="anna")

    monkeypatch.setattr(Feeds, "upload", switched_on_meanwhile)

    assert submit() == 0

    assert calls(amazon) == {"createFeedDocument": 1, "upload": 1}
    assert (states(), Feed.objects.count()) == (["pending"] * 2, 0)
    for message in OutboxMessage.objects.all():
        assert (message.attempts, message.claim, message.outcome_unknown) == (0, None, False)


def test_of_an_order_on_hold_nothing_is_sent(amazon):
    shipped_orders(amazon, 2)
    held = CommerceOrder.objects.order_by("pk")[0]
    CommerceOrder.objects.filter(pk=held.pk).update(state="on_hold", status_id="on_hold")

    assert submit(list(OutboxMessage.objects.values_list("pk", flat=True))) == 1
    portal.deliver(rounds=1)

    assert states() == ["pending", "proven"]
    CommerceOrder.objects.filter(pk=held.pk).update(state="complete", status_id="complete")
    settle()
    assert states() == ["proven"] * 2


def test_what_is_another_accounts_is_left_alone(amazon):
    shipped_orders(amazon, 1)
    other = SellerAccount.objects.create(
        region="na", seller_id="OTHER", endpoint=amazon.url, lwa_endpoint=amazon.url, credentials={}
    )
    ids = list(OutboxMessage.objects.values_list("pk", flat=True))
    assert feeding.submit_confirmations(other.pk, ids) == 0
    assert (states(), calls(amazon)) == (["pending"], {})


def test_a_package_that_cannot_be_said_is_refused_alone(amazon):
    orders = shipped_orders(amazon, 2)
    Package.objects.filter(tracking_number="SE0").update(tracking_number="SE\x020")

    assert submit() == 1

    assert states() == ["refused", "sent"]
    words = "ShipperTrackingNumber holds the character U+0002, which XML cannot say"
    assert OutboxMessage.objects.first().last_error == f"createFeed: {words}"
    assert notes(orders[0])[-1] == f"Amazon refused package 1: createFeed: {words}"
    assert the_feed().messages_total == 1
    check()
    assert packages(amazon) == [[], [("1", "SE1")]]


def test_what_does_not_fit_waits_for_the_next_feed(amazon, monkeypatch):
    shipped_orders(amazon, 3)
    monkeypatch.setattr("channels.amazon.feed_xml.MAX_BYTES", 1200)

    assert submit() == 2

    assert states() == ["sent", "sent", "pending"]
    assert OutboxMessage.objects.last().attempts == 0


def test_many_packages_are_sent_and_settled_with_few_statements(
    amazon, django_assert_max_num_queries
):
    shipped_orders(amazon, 40)
    portal.hurry()
    with django_assert_max_num_queries(35):
        assert submit() == 40
    with django_assert_max_num_queries(30):
        assert check() == 1
    with django_assert_max_num_queries(30):
        submit([])


def test_a_thousand_lines_and_more_are_read_at_once(db):
    """SQLite allows no more than a thousand ORs."""
    store = factories.amazon_store()
    order = factories.placed_order(store=store).commerce_order
    shipment = Shipment.objects.create(order=order, number=1, by="merchant")
    numbers = range(1, 1_101)
    lines = CommerceOrderLine.objects.bulk_create(
        CommerceOrderLine(order=order, channel_item_id=f"L{n}", quantity_ordered=1) for n in numbers
    )
    packages = Package.objects.bulk_create(
        Package(order=order, shipment=shipment, number=n, shipped_at=factories.NOW) for n in numbers
    )
    PackageItem.objects.bulk_create(
        PackageItem(package=package, line=line, quantity=1)
        for package, line in zip(packages, lines, strict=True)
    )
    outbox.enqueue("package.shipped", packages, not_before=factories.NOW)
    ids = list(OutboxMessage.objects.values_list("pk", flat=True))

    claimed = Confirmations().claim(store.account, ids, timezone.now())

    assert len(claimed) == 1_100
    assert confirmation_of(claimed[-1].package).items == (("L1100", 1),)


# What goes wrong on the way

# fault, operation -> state, attempts, outcome unknown, feeds kept, and whether Amazon has a feed
TROUBLE = [
    ("429", "createFeedDocument", "pending", 0, False, [], False),
    ("503", "createFeedDocument", "pending", 1, False, [], False),
    ("lost_reply", "createFeedDocument", "pending", 1, False, [], False),
    ("html", "createFeedDocument", "pending", 1, False, ["failed"], False),
    ("drop", "upload", "pending", 1, False, [], False),
    ("lost_reply", "upload", "pending", 1, False, [], False),
    ("500", "upload", "pending", 1, False, [], False),
    ("429", "createFeed", "pending", 0, False, [], False),
    ("503", "createFeed", "pending", 1, True, ["failed"], False),
    ("drop", "createFeed", "pending", 1, True, ["failed"], False),
    ("lost_reply", "createFeed", "pending", 1, True, ["failed"], True),
    ("truncated", "createFeed", "pending", 1, True, ["failed"], True),
    ("html", "createFeed", "pending", 1, True, ["failed"], False),
    ("empty", "createFeed", "pending", 1, True, ["failed"], False),
]


@pytest.mark.parametrize(
    ("kind", "operation", "state", "attempts", "unknown", "feeds", "has_it"), TROUBLE
)
def test_what_became_of_it_when_something_went_wrong(
    amazon, kind, operation, state, attempts, unknown, feeds, has_it
):
    shipped_orders(amazon, 2)
    amazon.world.faults.push(kind, operation)

    assert submit() == 0

    found = OutboxMessage.objects.values_list("state", "attempts", "outcome_unknown", "claim")
    assert list(found) == [(state, attempts, unknown, None)] * 2
    assert list(Feed.objects.values_list("state", flat=True)) == feeds
    assert bool(amazon.world.feeds) is has_it
    assert OutboxMessage.objects.first().last_error
    settle()
    assert states() == ["proven"] * 2
    assert packages(amazon) == [[("1", "SE0")], [("1", "SE1")]]


def test_nobody_knows_means_look_first(amazon):
    shipped_orders(amazon, 2)
    amazon.world.faults.push("lost_reply", "createFeed")
    submit()
    amazon.world.calls.clear()

    portal.deliver()  # Amazon has processed the feed of which we never heard

    assert states() == ["proven"] * 2
    assert calls(amazon)["confirm"] == calls(amazon)["createFeed"] == 0
    assert calls(amazon)["get"] == 2


def test_a_feed_that_amazon_refuses_leaves_its_packages_to_calls(amazon):
    shipped_orders(amazon, 2)
    amazon.world.faults.push("html", "createFeed", status=400)

    submit()

    feed = the_feed()
    assert (feed.state, feed.detail.split(" (")[0]) == ("failed", "createFeed: HTTP 400")
    (error,) = open_errors()
    assert (error.operation, error.code) == ("createFeed", "Rejected")
    (turn,) = dispatching.turns(timezone.now())
    assert (len(turn.calls), turn.feed) == (2, [])
    settle()
    assert states() == ["proven"] * 2
    assert calls(amazon)["confirm"] == 2


def test_without_authorization_it_waits_for_a_person(amazon):
    shipped_orders(amazon, 2)
    amazon.world.revoke(DEMO_EU.seller_id, consent=True)

    submit()

    assert states() == ["pending"] * 2
    waiting = OutboxMessage.objects.values_list("not_before", "attempts")
    assert all(until > timezone.now() + timedelta(minutes=14) for until, _ in waiting)
    assert {attempts for _, attempts in waiting} == {0}
    assert Feed.objects.count() == 0
    assert SellerAccount.objects.get().problem


def test_what_a_dead_worker_wrote_down_ends_failed_and_is_looked_for(amazon, monkeypatch):
    shipped_orders(amazon, 1)

    def die(*_args):
        raise SystemExit

    monkeypatch.setattr(feeding, "_send", die)
    with pytest.raises(SystemExit):
        submit()
    assert (the_feed().state, states()) == ("written", ["in_flight"])
    assert check() == 0  # its lease lasts

    portal.end_leases()
    assert check() == 1

    assert the_feed().detail == "The worker that was submitting it stopped half-way."
    portal.deliver(rounds=1)
    assert states() == ["in_flight"]
    assert delivery.release_stranded() == 1
    portal.deliver()
    assert states() == ["proven"]
    assert calls(amazon)["createFeed"] == 0


def test_a_worker_that_lost_its_lease_leaves_no_mark(amazon, monkeypatch):
    shipped_orders(amazon, 1)
    real = feeding._send

    def slowly(*arguments):
        answer = real(*arguments)
        portal.end_leases()
        delivery.release_stranded()
        check()
        return answer

    monkeypatch.setattr(feeding, "_send", slowly)
    submit()

    assert (the_feed().state, states()) == ("failed", ["pending"])
    assert OutboxMessage.objects.get().outcome_unknown is True
    portal.deliver()
    assert states() == ["proven"]
    assert packages(amazon) == [[("1", "SE0")]]


# Which way


def turn():
    (found,) = dispatching.turns(timezone.now())
    return len(found.calls), len(found.feed)


@pytest.fixture
def slow(amazon):
    """Amazon grants few confirmations: a feed is soon the faster way."""
    account = SellerAccount.objects.get()
    quota.learn_rate(account, "confirmShipment", 0.001)
    shipped_orders(amazon, 12)
    portal.hurry()
    return amazon


def test_calls_at_once_and_the_rest_as_a_feed(slow):
    assert turn() == (10, 2)


def test_what_a_feed_cannot_take_comes_first_by_call(slow):
    OutboxMessage.objects.filter(package__tracking_number="SE11").update(outcome_unknown=True)
    OutboxMessage.objects.filter(package__tracking_number="SE10").update(attempts=3)
    (found,) = dispatching.turns(timezone.now())
    first = OutboxMessage.objects.filter(pk__in=found.calls[:2])
    numbers = set(first.values_list("package__tracking_number", flat=True))
    assert (numbers, len(found.calls), len(found.feed)) == ({"SE10", "SE11"}, 10, 2)


@pytest.mark.parametrize("minutes", [0, 19])
def test_a_second_feed_waits_twenty_minutes_for_more_to_come(slow, minutes):
    now = timezone.now()
    Feed.objects.create(
        account=SellerAccount.objects.get(),
        feed_type="POST_ORDER_FULFILLMENT_DATA",
        state="done",
        created_at=now - timedelta(minutes=minutes),
    )
    assert turn() == (10, 0)
    Feed.objects.update(created_at=now - timedelta(minutes=20))
    assert turn() == (10, 2)


def test_a_package_whose_feed_is_still_open_is_not_overtaken(slow):
    """Its number was corrected: the feed with the old one would come after the call."""
    slow.world.settings.feed_seconds = 3600.0
    pk = OutboxMessage.objects.order_by("pk").first().pk
    submit([pk])
    message = OutboxMessage.objects.get(pk=pk)
    message.correct(timezone.now())
    message.save()

    (found,) = dispatching.turns(timezone.now())
    assert pk not in found.calls + found.feed

    slow.world.clock.advance(3600)
    check()
    (found,) = dispatching.turns(timezone.now())
    assert pk in found.calls


def test_it_learns_how_long_feeds_take(amazon):
    account = SellerAccount.objects.get()
    assert feeding.feed_seconds(account) == 600.0
    now = timezone.now()
    for seconds in (1, 40, 50, 900, 60, 45):
        Feed.objects.create(
            account=account,
            feed_type="POST_ORDER_FULFILLMENT_DATA",
            state="done",
            submitted_at=now,
            finished_at=now + timedelta(seconds=seconds),
        )
    assert feeding.feed_seconds(account) == 50.0


def test_looks_are_handed_out_as_far_as_calls_go(amazon):
    shipped_orders(amazon, 5)
    portal.deliver(rounds=1)
    OutboxMessage.objects.update(state="sent", sent_at=timezone.now(), proven_at=None)
    account = SellerAccount.objects.get()
    assert len(dispatching.looks(timezone.now())) == 5
    quota.learn_rate(account, "getOrder", 0.3)
    quota.throttled(account, "getOrder")
    assert len(dispatching.looks(timezone.now())) == 1
    assert CommunicationError.objects.count() == 0
