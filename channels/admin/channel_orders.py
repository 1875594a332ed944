"""The Orders tab, and the page of one order."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from channels.admin.address_page import AddressPages
from channels.admin.export import ExportActions
from channels.admin.filters import FILTERS
from channels.admin.find import find_view
from channels.admin.held_orders import held_view, place_by_hand_view
from channels.admin.order_page import order_context, take_over_view
from channels.admin.orders_tab import OrdersTab
from channels.admin.papers import PaperActions
from channels.admin.ship_many import ShipManyPages
from channels.admin.views import choose_columns, delete_view, save_view
from channels.models import ChannelOrder
from channels.services.order_search import search, unknown_numbers
from customers.admin import PageAdmin, may_see_personal_data
from orders.services.finding import MAX_WORDS, search_words


@admin.register(ChannelOrder)
class ChannelOrderAdmin(
    ShipManyPages, PaperActions, ExportActions, AddressPages, PageAdmin[ChannelOrder]
):
    page_template = "admin/channels/channelorder/order.html"
    change_list_template = "admin/channels/channelorder/change_list.html"
    list_display = ["amazon_order_id"]  # OrdersTab has columns of its own
    list_filter = FILTERS
    actions = [*ShipManyPages.actions, "packing_slips", "pick_list", "export_orders"]
    search_fields = ["amazon_order_id"]  # that there is a search; what it finds is `search`
    search_help_text = _("Order numbers, buyer, e-mail, SKU, ASIN or tracking number")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OrdersTab]:
        return OrdersTab

    def get_urls(self) -> list[URLPattern]:
        held = partial(held_view, site=self.admin_site)
        wrap, name = self.admin_site.admin_view, "channels_channelorder"
        return [
            path("find/", wrap(find_view), name=f"{name}_find"),
            path("views/save/", wrap(save_view), name=f"{name}_save_view"),
            path("views/<int:pk>/delete/", wrap(delete_view), name=f"{name}_delete_view"),
            path("columns/", wrap(choose_columns), name=f"{name}_columns"),
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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django wants a row ticked, too, where all that match are meant."""
        if request.POST.get("select_across") == "1" and ACTION_CHECKBOX_NAME not in request.POST:
            post = request.POST.copy()
            post[ACTION_CHECKBOX_NAME] = "0"
            request.POST = post  # type: ignore[assignment]  # immutable to others, not to Django
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder], search_term: str
    ) -> tuple[QuerySet[ChannelOrder], bool]:
        if len(search_words(search_term)) > MAX_WORDS:
            told = _("Only the first %(count)d words were searched.") % {"count": MAX_WORDS}
            self.message_user(request, told, messages.WARNING)
        if unknown := unknown_numbers(search_term):
            told = _("No order has these numbers: %(numbers)s") % {"numbers": ", ".join(unknown)}
            self.message_user(request, told, messages.WARNING)
        return search(queryset, search_term, buyers=may_see_personal_data(request)), False

    # Page

    def page_context(self, request: HttpRequest, order: ChannelOrder) -> dict[str, Any]:
        return {**super().page_context(request, order), "order": order}

    def page(self, request: HttpRequest, order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
        return order_context(request, order, clear=clear)
