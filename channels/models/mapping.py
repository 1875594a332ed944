"""Their words and ours: SKUs and products, names of carriers and Amazon's codes."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.store import AmazonStore
from orders.models import Product


class SkuMapping(models.Model):
    """One Amazon Seller SKU of one store. Without one, the product of the same SKU is meant."""

    store = models.ForeignKey(
        AmazonStore, models.CASCADE, related_name="sku_mappings", verbose_name=_("Amazon store")
    )
    seller_sku = models.CharField(_("Amazon Seller SKU"), max_length=64)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="sku_mappings", verbose_name=_("product")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("SKU mapping")
        verbose_name_plural = _("SKU mappings")
        ordering = ["store", "seller_sku"]
        constraints = [
            models.UniqueConstraint(fields=["store", "seller_sku"], name="skumapping_once"),
            models.CheckConstraint(
                condition=~models.Q(seller_sku=""), name="skumapping_names_a_sku"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller_sku} → {self.product_id}"


class CarrierMapping(models.Model):
    """What staff, an ERP or a CSV file calls a carrier, and Amazon's code for it."""

    name = models.CharField(_("carrier as you call it"), max_length=64)
    # `name` without case and spaces: one mapping for all its spellings
    name_key = models.CharField(max_length=64, unique=True, editable=False)
    carrier_code = models.CharField(_("Amazon's carrier code"), max_length=64)
    carrier_name = models.CharField(
        _("carrier name"), max_length=64, blank=True, help_text=_("Only for carrier Other.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("carrier mapping")
        verbose_name_plural = _("carrier mappings")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(carrier_code="Other") ^ models.Q(carrier_name=""),
                name="carriermapping_other_has_name",
            )
        ]

    def __str__(self) -> str:
        return self.name
