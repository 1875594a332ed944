"""Canceled on Amazon after import: what becomes of the Commerce order in each of its states."""

from dataclasses import replace

import pytest
from django.db.models import Sum
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services import delivery
from orders.models import CommerceOrder, OutboxMessage, Package, Product, Reservation
from orders.services import outbox
from orders.services.correcting import correct_package
from orders.services.errors import CannotShip
from orders.services.holding import hold_order
from orders.services.outbox import resend
from tests import factories, portal
from tests.channels.shop import UNSHIPPED, bring, shop, shown, texts

pytestmark = pytest.mark.django_db

FIRST = UNSHIPPED.item_id(0)  # two units
CANCELED = replace(UNSHIPPED, status="CANCELLED", minutes=60)
STOP_IT = "stop the parcel if you can."
REST = f"Commerce order 000000001: the rest is canceled. Part of it was shipped: {STOP_IT}"
CLOSED = "Commerce order 000000001 canceled; its stock is released."


def linked():
    return CommerceOrder.objects.get()


def ship(units=None):
    portal.ship(UNSHIPPED.amazon_order_id, quantities=units)


def hold():
    hold_order(order_id=linked().pk, reason="fraud?")


def processing():
    order = linked()
    order.start_processing()
    order.save()


def cancel_here():
    order = linked()
    order.cancel(timezone.now())
    order.save()


def close():
    ship()
    order = linked()
    order.close()
    order.save()


def ship_and_send():
    ship()
    OutboxMessage.objects.update(state="sent", sent_at=factories.NOW)


def ship_while_sending():
    ship()
    delivery.outbox.claim_due([OutboxMessage.objects.get().pk], now=timezone.now())


STATES = {
    # what happened before: (state afterwards, newest note, confirmation afterwards)
    "pending": ([], "canceled", CLOSED, None),
    "processing": ([processing], "canceled", CLOSED, None),
    "on hold": ([hold], "canceled", CLOSED, None),
    "processing and on hold": ([processing, hold], "canceled", CLOSED, None),
    "partly shipped": ([lambda: ship({FIRST: 1})], "complete", REST, "refused"),
    "partly shipped and on hold": ([lambda: ship({FIRST: 1}), hold], "complete", REST, "refused"),
    "complete, confirmation queued": ([ship], "complete", STOP_IT, "refused"),
    "complete, confirmation sent": ([ship_and_send], "complete", STOP_IT, "refused"),
    "complete, being confirmed": ([ship_while_sending], "complete", STOP_IT, "in_flight"),
    "canceled": ([cancel_here], "canceled", "Canceled at Amazon.", None),
    "closed": ([close], "closed", STOP_IT, "refused"),
}


@pytest.mark.parametrize("case", STATES)
def test_canceled_on_amazon(case):
    before, state, note, confirmation = STATES[case]
    factories.product("KETTLE", quantity=10)
    store = shop()
    bring(store, UNSHIPPED)
    for step in before:
        step()
    left = Product.objects.get(sku="KETTLE").quantity
    bring(store, CANCELED)

    order = linked()
    assert (order.state, order.status_id, order.state_before_hold) == (state, state, "")
    assert (order.completed_at is not None) == (state in ("complete", "closed"))
    assert (order.canceled_at is not None) == (state == "canceled")
    assert texts()[-1].endswith(note)
    if case != "canceled":  # whoever canceled it here closed its lines
        assert [line.quantity_left for line in order.lines.all()] == [0, 0]
        assert not Reservation.objects.aggregate(sum=Sum("quantity"))["sum"]
    assert Product.objects.get(sku="KETTLE").quantity == left
    messages = OutboxMessage.objects.values_list("state", flat=True)
    assert list(messages) == ([confirmation] if confirmation else [])
    assert shown()["status"] == "canceled"


@pytest.mark.parametrize("case", STATES)
def test_a_later_update_says_nothing_new(case):
    before, *_ = STATES[case]
    store = shop()
    bring(store, UNSHIPPED)
    for step in before:
        step()
    bring(store, CANCELED)
    told, order = texts(), CommerceOrder.objects.values().get()
    bring(store, replace(CANCELED, minutes=90))
    assert texts() == told
    assert CommerceOrder.objects.values().get() == order


def test_what_stopped_a_confirmation_is_its_answer_and_a_note():
    store = shop()
    bring(store, UNSHIPPED)
    ship()
    bring(store, CANCELED)
    message = OutboxMessage.objects.get()
    assert message.last_error == "Amazon canceled the order before it heard of this package."
    assert texts()[-2:] == [
        "Package 1 is not confirmed any more: Amazon has canceled.",
        f"Canceled at Amazon, but Commerce order 000000001 is Complete: {STOP_IT}",
    ]
    assert portal.due(timezone.now()) == []


def test_what_amazon_had_taken_is_stopped_in_other_words():
    store = shop()
    bring(store, UNSHIPPED)
    ship()
    OutboxMessage.objects.update(state="sent", sent_at=timezone.now())
    bring(store, CANCELED)
    message = OutboxMessage.objects.get()
    assert message.state == "refused"
    assert message.last_error == "Amazon canceled the order after it was told of this package."


def test_nothing_of_a_canceled_order_is_sent_again_or_corrected():
    store = shop()
    bring(store, UNSHIPPED)
    ship()
    bring(store, CANCELED)
    assert not resend(OutboxMessage.objects.get().pk)
    with pytest.raises(CannotShip, match="Amazon has canceled the order"):
        correct_package(
            package_id=Package.objects.get().pk, carrier_code="DSV", tracking_number="T2"
        )
    assert OutboxMessage.objects.get().state == "refused"


def test_what_a_worker_gives_back_of_a_canceled_order_is_not_sent():
    """It was being sent when Amazon canceled, and has to wait: its next turn ends it."""
    store = shop()
    bring(store, UNSHIPPED)
    ship()
    (message,) = outbox.claim_due([OutboxMessage.objects.get().pk], now=timezone.now())
    bring(store, CANCELED)
    claim = message.claim
    message.postpone(timezone.now(), "Not our turn.")
    assert outbox.record(message, was="in_flight", claim=claim)

    assert delivery.deliver([message.pk]) == 1
    message = OutboxMessage.objects.get()
    answer = "Amazon has canceled the order: nothing of it can be confirmed any more."
    assert (message.state, message.last_error) == ("refused", answer)


def test_an_order_that_amazon_shows_shipped_is_not_canceled():
    """It never happens by API (a refund does): Amazon's word is noted and nothing is undone.

    What Amazon counted as shipped was taken over before.
    """
    store = shop()
    bring(store, UNSHIPPED)
    bring(store, replace(UNSHIPPED, status="SHIPPED", minutes=30))
    bring(store, CANCELED)
    assert ChannelOrder.objects.get().status == "shipped"
    assert "Amazon's list says CANCELLED; the order stays Shipped here." in texts()
    assert linked().state == "complete"


@pytest.mark.parametrize("times", [1, 10])
def test_closing_costs_the_same_for_any_number_of_orders(times, django_assert_num_queries):
    store = shop()
    drafts = [
        replace(UNSHIPPED, number=n, email=f"buyer{n}@marketplace.amazon.se")
        for n in range(1, 2 * times + 1)
    ]
    bring(store, *drafts)
    for draft in drafts[::2]:
        portal.ship(draft.amazon_order_id)
    with django_assert_num_queries(18):
        bring(store, *(replace(draft, status="CANCELLED", minutes=60) for draft in drafts))
    assert CommerceOrder.objects.filter(state="canceled").count() == times
    assert OutboxMessage.objects.filter(state="refused").count() == times
