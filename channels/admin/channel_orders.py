"""The Orders tab, and the page of one order."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from channels.admin.address_page import AddressPages
from channels.admin.filters import (
    CancelRequestedFilter,
    CauseFilter,
    FulfilledByFilter,
    PurchasedFrom,
    PurchasedTo,
    StatusFilter,
    StoreFilter,
    is_asked_to_cancel,
)
from channels.admin.held_orders import held_view, place_by_hand_view
from channels.admin.order_page import order_context, take_over_view
from channels.models import ChannelOrder, ChannelOrderItem
from channels.models.channel_order import HIDDEN_STATUSES
from channels.services.reconsidering import reconsider
from customers.admin import PageAdmin, log_reveal, may_see_personal_data
from customers.services.masking import mask_name
from orders.admin.filters import BarChangeList
from orders.admin.hold_page import HoldActions
from orders.models import CommerceOrder, OrderNote, Package
from orders.templatetags.portal_ui import badge, money

MAX_SEARCH_TERMS = 200


class OrdersTab(BarChangeList):
    """The list with its newest notes (one statement a page) and the count of hidden orders."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        orders = list(self.result_list)
        newest = OrderNote.objects.filter(
            pk__in=OrderNote.objects.filter(timeline__in=[order.uid for order in orders])
            .order_by()
            .values("timeline")
            .annotate(newest=Max("id"))
            .values("newest")
        )
        notes = {note.timeline: note for note in newest}
        clear = may_see_personal_data(request)
        if clear:
            log_reveal(request, orders)
        for order in orders:
            order.newest_note = notes.get(order.uid)
            order.buyer_shown = _buyer(order, clear=clear)
        self.result_list = orders

    def hidden_count(self) -> int:
        """Orders whose payment Amazon still verifies; 0 while they are shown."""
        if "status" in self.filter_params or self.query:
            return 0
        return int(ChannelOrder.objects.filter(status__in=HIDDEN_STATUSES).count())


def _buyer(order: ChannelOrder, *, clear: bool) -> str:
    name = (order.buyer or {}).get("name") or (order.recipient or {}).get("name")
    return (name if clear else mask_name(name)) or ""


