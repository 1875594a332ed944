"""Confirmations, with what Amazon's answers mean and which of them need a person."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from channels.models import AmazonStore
from channels.refusals import explain
from channels.services.attention import SHIP_BY, STORE, needing_attention, with_ship_by
from channels.templatetags.channel_ui import due
from orders.admin.filters import BarFilter
from orders.admin.outbox import DismissedFilter, OutboxMessageAdmin
from orders.models import OutboxMessage
from orders.models.outbox import Way
from orders.sentences import in_english
from orders.templatetags.portal_ui import answered

ATTENTION = "attention"


class AttentionFilter(BarFilter):
    title = _("needs attention")
    parameter_name = ATTENTION

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def narrow(self, request: HttpRequest, rows: Any, value: str) -> QuerySet[OutboxMessage]:
        return needing_attention(rows, timezone.now())


class StoreFilter(BarFilter):
    title = _("store")
    parameter_name = "store"
    column = STORE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        stores = AmazonStore.objects.order_by("name").values_list("pk", "name")
        return [(str(pk), name) for pk, name in stores]


@admin.register(OutboxMessage)
class ConfirmationAdmin(OutboxMessageAdmin):
    list_display = [
        "created_at", "order_column", "package", "ship_by_column", "state_column",
        "sent_column", "proven_at", "answer_column",
    ]  # fmt: skip
    list_select_related = ["package__order__channel_order__store"]
    list_filter = [AttentionFilter, "state", StoreFilter, DismissedFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return with_ship_by(super().get_queryset(request))  # type: ignore[arg-type]

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What needs a person: the most urgent first."""
        return (SHIP_BY, "id") if request.GET.get(ATTENTION) == "yes" else ("-id",)

    @admin.display(description=_("Ship by"), ordering="ship_by")
    def ship_by_column(self, message: OutboxMessage) -> str | SafeString:
        ship_by = message.ship_by  # type: ignore[attr-defined]  # annotated
        if ship_by is None:
            return ""
        store = message.package.order.channel_order.store
        return due(ship_by, store.zone, is_over=message.state == OutboxMessage.State.PROVEN)

    @admin.display(description=_("Sent"), ordering="sent_at")
    def sent_column(self, message: OutboxMessage) -> str | SafeString:
        """When, and how: most go by call, so that is not said."""
        if message.sent_at is None:
            return ""
        text = date_format(timezone.localtime(message.sent_at), "SHORT_DATETIME_FORMAT")
        if message.way == Way.FEED:
            return format_html("{} · {}", text, message.get_way_display())
        return text

    @admin.display(description=_("Amazon's answer, and what to do"))
    def answer_column(self, message: OutboxMessage) -> str | SafeString:
        """The answer in Amazon's words, then in plain ones; why it was dismissed."""
        if message.dismissed_at is not None:
            by = message.dismissed_by or _("Portal")
            return format_html("{}<br><small>{}: {}</small>", answered(message.last_error), by,
                               message.dismiss_reason)  # fmt: skip
        if not message.last_error:
            return ""
        known = explain(in_english(message.last_error))
        return format_html(
            "<strong>{}</strong> {}<br><small>{}</small>", known.cause, known.fix,
            answered(message.last_error),
        )  # fmt: skip
