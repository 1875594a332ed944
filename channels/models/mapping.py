"""Which product an Amazon Seller SKU of a store stands for, where the two differ."""

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
