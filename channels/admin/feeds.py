"""Feeds: what goes to Amazon in bulk, and what it said about each message."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from channels.models import Feed, FeedEntry
from customers.admin import ReadOnlyAdmin
from orders.models import CommerceOrder
from orders.templatetags.portal_ui import answered, badge


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin[Feed]):
    list_display = [
        "created_at", "account", "feed_type", "state_column", "feed_id", "messages_column",
        "messages_refused", "submitted_at", "finished_at", "detail",
    ]  # fmt: skip
    list_display_links = ["created_at"]
    list_filter = ["state", "feed_type"]
    list_select_related = ["account"]
    search_fields = ["=feed_id", "=request_id"]
    search_help_text = _("Feed id or request id")
    fields = [
        "account", "feed_type", "state", "feed_id", "messages_column", "messages_refused",
        "created_at", "submitted_at", "finished_at", "due_at", "checks", "detail", "request_id",
    ]  # fmt: skip

    @admin.display(description=_("State"), ordering="state")
    def state_column(self, feed: Feed) -> SafeString:
        return badge(feed.state, feed.get_state_display())

    @admin.display(description=_("messages"), ordering="messages_total")
    def messages_column(self, feed: Feed) -> SafeString:
        url = reverse("admin:channels_feedentry_changelist")
        return format_html('<a href="{}?feed__id__exact={}">{}</a>', url, feed.pk,
                           feed.messages_total)  # fmt: skip


@admin.register(FeedEntry)
class FeedEntryAdmin(ReadOnlyAdmin[FeedEntry]):
    list_display = ["feed", "number", "order_column", "about", "state_column", "answer"]
    list_display_links = ["number"]
    list_filter = ["feed__feed_type"]
    list_select_related = [
        "feed", "confirmation__package__order", "cancellation__order",
    ]  # fmt: skip
    search_fields = [
        "=confirmation__package__order__number", "=confirmation__package__tracking_number",
        "=cancellation__order__number",
    ]  # fmt: skip
    search_help_text = _("Commerce order or tracking number")
    ordering = ["-feed", "number"]
    sortable_by = ()
    fields = ["feed", "number", "order_column", "about", "state_column", "answer"]

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        return lookup == "feed__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]  # Django passes its request

    @admin.display(description=_("Commerce order"))
    def order_column(self, entry: FeedEntry) -> SafeString:
        order = _order(entry)
        url = reverse("admin:orders_commerceorder_change", args=[order.pk])
        return format_html('<a href="{}">{}</a>', url, order.number)

    @admin.display(description=_("about"))
    def about(self, entry: FeedEntry) -> str:
        if entry.confirmation is not None:
            return str(entry.confirmation.package)
        assert entry.cancellation is not None  # by constraint
        return entry.cancellation.reason

    @admin.display(description=_("State"))
    def state_column(self, entry: FeedEntry) -> SafeString:
        """As it is now: it may have been sent again since, on another way."""
        found = entry.confirmation or entry.cancellation
        assert found is not None  # by constraint
        return badge(found.state, found.get_state_display())

    @admin.display(description=_("answer"))
    def answer(self, entry: FeedEntry) -> str | SafeString:
        if entry.confirmation is not None:
            return answered(entry.confirmation.last_error)
        return answered(entry.cancellation.answer) if entry.cancellation else ""


def _order(entry: FeedEntry) -> CommerceOrder:
    if entry.confirmation is not None:
        return entry.confirmation.package.order
    assert entry.cancellation is not None  # by constraint
    return entry.cancellation.order
