"""Seller accounts, Amazon stores and their order settings."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels.amazon.marketplaces import by_id
from channels.policy import Rules
from customers.models import CommerceStore
from customers.sealed import SealedField
from orders.models.commerce_order import OPEN_STATES, CommerceOrder, OrderStatus
from orders.models.fields import SentenceField

AUTHORIZATION = timedelta(days=365)  # Amazon ends one after a year, whatever was done with it
RENEW_BEFORE = timedelta(days=30)


class SellerAccount(models.Model):
    """One Amazon authorization (LWA refresh token) in one SP-API region."""

    class Region(models.TextChoices):
        NA = "na", _("North America")
        EU = "eu", _("Europe, Middle East, India, Africa")
        FE = "fe", _("Far East")

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    seller_id = models.CharField(_("seller id"), max_length=32)
    endpoint = models.URLField(_("SP-API endpoint"))
    lwa_endpoint = models.URLField(_("LWA endpoint"))
    credentials = SealedField()  # {"client_id", "client_secret", "refresh_token"}
    poll_interval = models.PositiveIntegerField(
        _("seconds between polls"),
        default=180,  # searchOrders refills one call per 179 s (Orders API 2026-01-01, usage plan)
        validators=[MinValueValidator(5), MaxValueValidator(86_400)],
    )
    # Why nothing is asked of this account until a person acts; "" while all is well.
    problem = SentenceField(_("problem"), max_length=500, blank=True)
    problem_at = models.DateTimeField(_("problem since"), null=True, blank=True)
    authorized_at = models.DateTimeField(_("authorized"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("seller account")
        verbose_name_plural = _("seller accounts")
        constraints = [
            models.UniqueConstraint(fields=["region", "seller_id"], name="selleraccount_once")
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} ({self.region})"

    @property
    def lapses_at(self) -> datetime:
        """When Amazon ends the authorization unless the seller renews it."""
        return self.authorized_at + AUTHORIZATION


class AmazonStore(models.Model):
    """One marketplace of a seller account, mapped to one Commerce store."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    account = models.ForeignKey(
        SellerAccount, models.PROTECT, related_name="stores", verbose_name=_("seller account")
    )
    marketplace_id = models.CharField(_("marketplace"), max_length=20)
    commerce_store = models.ForeignKey(
        CommerceStore,
        models.PROTECT,
        related_name="amazon_stores",
        verbose_name=_("Commerce store"),
        help_text=_("The store's own Commerce store; order settings may choose another."),
    )
    active = models.BooleanField(_("active"), default=True)
    # Up to here its orders were swept when it was switched off.
    inactive_since = models.DateTimeField(_("inactive since"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("Amazon store")
        verbose_name_plural = _("Amazon stores")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "marketplace_id"], name="amazonstore_marketplace_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def country_code(self) -> str:
        marketplace = by_id(self.marketplace_id)
        return marketplace.country_code if marketplace else ""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its days, as its sellers count them."""
        marketplace = by_id(self.marketplace_id)
        return ZoneInfo(marketplace.time_zone if marketplace else "UTC")


class OrderSettings(models.Model):
    """If and how channel orders of a store become Commerce orders (Adobe's *Order Settings*)."""

    class CustomerCreation(models.TextChoices):
        GUEST = "guest", _("No Customer Creation (guest)")
        NEW = "new", _("Build New Customer Account")

    class NumberSource(models.TextChoices):
        COMMERCE = "commerce", _("Commerce order number")
        AMAZON = "amazon", _("Amazon order number")

    class StatusChoice(models.TextChoices):
        DEFAULT = "default", _("Default (Pending)")
        CUSTOM = "custom", _("Custom")

    class PendingOrders(models.TextChoices):
        IGNORE = "ignore", _("Do not reserve quantity")
        RESERVE = "reserve", _("Reserve quantity")

    class FbaOrders(models.TextChoices):
        CREATE = "create", _("Create as Complete")
        IGNORE = "ignore", _("Do not create")

    class UnknownSku(models.TextChoices):
        ADD = "add", _("Add to catalog (stock not managed)")
        UNMATCHED = "unmatched", _("Create with an unmatched line")
        HOLD = "hold", pgettext_lazy("an order that cannot be imported", "Hold")

    class ProductDisabled(models.TextChoices):
        HOLD = "hold", pgettext_lazy("an order that cannot be imported", "Hold")
        CREATE = "create", _("Create anyway")

    class OutOfStock(models.TextChoices):
        OVERSELL = "oversell", _("Create and flag oversold")
        HOLD = "hold", pgettext_lazy("an order that cannot be imported", "Hold")

    store = models.OneToOneField(
        AmazonStore,
        models.CASCADE,
        primary_key=True,
        related_name="order_settings",
        verbose_name=_("Amazon store"),
    )
    import_amazon_orders = models.BooleanField(_("Import Amazon orders"), default=True)
    commerce_store = models.ForeignKey(
        CommerceStore,
        models.PROTECT,
        related_name="+",
        verbose_name=_("Import into Commerce store"),
    )
    customer_creation = models.CharField(
        _("Customer creation"),
        max_length=8,
        choices=CustomerCreation.choices,
        default=CustomerCreation.GUEST,
    )
    order_number_source = models.CharField(
        _("Order number source"),
        max_length=8,
        choices=NumberSource.choices,
        default=NumberSource.COMMERCE,
    )
    number_prefix = models.CharField(_("Order number prefix"), max_length=16, blank=True)
    number_prefix_fba = models.CharField(_("Prefix of FBA orders"), max_length=16, blank=True)
    number_prefix_prime = models.CharField(_("Prefix of Prime orders"), max_length=16, blank=True)
    number_prefix_business = models.CharField(
        _("Prefix of Business orders"), max_length=16, blank=True
    )
    order_status = models.CharField(
        _("Order status"),
        max_length=8,
        choices=StatusChoice.choices,
        default=StatusChoice.DEFAULT,
    )
    processing_order_status = models.ForeignKey(
        OrderStatus,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Processing order status"),
    )
    pending_orders = models.CharField(
        _("Pending orders"),
        max_length=8,
        choices=PendingOrders.choices,
        default=PendingOrders.IGNORE,
    )
    pending_reserve_days = models.PositiveSmallIntegerField(
        _("Release reserved quantity after (days)"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    fba_orders = models.CharField(
        _("FBA orders"), max_length=8, choices=FbaOrders.choices, default=FbaOrders.CREATE
    )
    import_since = models.DateTimeField(_("Import orders placed since"), default=timezone.now)
    unknown_sku = models.CharField(
        _("Unknown SKU"), max_length=12, choices=UnknownSku.choices, default=UnknownSku.ADD
    )
    product_disabled = models.CharField(
        _("Product disabled"),
        max_length=8,
        choices=ProductDisabled.choices,
        default=ProductDisabled.HOLD,
    )
    out_of_stock = models.CharField(
        _("Out of stock"), max_length=8, choices=OutOfStock.choices, default=OutOfStock.OVERSELL
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("Grace period (minutes)"), default=0, validators=[MaxValueValidator(1440)]
    )

    class Meta:
        verbose_name = _("order settings")
        verbose_name_plural = _("order settings")

    def __str__(self) -> str:
        return str(self.store)

    def clean(self) -> None:
        if self.order_status != self.StatusChoice.CUSTOM:
            return
        status = self.processing_order_status
        if status is None:
            message = _("Order status Custom needs a processing order status.")
            raise ValidationError({"processing_order_status": message})
        if CommerceOrder.State(status.state) not in OPEN_STATES:
            message = _("A new order is Pending or Processing: choose a status of such a state.")
            raise ValidationError({"processing_order_status": message})

    def rules(self) -> Rules:
        """The settings that decide about an order, for channels/policy.py."""
        return Rules(
            import_enabled=self.import_amazon_orders,
            create_fba=self.fba_orders == self.FbaOrders.CREATE,
            hold_unknown_sku=self.unknown_sku == self.UnknownSku.HOLD,
            hold_disabled=self.product_disabled == self.ProductDisabled.HOLD,
            hold_out_of_stock=self.out_of_stock == self.OutOfStock.HOLD,
            reserve_pending=self.pending_orders == self.PendingOrders.RESERVE,
            import_since=self.import_since,
        )


class OrderSettingsChange(models.Model):
    """Who changed which order settings of a store, from what to what."""

    store = models.ForeignKey(
        AmazonStore, models.CASCADE, related_name="settings_changes", verbose_name=_("Amazon store")
    )
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    user_name = models.CharField(_("user"), max_length=150, blank=True)
    # {name: [before, after]}, as the command line writes them
    changes = models.JSONField(_("changes"))

    class Meta:
        verbose_name = _("change of order settings")
        verbose_name_plural = _("changes of order settings")
        ordering = ["-id"]
        indexes = [models.Index(fields=["store", "-id"], name="ordersettingschange_newest")]

    def __str__(self) -> str:
        return f"{self.store_id} {self.at:%Y-%m-%d %H:%M:%S}"
