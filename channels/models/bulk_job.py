"""Jobs: one thing done to many orders, row by row, while people watch."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.channel_order import ChannelOrder
from orders.models.fields import SentenceField


class BulkJob(models.Model):
    """One thing done to many orders. `params` and its rows hold no personal data.

    The counts are written in the transaction of the row they count, so they always add up.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", _("Hold")
        UNHOLD = "unhold", _("Unhold")
        RETRY = "retry", _("Retry")
        FETCH = "fetch", _("Fetch again from Amazon")
        NOTE = "note", _("Add note")
        SHIP = "ship", _("Ship")

    token = models.UUIDField(default=uuid4, unique=True, editable=False)  # of the form: once a job
    kind = models.CharField(_("what"), max_length=8, choices=Kind.choices)
    params = models.JSONField(default=dict, blank=True)  # of all rows: {"reason": …}, {"text": …}
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    user_name = models.CharField(_("who"), max_length=150)
    language = models.CharField(max_length=16, editable=False)  # of who started it
    total = models.PositiveIntegerField(_("orders"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    stopped = models.PositiveIntegerField(_("not done"), default=0)
    undone = models.PositiveIntegerField(_("taken back"), default=0)
    detail = SentenceField(_("detail"), max_length=500, blank=True)  # what it waits for
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    # The lease of the worker that is at it.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ()  # what a job does decides who may: bulk.may
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=F("done") + F("refused") + F("stopped") + F("undone")),
                name="bulkjob_counts_add_up",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(finished_at__isnull=True), name="bulkjob_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def settled(self) -> int:
        """Rows whose turn has come."""
        return self.done + self.refused + self.undone

    @property
    def waiting(self) -> int:
        return self.total - self.settled - self.stopped


class BulkJobRow(models.Model):
    """One order of a job, and what became of it. No machine: a row is settled once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        STOPPED = "stopped", _("Not done")  # the job was stopped before its turn came
        UNDONE = "undone", _("Taken back")  # done, and undone afterwards

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="rows", verbose_name=_("job"))
    position = models.PositiveIntegerField(_("row"))
    order = models.ForeignKey(
        ChannelOrder, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    label = models.CharField(_("order"), max_length=64)  # the number as the person gave it
    payload = models.JSONField(default=dict, blank=True)  # what is peculiar to this row
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    message = SentenceField(_("message"), max_length=500, blank=True)
    at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of a job")
        verbose_name_plural = _("rows of jobs")
        default_permissions = ()
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="bulkjobrow_position_once"),
            models.CheckConstraint(
                condition=Q(state="waiting") ^ Q(at__isnull=False), name="bulkjobrow_settled_at"
            ),
        ]
        indexes = [
            # What waits, in order; and the rows of a page that shows one state.
            models.Index(fields=["job", "state", "position"], name="bulkjobrow_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}.{self.position}"
