"""Holding and releasing a Commerce order: every state, the reason, what it keeps from happening."""

import pytest

from orders.models import CommerceOrder
from orders.services.errors import CannotHold, CannotShip
from orders.services.holding import hold_order, hold_reason, unhold_order
from tests import factories
from tests.factories import NOW
from tests.orders.shipping import notes_of, ship
from tests.snapshot import everything

pytestmark = pytest.mark.django_db

S = CommerceOrder.State


def in_state(state):
    order = factories.placed_order()
    before = "pending" if state == S.ON_HOLD else ""
    CommerceOrder.objects.update(
        state=state, status=state.value, completed_at=NOW, state_before_hold=before
    )
    return order


def hold(order, reason="fraud?", **more):
    return hold_order(order_id=order.commerce_order_id, reason=reason, **more)


def unhold(order, **more):
    return unhold_order(order_id=order.commerce_order_id, **more)


@pytest.mark.parametrize("state", [S.PENDING, S.PROCESSING])
def test_held_and_released_it_is_where_it_was(state):
    order = in_state(state)
    hold(order, "  address\nlooks  odd ", user="anna")
    held = CommerceOrder.objects.get()
    assert (held.state, held.status_id) == ("on_hold", "on_hold")
    assert hold_reason(held) == "address looks odd"
    assert notes_of(order)[-1] == "Put on hold: address looks odd"
    with pytest.raises(CannotShip, match=r"is On Hold: it cannot be shipped\."):
        ship(order)

    unhold(order, user="anna")
    released = CommerceOrder.objects.get()
    assert (released.state, released.status_id, released.state_before_hold) == (state, state, "")
    assert notes_of(order)[-1] == "No longer on hold."
    ship(order)


@pytest.mark.parametrize("state", [S.ON_HOLD, S.COMPLETE, S.CANCELED, S.CLOSED])
def test_what_cannot_be_shipped_cannot_be_held(state):
    order = in_state(state)
    before = everything()
    number = order.commerce_order.number
    with pytest.raises(CannotHold, match=f"Order {number} is {state.label}: it cannot be held."):
        hold(order)
    assert everything() == before


@pytest.mark.parametrize("state", [s for s in S if s != S.ON_HOLD])
def test_what_is_not_held_cannot_be_released(state):
    order = in_state(state)
    before = everything()
    number = order.commerce_order.number
    with pytest.raises(CannotHold, match=f"Order {number} is {state.label}: it is not on hold."):
        unhold(order)
    assert everything() == before


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("", "Give a reason: it is kept in the order's history."),
        (" \n ", "Give a reason: it is kept in the order's history."),
        ("x" * 201, "The reason is longer than 200 characters."),
    ],
)
def test_a_hold_needs_a_reason(reason, told):
    order = factories.placed_order()
    before = everything()
    with pytest.raises(CannotHold) as refusal:
        hold(order, reason)
    assert str(refusal.value) == told
    assert everything() == before


def test_the_newest_reason_is_the_one_that_holds():
    order = factories.placed_order()
    hold(order, "first")
    unhold(order)
    hold(order, "second")
    assert hold_reason(CommerceOrder.objects.get()) == "second"
    assert hold_reason(factories.commerce_order()) == ""
