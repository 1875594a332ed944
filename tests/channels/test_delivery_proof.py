"""What proves that Amazon has a package, and workers that come in each other's way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from channels.amazon.errors import NotAuthorized, Unavailable
from channels.sandbox.invent import Draft, Line
from channels.sandbox.sellers import DEMO_EU
from channels.services import delivery
from orders.models import OutboxMessage
from orders.services import outbox
from tests import portal
from tests.channels.delivering import (
    calls,
    connected,
    look,
    message,
    send,
    shipped_order,
)
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


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
    ids = portal.due(timezone.now())

    taken = in_parallel([lambda: delivery.deliver(ids)] * 2)

    assert sum(taken) == 6
    assert calls(amazon)["confirm"] == 6


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lost_its_lease_does_not_write_over_the_next_one(amazon):
    shipped_order(amazon)
    ids = portal.due(timezone.now())
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
