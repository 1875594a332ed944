"""The outbox: write, claim, record. Delivering itself belongs to the channel."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from orders.models import OutboxMessage, Package
from orders.models.event import Actor
from orders.models.fields import save_if
from orders.models.outbox import State
from orders.services.notes import add_note

RESEND_NOTE = gettext_noop("Package %(number)s will be confirmed again.")

RECORD = [  # the columns a recorded outcome may change
    "state", "attempts", "checks", "not_before", "claim", "claimed_at", "outcome_unknown",
    "last_error", "request_id", "sent_at", "way", "proven_at", "dismissed_at", "dismissed_by",
    "dismiss_reason",
]  # fmt: skip


def enqueue(topic: str, packages: Sequence[Package], *, now: datetime) -> None:
    """One message per package, in the transaction that wrote the packages."""
    OutboxMessage.objects.bulk_create(
        OutboxMessage(topic=topic, package=package, not_before=now) for package in packages
    )


def claim_due(ids: Sequence[int], *, now: datetime) -> list[OutboxMessage]:
    """Claim those of `ids` that are due: each by exactly one worker, in three statements for all.

    Committed before anything is sent; a worker that dies leaves a lease that runs out.
    """
    with transaction.atomic(durable=True):
        due = list(
            OutboxMessage.objects.due(now)
            .filter(pk__in=ids)
            .select_for_update(skip_locked=True, of=("self",))
        )
        if not due:
            return []
        claim = uuid4()
        for message in due:
            message.take(claim, now)
        # Guarded though locked: on SQLite nothing locks a row, the IMMEDIATE transaction does.
        OutboxMessage.objects.filter(pk__in=[m.pk for m in due], state=State.PENDING).update(
            state=State.IN_FLIGHT, claim=claim, claimed_at=now, attempts=F("attempts") + 1
        )
        return due


def record(message: OutboxMessage, *, was: State, claim: object = None) -> bool:
    """Write the outcome a transition put on `message`; False when another worker was first.

    `was` and `claim` are what the stored row must still be: a worker whose lease ran out must not
    write over the one that took its place.
    """
    return save_if(message, fields=RECORD, state=was, claim=claim)


def release_stranded(*, now: datetime) -> int:
    """Give back what dead workers held. Whether it was sent is unknown: look before sending."""
    released = 0
    for message in OutboxMessage.objects.stranded(now):
        claim = message.claim
        message.retry(now, "The worker that was sending this stopped half-way.")
        released += record(message, was=State.IN_FLIGHT, claim=claim)
    return released


@transaction.atomic
def resend(message_id: int, *, user: str = "") -> bool:
    """A person asks to send a sent or refused message again; False when it is neither."""
    messages = OutboxMessage.objects.select_related("package__order")
    message = messages.filter(pk=message_id).first()
    if message is None or not can_proceed(message.resend):
        return False
    was = State(message.state)
    message.resend(timezone.now())
    if not record(message, was=was):
        return False
    package = message.package
    add_note(
        package.order.timeline,
        RESEND_NOTE,
        actor=Actor.STAFF if user else Actor.PORTAL,
        user=user,
        params={"number": package.number},
    )
    return True
