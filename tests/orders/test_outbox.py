"""The outbox: each message is held by one worker, and an outcome is written by who holds it."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from orders.models import OutboxMessage
from orders.models.outbox import LEASE
from orders.services import outbox
from tests import factories
from tests.factories import NOW
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

S = OutboxMessage.State
SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(minutes=1)


def stored(message: OutboxMessage) -> OutboxMessage:
    return OutboxMessage.objects.get(pk=message.pk)


def claimed(message: OutboxMessage, *, now=NOW) -> OutboxMessage:
    """The message as the worker has it that claimed it."""
    (taken,) = outbox.claim_due([message.pk], now=now)
    return taken


# Writing


def test_every_package_gets_a_message_that_is_due_now():
    order = factories.commerce_order()
    packages = [factories.package(order=order), factories.package(order=order)]
    outbox.enqueue(OutboxMessage.Topic.PACKAGE_SHIPPED, packages, not_before=NOW)
    rows = OutboxMessage.objects.order_by("pk").values_list(
        "topic", "package_id", "state", "attempts", "checks", "not_before", "claim"
    )
    assert list(rows) == [
        ("package.shipped", package.pk, "pending", 0, 0, NOW, None) for package in packages
    ]


# What is due


def test_due_are_waiting_messages_whose_time_has_come_oldest_first():
    late = factories.outbox_message(not_before=NOW)
    early = factories.outbox_message(not_before=NOW - SECOND)
    factories.outbox_message(not_before=NOW + SECOND)
    for state in (S.IN_FLIGHT, S.SENT, S.PROVEN, S.REFUSED):
        factories.outbox_message(state=state)
    assert list(OutboxMessage.objects.due(NOW)) == [early, late]


def test_unproven_are_sent_messages_whose_time_has_come_oldest_first():
    late = factories.outbox_message(state=S.SENT, not_before=NOW)
    early = factories.outbox_message(state=S.SENT, not_before=NOW - SECOND)
    factories.outbox_message(state=S.SENT, not_before=NOW + SECOND)
    for state in (S.PENDING, S.IN_FLIGHT, S.PROVEN, S.REFUSED):
        factories.outbox_message(state=state)
    assert list(OutboxMessage.objects.unproven(NOW)) == [early, late]


@pytest.mark.parametrize(("age", "stranded"), [(LEASE, False), (LEASE + SECOND, True)])
def test_a_claim_is_stranded_when_its_lease_has_run_out(age, stranded):
    factories.outbox_message(state=S.IN_FLIGHT, claimed_at=NOW - age)
    assert OutboxMessage.objects.stranded(NOW).exists() is stranded


def test_only_what_is_claimed_can_be_stranded():
    for state in (S.PENDING, S.SENT, S.PROVEN, S.REFUSED):
        factories.outbox_message(state=state, claimed_at=NOW - 2 * LEASE)
    assert not OutboxMessage.objects.stranded(NOW).exists()


# Claiming


def test_a_claim_is_stored_with_its_time_and_counts_an_attempt():
    message = factories.outbox_message()
    taken = claimed(message)
    row = stored(message)
    assert (row.state, row.claimed_at, row.attempts) == ("in_flight", NOW, 1)
    assert row.claim == taken.claim
    assert isinstance(row.claim, UUID)
    assert (taken.state, taken.claimed_at, taken.attempts) == ("in_flight", NOW, 1)


def test_only_asked_for_and_due_messages_are_claimed():
    asked = factories.outbox_message()
    not_due = factories.outbox_message(not_before=NOW + SECOND)
    not_asked = factories.outbox_message()
    assert outbox.claim_due([asked.pk, not_due.pk, 999_999], now=NOW) == [asked]
    assert [stored(m).state for m in (asked, not_due, not_asked)] == [
        "in_flight",
        "pending",
        "pending",
    ]


def test_a_claimed_message_is_not_claimed_again():
    message = factories.outbox_message()
    taken = claimed(message)
    assert outbox.claim_due([message.pk], now=NOW) == []
    assert (stored(message).claim, stored(message).attempts) == (taken.claim, 1)


@pytest.mark.parametrize("count", [1, 10])
def test_claiming_takes_two_statements_however_many(django_assert_num_queries, count):
    ids = [factories.outbox_message().pk for _ in range(count)]
    with django_assert_num_queries(4):  # and the savepoint of this test's transaction
        assert len(outbox.claim_due(ids, now=NOW)) == count


def test_messages_claimed_together_share_a_claim_and_workers_do_not():
    ids = [factories.outbox_message().pk for _ in range(3)]
    one, two = outbox.claim_due(ids[:2], now=NOW)
    (three,) = outbox.claim_due(ids, now=NOW)
    assert one.claim == two.claim
    assert three.claim != one.claim


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_claim_the_same_messages_each_gets_its_own():
    ids = [factories.outbox_message().pk for _ in range(12)]
    results = in_parallel([partial(outbox.claim_due, ids, now=NOW)] * 4)
    taken = [message.pk for messages in results for message in messages]
    assert sorted(taken) == ids
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("in_flight", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_committed_before_anything_is_sent():
    # durable: claimed inside another transaction, a rollback would send it twice
    message = factories.outbox_message()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        outbox.claim_due([message.pk], now=NOW)


# Recording


def test_of_two_twins_one_outcome_is_written():
    message = factories.outbox_message()
    one, other = stored(message), stored(message)
    one.take(UUID(int=1), NOW)
    other.take(UUID(int=2), LATER)
    assert outbox.record(one, was=S.PENDING) is True
    assert outbox.record(other, was=S.PENDING) is False
    row = stored(message)
    assert (row.claim, row.claimed_at, row.attempts) == (UUID(int=1), NOW, 1)


def test_what_was_proven_in_the_meantime_is_not_sent_again():
    message = factories.outbox_message(state=S.SENT)
    one, other = stored(message), stored(message)
    one.prove(NOW)
    other.resend(LATER)
    assert outbox.record(one, was=S.SENT) is True
    assert outbox.record(other, was=S.SENT) is False
    assert (stored(message).state, stored(message).proven_at) == ("proven", NOW)


def test_an_outcome_is_written_by_who_holds_the_claim():
    message = factories.outbox_message()
    taken = claimed(message)
    claim = taken.claim
    taken.accept(NOW, LATER, "req-1")
    assert outbox.record(taken, was=S.IN_FLIGHT, claim=claim) is True
    row = stored(message)
    assert (row.state, row.sent_at, row.not_before) == ("sent", NOW, LATER)
    assert (row.request_id, row.claim, row.claimed_at) == ("req-1", None, None)


def test_a_worker_that_lost_its_lease_writes_nothing():
    message = factories.outbox_message()
    slow = claimed(message)
    slow_claim = slow.claim
    after = NOW + LEASE + SECOND
    assert outbox.release_stranded(now=after) == 1
    quick = claimed(message, now=after)
    slow.refuse("too late", "req-slow")
    assert outbox.record(slow, was=S.IN_FLIGHT, claim=slow_claim) is False
    row = stored(message)
    assert (row.state, row.claim, row.request_id) == ("in_flight", quick.claim, "")


def test_a_worker_that_lost_its_lease_to_nobody_yet_writes_nothing():
    message = factories.outbox_message()
    slow = claimed(message)
    claim = slow.claim
    outbox.release_stranded(now=NOW + LEASE + SECOND)
    slow.accept(NOW, LATER, "req-slow")
    assert outbox.record(slow, was=S.IN_FLIGHT, claim=claim) is False
    assert stored(message).state == "pending"


def test_a_postponed_message_does_not_count_the_attempt():
    message = factories.outbox_message()
    taken = claimed(message)
    claim = taken.claim
    taken.postpone(LATER, "throttled")
    assert outbox.record(taken, was=S.IN_FLIGHT, claim=claim) is True
    row = stored(message)
    assert (row.state, row.attempts, row.not_before) == ("pending", 0, LATER)
    assert (row.last_error, row.outcome_unknown) == ("throttled", False)
    assert outbox.claim_due([message.pk], now=LATER - SECOND) == []
    assert claimed(message, now=LATER).attempts == 1


def test_a_retried_message_counts_the_attempt():
    message = factories.outbox_message()
    taken = claimed(message)
    claim = taken.claim
    taken.retry(LATER, "HTTP 500")
    assert outbox.record(taken, was=S.IN_FLIGHT, claim=claim) is True
    row = stored(message)
    assert (row.state, row.attempts, row.outcome_unknown) == ("pending", 1, True)
    assert claimed(message, now=LATER).attempts == 2


def test_recording_writes_every_column_that_a_transition_may_change():
    fixed = {"id", "topic", "package", "created_at", *outbox.DISMISSAL}
    columns = {field.name for field in OutboxMessage._meta.concrete_fields}
    assert set(outbox.RECORD) == columns - fixed


def test_many_with_the_same_outcome_are_one_statement(django_assert_num_queries):
    messages = [factories.outbox_message() for _ in range(3)]
    ids = [message.pk for message in messages]
    held = outbox.claim_due(ids, now=NOW)
    claim = held[0].claim
    for message in held[:2]:
        message.postpone(LATER, "No quota.")
    held[2].refuse("No.", "req-1")
    with django_assert_num_queries(2):
        assert outbox.record_all(held, was=S.IN_FLIGHT, claim=claim) == 3
    assert [stored(message).state for message in messages] == ["pending", "pending", "refused"]
    assert [stored(message).attempts for message in messages] == [0, 0, 1]

    for message in held:  # as another worker left them: nothing is written over that
        message.last_error = "late"
    assert outbox.record_all(held, was=S.IN_FLIGHT, claim=claim) == 0
    assert stored(messages[2]).last_error == "No."
    assert outbox.record_all([], was=S.SENT) == 0


def test_of_an_order_on_hold_nothing_is_due_and_nothing_claimed():
    message = factories.outbox_message()
    order = message.package.order
    order.hold()
    order.save()
    assert list(OutboxMessage.objects.due(NOW)) == []
    assert outbox.claim_due([message.pk], now=NOW) == []
    order.unhold()
    order.save()
    assert list(OutboxMessage.objects.due(NOW)) == [message]


# Dead workers


def test_what_a_dead_worker_held_is_given_back_with_an_unknown_outcome():
    message = factories.outbox_message()
    claimed(message)
    after = NOW + LEASE + SECOND
    assert outbox.release_stranded(now=after) == 1
    row = stored(message)
    assert (row.state, row.outcome_unknown, row.attempts) == ("pending", True, 1)
    assert (row.not_before, row.claim, row.claimed_at) == (after, None, None)
    assert row.last_error == "The worker that was sending this stopped half-way."


def test_what_a_living_worker_holds_is_left_to_it():
    message = factories.outbox_message()
    taken = claimed(message)
    assert outbox.release_stranded(now=NOW + LEASE) == 0
    assert stored(message).claim == taken.claim


def test_what_is_given_back_is_given_back_once():
    claimed(factories.outbox_message())
    after = NOW + LEASE + SECOND
    assert [outbox.release_stranded(now=after) for _ in range(2)] == [1, 0]


# Sending again by hand


@pytest.mark.parametrize("state", [S.SENT, S.REFUSED])
def test_a_person_sends_again(state):
    message = factories.outbox_message(state=state, attempts=5, checks=3, not_before=LATER)
    before = timezone.now()
    assert outbox.resend(message.pk) is True
    row = stored(message)
    assert (row.state, row.attempts, row.checks) == ("pending", 1, 0)
    assert before <= row.not_before <= timezone.now()


@pytest.mark.parametrize("state", [S.PENDING, S.IN_FLIGHT, S.PROVEN])
def test_what_is_on_its_way_or_proven_is_not_sent_again(state):
    message = factories.outbox_message(state=state)
    before = OutboxMessage.objects.values().get()
    assert outbox.resend(message.pk) is False
    assert OutboxMessage.objects.values().get() == before


def test_what_is_not_there_is_not_sent_again():
    assert outbox.resend(999_999) is False
