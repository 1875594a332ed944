"""What an Amazon order can be: in Amazon's word, in ours, and why it has no Commerce order."""

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from channels.policy import HoldReason


class Status(models.TextChoices):
    """Amazon's life cycle of an order (Orders API 2026-01-01 ``fulfillmentStatus``)."""

    PENDING_AVAILABILITY = "pending_availability", _("Pending availability")
    PENDING = "pending", _("Pending")
    UNSHIPPED = "unshipped", _("Unshipped")
    PARTIALLY_SHIPPED = "partially_shipped", _("Partially shipped")
    SHIPPED = "shipped", _("Shipped")
    CANCELED = "canceled", _("Canceled")
    UNFULFILLABLE = "unfulfillable", _("Unfulfillable")
    UNKNOWN = "unknown", _("Unknown")


class Placement(models.TextChoices):
    """What the portal did with it."""

    AWAITING = "awaiting", _("Awaiting Amazon")
    PLACED = "placed", _("Commerce order created")
    HELD = "held", _("Error")
    VIEW_ONLY = "view_only", _("View only")
    IGNORED = "ignored", _("No Commerce order")


HOLD_REASONS = {
    HoldReason.UNKNOWN_SKU: _("Unknown SKU"),
    HoldReason.PRODUCT_DISABLED: _("Product disabled"),
    HoldReason.OUT_OF_STOCK: _("Out of stock"),
    HoldReason.TOTAL: _("Total does not balance"),
    HoldReason.DETAILS_MISSING: _("Details missing from Amazon"),
}

HIDDEN_STATUSES = (Status.PENDING, Status.PENDING_AVAILABILITY)  # not on the Orders tab
NOT_YET_SHIPPED = (Status.PENDING_AVAILABILITY, Status.PENDING, Status.UNSHIPPED)
TO_SHIP = (Status.UNSHIPPED, Status.PARTIALLY_SHIPPED)
OPEN_STATUSES = (*NOT_YET_SHIPPED, Status.PARTIALLY_SHIPPED)
ANSWERED = (Status.SHIPPED, Status.CANCELED)  # a buyer's request to cancel is moot
UNPLACED = (Placement.AWAITING, Placement.HELD, Placement.VIEW_ONLY, Placement.IGNORED)


class Written(Value):
    """A word of ours that stands in the SQL: of IN, SQLite knows a partial index by that alone."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return f"'{self.value}'", ()


def written(*words: str) -> list[Written]:
    """In the order of the index."""
    return [Written(str(word)) for word in words]


# As the partial indexes have it
ON_THE_TAB = ~Q(status__in=written(*HIDDEN_STATUSES))
# All there are, each once, each with an index by purchase date or few; what is held is shown as an
# error, whatever its status
PARTS_BY_DATE = (
    ON_THE_TAB,
    Q(shown_status__in=HIDDEN_STATUSES),
    Q(placement="held", status__in=HIDDEN_STATUSES),
)
ASKED_TO_CANCEL = Q(cancel_requested=True) & ~Q(status__in=written(*ANSWERED))
MERCHANT_SHIPS = Q(fulfilled_by=Written("merchant"), status__in=written(*TO_SHIP))

# As the Orders tab shows and sorts it: the two derived statuses are Error and Completed.
SHOWN_STATUS = Case(
    When(placement="held", then=Value("error")),
    When(
        Q(placement="placed", proven_at__isnull=False) & ~Q(status__in=OPEN_STATUSES),
        then=Value("completed"),
    ),
    default=F("status"),
    output_field=models.CharField(max_length=24),
)
