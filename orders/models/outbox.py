"""Messages to the outside, written in the transaction of the fact they tell about."""

import math
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from orders.models.commerce_order import State as OrderState
from orders.models.fields import SentenceField
from orders.models.shipment import Package

LEASE = timedelta(minutes=5)  # longer than any time-out of a sender: then its worker is dead


class State(models.TextChoices):
    PENDING = "pending", _("Queued")
    IN_FLIGHT = "in_flight", _("Sending")
    SENT = "sent", _("Sent")
    PROVEN = "proven", _("Proven")
    REFUSED = "refused", _("Refused")


class Way(models.TextChoices):
    """How it was sent last."""

    CALL = "call", _("Call")
    FEED = "feed", _("Feed")


class Topic(models.TextChoices):
    PACKAGE_SHIPPED = "package.shipped", _("Shipment confirmation")


class OutboxQuerySet(QuerySet["OutboxMessage"]):
    def due(self, now: datetime) -> "OutboxQuerySet":
        """Waiting for a sender, oldest first. What was shipped of an order On Hold waits on."""
        waiting = self.filter(state=State.PENDING, not_before__lte=now, dismissed_at=None)
        return waiting.exclude(package__order__state=OrderState.ON_HOLD).order_by(
            "not_before", "id"
        )

    def stranded(self, now: datetime) -> "OutboxQuerySet":
        """Claimed by a worker that never came back."""
        return self.filter(state=State.IN_FLIGHT, claimed_at__lt=now - LEASE)

    def unproven(self, now: datetime) -> "OutboxQuerySet":
        """Accepted by the other side, waiting for proof; of those sent together the last first:
        who reads all that changed meets the others."""
        waiting = self.filter(state=State.SENT, not_before__lte=now, dismissed_at=None)
        return waiting.order_by("not_before", "-id")

    def open(self) -> "OutboxQuerySet":
        """Neither proven nor given up; `outbox_open` is its index."""
        return self.filter(proven_at=None, dismissed_at=None)


