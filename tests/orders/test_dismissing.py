"""Giving up on a confirmation: with a reason, noted, not sent, not looked for, until sent again."""

import pytest
from django.utils import timezone

from channels.models import ChannelOrder, CommunicationError
from channels.sandbox import moves
from channels.services import delivery, proving
from orders.models import OrderNote, OutboxMessage
from orders.models.outbox import State
from orders.services import outbox
from orders.services.errors import CannotDismiss
from tests import factories, portal
from tests.channels.delivering import (
    calls,
    connected,
    message,
    open_errors,
    send,
    shipped_order,
)
from tests.orders.shipping import draft, line_of, notes_of, ship
from tests.snapshot import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


def shipped(**values):
    order = factories.placed_order()
    ship(order)
    OutboxMessage.objects.filter(package__order=order.commerce_order).update(**values)
    return order


@pytest.mark.parametrize("state", [State.PENDING, State.SENT, State.REFUSED])
def test_it_is_neither_sent_nor_looked_for_and_says_who_and_why(state):
    order = shipped(state=state, not_before=factories.NOW)
    assert outbox.dismiss([message().pk], reason="  sent by hand ", user="Kim") == 1
    gone = message()
    assert (gone.state, gone.dismissed_by, gone.dismiss_reason) == (state, "Kim", "sent by hand")
    now = timezone.now()
    assert (portal.due(now), portal.unproven(now)) == ([], [])
    assert outbox.claim_due([gone.pk], now=now) == []
    assert notes_of(order)[-1] == "Confirmation of package 1 dismissed: sent by hand"
    assert OrderNote.objects.latest("pk").user_name == "Kim"


@pytest.mark.parametrize(
    "values",
    [
        {"state": "proven", "proven_at": factories.NOW},
        {"state": "in_flight", "claim": "00000000-0000-4000-8000-000000000001",
         "claimed_at": factories.NOW},
        {"dismissed_at": factories.NOW, "dismiss_reason": "before", "dismissed_by": "Lee"},
    ],
)  # fmt: skip
def test_what_is_settled_or_being_sent_stays(values):
    shipped(**values)
    before = everything()
    assert outbox.dismiss([message().pk], reason="x") == 0
    assert everything() == before


@pytest.mark.parametrize(
    ("reason", "words"), [("  ", "needs a reason"), ("x" * 201, "longer than")]
)
def test_without_a_proper_reason_nothing_is_dismissed(reason, words):
    shipped(state="refused")
    before = everything()
    with pytest.raises(CannotDismiss, match=words):
        outbox.dismiss([message().pk], reason=reason)
    assert everything() == before


def test_many_at_once_and_twice_is_once():
    for _ in range(3):
        shipped(state="refused")
    pks = list(OutboxMessage.objects.values_list("pk", flat=True))
    assert outbox.dismiss(pks[:2], reason="x") == 2
    assert outbox.dismiss(pks, reason="y") == 1
    assert sorted(OutboxMessage.objects.values_list("dismiss_reason", flat=True)) == ["x", "x", "y"]


@pytest.mark.parametrize("state", [State.PENDING, State.SENT, State.REFUSED])
def test_sent_again_it_is_dismissed_no_longer(state):
    shipped(state=state, not_before=factories.NOW)
    outbox.dismiss([message().pk], reason="x", user="Kim")
    assert outbox.resend(message().pk, user="Kim") is True
    again = message()
    assert (again.state, again.dismissed_at) == (State.PENDING, None)
    assert (again.dismissed_by, again.dismiss_reason) == ("", "")
    assert portal.due(timezone.now()) == [again.pk]


def test_refused_and_dismissed_it_is_no_problem_any_more(amazon):
    order = shipped_order(amazon)
    amazon.world.change(order.order_id, moves.await_checks)
    portal.deliver()
    assert (message().state, len(open_errors())) == ("refused", 1)

    outbox.dismiss([message().pk], reason="x")

    assert open_errors() == []
    assert not portal.order(order.order_id).is_completed
    assert portal.order(order.order_id).proven_at is None


def test_the_error_stays_open_while_another_package_is_refused():
    order = factories.placed_order(items=[factories.item(), factories.item("CUP")])
    for sku in ("MUG", "CUP"):
        ship(order, draft(quantities={line_of(order, sku).pk: 1}))
    OutboxMessage.objects.update(state="refused")
    CommunicationError.objects.create(
        account=order.account,
        operation=delivery.CONFIRM,
        amazon_order_id=order.amazon_order_id,
        code="Refused",
        message="x",
        at=factories.NOW,
    )
    one, other = OutboxMessage.objects.values_list("pk", flat=True)
    outbox.dismiss([one], reason="x")
    assert len(open_errors()) == 1
    outbox.dismiss([other], reason="x")
    assert open_errors() == []


def test_an_order_with_a_dismissed_package_stays_shipped_until_amazon_shows_it(amazon):
    order = shipped_order(amazon)
    send()
    outbox.dismiss([message().pk], reason="x")
    portal.hurry()
    assert portal.unproven(timezone.now()) == []
    amazon.world.calls.clear()
    assert proving.prove(ChannelOrder.objects.get().pk) == 0
    assert calls(amazon) == {}  # it is not asked about
    assert not portal.order(order.order_id).is_completed

    portal.poll()  # and what a sweep brings counts
    assert proving.prove(ChannelOrder.objects.get().pk) == 1
    assert portal.order(order.order_id).is_completed
