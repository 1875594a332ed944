"""Cancellations: what was asked of the sales channel, and what became of it."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.admin import ReadOnlyAdmin, yes_or_no
from orders.models import Cancellation
from orders.templatetags.portal_ui import badge


@admin.register(Cancellation)
class CancellationAdmin(ReadOnlyAdmin[Cancellation]):
    list_display = [
        "requested_at", "order_column", "channel_number", "reason", "whole_column", "state_column",
        "requested_by", "finished_at", "answer",
    ]  # fmt: skip
    list_display_links = ["requested_at"]
    list_filter = ["state", "reason"]
    list_select_related = ["order"]
    search_fields = ["=order__number", "=order__channel_number"]
    search_help_text = _("Order number")
    ordering = ["-id"]
    readonly_fields = ["whole_column"]
    fields = [
        "order", "reason", "whole_column", "state", "requested_by", "requested_at", "not_before",
        "attempts", "answer", "finished_at",
    ]  # fmt: skip

    whole_column = staticmethod(yes_or_no("whole_order", _("whole order")))

    @admin.display(description=_("Commerce order"), ordering="order__number")
    def order_column(self, cancellation: Cancellation) -> SafeString:
        url = reverse("admin:orders_commerceorder_change", args=[cancellation.order_id])
        return format_html('<a href="{}">{}</a>', url, cancellation.order.number)

    @admin.display(description=_("Channel order"), ordering="order__channel_number")
    def channel_number(self, cancellation: Cancellation) -> str:
        return cancellation.order.channel_number

    @admin.display(description=_("State"), ordering="state")
    def state_column(self, cancellation: Cancellation) -> SafeString:
        return badge(cancellation.state, cancellation.get_state_display())
