"""CommerceOrder.state and OutboxMessage.state: every state against every transition.

These tests have no database (but for the twins): a transition that saved, or read, would fail.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django_fsm import ConcurrentTransition, TransitionNotAllowed, can_proceed

from orders.models import CommerceOrder, OutboxMessage
from tests import factories
from tests.factories import NOW
from tests.machines import changed_columns, columns, declared_transitions, sources

S = CommerceOrder.State
OPEN = (S.PENDING, S.PROCESSING)
ORDER_TABLE = {
    "start_processing": (sources(S.PENDING), S.PROCESSING),
    "complete": (sources(OPEN), S.COMPLETE),
    "hold": (sources(OPEN), S.ON_HOLD),
    "unhold": (sources(S.ON_HOLD), S.PROCESSING),  # from where commerce_order() puts it
    "reopen": (sources(S.COMPLETE), S.PROCESSING),
    "cancel": (sources(OPEN, S.ON_HOLD), S.CANCELED),
    "close": (sources(S.COMPLETE), S.CLOSED),
}
ORDER_ARGUMENTS = {"complete": (NOW,), "cancel": (NOW,)}

M = OutboxMessage.State
MESSAGE_TABLE = {
    "take": (sources(M.PENDING), M.IN_FLIGHT),
    "postpone": (sources(M.IN_FLIGHT), M.PENDING),
    "retry": (sources(M.IN_FLIGHT), M.PENDING),
    "refuse": (sources(M.IN_FLIGHT), M.REFUSED),
    "accept": (sources(M.IN_FLIGHT), M.SENT),
    "prove": (sources(M.PENDING, M.IN_FLIGHT, M.SENT, M.REFUSED), M.PROVEN),
    "look_again": (sources(M.SENT), M.SENT),
    "reject": (sources(M.SENT), M.REFUSED),
    "stop": (sources(M.PENDING, M.SENT), M.REFUSED),
    "correct": (sources(M.PENDING, M.SENT, M.REFUSED, M.PROVEN), M.PENDING),
    "resend": (sources(M.SENT, M.REFUSED), M.PENDING),
}
CLAIM = UUID("00000000-0000-4000-8000-000000000001")
LATER = NOW + timedelta(minutes=1)
MESSAGE_ARGUMENTS = {
    "take": (CLAIM, NOW),
    "postpone": (LATER, "not yet"),
    "retry": (LATER, "HTTP 500"),
    "refuse": ("no such order", "req-1"),
    "accept": (NOW, LATER, "req-1"),
    "prove": (NOW,),
    "look_again": (LATER,),
    "reject": ("invalid quantity",),
    "stop": ("Amazon canceled the order",),
    "correct": (LATER,),
    "resend": (NOW,),
}


def commerce_order(state: str) -> CommerceOrder:
    held = S.PROCESSING if state == S.ON_HOLD else ""
    completed = NOW if state in (S.COMPLETE, S.CLOSED) else None
    return CommerceOrder(
        state=state, status_id=state, state_before_hold=held, completed_at=completed
    )


def message(state: str) -> OutboxMessage:
    """In the middle of its life: claimed, tried twice, once with an unknown outcome."""
    return OutboxMessage(
        state=state,
        attempts=2,
        checks=3,
        not_before=NOW - timedelta(hours=1),
        claim=UUID(int=7),
        claimed_at=NOW - timedelta(minutes=2),
        outcome_unknown=True,
        last_error="HTTP 503",
        request_id="req-0",
        proven_at=NOW - timedelta(minutes=9) if state == M.PROVEN else None,
    )


# The Commerce order


@pytest.mark.parametrize("state", S.values)
@pytest.mark.parametrize("name", ORDER_TABLE)
def test_commerce_order_every_state_against_every_transition(name, state):
    order = commerce_order(state)
    before = columns(order)
    allowed, target = ORDER_TABLE[name]
    assert can_proceed(getattr(order, name)) is (state in allowed)
    if state in allowed:
        getattr(order, name)(*ORDER_ARGUMENTS.get(name, ()))
        assert order.state == target
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(order, name)(*ORDER_ARGUMENTS.get(name, ()))
        assert changed_columns(order, before) == {}


def test_commerce_order_the_table_lists_every_transition_and_source():
    assert declared_transitions(CommerceOrder, "state") == {
        name: set(allowed) for name, (allowed, _) in ORDER_TABLE.items()
    }


@pytest.mark.parametrize(
    ("state", "name", "changes"),
    [
        (S.PENDING, "start_processing", {"state": "processing", "status_id": "processing"}),
        (
            S.PENDING,
            "complete",
            {"state": "complete", "status_id": "complete", "completed_at": NOW},
        ),
        (
            S.PENDING,
            "hold",
            {"state": "on_hold", "status_id": "on_hold", "state_before_hold": "pending"},
        ),
        (
            S.PROCESSING,
            "hold",
            {"state": "on_hold", "status_id": "on_hold", "state_before_hold": "processing"},
        ),
        (
            S.ON_HOLD,
            "unhold",
            {"state": "processing", "status_id": "processing", "state_before_hold": ""},
        ),
        (
            S.COMPLETE,
            "reopen",
            {"state": "processing", "status_id": "processing", "completed_at": None},
        ),
        (S.ON_HOLD, "cancel", {"state": "canceled", "status_id": "canceled", "canceled_at": NOW}),
        (S.COMPLETE, "close", {"state": "closed", "status_id": "closed"}),
    ],
)
def test_commerce_order_a_transition_sets_its_own_columns(state, name, changes):
    order = commerce_order(state)
    before = columns(order)
    getattr(order, name)(*ORDER_ARGUMENTS.get(name, ()))
    assert changed_columns(order, before) == changes


@pytest.mark.parametrize("state", OPEN)
def test_commerce_order_unhold_goes_back_to_where_it_was(state):
    order = commerce_order(state)
    order.hold()
    order.unhold()
    assert (order.state, order.status_id, order.state_before_hold) == (state, state, "")


def test_commerce_order_state_cannot_be_assigned():
    order = commerce_order(S.PENDING)
    with pytest.raises(AttributeError):
        order.state = S.COMPLETE
    assert order.state == S.PENDING


@pytest.mark.django_db
def test_commerce_order_of_two_twins_one_is_saved():
    pk = factories.commerce_order().pk
    one, other = CommerceOrder.objects.get(pk=pk), CommerceOrder.objects.get(pk=pk)
    one.complete(NOW)
    other.cancel(NOW)
    one.save()
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        other.save()
    assert CommerceOrder.objects.get(pk=pk).state == S.COMPLETE


@pytest.mark.django_db
def test_commerce_order_a_twin_cannot_save_other_columns_over_a_new_state():
    pk = factories.commerce_order().pk
    one, other = CommerceOrder.objects.get(pk=pk), CommerceOrder.objects.get(pk=pk)
    one.cancel(NOW)
    one.save()
    other.number = "changed"
    with pytest.raises(ConcurrentTransition):
        other.save(update_fields=["number"])


# The outbox message


@pytest.mark.parametrize("state", M.values)
@pytest.mark.parametrize("name", MESSAGE_TABLE)
def test_outbox_message_every_state_against_every_transition(name, state):
    row = message(state)
    before = columns(row)
    allowed, target = MESSAGE_TABLE[name]
    assert can_proceed(getattr(row, name)) is (state in allowed)
    if state in allowed:
        getattr(row, name)(*MESSAGE_ARGUMENTS[name])
        assert row.state == target
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(row, name)(*MESSAGE_ARGUMENTS[name])
        assert changed_columns(row, before) == {}


def test_outbox_message_the_table_lists_every_transition_and_source():
    assert declared_transitions(OutboxMessage, "state") == {
        name: set(allowed) for name, (allowed, _) in MESSAGE_TABLE.items()
    }


RELEASED = {"claim": None, "claimed_at": None}


@pytest.mark.parametrize(
    ("state", "name", "changes"),
    [
        (
            M.PENDING,
            "take",
            {"state": "in_flight", "claim": CLAIM, "claimed_at": NOW, "attempts": 3},
        ),
        (
            M.IN_FLIGHT,
            "postpone",
            {
                "state": "pending",
                "attempts": 1,
                "not_before": LATER,
                "last_error": "not yet",
                **RELEASED,
            },
        ),
        (
            M.IN_FLIGHT,
            "retry",
            {"state": "pending", "not_before": LATER, "last_error": "HTTP 500", **RELEASED},
        ),
        (
            M.IN_FLIGHT,
            "refuse",
            {
                "state": "refused",
                "last_error": "no such order",
                "request_id": "req-1",
                **RELEASED,
            },
        ),
        (
            M.IN_FLIGHT,
            "accept",
            {
                "state": "sent",
                "sent_at": NOW,
                "not_before": LATER,
                "request_id": "req-1",
                "last_error": "",
                **RELEASED,
            },
        ),
        *(
            (
                state,
                "prove",
                {
                    "state": "proven",
                    "proven_at": NOW,
                    "outcome_unknown": False,
                    "last_error": "",
                    **RELEASED,
                },
            )
            for state in (M.PENDING, M.IN_FLIGHT, M.SENT, M.REFUSED)
        ),
        (M.SENT, "look_again", {"checks": 4, "not_before": LATER}),
        (M.SENT, "reject", {"state": "refused", "last_error": "invalid quantity"}),
        *(
            (
                state,
                "correct",
                {
                    **({} if state == M.PENDING else {"state": "pending"}),
                    "checks": 0,
                    "attempts": 1,
                    "not_before": LATER,
                    "last_error": "",
                    **({"proven_at": None} if state == M.PROVEN else {}),
                },
            )
            for state in (M.PENDING, M.SENT, M.REFUSED, M.PROVEN)
        ),
        (
            M.REFUSED,
            "resend",
            {"state": "pending", "checks": 0, "attempts": 1, "not_before": NOW},
        ),
    ],
)
def test_outbox_message_a_transition_sets_its_own_columns(state, name, changes):
    row = message(state)
    before = columns(row)
    getattr(row, name)(*MESSAGE_ARGUMENTS[name])
    assert changed_columns(row, before) == changes


def test_outbox_message_retry_remembers_that_the_outcome_is_unknown():
    row = OutboxMessage(state=M.IN_FLIGHT)
    row.retry(LATER, "HTTP 500")
    assert row.outcome_unknown is True


def test_outbox_message_postpone_does_not_touch_what_is_known():
    row = OutboxMessage(state=M.IN_FLIGHT, attempts=1, outcome_unknown=False)
    row.postpone(LATER, "throttled")
    assert (row.attempts, row.outcome_unknown) == (0, False)


def test_outbox_message_state_cannot_be_assigned():
    row = message(M.PENDING)
    with pytest.raises(AttributeError):
        row.state = M.PROVEN
    assert row.state == M.PENDING
