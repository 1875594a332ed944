"""Confirmations on their way to the pretend Amazon: what is tried, counted and refused."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import SellerAccount
from channels.sandbox import moves
from channels.sandbox.invent import Draft
from channels.sandbox.sellers import DEMO_EU
from channels.services import delivery, gateway, proving, quota
from channels.services.confirming import confirmation_of
from orders.models import OutboxMessage, Package
from orders.services import outbox
from tests import portal
from tests.channels.delivering import (
    LINES,
    calls,
    connected,
    message,
    notes,
    open_errors,
    send,
    shipped_order,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


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

    assert proving.prove_seen() == 1
    assert message().state == "proven"


@pytest.mark.parametrize("sent", [False, True])
def test_given_up_and_shown_by_amazon_all_the_same_it_is_proven(amazon, sent):
    order = shipped_order(amazon)
    if sent:
        send()
    else:
        in_seller_central = confirmation_of(message().package)
        gateway.client_for(SellerAccount.objects.get()).confirm_shipment(
            order.order_id, order.marketplace.marketplace_id, in_seller_central
        )
    assert outbox.dismiss([message().pk], reason="Confirmed by hand") == 1
    portal.poll()

    assert proving.prove_seen() == 1
    assert message().state == "proven"
    assert proving.prove_seen() == 0


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
