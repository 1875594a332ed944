"""What left the house: shipments and their packages. Facts, so not a machine."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Right, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.commerce_order import CommerceOrder, CommerceOrderLine

if TYPE_CHECKING:
    from orders.models.outbox import OutboxMessage


TAIL = 6  # of a tracking number: what people read out and type


class Shipment(models.Model):
    """One act of shipping some or all of an order."""

    class By(models.TextChoices):
        MERCHANT = "merchant", _("Merchant")
        AMAZON = "amazon", "Amazon"  # fulfilled by Amazon
        CHANNEL = "channel", _("Confirmed elsewhere")  # Amazon told us about it

    order = models.ForeignKey(
        CommerceOrder, models.CASCADE, related_name="shipments", verbose_name=_("order")
    )
    number = models.PositiveIntegerField(_("shipment"))
    by = models.CharField(_("shipped by"), max_length=8, choices=By.choices)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="shipment_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"


class Package(models.Model):
    """One parcel: carrier, tracking number, ship date. `number` is Amazon's packageReferenceId."""

    order = models.ForeignKey(
        CommerceOrder, models.CASCADE, related_name="packages", verbose_name=_("order")
    )
    shipment = models.ForeignKey(
        Shipment, models.CASCADE, related_name="packages", verbose_name=_("shipment")
    )
    number = models.PositiveIntegerField(_("package"))
    carrier_code = models.CharField(_("carrier"), max_length=64, blank=True)
    carrier_name = models.CharField(_("carrier name"), max_length=64, blank=True)
    shipping_method = models.CharField(_("shipping method"), max_length=64, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)
    shipped_at = models.DateTimeField(_("ship date"), null=True, blank=True)
    # How cash on delivery was taken (Japan): Amazon's ``codCollectionMethod``
    cod_collection_method = models.CharField(
        _("cash on delivery"), max_length=16, blank=True, choices=[("DirectPayment", _("Paid"))]
    )

    class Meta:
        verbose_name = _("package")
        verbose_name_plural = _("packages")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="package_number_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="package_number_positive"),
        ]
        indexes = [
            models.Index(Upper("tracking_number"), name="package_by_tracking"),
            models.Index(Right(Upper("tracking_number"), TAIL), name="package_by_tail"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier_name or self.carrier_code} {self.tracking_number}".strip()

    @property
    def confirmation(self) -> str:
        """pending, in_flight, sent, proven, refused, or by_amazon for what Amazon fulfilled."""
        if self.shipment.by == Shipment.By.AMAZON:
            return "by_amazon"
        if message := self.message:
            return str(message.state)
        # What was confirmed elsewhere the channel itself told us.
        return "proven" if self.shipment.by == Shipment.By.CHANNEL else "pending"

    @property
    def message(self) -> "OutboxMessage | None":
        """The confirmation of this package; None for packages nobody has to be told about."""
        return next(iter(self.messages.all()), None)


class PackageItem(models.Model):
    """Units of one line in one package."""

    package = models.ForeignKey(
        Package, models.CASCADE, related_name="items", verbose_name=_("package")
    )
    line = models.ForeignKey(
        CommerceOrderLine, models.CASCADE, related_name="package_items", verbose_name=_("line")
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    # One per unit, of items that need them (Amazon's Transparency programme, serial numbers)
    unit_codes = models.JSONField(_("codes of the units"), default=list, blank=True)

    class Meta:
        verbose_name = _("package item")
        verbose_name_plural = _("package items")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["package", "line"], name="packageitem_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="packageitem_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"
