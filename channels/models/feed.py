"""Feeds and reports: what Amazon takes and gives in bulk, minutes later."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.store import SellerAccount
from orders.models import Cancellation, OutboxMessage
from orders.models.fields import SentenceField


class Feed(models.Model):
    """One feed of one account (Feeds API 2021-06-30). Changes of `state` are guarded updates.

    Written before it is submitted: a worker that dies half-way leaves what it was about to say.
    """

    class Type(models.TextChoices):
        FULFILLMENT = "POST_ORDER_FULFILLMENT_DATA", _("Shipment confirmations")
        ACKNOWLEDGEMENT = "POST_ORDER_ACKNOWLEDGEMENT_DATA", _("Cancellations")

    class State(models.TextChoices):
        WRITTEN = "written", _("Written")
        SUBMITTED = "submitted", _("Submitted")
        DONE = "done", _("Processed")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(
        SellerAccount, models.CASCADE, related_name="feeds", verbose_name=_("seller account")
    )
    feed_type = models.CharField(_("type"), max_length=40, choices=Type.choices)
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.WRITTEN
    )
    feed_id = models.CharField(_("feed id"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    due_at = models.DateTimeField(_("looked at next"), default=timezone.now)
    checks = models.PositiveIntegerField(_("checks"), default=0)
    messages_total = models.PositiveIntegerField(_("messages"), default=0)
    messages_refused = models.PositiveIntegerField(_("refused"), default=0)
    detail = SentenceField(_("detail"), max_length=1000, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    # The lease of the worker that asks about it.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "feed_id"], condition=~Q(feed_id=""), name="feed_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(submitted_at__isnull=False),
                name="feed_submitted_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["written", "submitted"]), name="feed_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_feed_type_display()} {self.feed_id or self.pk}"


class FeedEntry(models.Model):
    """One message of a feed: `number` is its MessageID, by which the processing report speaks."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="entries", verbose_name=_("feed"))
    number = models.PositiveIntegerField(_("message"))
    confirmation = models.ForeignKey(
        OutboxMessage,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="feed_entries",
        verbose_name=_("confirmation"),
    )
    cancellation = models.ForeignKey(
        Cancellation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="feed_entries",
        verbose_name=_("cancellation"),
    )

    class Meta:
        verbose_name = _("feed message")
        verbose_name_plural = _("feed messages")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "number"], name="feedentry_number_once"),
            models.CheckConstraint(
                condition=Q(confirmation__isnull=True) ^ Q(cancellation__isnull=True),
                name="feedentry_is_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed_id}/{self.number}"


class Report(models.Model):
    """One report asked of one account (Reports API 2021-06-30), on its way or read."""

    class Type(models.TextChoices):
        FBA_SHIPMENTS = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", _("FBA shipments")

    class State(models.TextChoices):
        WANTED = "wanted", _("Wanted")
        REQUESTED = "requested", _("Requested")
        DONE = "done", _("Read")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(
        SellerAccount, models.CASCADE, related_name="reports", verbose_name=_("seller account")
    )
    report_type = models.CharField(_("type"), max_length=64, choices=Type.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.WANTED)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    report_id = models.CharField(_("report id"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    due_at = models.DateTimeField(_("looked at next"), default=timezone.now)
    checks = models.PositiveIntegerField(_("checks"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    applied = models.PositiveIntegerField(_("orders changed"), default=0)
    detail = SentenceField(_("detail"), max_length=1000, blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "report_type"],
                condition=Q(state__in=["wanted", "requested"]),
                name="report_one_open_per_type",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["wanted", "requested"]), name="report_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_report_type_display()} {self.report_id or self.pk}"
