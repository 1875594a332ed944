"""Sending cancellations and asking about those that do not show."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from channels import tasks
from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.sandbox.invent import Draft
from channels.services import cancelling
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
        (timedelta(days=9), timedelta(days=1)),
    ],
)
def test_while_it_does_not_show_the_pauses_grow(amazon, waited, expected):
    accepted(requested_at=timezone.now() - waited)
    assert cancelling.look_at_unshown(timezone.now()) == 0
    assert stored().state == "accepted"
    assert expected - timedelta(seconds=5) < pause() < expected + timedelta(seconds=5)
    assert cancelling.unshown(timezone.now()) == []


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
