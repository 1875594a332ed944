"""What went wrong between Amazon and the portal, kept where a person can see it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.models.store import AmazonStore, SellerAccount
from customers.sealed import SealedField
from orders.models.fields import SentenceField


class CommunicationError(models.Model):
    """One error. An order that was set aside has one open row, with what Amazon sent."""

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        SellerAccount,
        models.CASCADE,
        related_name="communication_errors",
        verbose_name=_("seller account"),
    )
    store = models.ForeignKey(
        AmazonStore,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="communication_errors",
        verbose_name=_("store"),
    )
    amazon_order_id = models.CharField(_("order number"), max_length=32, blank=True)
    operation = models.CharField(_("operation"), max_length=40)
    code = models.CharField(_("code"), max_length=64)
    message = SentenceField(_("message"), max_length=1000)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    at = models.DateTimeField(_("when"))
    times = models.PositiveIntegerField(_("times"), default=1)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    # Who dismissed it; "": its cause went away.
    resolved_by = models.CharField(_("dismissed by"), max_length=150, blank=True)
    payload = SealedField(null=True)  # the raw order, as text; it may hold personal data

    class Meta:
        verbose_name = _("communication error")
        verbose_name_plural = _("communication errors")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "amazon_order_id", "operation"],
                condition=Q(resolved_at__isnull=True),
                name="communicationerror_open_once",
            )
        ]
        # The log may have a million rows; each of its filters keeps the newest first.
        indexes = [
            models.Index(fields=["-at", "-id"], name="communicationerror_newest"),
            models.Index(
                fields=["-at", "-id"],
                condition=Q(resolved_at__isnull=True),
                name="communicationerror_open",
            ),
            models.Index(fields=["account", "-at", "-id"], name="communicationerror_account"),
            models.Index(fields=["operation", "-at", "-id"], name="communicationerror_operation"),
            models.Index(fields=["code", "-at", "-id"], name="communicationerror_code"),
            models.Index(fields=["amazon_order_id"], name="communicationerror_order"),
            models.Index(fields=["request_id"], name="communicationerror_request"),
        ]

    def __str__(self) -> str:
        return f"{self.operation}: {self.code}"
