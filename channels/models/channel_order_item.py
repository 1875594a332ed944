"""The lines of an Amazon order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models.channel_order import ChannelOrder
from orders.models.fields import AmountField


class ChannelOrderItem(models.Model):
    """One line of an Amazon order; amounts are Amazon's for the whole quantity."""

    order = models.ForeignKey(
        ChannelOrder, models.CASCADE, related_name="items", verbose_name=_("order")
    )
    order_item_id = models.CharField(_("order item id"), max_length=32)
    asin = models.CharField(_("ASIN"), max_length=16, blank=True)
    seller_sku = models.CharField(_("Amazon Seller SKU"), max_length=64, blank=True)
    title = models.CharField(_("title"), max_length=500, blank=True)
    condition = models.CharField(_("condition"), max_length=32, blank=True)
    quantity_ordered = models.PositiveIntegerField(_("ordered"))
    quantity_shipped = models.PositiveIntegerField(_("shipped at Amazon"), default=0)
    # quantityUnfulfilled; NULL: Amazon did not say. Less than the rest: units were canceled.
    quantity_unshipped = models.PositiveIntegerField(_("to ship at Amazon"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    unit_price = AmountField(_("unit price"))
    item_amount = AmountField(_("item"))
    shipping_amount = AmountField(_("shipping"))
    gift_wrap_amount = AmountField(_("gift wrap"))
    other_amount = AmountField(_("other charges"))  # COD fee and what Amazon calls OTHER
    discount_amount = AmountField(_("discount"))
    tax_amount = AmountField(_("tax"))
    total = AmountField(_("total"))
    # {"ITEM": "3.60", …}: tax per component where Amazon gives it
    tax_detail = models.JSONField(_("tax per component"), default=dict, blank=True)
    tax_collected_by_amazon = models.BooleanField(_("tax collected by Amazon"), default=False)
    programs = models.JSONField(_("programs"), default=list, blank=True)
    is_gift = models.BooleanField(_("gift"), default=False)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "order_item_id"], name="channelorderitem_once")
        ]
        indexes = [
            models.Index(fields=["seller_sku", "order"], name="channelorderitem_sku_order"),
            models.Index(fields=["asin", "order"], name="channelorderitem_asin_order"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity_ordered} × {self.seller_sku or self.asin or self.order_item_id}"

    @property
    def quantity_left(self) -> int:
        """Units that Amazon still waits for."""
        left = max(self.quantity_ordered - self.quantity_shipped, 0)
        return left if self.quantity_unshipped is None else min(left, self.quantity_unshipped)

    @property
    def quantity_wanted(self) -> int:
        """Units that the buyer gets: ordered, without those that were canceled."""
        return min(self.quantity_ordered, self.quantity_shipped + self.quantity_left)
