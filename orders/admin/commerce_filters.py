"""The filters of the list of Commerce orders."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.models import CommerceStore
from orders.admin.filters import BarFilter, DateFilter, ManyFilter
from orders.models import CommerceOrder, OrderStatus

Orders = QuerySet[CommerceOrder]
GUEST, ACCOUNT = "guest", "account"


class StatusFilter(ManyFilter):
    """The order statuses, the merchant's own too: what the column shows."""

    title = _("Status")
    parameter_name = column = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.code, str(status)) for status in OrderStatus.objects.all()]


class StoreFilter(BarFilter):
    title = _("Commerce store")
    parameter_name = column = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stores = CommerceStore.objects.order_by("name", "code")
        return [(str(store.pk), str(store)) for store in stores]


class CustomerFilter(BarFilter):
    """With or without an account; ``?customer=12`` from the page of one is offered to nobody."""

    title = _("Customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        kinds: list[tuple[str, Any]] = [(GUEST, _("Guest")), (ACCOUNT, _("With an account"))]
        wanted = request.GET.get("customer", "")
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
            kinds.append((wanted, f"#{wanted}"))
        return kinds

    def narrow(self, request: HttpRequest, rows: Orders, value: str) -> Orders:
        if value in (GUEST, ACCOUNT):
            return rows.filter(customer__isnull=value == GUEST)
        return rows.filter(customer=int(value))


class PurchasedFrom(DateFilter):
    title = _("Purchased from")
    parameter_name = "from"
    column = "purchased_at"


class PurchasedTo(DateFilter):
    title = _("Purchased to")
    parameter_name = "to"
    column = "purchased_at"
    is_end = True
