"""Confirmations: what goes to the sales channel, and how far each one is."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.admin import ReadOnlyAdmin
from orders.models import OutboxMessage
from orders.services.outbox import resend
from orders.templatetags.portal_ui import badge


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin[OutboxMessage]):
    list_display = [
        "created_at", "order_column", "package", "state_column", "way", "attempts", "sent_at",
        "proven_at", "last_error",
    ]  # fmt: skip
    list_display_links = ["created_at"]
    list_filter = ["state"]
    list_select_related = ["package", "package__order"]
    search_fields = ["=package__tracking_number", "=package__order__number"]
    search_help_text = _("Tracking number or Commerce order")
    ordering = ["-id"]
    actions = ["send_again"]

    @admin.display(description=_("Commerce order"))
    def order_column(self, message: OutboxMessage) -> SafeString:
        order = message.package.order
        url = reverse("admin:orders_commerceorder_change", args=[order.pk])
        return format_html('<a href="{}">{}</a>', url, order.number)

    @admin.display(description=_("State"), ordering="state")
    def state_column(self, message: OutboxMessage) -> SafeString:
        return badge(message.state, message.get_state_display())

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        sent = sum(
            resend(pk, user=request.user.get_username())
            for pk in queryset.values_list("pk", flat=True)
        )
        text = ngettext(
            "%(count)d confirmation will be sent again.",
            "%(count)d confirmations will be sent again.",
            sent,
        )
        level = messages.SUCCESS if sent else messages.WARNING
        self.message_user(request, text % {"count": sent}, level)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.ship_commerceorder")
