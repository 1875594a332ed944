"""What changed on the merchant's side that a sales channel waits for."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ChangeEvent(models.Model):
    """One change, written in its transaction; deleted when the channel has looked at it.

    Orders that wait for this (held ones) are looked at again. Reading one twice is harmless.
    """

    class Topic(models.TextChoices):
        PRODUCT = "product.changed", _("Product or stock changed")
        SETTINGS = "order_settings.changed", _("Order settings changed")

    topic = models.CharField(_("topic"), max_length=32, choices=Topic.choices)
    object_id = models.BigIntegerField(_("object"))  # pk of the product, of the store
    # Of many orders those up to this pk have been looked at: what is cut off goes on from there.
    done_up_to = models.BigIntegerField(default=0, editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.topic} {self.object_id}"
