"""Commerce orders: the list and the page."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.admin import log_reveal, may_see_personal_data
from customers.services.masking import address_lines, mask_person
from orders import sales_channel
from orders.admin import package_actions
from orders.admin.cancel_page import CancelPages, cancel_context
from orders.admin.hold_page import HoldPages, hold_context
from orders.admin.ship_pages import ShipPages
from orders.models import CommerceOrder, OrderNote, OrderStatus
from orders.models.commerce_order import OPEN_STATES
from orders.services.cancellation import refuses_shipping
from orders.templatetags.portal_ui import badge, money


@admin.register(CommerceOrder)
class CommerceOrderAdmin(HoldPages, CancelPages, ShipPages):
    list_display = [
        "number", "purchased_at", "status_column", "channel_order_column", "customer_column",
        "total", "store",
    ]  # fmt: skip
    list_filter = ["state", "store"]
    list_select_related = ["store", "status", "customer", "channel_order"]
    search_fields = ["=number", "=channel_number"]
    search_help_text = _("Order number")
    ordering = ["-purchased_at", "-id"]
    actions = ["hold_orders", "unhold_orders"]

    def get_urls(self) -> list[URLPattern]:
        return [*package_actions.urls(self.admin_site), *super().get_urls()]

    @admin.display(description=_("Status"), ordering="state")
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

    # Pages

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None:
            raise Http404
        if not self.has_view_permission(request, order) or request.method == "POST":
            raise PermissionDenied  # nobody changes an order by hand
        clear = may_see_personal_data(request)
        if clear:
            log_reveal(request, [order])
        context = {
            **self.order_context(request, order),
            "lines": list(order.lines.select_related("product")),
            **package_actions.packages_context(order),
            "address": address_lines(
                order.shipping_address.address if order.shipping_address else None, clear=clear
            ),
            "customer_name": _customer_name(order, clear=clear),
            "notes": OrderNote.objects.filter(timeline=order.timeline)[:50],
            **self._shipping(request, order),
            **cancel_context(request, order),
            **hold_context(request, order),
        }
        return TemplateResponse(request, "admin/orders/commerceorder/order.html", context)

    def _shipping(self, request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
        """Whether there is something to ship, and why not when there seems to be."""
        if order.state not in OPEN_STATES:
            return {}
        refusal = refuses_shipping(order) or sales_channel.of(order).refuses_shipping(order)
        return {"can_ship": self.may_ship(request) and not refusal, "refusal": refusal}

    def order_context(self, request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": order.number,
            "order": order,
            "channel_link": channel_link(order),
        }


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


def _customer_name(order: CommerceOrder, *, clear: bool) -> str:
    if order.customer is None:
        return ""
    if order.customer.forgotten_at:
        return str(_("Erased"))
    profile = order.customer.profile
    shown = profile if clear else mask_person(profile)
    return " · ".join(shown[part] for part in ("name", "email") if shown.get(part))


@admin.register(OrderStatus)
class OrderStatusAdmin(admin.ModelAdmin[OrderStatus]):
    list_display = ["label", "code", "state"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "state"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and obj is not None and obj.code not in CommerceOrder.State.values

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderStatus]:
        return super().get_queryset(request).order_by("state", "code")
