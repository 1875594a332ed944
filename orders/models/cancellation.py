"""Asking the sales channel to cancel an order, or some of its lines."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from orders.models.commerce_order import CommerceOrder, CommerceOrderLine
from orders.models.fields import SentenceField


class State(models.TextChoices):
    """How far it is; only the channel can cancel, and says so later."""

    REQUESTED = "requested", _("Requested")
    IN_FLIGHT = "in_flight", _("Being sent")
    ACCEPTED = "accepted", _("Accepted")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Taken back")


OPEN_STATES = (State.REQUESTED, State.IN_FLIGHT, State.ACCEPTED)
PATIENCE = timedelta(minutes=1)  # after it was sent: then the channel may show it


class CancellationQuerySet(QuerySet["Cancellation"]):
    def due(self, now: datetime) -> "CancellationQuerySet":
        """To be sent now, the oldest first."""
        return self.filter(state=State.REQUESTED, not_before__lte=now).order_by("not_before", "id")

    def unshown(self, now: datetime) -> "CancellationQuerySet":
        """Accepted, and not shown by the channel for so long that it is to be asked."""
        return self.filter(state=State.ACCEPTED, not_before__lte=now).order_by("not_before", "id")

    def open(self) -> "CancellationQuerySet":
        """Not finished; an order has at most one."""
        return self.filter(state__in=OPEN_STATES)


class Cancellation(models.Model):
    """One request: an outbound message, written in the transaction that asks for it.

    Every change of `state` is a guarded update (`save_if`). The channel's own word (the order shows
    Canceled, or less units) makes it Done.
    """

    State = State

    order = models.ForeignKey(
        CommerceOrder, models.CASCADE, related_name="cancellations", verbose_name=_("order")
    )
    state = FSMField(
        _("state"), max_length=12, choices=State.choices, default=State.REQUESTED, protected=True
    )
    reason = models.CharField(_("reason"), max_length=40)  # the channel's own code
    whole_order = models.BooleanField(_("whole order"), default=True)
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    # The schedule: when it may be sent, and once accepted, when the channel is asked about it.
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    answer = SentenceField(_("answer"), max_length=1000, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = CancellationQuerySet.as_manager()

    class Meta:
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=OPEN_STATES), name="cancellation_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(state="in_flight") | Q(claim__isnull=False, claimed_at__isnull=False),
                name="cancellation_in_flight_is_claimed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "refused", "withdrawn"], finished_at__isnull=False)
                | Q(state__in=OPEN_STATES, finished_at__isnull=True),
                name="cancellation_finished_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                condition=Q(state="requested"),
                name="cancellation_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.reason}"

    @transition(field=state, source=State.REQUESTED, target=State.IN_FLIGHT)
    def take(self, claim: UUID, at: datetime) -> None:
        """A worker holds it."""
        self.claim, self.claimed_at = claim, at
        self.attempts += 1

    @transition(field=state, source=State.IN_FLIGHT, target=State.REQUESTED)
    def postpone(self, until: datetime, answer: str, *, counts: bool) -> None:
        """Not sent, or nobody knows: again later. `counts`: the attempt does."""
        self.attempts -= not counts
        self.not_before, self.answer = until, answer
        self.claim = self.claimed_at = None

    @transition(field=state, source=State.IN_FLIGHT, target=State.ACCEPTED)
    def accept(self) -> None:
        """The channel took it; whether it cancels it says later."""
        if self.claimed_at is not None:
            self.not_before = self.claimed_at + PATIENCE
        self.claim = self.claimed_at = None
        self.answer = ""

    @transition(field=state, source=State.ACCEPTED, target=State.ACCEPTED)
    def look_again(self, at: datetime) -> None:
        """Not shown yet."""
        self.not_before = at

    @transition(field=state, source=OPEN_STATES, target=State.DONE)
    def finish(self, at: datetime) -> None:
        """The channel shows it."""
        self.finished_at = at
        self.claim = self.claimed_at = None

    @transition(field=state, source=OPEN_STATES, target=State.REFUSED)
    def refuse(self, at: datetime, answer: str) -> None:
        """The channel said no, or the order has been shipped meanwhile."""
        self.finished_at, self.answer = at, answer
        self.claim = self.claimed_at = None

    @transition(field=state, source=State.REQUESTED, target=State.WITHDRAWN)
    def withdraw(self, at: datetime) -> None:
        """Taken back before it was sent."""
        self.finished_at = at


class CancellationItem(models.Model):
    """A line that is to be canceled: all of it that has not been shipped."""

    cancellation = models.ForeignKey(
        Cancellation, models.CASCADE, related_name="items", verbose_name=_("cancellation")
    )
    line = models.ForeignKey(
        CommerceOrderLine, models.CASCADE, related_name="cancellation_items", verbose_name=_("line")
    )

    class Meta:
        verbose_name = _("cancellation item")
        verbose_name_plural = _("cancellation items")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cancellation", "line"], name="cancellationitem_line_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.line_id)