@admin.register(ChannelOrder)
class ChannelOrderAdmin(HoldActions[ChannelOrder], AddressPages, PageAdmin[ChannelOrder]):
    page_template = "admin/channels/channelorder/order.html"
    change_list_template = "admin/channels/channelorder/change_list.html"
    list_display = [
        "purchase_date_column", "number", "status_column", "buyer_name", "total",
        "commerce_order_column", "ship_by_column", "fulfilled_by_column", "store", "newest_note",
    ]  # fmt: skip
    list_display_links = ["number"]
    list_filter = [
        StatusFilter, CauseFilter, StoreFilter, FulfilledByFilter, CancelRequestedFilter,
        PurchasedFrom, PurchasedTo,
    ]  # fmt: skip
    list_select_related = ["store", "commerce_order"]
    ordering = ["-purchase_date", "-id"]
    search_fields = ["=amazon_order_id"]
    search_help_text = _("Order numbers, SKU, ASIN or tracking number")
    actions = ["create_commerce_orders", "hold_orders", "unhold_orders"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OrdersTab]:
        return OrdersTab

    def get_urls(self) -> list[URLPattern]:
        held = partial(held_view, site=self.admin_site)
        return [
            path("held/", self.admin_site.admin_view(held), name="channels_channelorder_held"),
            path(
                "<int:pk>/place-by-hand/",
                self.admin_site.admin_view(place_by_hand_view),
                name="channels_channelorder_place_by_hand",
            ),
            path(
                "<int:pk>/take-over/",
                self.admin_site.admin_view(take_over_view),
                name="channels_channelorder_take_over",
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelOrder]:
        queryset = super().get_queryset(request)
        match = request.resolver_match
        on_tab = match is not None and match.url_name == "channels_channelorder_changelist"
        if on_tab and not request.GET.getlist("status") and not request.GET.get("q"):
            return queryset.exclude(status__in=HIDDEN_STATUSES)
        return queryset

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder], search_term: str
    ) -> tuple[QuerySet[ChannelOrder], bool]:
        """Whole numbers, as many as pasted; each kind is looked up by its own index."""
        terms = search_term.replace(",", " ").split()
        if not terms:
            return queryset, False
        if len(terms) > MAX_SEARCH_TERMS:
            told = _("Only the first %(count)d words were searched.") % {"count": MAX_SEARCH_TERMS}
            self.message_user(request, told, messages.WARNING)
            del terms[MAX_SEARCH_TERMS:]
        items = ChannelOrderItem.objects.filter(order=OuterRef("pk"))
        tracked = Package.objects.filter(
            order=OuterRef("commerce_order"), tracking_number__in=terms
        )
        return (
            queryset.filter(
                Q(amazon_order_id__in=terms)
                | Q(commerce_order__number__in=terms)
                | Exists(items.filter(Q(seller_sku__in=terms) | Q(asin__in=terms)))
                | Exists(tracked)
            ),
            False,
        )

    # Columns

    @admin.display(description=_("Purchase date"), ordering="purchase_date")
    def purchase_date_column(self, order: ChannelOrder) -> Any:
        return order.purchase_date

    @admin.display(description=_("Order number"), ordering="amazon_order_id")
    def number(self, order: ChannelOrder) -> str:
        return order.amazon_order_id

    @admin.display(description=_("Status"), ordering="status")
    def status_column(self, order: ChannelOrder) -> SafeString:
        badges = [badge(*order.tab_status)]
        if order.commerce_order and order.commerce_order.state == CommerceOrder.State.ON_HOLD:
            badges.append(badge("on_hold", CommerceOrder.State.ON_HOLD.label))
        if is_asked_to_cancel(order):
            asked = format_html('<span class="badge warn">{}</span>', _("Cancel requested"))
            badges.append(asked)
        return format_html_join(" ", "{}", ((shown,) for shown in badges))

    @admin.display(description=_("Buyer's name"))
    def buyer_name(self, order: ChannelOrder) -> str:
        return str(order.buyer_shown)  # type: ignore[attr-defined]  # set by OrdersTab

    @admin.display(description=_("Grand total"), ordering="grand_total")
    def total(self, order: ChannelOrder) -> str:
        return money(order.grand_total, order.currency)

    @admin.display(description=_("Commerce order"), ordering="commerce_order__number")
    def commerce_order_column(self, order: ChannelOrder) -> str | SafeString:
        linked = order.commerce_order
        if linked is None:
            return ""
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:orders_commerceorder_change", args=[linked.pk]),
            linked.number,
        )

    @admin.display(description=_("Ship by"), ordering="ship_by")
    def ship_by_column(self, order: ChannelOrder) -> str | SafeString:
        """The day; the hour is on the order's page."""
        if order.ship_by is None:
            return ""
        day = date_format(timezone.localtime(order.ship_by), "SHORT_DATE_FORMAT")
        if order.is_late:
            return format_html('<span class="late">{} · {}</span>', day, _("late"))
        return day

    @admin.display(description=_("Fulfilled by"), ordering="fulfilled_by")
    def fulfilled_by_column(self, order: ChannelOrder) -> Any:
        return order.get_fulfilled_by_display()

    @admin.display(description=_("Order notes"))
    def newest_note(self, order: ChannelOrder) -> SafeString:
        note = order.newest_note  # type: ignore[attr-defined]  # set by OrdersTab
        return format_html('<span title="{0}">{0}</span>', note or "")

    # Actions

    @admin.action(description=_("Create Commerce order now"), permissions=["change_settings"])
    def create_commerce_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> None:
        """For orders whose cause is gone: decide again, by the same policy."""
        by_account: dict[int, list[int]] = {}
        for pk, account_id in queryset.values_list("pk", "account_id"):
            by_account.setdefault(account_id, []).append(pk)
        placed = sum(reconsider(account, pks) for account, pks in by_account.items())
        text = ngettext(
            "%(count)d Commerce order created.", "%(count)d Commerce orders created.", placed
        )
        level = messages.SUCCESS if placed else messages.WARNING
        self.message_user(request, text % {"count": placed}, level)

    def commerce_order_ids(self, queryset: QuerySet[ChannelOrder]) -> list[int]:
        linked = queryset.exclude(commerce_order=None)
        return list(linked.values_list("commerce_order", flat=True))

    def has_change_settings_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels.change_ordersettings")

    # Page

    def page_context(self, request: HttpRequest, order: ChannelOrder) -> dict[str, Any]:
        return {**super().page_context(request, order), "order": order}

    def page(self, request: HttpRequest, order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
        return order_context(request, order, clear=clear)
