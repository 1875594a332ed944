"""Cancellation.state: every state against every transition, without a database."""

from datetime import timedelta
from uuid import UUID

import pytest
from django_fsm import TransitionNotAllowed, can_proceed

from orders.models import Cancellation
from orders.models.cancellation import PATIENCE
from tests.factories import NOW
from tests.machines import changed_columns, columns, declared_transitions, sources

S = Cancellation.State
OPEN = (S.REQUESTED, S.IN_FLIGHT, S.ACCEPTED)
TABLE = {
    "take": (sources(S.REQUESTED), S.IN_FLIGHT),
    "postpone": (sources(S.IN_FLIGHT), S.REQUESTED),
    "accept": (sources(S.IN_FLIGHT), S.ACCEPTED),
    "look_again": (sources(S.ACCEPTED), S.ACCEPTED),
    "finish": (sources(OPEN), S.DONE),
    "refuse": (sources(OPEN), S.REFUSED),
    "withdraw": (sources(S.REQUESTED), S.WITHDRAWN),
}
CLAIM = UUID("00000000-0000-4000-8000-000000000001")
LATER = NOW + timedelta(minutes=5)
ARGUMENTS = {
    "take": ((CLAIM, NOW), {}),
    "postpone": ((LATER, "HTTP 503"), {"counts": True}),
    "accept": ((), {}),
    "look_again": ((LATER,), {}),
    "finish": ((NOW,), {}),
    "refuse": ((NOW, "no such order"), {}),
    "withdraw": ((NOW,), {}),
}
SENT_AT = NOW - timedelta(minutes=2)
RELEASED = {"claim": None, "claimed_at": None}


def cancellation(state: str) -> Cancellation:
    """In the middle of its life: claimed, tried twice."""
    return Cancellation(
        state=state,
        reason="NoInventory",
        not_before=NOW - timedelta(hours=1),
        claim=UUID(int=7),
        claimed_at=SENT_AT,
        attempts=2,
        answer="not yet",
    )


def call(row: Cancellation, name: str) -> None:
    arguments, named = ARGUMENTS[name]
    getattr(row, name)(*arguments, **named)


@pytest.mark.parametrize("state", S.values)
@pytest.mark.parametrize("name", TABLE)
def test_every_state_against_every_transition(name, state):
    row = cancellation(state)
    before = columns(row)
    allowed, target = TABLE[name]
    assert can_proceed(getattr(row, name)) is (state in allowed)
    if state in allowed:
        call(row, name)
        assert row.state == target
    else:
        with pytest.raises(TransitionNotAllowed):
            call(row, name)
        assert changed_columns(row, before) == {}


def test_the_table_lists_every_transition_and_source():
    assert declared_transitions(Cancellation, "state") == {
        name: set(allowed) for name, (allowed, _) in TABLE.items()
    }


@pytest.mark.parametrize(
    ("state", "name", "changes"),
    [
        (
            S.REQUESTED,
            "take",
            {"state": "in_flight", "claim": CLAIM, "claimed_at": NOW, "attempts": 3},
        ),
        (
            S.IN_FLIGHT,
            "postpone",
            {"state": "requested", "not_before": LATER, "answer": "HTTP 503", **RELEASED},
        ),
        (
            S.IN_FLIGHT,
            "accept",
            {"state": "accepted", "not_before": SENT_AT + PATIENCE, "answer": "", **RELEASED},
        ),
        (S.ACCEPTED, "look_again", {"not_before": LATER}),
        *((state, "finish", {"state": "done", "finished_at": NOW, **RELEASED}) for state in OPEN),
        *(
            (
                state,
                "refuse",
                {"state": "refused", "finished_at": NOW, "answer": "no such order", **RELEASED},
            )
            for state in OPEN
        ),
        (S.REQUESTED, "withdraw", {"state": "withdrawn", "finished_at": NOW}),
    ],
)
def test_a_transition_sets_its_own_columns(state, name, changes):
    row = cancellation(state)
    before = columns(row)
    call(row, name)
    assert changed_columns(row, before) == changes


def test_an_attempt_that_does_not_count_is_taken_back():
    row = cancellation(S.IN_FLIGHT)
    row.postpone(LATER, "no quota", counts=False)
    assert row.attempts == 1


def test_the_state_cannot_be_assigned():
    row = cancellation(S.REQUESTED)
    with pytest.raises(AttributeError):
        row.state = S.DONE
    assert row.state == S.REQUESTED
