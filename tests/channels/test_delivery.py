"""Confirmations on their way to the pretend Amazon: what is tried, counted, said and proven."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from channels.amazon.errors import NotAuthorized, Unavailable
from channels.models import ChannelOrder, CommunicationError, SellerAccount
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.sellers import DEMO_EU
from channels.services import delivery, gateway, quota
from channels.services.confirming import confirmation_of
from orders.models import OutboxMessage, Package
from orders.services import outbox
from tests import portal
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))


@pytest.fixture
def amazon(sandbox):
    """The pretend Amazon with a connected store; nobody counts calls."""
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    return sandbox


def shipped_order(amazon, tracking="SE1", **more):
    """An order whose only package waits to be confirmed."""
    order = amazon.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    portal.ship(order.order_id, tracking=tracking, **more)
    amazon.world.calls.clear()
    return order


def message():
    return OutboxMessage.objects.get()


def send():
    """One round of sending, whatever has to wait."""
    portal.hurry()
    return delivery.deliver(delivery.due(timezone.now()))


def look():
    """One look for proof, whatever has to wait."""
    portal.hurry()
    return delivery.prove(ChannelOrder.objects.get().pk)


def calls(amazon):
    return Counter(call.operation for call in amazon.world.calls)


def notes(order):
    return [note["text"] for note in portal.shown(order.order_id)["notes"]]


def open_errors():
    return list(CommunicationError.objects.filter(resolved_at=None))


# What is tried, and what counts


def test_accepted_it_waits_for_proof(amazon):
    shipped_order(amazon)

    assert send() == 1

    sent = message()
    assert (sent.state, sent.attempts, sent.last_error, sent.claim) == ("sent", 1, "", None)
    assert sent.request_id == amazon.world.calls[-1].request_id
    assert sent.not_before > timezone.now()  # Amazon shows it seconds to minutes later
    assert send() == 0


@pytest.mark.parametrize(
    ("operation", "faults", "attempts", "confirms", "looks"),
    [
        ("confirm", [], 1, 1, 0),
        ("confirm", ["lost_reply"], 2, 1, 1),  # it had arrived: it is not sent again
        ("confirm", ["drop"], 2, 2, 1),
        ("confirm", ["stall"], 2, 1, 1),
        ("confirm", ["500", "503", "500"], 4, 4, 3),
        ("confirm", ["429", "429", "429"], 1, 4, 0),  # waiting our turn is not failing
        ("confirm", ["500", "429", "lost_reply"], 3, 3, 3),
        ("token", ["503", "html"], 3, 1, 0),  # nothing had been sent: nothing to look for
        ("token", ["429"], 1, 1, 0),
    ],
)
def test_what_is_tried(amazon, settings, operation, faults, attempts, confirms, looks):
    if "stall" in faults:
        settings.AMAZON_TIMEOUT = (1.0, 0.5)
    order = shipped_order(amazon)
    amazon.world.revoke(DEMO_EU.seller_id)  # 403, until there is a fresh token
    for kind in faults:
        amazon.world.faults.push(kind, operation, seconds=30.0)

    while message().state == "pending":
        send()

    assert message().attempts == attempts
    made = Counter(call.operation for call in amazon.world.calls if call.status != 403)
    assert (made["confirm"], made["get"]) == (confirms, looks)
    portal.deliver()
    assert message().state == "proven"
    assert [p.tracking_number for p in amazon.world.order(order.order_id).packages] == ["SE1"]


def test_waiting_for_quota_sends_nothing_and_counts_nothing(sandbox):
    portal.connect(sandbox)
    shipped_order(sandbox)
    quota.throttled(SellerAccount.objects.get(), delivery.CONFIRM)

    assert send() == 1

    assert calls(sandbox)["confirm"] == 0
    assert (message().state, message().attempts) == ("pending", 0)
    assert message().last_error == ("confirmShipment: Amazon's quota is used up; next call in 1 s.")


def test_a_missing_role_keeps_it_waiting_until_a_person_has_acted(amazon):
    shipped_order(amazon)
    amazon.world.add_seller(replace(DEMO_EU, orders_role=False))

    send()

    assert (message().state, message().attempts) == ("pending", 0)
    assert message().not_before > timezone.now() + timedelta(minutes=14)
    assert SellerAccount.objects.get().problem == message().last_error

    amazon.world.add_seller(DEMO_EU)
    portal.deliver()
    assert (message().state, message().attempts) == ("proven", 1)
    assert SellerAccount.objects.get().problem == ""


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 2), (2, 4), (3, 8), (9, 512), (10, 900), (1000, 900)],
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(attempts, seconds):
    pauses = [delivery.backoff(attempts).total_seconds() for _ in range(50)]
    assert seconds <= min(pauses) < max(pauses) <= 1.3 * seconds


# What Amazon refuses


def test_refused_it_is_shown_with_amazons_words_and_can_be_sent_again(amazon):
    order = shipped_order(amazon)
    amazon.world.change(order.order_id, moves.await_checks)

    portal.deliver()

    words = "HTTP 400 InvalidInput The order is PENDING and cannot be confirmed."
    refused = message()
    request_id = amazon.world.calls[-1].request_id
    assert (refused.state, refused.attempts) == ("refused", 1)
    assert refused.last_error == f"confirmShipment: {words} (request id {request_id})"
    assert refused.request_id == request_id
    assert calls(amazon)["confirm"] == 1
    assert notes(order)[-1] == f"Amazon refused package 1: {refused.last_error}"
    (error,) = open_errors()
    assert (error.operation, error.amazon_order_id) == ("confirmShipment", order.order_id)
    assert (error.message, error.request_id) == (refused.last_error, request_id)
    package = portal.shown(order.order_id)["commerce_order"]["packages"][0]
    assert package["confirmation"] == "refused"
    assert not portal.order(order.order_id).is_completed

    amazon.world.change(order.order_id, moves.verify)
    assert outbox.resend(refused.pk) is True
    portal.deliver()

    assert (message().state, message().last_error) == ("proven", "")
    assert portal.order(order.order_id).is_completed
    assert open_errors() == []
    assert outbox.resend(refused.pk) is False


def test_refused_and_then_confirmed_elsewhere_it_is_proven(amazon):
    order = shipped_order(amazon)
    amazon.world.change(order.order_id, moves.await_checks)
    send()
    assert message().state == "refused"

    amazon.world.change(order.order_id, moves.verify)
    in_seller_central = confirmation_of(message().package)
    gateway.client_for(SellerAccount.objects.get()).confirm_shipment(
        order.order_id, order.marketplace.marketplace_id, in_seller_central
    )
    portal.poll()

    assert look() == 1
    assert message().state == "proven"


def test_a_bug_of_ours_takes_only_its_own_message_down(amazon):
    order = amazon.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    kettle, mug = (item.order_item_id for item in order.items)
    portal.ship(order.order_id, tracking="SE1", quantities={kettle: 2})
    portal.ship(order.order_id, tracking="SE2", quantities={mug: 1})
    Package.objects.filter(tracking_number="SE1").update(shipped_at=None)

    portal.deliver()

    states = dict(OutboxMessage.objects.values_list("package__tracking_number", "state"))
    assert states == {"SE1": "refused", "SE2": "proven"}
    broken = OutboxMessage.objects.get(state="refused")
    assert broken.last_error == "The portal failed: AssertionError."


# Proof


def test_a_sweep_that_shows_the_package_proves_it_without_another_call(amazon):
    shipped_order(amazon)
    send()
    portal.poll()
    amazon.world.calls.clear()

    assert look() == 1

    assert message().state == "proven"
    assert calls(amazon) == {}


def test_not_shown_for_an_hour_it_is_sent_again_under_the_same_reference(amazon):
    order = shipped_order(amazon)
    amazon.world.settings.visibility_lag = 1800.0
    send()

    checks = []
    while message().state == "sent":
        assert look() == 0
        checks.append(message().checks)
    assert checks == [1, 2, 3, 4, 5, 6, 7, 0]
    assert message().state == "pending"

    amazon.world.clock.advance(1800)
    portal.deliver()
    assert calls(amazon)["confirm"] == 2
    assert [p.reference_id for p in amazon.world.order(order.order_id).packages] == ["1"]


def test_another_number_at_amazon_proves_nothing(amazon):
    order = shipped_order(amazon)
    send()

    def correct(before):
        return replace(
            before, packages=tuple(replace(p, tracking_number="SE9") for p in before.packages)
        )

    amazon.world.change(order.order_id, correct)
    assert look() == 0
    assert message().state == "sent"


@pytest.mark.parametrize("number", ["00 3735 se", "003735SE"])
def test_spaces_and_capitals_do_not_matter(amazon, number):
    order = shipped_order(amazon, tracking=number)
    send()

    def tidy(before):
        return replace(
            before, packages=tuple(replace(p, tracking_number="003735SE") for p in before.packages)
        )

    amazon.world.change(order.order_id, tidy)
    assert look() == 1


def test_amazons_own_spelling_of_the_carrier_does_not_matter(amazon):
    order = shipped_order(amazon, carrier="Other", carrier_name="Budbee")
    portal.deliver()
    assert amazon.world.order(order.order_id).packages[0].carrier == "Budbee"
    assert message().state == "proven"


def test_a_look_that_fails_is_tried_again_a_little_later(amazon):
    shipped_order(amazon)
    send()
    amazon.world.faults.push("503", "get")

    with pytest.raises(Unavailable):
        look()

    assert (message().state, message().checks) == ("sent", 0)
    assert message().not_before > timezone.now()
    assert look() == 1


def test_without_authorization_it_does_not_look_all_the_time(amazon):
    shipped_order(amazon)
    send()
    amazon.world.add_seller(replace(DEMO_EU, orders_role=False))

    with pytest.raises(NotAuthorized):
        look()

    assert message().not_before > timezone.now() + timedelta(minutes=14)


# Workers


def test_what_another_worker_holds_is_left_to_it(amazon):
    shipped_order(amazon)
    pk = message().pk
    (held,) = outbox.claim_due([pk], now=timezone.now())

    assert delivery.deliver([pk]) == 0
    assert delivery.release_stranded() == 0
    assert calls(amazon) == {}
    assert OutboxMessage.objects.get().claim == held.claim


def test_what_a_dead_worker_held_is_looked_for_before_it_is_sent_again(amazon):
    shipped_order(amazon)
    outbox.claim_due([message().pk], now=timezone.now())
    portal.end_leases()

    assert delivery.release_stranded() == 1
    assert message().last_error == "The worker that was sending this stopped half-way."
    send()

    assert [call.operation for call in amazon.world.calls] == ["get", "confirm"]
    assert (message().state, message().attempts) == ("sent", 2)


def test_slow_work_is_given_back_before_the_lease_ends(amazon, monkeypatch):
    shipped_order(amazon)
    monkeypatch.setattr(delivery, "ENOUGH_SECONDS", -1.0)

    assert send() == 1

    assert calls(amazon) == {}
    assert (message().state, message().attempts, message().claim) == ("pending", 0, None)


def test_a_database_that_is_ill_refuses_nothing(amazon):
    shipped_order(amazon)
    amazon.world.faults.push("lost_reply", "confirm")
    send()

    def ill(execute, sql, params, many, context):
        if "channels_channelorderitem" in sql:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ill), pytest.raises(OperationalError):
        send()

    assert message().state == "in_flight"
    portal.end_leases()
    delivery.release_stranded()
    portal.deliver()
    assert message().state == "proven"
    assert calls(amazon)["confirm"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_package_once(amazon):
    order = amazon.world.create_order("SE", Draft(lines=(Line(sku="KET-12", quantity=6),)))
    portal.poll()
    (kettle,) = (item.order_item_id for item in order.items)
    for number in range(6):
        portal.ship(order.order_id, tracking=f"SE{number}", quantities={kettle: 1})
    ids = delivery.due(timezone.now())

    taken = in_parallel([lambda: delivery.deliver(ids)] * 2)

    assert sum(taken) == 6
    assert calls(amazon)["confirm"] == 6


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lost_its_lease_does_not_write_over_the_next_one(amazon):
    shipped_order(amazon)
    ids = delivery.due(timezone.now())
    amazon.world.faults.push("stall", "confirm", seconds=20.0)

    def take_over():
        while amazon.world.faults.waiting:
            pass
        portal.end_leases()
        delivery.release_stranded()
        portal.deliver()
        proven = message()
        amazon.world.closing.set()  # only now the slow one gets its answer
        return proven

    slow, proven = in_parallel([lambda: delivery.deliver(ids), take_over])

    assert slow == 1
    assert proven.state == "proven"
    after = message()
    assert (after.state, after.proven_at, after.attempts) == ("proven", proven.proven_at, 2)
