"""The filters of the Orders tab."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from channels.models import AmazonStore, ChannelOrder
from channels.models.channel_order import HOLD_REASONS, Placement, Status
from orders.admin.filters import BarFilter, DateFilter, ManyFilter

ERROR, COMPLETED = "error", "completed"
ANSWERED = (Status.SHIPPED, Status.CANCELED)  # a request to cancel is moot
IS_ERROR = Q(placement=Placement.HELD)
IS_COMPLETED = Q(commerce_order__state="complete", proven_at__isnull=False)


def is_asked_to_cancel(order: ChannelOrder) -> bool:
    """Whether the buyer asked to cancel and has no answer yet."""
    return order.cancel_requested and order.status not in ANSWERED


class StatusFilter(ManyFilter):
    """The statuses as the tab shows them: Amazon's, and the two derived ones."""

    title = _("Status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Status.choices, (ERROR, _("Error")), (COMPLETED, _("Completed"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> QuerySet[ChannelOrder]:
        chosen = set(self.chosen)
        if not chosen:
            return queryset
        plain = chosen - {ERROR, COMPLETED}
        wanted = Q(status__in=plain) & ~IS_ERROR & ~IS_COMPLETED if plain else Q(pk__in=[])
        if ERROR in chosen:
            wanted |= IS_ERROR
        if COMPLETED in chosen:
            wanted |= IS_COMPLETED
        return queryset.filter(wanted)


class CauseFilter(BarFilter):
    """Why there is no Commerce order."""

    title = _("Cause")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(reason), label) for reason, label in HOLD_REASONS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> QuerySet[ChannelOrder]:
        value = self.value()
        return queryset.filter(IS_ERROR, hold_reason=value) if value else queryset


class StoreFilter(BarFilter):
    title = _("Store")
    parameter_name = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stores = AmazonStore.objects.order_by("name").values_list("pk", "name")
        return [(str(pk), name) for pk, name in stores]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> QuerySet[ChannelOrder]:
        value = self.value()
        return queryset.filter(store_id=int(value)) if value else queryset


class FulfilledByFilter(BarFilter):
    title = _("Fulfilled by")
    parameter_name = "fulfilled_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("merchant", _("Merchant")), ("amazon", "Amazon")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> QuerySet[ChannelOrder]:
        value = self.value()
        return queryset.filter(fulfilled_by=value) if value else queryset


class CancelRequestedFilter(BarFilter):
    """Orders to stop: the buyer asked, and Amazon still waits for what the merchant does."""

    title = _("Cancel requested")
    parameter_name = "cancel_requested"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("By the buyer"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> QuerySet[ChannelOrder]:
        if not self.value():
            return queryset
        return queryset.filter(cancel_requested=True).exclude(status__in=ANSWERED)


class PurchasedFrom(DateFilter):
    title = _("Purchased from")
    parameter_name = "from"
    column = "purchase_date"


class PurchasedTo(DateFilter):
    title = _("Purchased to")
    parameter_name = "to"
    column = "purchase_date"
    is_end = True
