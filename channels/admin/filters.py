"""The filters of the Orders tab."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models import ChannelOrder
from channels.models.order_status import (
    ASKED_TO_CANCEL,
    HOLD_REASONS,
    TO_SHIP,
    Placement,
    Status,
    written,
)
from channels.policy import HoldReason
from channels.services.held import OF_A_SKU
from channels.services.shortlists import due_on, needing_a_person
from channels.ship_by import Due
from channels.templatetags.channel_ui import stores_of
from orders.admin.filters import AmountFilter, BarFilter, DateFilter, ManyFilter

Orders = QuerySet[ChannelOrder]


def now_of(request: HttpRequest) -> datetime:
    """One moment for the whole request: its list, its counts, its countdowns."""
    found: datetime | None = getattr(request, "moment", None)
    if found is None:
        found = request.moment = timezone.now()  # type: ignore[attr-defined]  # for the rest of it
    return found


def is_to_ship(params: Mapping[str, Sequence[str]]) -> bool:
    """Whether these filters leave nothing but what the merchant has to ship."""
    statuses = set(params.get("status", ()))
    by = list(params.get("fulfilled_by", ()))
    return by == ["merchant"] and bool(statuses) and statuses <= set(TO_SHIP)


class StatusFilter(ManyFilter):
    """The statuses as the tab shows them: Amazon's, and the two derived ones."""

    title = _("Status")
    parameter_name = "status"
    column = "shown_status"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], *args: Any) -> None:
        self.is_to_ship = is_to_ship(params)
        super().__init__(request, params, *args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Status.choices, ("error", _("Error")), ("completed", _("Completed"))]

    def narrow(self, request: HttpRequest, rows: Orders, value: str) -> Orders:
        chosen = self.values()
        if self.is_to_ship:
            # The same orders in other words: the index of what is to be shipped goes by these, and
            # a planner that sees both columns takes them for few.
            return rows.filter(status__in=written(*sorted(chosen, key=TO_SHIP.index))).exclude(
                placement=Placement.HELD
            )
        return super().narrow(request, rows, value)


class CauseFilter(BarFilter):
    """Why there is no Commerce order; ``unknown_sku:KET-12`` is that of one SKU."""

    title = _("Cause")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        sent = [(text, *text.partition(":")[::2]) for text in self.sent]
        return [
            *((str(reason), label) for reason, label in HOLD_REASONS.items()),
            *(
                (text, f"{HOLD_REASONS[HoldReason(reason)]}: {sku}")
                for text, reason, sku in sent
                if sku and reason in OF_A_SKU
            ),
        ]

    def narrow(self, request: HttpRequest, rows: Orders, value: str) -> Orders:
        reason, _, sku = value.partition(":")
        found = rows.filter(placement=Placement.HELD, hold_reason=reason)
        return found.filter(hold_detail=sku) if sku else found


class StoreFilter(BarFilter):
    title = _("Store")
    parameter_name = column = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(store.pk), store.name) for store in stores_of(request)]


class FulfilledByFilter(BarFilter):
    title = _("Fulfilled by")
    parameter_name = column = "fulfilled_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("merchant", _("Merchant")), ("amazon", "Amazon")]


class CancelRequestedFilter(BarFilter):
    """Orders to stop: the buyer asked, and Amazon still waits for what the merchant does."""

    title = _("Cancel requested")
    parameter_name = "cancel_requested"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("By the buyer"))]

    def narrow(self, request: HttpRequest, rows: Orders, value: str) -> Orders:
        return rows.filter(ASKED_TO_CANCEL)


class DueFilter(BarFilter):
    """By the day on which they must be shipped, as each store counts its days."""

    title = _("Ship by")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(Due.LATE, _("Late")), (Due.TODAY, _("Today")), (Due.TOMORROW, _("Tomorrow"))]

    def narrow(self, request: HttpRequest, rows: Orders, value: str) -> Orders:
        return due_on(rows, Due(value), stores_of(request), now_of(request))


class AttentionFilter(BarFilter):
    """What a person must look at, whatever the cause."""

    title = _("Needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def narrow(self, request: HttpRequest, rows: Orders, value: str) -> Orders:
        return needing_a_person(rows, now_of(request))


class PurchasedFrom(DateFilter):
    title = _("Purchased from")
    parameter_name = "from"
    column = "purchase_date"


class PurchasedTo(DateFilter):
    title = _("Purchased to")
    parameter_name = "to"
    column = "purchase_date"
    is_end = True


class TotalFrom(AmountFilter):
    title = _("Total from")
    parameter_name = "total_from"
    column = "grand_total"


class TotalTo(AmountFilter):
    title = _("Total to")
    parameter_name = "total_to"
    column = "grand_total"
    is_end = True


FILTERS: tuple[type[BarFilter], ...] = (
    StatusFilter, CauseFilter, StoreFilter, FulfilledByFilter, DueFilter, CancelRequestedFilter,
    AttentionFilter, PurchasedFrom, PurchasedTo, TotalFrom, TotalTo,
)  # fmt: skip
