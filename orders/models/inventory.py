"""Products and two append-only lists that explain every number: what orders need, what is there."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """A SKU the merchant sells."""

    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=500, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    manage_stock = models.BooleanField(
        _("manage stock"),
        default=False,
        help_text=_("Off: always salable, and nothing is reserved or deducted."),
    )
    quantity = models.IntegerField(
        _("quantity"), default=0, help_text=_("Units on the shelf, reserved ones included.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["sku"]

    def __str__(self) -> str:
        return self.sku


class Reservation(models.Model):
    """One ledger line. The sum over a product is minus what open orders still need.

    Adobe Commerce's inventory reservations: an order placed is negative, a shipment, a cancellation
    or a release gives back, a changed quantity goes either way. Never changed, never deleted.
    """

    class Event(models.TextChoices):
        PENDING = "pending", _("Pending order")
        RELEASED = "released", _("Pending order released")
        PLACED = "placed", _("Order placed")
        SHIPPED = "shipped", _("Shipment created")
        CANCELED = "canceled", _("Order canceled")
        ADJUSTED = "adjusted", _("Quantity changed")

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="reservations", verbose_name=_("product")
    )
    event = models.CharField(_("event"), max_length=16, choices=Event.choices)
    order_uid = models.UUIDField(_("order"), editable=False)  # timeline of the order it is for
    object_key = models.CharField(_("object"), max_length=48)  # "order:<id>", "package:<id>"
    quantity = models.IntegerField(_("quantity"))
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "object_key", "product"], name="reservation_once_per_event"
            ),
            models.CheckConstraint(
                condition=(
                    Q(event__in=["pending", "placed"], quantity__lt=0)
                    | Q(event__in=["released", "shipped", "canceled"], quantity__gt=0)
                    | (Q(event="adjusted") & ~Q(quantity=0))
                ),
                name="reservation_sign_follows_event",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "quantity"], name="reservation_balance"),
            models.Index(fields=["order_uid"], name="reservation_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.quantity:+d} {self.product_id}"


class StockMovement(models.Model):
    """One change of a product's `quantity`. Their sum is the quantity: all writers write both.

    Never changed, never deleted.
    """

    class Kind(models.TextChoices):
        SET = "set", _("Set by hand")
        IMPORTED = "imported", _("CSV import")
        SHIPPED = "shipped", _("Shipped")
        TAKEN_BACK = "taken_back", _("Shipment taken back")

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="movements", verbose_name=_("product")
    )
    kind = models.CharField(_("what"), max_length=16, choices=Kind.choices)
    change = models.IntegerField(_("change"))
    # "package:<id>"; "taken-back:<id>:<id of its order>" of a package that is gone
    object_key = models.CharField(_("object"), max_length=48, blank=True)
    user_name = models.CharField(_("user"), max_length=150, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(change=0), name="stockmovement_moves"),
            models.UniqueConstraint(
                fields=["product", "object_key"],
                condition=~Q(object_key=""),
                name="stockmovement_once_per_object",
            ),
        ]
        indexes = [models.Index(fields=["product", "-id"], name="stockmovement_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.change:+d} {self.product_id}"
