"""The outbox: write, claim, record. Delivering itself belongs to the channel."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from orders import sales_channel
from orders.models import OrderNote, OutboxMessage, Package
from orders.models.fields import save_if
from orders.models.outbox import State
from orders.sentences import gettext as _
from orders.services.errors import CannotDismiss
from orders.services.notes import add_note, note

DISMISSED_NOTE = gettext_noop("Confirmation of package %(number)s dismissed: %(reason)s")
STOPPED = gettext_noop("The worker that was sending this stopped half-way.")
RESEND_NOTE = gettext_noop("Package %(number)s will be confirmed again.")

RECORD = [  # the columns a recorded outcome may change
    "state", "attempts", "checks", "not_before", "claim", "claimed_at", "outcome_unknown",
    "last_error", "request_id", "sent_at", "way", "proven_at",
]  # fmt: skip
DISMISSAL = ["dismissed_at", "dismissed_by", "dismiss_reason"]
DISMISSABLE = (State.PENDING, State.SENT, State.REFUSED)  # no worker holds it
MAX_REASON = 200


def enqueue(
    topic: str, packages: Sequence[Package], *, not_before: datetime, is_known: bool = False
) -> None:
    """One message per package, in the transaction that wrote the packages.

    `is_known`: the other side has the package already, from somebody else: it is looked at before
    anything is sent.
    """
    OutboxMessage.objects.bulk_create(
        OutboxMessage(topic=topic, package=package, not_before=not_before, outcome_unknown=is_known)
        for package in packages
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


def record_all(messages: Sequence[OutboxMessage], *, was: State, **expected: object) -> int:
    """`record` for many: one statement for all whose outcome is the same; how many were written."""
    alike = defaultdict(list)
    for message in messages:
        alike[tuple(getattr(message, name) for name in RECORD)].append(message.pk)
    return sum(
        OutboxMessage.objects.filter(pk__in=pks, state=was, **expected).update(
            **dict(zip(RECORD, values, strict=True))
        )
        for values, pks in alike.items()
    )


def release_stranded(*, now: datetime) -> int:
    """Give back what dead workers held. Whether it was sent is unknown: look before sending."""
    stranded = list(OutboxMessage.objects.stranded(now))
    claims = {message.claim for message in stranded}
    for message in stranded:
        message.retry(now, STOPPED)
    return record_all(stranded, was=State.IN_FLIGHT, claim__in=claims)


@transaction.atomic
def resend(message_id: int, *, user: str = "") -> bool:
    """A person asks to send a sent, refused or dismissed message again; False when it is neither,
    or the channel takes nothing of its order any more.

    It is dismissed no longer.
    """
    messages = OutboxMessage.objects.select_related("package__order")
    message = messages.filter(pk=message_id).first()
    if message is None:
        return False
    order = message.package.order
    if sales_channel.of(order).refuses_confirming(order):
        return False
    was = State(message.state)
    if can_proceed(message.resend):
        message.resend(timezone.now())
    elif was is not State.PENDING or message.dismissed_at is None:
        return False  # a dismissed one that waits goes on waiting its turn
    message.dismissed_at, message.dismissed_by, message.dismiss_reason = None, "", ""
    if not save_if(message, fields=RECORD + DISMISSAL, state=was):
        return False
    package = message.package
    add_note(
        package.order.timeline,
        RESEND_NOTE,
        user=user,
        params={"number": package.number},
    )
    return True


@transaction.atomic
def dismiss(ids: Sequence[int], *, reason: str, user: str = "") -> int:
    """A person gives up on those of these messages that are neither proven nor being sent.

    They are neither sent nor looked for any more; the reason is noted. Returns how many; raises
    CannotDismiss without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise CannotDismiss(_("A dismissal needs a reason."))
    if len(reason) > MAX_REASON:
        raise CannotDismiss(
            _("The reason is longer than %(count)s characters.") % {"count": MAX_REASON}
        )
    now = timezone.now()
    found = OutboxMessage.objects.filter(
        pk__in=ids, state__in=DISMISSABLE, dismissed_at=None
    ).order_by("pk")
    # On SQLite nothing locks a row: there the whole transaction is IMMEDIATE.
    messages = list(found.select_for_update(of=("self",)).select_related("package__order"))
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(
        dismissed_at=now, dismissed_by=user[:150], dismiss_reason=reason
    )
    OrderNote.objects.bulk_create(
        note(
            message.package.order.timeline,
            DISMISSED_NOTE,
            user=user,
            params={"number": message.package.number, "reason": reason},
        )
        for message in messages
    )
    for order in {message.package.order for message in messages}:
        sales_channel.of(order).confirmations_dismissed(order, now=now)
    return len(messages)
