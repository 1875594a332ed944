"""What each store sold on each day: sums that pages read instead of a million orders."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models.order_status import TO_SHIP, Status
from channels.models.store import AmazonStore

SOLD = (*TO_SHIP, Status.SHIPPED)  # what counts as revenue


class DailySales(models.Model):
    """Orders of one store, day of purchase (in the marketplace's time zone), status and currency.

    Never counted up: a day is counted anew from its orders (channels/services/sales.py).
    """

    store = models.ForeignKey(
        AmazonStore, models.CASCADE, related_name="daily_sales", verbose_name=_("Amazon store")
    )
    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=24, choices=Status.choices)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    orders = models.PositiveIntegerField(_("orders"))
    # Orders whose amount Amazon has not told yet are in `orders` and add nothing here.
    amount = models.DecimalField(_("amount"), max_digits=21, decimal_places=3)

    class Meta:
        verbose_name = _("sales of a day")
        verbose_name_plural = _("sales by day")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "status", "currency"], name="dailysales_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day} {self.status}"


class SalesChange(models.Model):
    """Orders of `store` that were placed in the hour from `hour` on have changed: count anew.

    Written in the transaction that changes them, and only ever added: whoever counts deletes the
    rows it has read, so what commits meanwhile is counted next time.
    """

    store = models.ForeignKey(AmazonStore, models.CASCADE, related_name="+")
    hour = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.store_id} {self.hour:%Y-%m-%d %H:%M}"
