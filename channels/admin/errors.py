"""The communication errors log and the sync runs."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from channels.models import CommunicationError, SyncRun
from customers.admin import ReadOnlyAdmin


@admin.register(CommunicationError)
class CommunicationErrorAdmin(ReadOnlyAdmin[CommunicationError]):
    list_display = ["at", "account", "amazon_order_id", "operation", "code", "message", "open"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "operation"]
    list_select_related = ["account", "store"]
    search_fields = ["=amazon_order_id", "=request_id"]
    search_help_text = _("Order number or request id")
    fields = [
        "at", "account", "amazon_order_id", "operation", "code", "message", "request_id", "times",
        "resolved_at",
    ]  # fmt: skip

    @admin.display(description=_("open"), boolean=True)
    def open(self, error: CommunicationError) -> bool:
        return error.resolved_at is None


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin[SyncRun]):
    list_display = [
        "started_at", "account", "outcome", "pages", "seen", "created", "changed", "placed",
        "set_aside", "detail",
    ]  # fmt: skip
    list_filter = ["outcome"]
    list_select_related = ["account"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("-id")
