"""What buyers are found by, without keeping their names in clear."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models.channel_order import ChannelOrder


class BuyerTerm(models.Model):
    """One blind term of an order: a word of a name, the start of one, or the whole e-mail address.

    Written by channels/services/buyer_terms.py, which says what the terms are. Equal terms are
    equal words, and tell no more without the key.
    """

    pk = models.CompositePrimaryKey("term", "order")
    term = models.BigIntegerField()
    order = models.ForeignKey(ChannelOrder, models.CASCADE, related_name="buyer_terms")

    class Meta:
        verbose_name = _("buyer term")
        verbose_name_plural = _("buyer terms")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.order_id}"
