"""Commerce orders: the list and the page."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orders.admin import package_actions
from orders.admin.cancel_page import CancelPages
from orders.admin.comments import CommentPages
from orders.admin.commerce_filters import (
    CustomerFilter,
    PurchasedFrom,
    PurchasedTo,
    StatusFilter,
    StoreFilter,
)
from orders.admin.filters import BarChangeList
from orders.admin.hold_page import HoldPages
from orders.admin.order_page import order_page_context
from orders.admin.paging import CappedPaginator
from orders.admin.ship_pages import ShipPages
from orders.models import CommerceOrder, OrderStatus
from orders.services.finding import MAX_WORDS, search_words
from orders.templatetags.portal_ui import badge, money


@admin.register(CommerceOrder)
class CommerceOrderAdmin(HoldPages, CancelPages, CommentPages, ShipPages):
    change_list_template = "admin/orders/commerceorder/change_list.html"
    page_template = "admin/orders/commerceorder/order.html"
    list_display = [
        "number", "purchased_at", "status_column", "channel_order_column", "customer_column",
        "total", "store",
    ]  # fmt: skip
    list_filter = [StatusFilter, StoreFilter, CustomerFilter, PurchasedFrom, PurchasedTo]
    list_select_related = ["store", "status", "channel_order"]
    search_fields = ["=number", "=channel_number"]
    search_help_text = _("Order numbers of either side, as many as you paste")
    ordering = ["-purchased_at", "-id"]
    actions = ["hold_orders", "unhold_orders"]
    paginator = CappedPaginator

    def get_urls(self) -> list[URLPattern]:
        return [*package_actions.urls(self.admin_site), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BarChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CommerceOrder], search_term: str
    ) -> tuple[QuerySet[CommerceOrder], bool]:
        """Whole numbers, of Commerce orders and of channel orders, each by its own index."""
        words = search_words(search_term)
        if not words:
            return queryset, False
        if len(words) > MAX_WORDS:
            told = _("Only the first %(count)d words were searched.") % {"count": MAX_WORDS}
            self.message_user(request, told, messages.WARNING)
        wanted = words[:MAX_WORDS]
        return queryset.filter(Q(number__in=wanted) | Q(channel_number__in=wanted)), False

    @admin.display(description=_("Status"), ordering="status_id")
    def status_column(self, order: CommerceOrder) -> SafeString:
        return badge(order.state, order.status.label)

    @admin.display(description=_("Channel order"), ordering="channel_number")
    def channel_order_column(self, order: CommerceOrder) -> SafeString:
        return channel_link(order)

    @admin.display(description=_("Customer"))
    def customer_column(self, order: CommerceOrder) -> str | SafeString:
        if order.customer_id is None:
            return str(_("Guest"))
        url = reverse("admin:customers_customer_change", args=[order.customer_id])
        return format_html('<a href="{}">#{}</a>', url, order.customer_id)

    @admin.display(description=_("Grand total"), ordering="grand_total")
    def total(self, order: CommerceOrder) -> str:
        return money(order.grand_total, order.currency)

    # Page

    def page_context(self, request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
        context = super().page_context(request, order)
        return {**context, "order": order, "channel_link": channel_link(order)}

    def page(self, request: HttpRequest, order: CommerceOrder, *, clear: bool) -> dict[str, Any]:
        return order_page_context(request, order, clear=clear)


def channel_link(order: CommerceOrder) -> SafeString:
    """The channel order's number, linked to its page where it has one."""
    channel_order = getattr(order, "channel_order", None)
    if channel_order is None:
        return format_html("{}", order.channel_number)
    meta = channel_order._meta
    name = f"admin:{meta.app_label}_{meta.model_name}_change"
    return format_html(
        '<a href="{}">{}</a>', reverse(name, args=[channel_order.pk]), order.channel_number
    )


@admin.register(OrderStatus)
class OrderStatusAdmin(admin.ModelAdmin[OrderStatus]):
    list_display = ["label_column", "code", "state"]

    @admin.display(description=_("label"), ordering="label")
    def label_column(self, status: OrderStatus) -> str:
        return str(status)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "state"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and obj is not None and obj.code not in CommerceOrder.State.values

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderStatus]:
        return super().get_queryset(request).order_by("state", "code")
