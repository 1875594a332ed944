"""Asking to cancel: what is written, what is refused with nothing written, and taking it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services.cancel_rules import REASONS
from orders.models import Cancellation, CommerceOrder
from orders.services.cancellation import (
    finish,
    record,
    refuse,
    request_cancellation,
    withdraw_cancellation,
)
from orders.services.errors import CannotCancel, CannotShip
from orders.services.holding import hold_order
from tests import factories
from tests.factories import NOW, item
from tests.orders.shipping import draft, line_of, notes_of, ship
from tests.snapshot import everything

pytestmark = pytest.mark.django_db

S = ChannelOrder.Status
O = CommerceOrder.State  # noqa: E741


def two_lines(**overrides):
    return factories.placed_order(items=[item("MUG", quantity=2), item("CUP")], **overrides)


def ask(order, reason="NoInventory", **more):
    return request_cancellation(order_id=order.commerce_order_id, reason=reason, **more)


def stored(cancellation):
    return Cancellation.objects.get(pk=cancellation.pk)


def assert_refused(order, told, **asked):
    before = everything()
    with pytest.raises(CannotCancel) as refusal:
        ask(order, **asked)
    assert told in str(refusal.value)
    assert everything() == before


# Asking


def test_a_whole_order_is_one_row_with_its_lines_and_a_note():
    order = two_lines()
    started = timezone.now()
    cancellation = stored(ask(order, user="anna"))

    assert (cancellation.state, cancellation.reason) == ("requested", "NoInventory")
    assert (cancellation.whole_order, cancellation.requested_by) == (True, "anna")
    assert started <= cancellation.requested_at == cancellation.not_before <= timezone.now()
    assert [i.line.sku for i in cancellation.items.all()] == ["MUG", "CUP"]
    assert notes_of(order)[-1] == "Cancellation of the order requested: NoInventory."
    assert CommerceOrder.objects.get().state == "pending"  # only the channel cancels


def test_single_lines():
    order = two_lines()
    cancellation = stored(ask(order, line_pks=[line_of(order, "CUP").pk]))
    assert cancellation.whole_order is False
    assert [i.line.sku for i in cancellation.items.all()] == ["CUP"]
    assert notes_of(order)[-1] == "Cancellation of 1 × CUP requested: NoInventory."


def test_all_lines_one_by_one_are_the_whole_order():
    order = two_lines()
    pks = [line_of(order, sku).pk for sku in ("CUP", "MUG")]
    assert stored(ask(order, line_pks=pks)).whole_order is True


def test_what_is_left_after_a_line_was_canceled_is_the_whole_order():
    order = two_lines()
    order.commerce_order.lines.filter(sku="CUP").update(quantity_canceled=1)
    cancellation = stored(ask(order))
    assert cancellation.whole_order is True
    assert [i.line.sku for i in cancellation.items.all()] == ["MUG"]


def test_it_waits_for_the_stores_grace_period():
    order = factories.placed_order(store=factories.amazon_store(grace_minutes=30))
    cancellation = stored(ask(order))
    assert cancellation.not_before - cancellation.requested_at == timedelta(minutes=30)
    assert list(Cancellation.objects.due(timezone.now())) == []
    assert list(Cancellation.objects.due(timezone.now() + timedelta(minutes=31))) == [cancellation]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_amazon_is_taken(reason):
    assert stored(ask(factories.placed_order(), reason)).reason == reason


@pytest.mark.parametrize("held", [False, True])
def test_an_order_on_hold_can_be_canceled_too(held):
    order = factories.placed_order()
    if held:
        hold_order(order_id=order.commerce_order_id, reason="fraud?")
    assert stored(ask(order)).state == "requested"


def test_after_one_that_came_to_nothing_it_can_be_asked_again():
    order = factories.placed_order()
    first = ask(order)
    withdraw_cancellation(cancellation_id=first.pk)
    second = ask(order)
    refuse([second], "shipped", now=NOW)
    ask(order)
    assert sorted(Cancellation.objects.values_list("state", flat=True)) == [
        "refused",
        "requested",
        "withdrawn",
    ]


# Refusing


@pytest.mark.parametrize("reason", ["", "noinventory", "NO_INVENTORY", "Because"])
def test_a_reason_that_is_not_amazons_is_refused(reason):
    told = f"{reason!r} is not a reason to cancel. Reasons: NoInventory, PricingError,"
    assert_refused(factories.placed_order(), told, reason=reason)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (S.PENDING, "is pending at Amazon: cancel it in Seller Central."),
        (S.PENDING_AVAILABILITY, "is pending availability at Amazon: cancel it in Seller Central."),
        (S.PARTIALLY_SHIPPED, "is partially shipped at Amazon: cancel it in Seller Central."),
        (S.SHIPPED, "is shipped at Amazon: cancel it in Seller Central."),
        (S.CANCELED, "is canceled at Amazon already."),
        (S.UNFULFILLABLE, "is unfulfillable at Amazon: cancel it in Seller Central."),
        (S.UNKNOWN, "is unknown at Amazon: cancel it in Seller Central."),
    ],
)
def test_what_is_not_unshipped_at_amazon_is_refused(status, told):
    order = factories.placed_order()
    ChannelOrder.objects.update(status=status)
    assert_refused(order, f"Order {order.amazon_order_id} {told}")


def test_what_amazon_fulfills_is_refused():
    order = factories.placed_order()
    ChannelOrder.objects.update(fulfilled_by="amazon")
    assert_refused(order, "is fulfilled by Amazon: cancel it in Seller Central.")


@pytest.mark.parametrize("state", [O.COMPLETE, O.CANCELED, O.CLOSED])
def test_an_order_that_is_not_open_is_refused(state):
    order = factories.placed_order()
    CommerceOrder.objects.update(state=state, completed_at=NOW)
    told = f"is {state.label}: it cannot be canceled."
    assert_refused(order, f"Order {order.commerce_order.number} {told}")


def test_lines_of_which_something_was_shipped_are_refused():
    order = two_lines()
    mug = line_of(order)
    ship(order, draft(quantities={mug.pk: 1}))
    ChannelOrder.objects.update(status=S.UNSHIPPED)  # as if the channel did not mind
    assert_refused(order, "2 × MUG: shipped already, it cannot be canceled.")
    assert_refused(order, "2 × MUG: shipped already", line_pks=[mug.pk])
    assert stored(ask(order, line_pks=[line_of(order, "CUP").pk])).whole_order is False


def test_lines_that_are_canceled_already_are_refused():
    order = two_lines()
    cup = line_of(order, "CUP")
    order.commerce_order.lines.filter(pk=cup.pk).update(quantity_canceled=1)
    assert_refused(order, "1 × CUP: canceled already.", line_pks=[cup.pk])


def test_no_line_and_lines_of_another_order_are_refused():
    order, other = two_lines(), two_lines()
    assert_refused(order, "Choose at least one item to cancel.", line_pks=[])
    pks = [line_of(order, "CUP").pk, line_of(other, "CUP").pk]
    assert_refused(order, "has no such item.", line_pks=pks)


@pytest.mark.parametrize("state", ["requested", "in_flight", "accepted"])
def test_a_second_one_is_refused_while_one_is_open(state):
    order = two_lines()
    factories.cancellation(order=order.commerce_order, state=state)
    assert_refused(order, f"Order {order.commerce_order.number} is being canceled already.")
    assert_refused(order, "is being canceled already", line_pks=[line_of(order, "CUP").pk])


# Not shipping


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("requested", "is to be canceled: take the cancellation back before you ship."),
        ("in_flight", "is being canceled: wait for the answer of the sales channel."),
        ("accepted", "is being canceled: wait for the answer of the sales channel."),
    ],
)
def test_an_order_that_is_being_canceled_is_not_shipped(state, told):
    order = two_lines()
    factories.cancellation(order=order.commerce_order, state=state)
    before = everything()
    with pytest.raises(CannotShip) as refusal:
        ship(order)
    assert str(refusal.value) == f"Order {order.commerce_order.number} {told}"
    assert everything() == before


@pytest.mark.parametrize("state", ["done", "refused", "withdrawn"])
def test_what_came_of_a_cancellation_does_not_keep_the_rest_from_being_shipped(state):
    order = two_lines()
    factories.cancellation(order=order.commerce_order, state=state)
    ship(order)
    assert CommerceOrder.objects.get().state == "complete"


# Taking it back


def test_it_can_be_taken_back_before_it_is_sent():
    order = two_lines()
    cancellation = withdraw_cancellation(cancellation_id=ask(order).pk, user="anna")
    assert (stored(cancellation).state, stored(cancellation).finished_at is None) == (
        "withdrawn",
        False,
    )
    assert notes_of(order)[-1] == "The cancellation was taken back before it was sent."
    ship(order)


@pytest.mark.parametrize("state", ["in_flight", "accepted", "done", "refused", "withdrawn"])
def test_it_cannot_be_taken_back_any_more(state):
    order = two_lines()
    cancellation = factories.cancellation(order=order.commerce_order, state=state)
    before = everything()
    with pytest.raises(CannotCancel) as refusal:
        withdraw_cancellation(cancellation_id=cancellation.pk)
    number = order.commerce_order.number
    assert str(refusal.value) == (
        f"The cancellation of order {number} cannot be taken back any more."
    )
    assert everything() == before


# Recording


def test_of_two_twins_one_is_recorded():
    cancellation = factories.cancellation()
    one, other = stored(cancellation), stored(cancellation)
    one.withdraw(NOW)
    other.take("00000000-0000-4000-8000-000000000001", NOW)
    assert record(one, was="requested")
    assert not record(other, was="requested")
    assert (stored(cancellation).state, stored(cancellation).claim) == ("withdrawn", None)


@pytest.mark.parametrize("state", ["done", "refused"])
def test_what_is_over_stays_as_it_is(state):
    """Two imports, or an import and a worker: the first word counts."""
    cancellation = factories.cancellation(state="accepted")
    first, second = stored(cancellation), stored(cancellation)
    ends = {
        "done": lambda row, at: finish([row], now=at),
        "refused": lambda row, at: refuse([row], "shipped", now=at),
    }
    ends.pop(state)(first, NOW)
    ends.popitem()[1](second, NOW + timedelta(hours=1))
    assert (stored(cancellation).state, stored(cancellation).finished_at) == (state, NOW)
