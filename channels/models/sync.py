"""How far the sweep of a seller account has come, and what each run did."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.store import AmazonStore, SellerAccount
from orders.models.fields import SentenceField


class SyncCursor(models.Model):
    """The sweep of one seller account: the watermark, the page it is on, and who is sweeping.

    `watermark` moves only after the last page of a sweep is committed. A sweep that was cut off
    goes on from `next_token` (Amazon keeps it 24 hours) or starts again: a page twice is harmless.
    """

    account = models.OneToOneField(
        SellerAccount, models.CASCADE, primary_key=True, related_name="cursor"
    )
    watermark = models.DateTimeField(_("swept up to"))
    due_at = models.DateTimeField(_("next poll"), default=timezone.now)
    # The sweep in progress. The text forms repeat exactly: Amazon compares them with the token.
    sweep_after = models.CharField(max_length=40, blank=True)
    sweep_marketplaces = models.JSONField(default=list, blank=True)
    next_token = models.TextField(blank=True)
    sweep_bound = models.CharField(max_length=40, blank=True)
    sweep_started_at = models.DateTimeField(null=True, blank=True)
    # The lease of the worker that sweeps.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last sync"), null=True, blank=True)

    class Meta:
        verbose_name = _("sync cursor")
        verbose_name_plural = _("sync cursors")
        indexes = [models.Index(fields=["due_at"], name="synccursor_due")]

    def __str__(self) -> str:
        return str(self.account_id)


class SyncRun(models.Model):
    """One poll of one account: what came in."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETE = "complete", _("Complete")
        PAUSED = "paused", _("Waiting for quota")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(
        SellerAccount, models.CASCADE, related_name="sync_runs", verbose_name=_("seller account")
    )
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.RUNNING
    )
    pages = models.PositiveIntegerField(_("pages"), default=0)
    seen = models.PositiveIntegerField(_("orders seen"), default=0)
    created = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    placed = models.PositiveIntegerField(_("Commerce orders created"), default=0)
    set_aside = models.PositiveIntegerField(_("set aside"), default=0)
    detail = SentenceField(_("detail"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"], name="syncrun_newest")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%Y-%m-%d %H:%M:%S}"


class Backfill(models.Model):
    """History of one store on its way in: orders placed from `since` to `until`.

    Window by window, the newest first. `reached`: everything placed from there on is in. A window
    that was cut off goes on from `next_token` or starts again: a page twice is harmless.
    """

    store = models.ForeignKey(
        AmazonStore, models.CASCADE, related_name="backfills", verbose_name=_("Amazon store")
    )
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    reached = models.DateTimeField(_("back to"))
    # The window in progress. Amazon compares its bounds with the token.
    window_start = models.DateTimeField(null=True, blank=True, editable=False)
    window_seconds = models.PositiveIntegerField(editable=False)
    window_pages = models.PositiveIntegerField(default=0, editable=False)
    window_opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_token = models.TextField(blank=True, editable=False)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    seen = models.PositiveIntegerField(_("orders seen"), default=0)
    created = models.PositiveIntegerField(_("new"), default=0)
    placed = models.PositiveIntegerField(_("Commerce orders created"), default=0)
    set_aside = models.PositiveIntegerField(_("set aside"), default=0)
    detail = SentenceField(_("detail"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    due_at = models.DateTimeField(_("next page"), default=timezone.now)
    # The lease of the worker that reads.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("backfill")
        verbose_name_plural = _("backfills")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(finished_at__isnull=True),
                name="backfill_one_open_per_store",
            ),
            models.CheckConstraint(
                condition=Q(reached__lte=F("until")), name="backfill_reaches_back"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(finished_at__isnull=True), name="backfill_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.since:%Y-%m-%d}"

    @property
    def percent(self) -> int:
        """How much of the time from `until` back to `since` is read; 100 only when all of it is."""
        if self.finished_at:
            return 100
        return min(99, int(100 * (self.until - self.reached) / (self.until - self.since)))


class Heartbeat(models.Model):
    """When a process was last seen at work (channels/services/alive.py)."""

    process = models.CharField(max_length=16, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.process} {self.at:%Y-%m-%d %H:%M:%S}"
