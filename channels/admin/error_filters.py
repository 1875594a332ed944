"""The filters of the communication errors log."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from channels.models import AmazonStore, CommunicationError
from channels.troubles import CODES, OPERATIONS
from orders.admin.filters import BarFilter, DateFilter

Errors = QuerySet[CommunicationError]


class OpenFilter(BarFilter):
    title = _("State")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Open")), ("no", _("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: Errors) -> Errors:
        value = self.value()
        return queryset.filter(resolved_at__isnull=value == "yes") if value else queryset


class ErrorStoreFilter(BarFilter):
    """What happened at a store, and at its seller account as a whole."""

    title = _("Store")
    parameter_name = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stores = AmazonStore.objects.order_by("name").values_list("pk", "name", "account")
        self.accounts = {str(pk): account for pk, _name, account in stores}
        return [(str(pk), name) for pk, name, _account in stores]

    def queryset(self, request: HttpRequest, queryset: Errors) -> Errors:
        value = self.value()
        if not value:
            return queryset
        at_store = Q(store=int(value)) | Q(store=None)
        return queryset.filter(at_store, account=self.accounts[value])


class OperationFilter(BarFilter):
    title = _("Operation")
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OPERATIONS.items())

    def queryset(self, request: HttpRequest, queryset: Errors) -> Errors:
        value = self.value()
        return queryset.filter(operation=value) if value else queryset


class CodeFilter(BarFilter):
    title = _("Code")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, code) for code in CODES]

    def queryset(self, request: HttpRequest, queryset: Errors) -> Errors:
        value = self.value()
        return queryset.filter(code=value) if value else queryset


class ErrorsFrom(DateFilter):
    title = _("From")
    parameter_name = "from"
    column = "at"


class ErrorsTo(DateFilter):
    title = _("To")
    parameter_name = "to"
    column = "at"
    is_end = True