class OutboxMessage(models.Model):
    """One message about one package. Every change of `state` is a guarded update (`save_if`)."""

    State = State
    Topic = Topic

    topic = models.CharField(_("topic"), max_length=32, choices=Topic.choices)
    package = models.ForeignKey(
        Package, models.CASCADE, related_name="messages", verbose_name=_("package")
    )
    state = FSMField(
        _("state"), max_length=16, choices=State.choices, default=State.PENDING, protected=True
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    checks = models.PositiveIntegerField(_("checks for proof"), default=0)
    # The schedule: when it may be sent, and once sent, when it may be looked for.
    not_before = models.DateTimeField(_("not before"))
    claim = models.UUIDField(null=True, blank=True, editable=False)  # of the worker that sends it
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    outcome_unknown = models.BooleanField(default=False, editable=False)
    last_error = SentenceField(_("answer"), max_length=1000, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    way = models.CharField(_("way"), max_length=4, choices=Way.choices, blank=True)
    proven_at = models.DateTimeField(_("proven"), null=True, blank=True)
    # A person gave up on it: it stays as it is, is neither sent nor asked about any more, and does
    # not count as a problem. Sending it again ends that.
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, blank=True)
    dismissed_by = models.CharField(_("dismissed by"), max_length=150, blank=True)
    dismiss_reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        constraints = [
            models.UniqueConstraint(fields=["topic", "package"], name="outboxmessage_once"),
            models.CheckConstraint(
                condition=~Q(state="in_flight") | Q(claim__isnull=False, claimed_at__isnull=False),
                name="outboxmessage_in_flight_is_claimed",
            ),
            models.CheckConstraint(
                condition=~Q(state="proven") | Q(proven_at__isnull=False),
                name="outboxmessage_proven_has_time",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at__isnull=True) ^ ~Q(dismiss_reason=""),
                name="outboxmessage_dismissed_with_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"], condition=Q(state="pending"), name="outbox_due"
            ),
            models.Index(
                fields=["not_before", "id"], condition=Q(state="sent"), name="outbox_unproven"
            ),
            models.Index(
                fields=["claimed_at"], condition=Q(state="in_flight"), name="outbox_stranded"
            ),
            models.Index(
                fields=["package"],
                condition=Q(proven_at__isnull=True, dismissed_at__isnull=True),
                name="outbox_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.package_id}"

    def can_be_taken_back(self, now: datetime) -> bool:
        """The other side has not heard of it, and will not before `not_before`.

        Refused without an attempt: the other side canceled the order first.
        """
        never_sent = self.attempts == 0 and self.sent_at is None and not self.outcome_unknown
        waits = self.state in (State.PENDING, State.REFUSED)
        return waits and never_sent and self.not_before > now

    @property
    def seconds_left(self) -> int:
        """How long it can still be taken back; 0: not any more."""
        now = timezone.now()
        if not self.can_be_taken_back(now):
            return 0
        return math.ceil((self.not_before - now).total_seconds())

    @transition(field=state, source=State.PENDING, target=State.IN_FLIGHT)
    def take(self, claim: UUID, at: datetime) -> None:
        """A worker holds it until `at` + LEASE."""
        self.claim, self.claimed_at = claim, at
        self.attempts += 1

    @transition(field=state, source=State.IN_FLIGHT, target=State.PENDING)
    def postpone(self, until: datetime, reason: str) -> None:
        """Not our turn yet: the attempt does not count."""
        self.attempts -= 1
        self._wait(until, reason)

    @transition(field=state, source=State.IN_FLIGHT, target=State.PENDING)
    def retry(self, until: datetime, reason: str, *, sent: bool = True) -> None:
        """It failed. `sent`: nobody knows whether it arrived; look first, then send again."""
        self.outcome_unknown = self.outcome_unknown or sent
        self._wait(until, reason)

    @transition(field=state, source=State.IN_FLIGHT, target=State.REFUSED)
    def refuse(self, reason: str, request_id: str) -> None:
        """The other side said no. A person must look."""
        self.last_error, self.request_id = reason, request_id[:64]
        self.claim = self.claimed_at = None

    @transition(field=state, source=State.IN_FLIGHT, target=State.SENT)
    def accept(self, at: datetime, look_at: datetime, request_id: str) -> None:
        """The other side took it; `look_at` is when to look for proof."""
        self.sent_at, self.not_before, self.request_id = at, look_at, request_id[:64]
        self.claim = self.claimed_at = None
        self.last_error = ""

    @transition(
        field=state,
        source=(State.PENDING, State.IN_FLIGHT, State.SENT, State.REFUSED),
        target=State.PROVEN,
    )
    def prove(self, at: datetime) -> None:
        """The other side shows it."""
        self.proven_at = at
        self.claim = self.claimed_at = None
        self.outcome_unknown = False
        self.last_error = ""

    @transition(field=state, source=State.SENT, target=State.SENT)
    def look_again(self, at: datetime) -> None:
        """Not shown yet."""
        self.checks += 1
        self.not_before = at

    @transition(field=state, source=State.SENT, target=State.REFUSED)
    def reject(self, reason: str) -> None:
        """Accepted as part of a feed, then refused in its processing report."""
        self.last_error = reason

    @transition(field=state, source=(State.PENDING, State.SENT), target=State.REFUSED)
    def stop(self, reason: str) -> None:
        """There is nothing to confirm any more: the other side canceled the order."""
        self.last_error = reason

    @transition(
        field=state,
        source=(State.PENDING, State.SENT, State.REFUSED, State.PROVEN),
        target=State.PENDING,
    )
    def correct(self, at: datetime) -> None:
        """The package is another one now (its number, its carrier): tell it, same reference."""
        self._begin_again()
        self.not_before = at
        self.proven_at = None
        self.last_error = ""

    @transition(field=state, source=(State.SENT, State.REFUSED), target=State.PENDING)
    def resend(self, at: datetime) -> None:
        """Send it again, with the same package reference."""
        self._begin_again()
        self.not_before = at

    def _begin_again(self) -> None:
        """What was tried once stays one that was tried: it cannot be taken back."""
        self.checks, self.attempts = 0, min(self.attempts, 1)

    def _wait(self, until: datetime, reason: str) -> None:
        self.not_before, self.last_error = until, reason
        self.claim = self.claimed_at = None
