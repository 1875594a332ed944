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

    def narrow(self, request: HttpRequest, rows: Errors, value: str) -> Errors:
        return rows.filter(resolved_at__isnull=value == "yes")


class ErrorStoreFilter(BarFilter):
    """What happened at a store, and at its seller account as a whole."""

    title = _("Store")
    parameter_name = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stores = AmazonStore.objects.order_by("name").values_list("pk", "name", "account")
        self.accounts = {str(pk): account for pk, _name, account in stores}
        return [(str(pk), name) for pk, name, _account in stores]

    def narrow(self, request: HttpRequest, rows: Errors, value: str) -> Errors:
        at_store = Q(store=int(value)) | Q(store=None)
        return rows.filter(at_store, account=self.accounts[value])


class OperationFilter(BarFilter):
    title = _("Operation")
    parameter_name = column = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OPERATIONS.items())


class CodeFilter(BarFilter):
    title = _("Code")
    parameter_name = column = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, code) for code in CODES]


class ErrorsFrom(DateFilter):
    title = _("From")
    parameter_name = "from"
    column = "at"


class ErrorsTo(DateFilter):
    title = _("To")
    parameter_name = "to"
    column = "at"
    is_end = True
