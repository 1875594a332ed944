"""Notes: whose they are, and what moved, in the reader's language."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.utils.translation import override

from orders.models import CommerceOrder, OrderNote
from orders.models.event import Actor
from orders.services.notes import add_note, by_command, change, note, state_change
from tests import factories
from tests.timeline import moved

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
State = CommerceOrder.State


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ({}, (Actor.PORTAL, "")),
        ({"user": ""}, (Actor.PORTAL, "")),
        ({"user": "anna"}, (Actor.STAFF, "anna")),
        ({"actor": Actor.AMAZON}, (Actor.AMAZON, "")),
    ],
)
def test_whose_a_note_is(given, who):
    written = note(uuid4(), "x", **given)
    assert (written.actor, written.user_name) == who


def test_what_nobody_logged_in_asks_for_by_a_command_is_the_command_lines():
    with by_command():
        assert note(uuid4(), "x", user="").actor == Actor.COMMAND
        assert note(uuid4(), "x", user="anna").actor == Actor.STAFF
        assert note(uuid4(), "x").actor == Actor.PORTAL  # the portal's own doing meanwhile
    assert note(uuid4(), "x", user="").actor == Actor.PORTAL


def test_a_command_that_fails_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError), by_command():
        raise ZeroDivisionError
    assert note(uuid4(), "x", user="").actor == Actor.PORTAL


@pytest.mark.django_db
def test_what_moved_is_kept_as_it_was_and_read_back():
    changes = [
        change("Tracking number", "%(odd)s <b>", ""),
        change("Ship by", AT, None),
        change("Commerce order", State.PENDING.label, State.COMPLETE.label),
        change("City", None, None),
    ]
    add_note(uuid4(), "x", changes=changes)
    (stored,) = OrderNote.objects.all()
    assert moved(stored) == [
        "Tracking number: %(odd)s <b> → –",
        "Ship by: 2026-03-02 09:30:00+00:00 → –",
        "Commerce order: Pending → Complete",
        "City",
    ]


def test_words_are_kept_in_english_and_read_in_the_readers_language():
    with override("de"):  # Django itself translates "Yes"
        kept = change("No", State.PENDING.label, "Yes")
        assert kept == ["No", {"word": "Pending"}, "Yes"]
        (shown,) = OrderNote(text="x", changes=[["No", {"word": "Yes"}, "Yes"]]).shown_changes()
    assert (shown.label, shown.before, shown.after) == ("Nein", "Ja", "Yes")  # text stays text


def test_a_long_value_is_cut():
    (_label, before, _after) = change("Carrier", "x" * 2000, None)
    assert len(before) == 500


@pytest.mark.django_db
def test_an_order_that_stayed_moved_nowhere():
    order = factories.commerce_order()
    assert state_change("pending", order) == []
    order.hold()
    assert state_change("pending", order) == [
        ["Commerce order", {"word": "Pending"}, {"word": "On Hold"}]
    ]
