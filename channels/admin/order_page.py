"""What the page of one order shows."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.admin.address_page import address_context
from channels.amazon.marketplaces import by_id
from channels.models import ChannelOrder, ChannelOrderItem
from channels.models.order_status import Placement
from channels.services.next_step import next_step
from channels.services.taking_over import take_over_stored
from customers.admin import came_from
from customers.services.masking import HIDDEN, mask_person
from orders.admin.cancel_page import cancel_context
from orders.admin.hold_page import hold_context
from orders.admin.next_step import next_step_context, shown
from orders.admin.order_page import customer_name
from orders.admin.package_actions import packages_context
from orders.admin.timeline import timeline_context
from orders.models import Package
from orders.sales_channel import Act

TABS = ("details", "items", "tracking", HISTORY := "history")
PLACE_BY_HAND = "channels.change_ordersettings"


def order_context(request: HttpRequest, order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
    """The template's context; personal data masked unless `clear`."""
    tab = request.GET.get("tab", TABS[0])
    tab = tab if tab in TABS else TABS[0]
    linked = order.commerce_order
    packages = packages_context(linked) if linked else {"packages": []}
    return {
        "tab": tab,
        "tabs": _tabs(),
        **_next_step(request, order, packages["packages"]),
        "by_hand": order.placement == Placement.HELD and request.user.has_perm(PLACE_BY_HAND),
        "asked_to_cancel": order.is_asked_to_cancel,
        "buyer": _buyer(order, clear=clear),
        **address_context(request, order, clear=clear),
        **({**cancel_context(request, linked), **hold_context(request, linked)} if linked else {}),
        "customer_name": customer_name(linked.customer, clear=clear) if linked else "",
        "items": _items(order),
        "gift_messages": _gift_messages(order, clear=clear),
        **packages,
        **(timeline_context(request, order.uid, linked) if tab == HISTORY else {}),
        "order_url": _seller_central(order),
    }


def take_over_view(request: HttpRequest, pk: int) -> HttpResponse:
    """POST only: the packages that Amazon shows become the Commerce order's."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm("orders.ship_commerceorder"):
        raise PermissionDenied
    if not ChannelOrder.objects.filter(pk=pk).exists():
        raise Http404
    if count := take_over_stored(pk):
        text = ngettext("%(count)d package taken over.", "%(count)d packages taken over.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Amazon shows nothing that is not known here already."))
    page = reverse("admin:channels_channelorder_change", args=[pk])
    return HttpResponseRedirect(came_from(request, page))


def _tabs() -> list[tuple[str, str]]:
    labels = (
        _("Order and shipping details"),
        _("Order items"),
        _("Tracking"),
        _("History"),
    )
    return list(zip(TABS, labels, strict=True))


def _next_step(
    request: HttpRequest, order: ChannelOrder, packages: Sequence[Package]
) -> dict[str, Any]:
    """As the Commerce order's page says it, where there is one."""
    if order.commerce_order:
        return next_step_context(request, order.commerce_order, packages)
    step = next_step(order, packages, now=timezone.now())
    return shown(request, step, partial(_url, order))


def _url(order: ChannelOrder, act: Act) -> str:
    """Where something is done about an order without a Commerce order."""
    if act is Act.SEE_CAUSE:
        query = urlencode({"store": order.store_id})
        return f"{reverse('admin:channels_channelorder_held')}?{query}"
    if act is Act.OPEN_AT_CHANNEL:
        return _seller_central(order)
    return ""


def _seller_central(order: ChannelOrder) -> str:
    marketplace = by_id(order.store.marketplace_id)
    return marketplace.order_page_url(order.amazon_order_id) if marketplace else ""


def _items(order: ChannelOrder) -> list[ChannelOrderItem]:
    """The items, each with the product it stands for in the Commerce order."""
    items = list(order.items.all())
    lines = order.commerce_order.lines.select_related("product") if order.commerce_order else ()
    products = {line.channel_item_id: line.product for line in lines}
    for item in items:
        item.product = products.get(item.order_item_id)  # type: ignore[attr-defined]  # for the page
    return items


def _buyer(order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
    buyer = order.buyer or {}
    return buyer if clear else mask_person(buyer)


def _gift_messages(order: ChannelOrder, *, clear: bool) -> dict[str, str]:
    texts = (order.item_texts or {}).get("gift_messages", {})
    return texts if clear else dict.fromkeys(texts, HIDDEN)
