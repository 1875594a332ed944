"""The inbox of held orders: a row per cause, with the fix on the row."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.admin.bulk_actions import page_of, refusal, start_job
from channels.models import AmazonStore, BulkJob, ChannelOrder
from channels.policy import HoldReason
from channels.services.bulk_handlers import HANDLERS
from channels.services.held import OF_A_SKU, held_groups, orders_of
from channels.services.reconsidering import CannotPlace, place_by_hand
from channels.services.sku_mapping import find_product, map_sku
from orders.services.catalog import ProductChange, change_product
from orders.services.errors import Refusal

SETTINGS = "channels.change_ordersettings"
Kind = BulkJob.Kind


def held_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """GET lists the causes, POST applies one fix. What the fix frees follows by itself."""
    if not request.user.has_perm("channels.view_channelorder"):
        raise PermissionDenied
    store_id = _number(request.GET.get("store"))
    if request.method == "POST":
        _fix(request)
        return HttpResponseRedirect(request.get_full_path())
    groups = held_groups(store_id)
    context = {
        **site.each_context(request),
        "title": _("Orders that cannot be imported"),
        "groups": [_row(request, group) for group in groups],
        "token": uuid4(),
        "total": sum(group.count for group in groups),
        "store": AmazonStore.objects.filter(pk=store_id).first() if store_id else None,
    }
    return TemplateResponse(request, "admin/channels/channelorder/held.html", context)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _row(request: HttpRequest, group: Any) -> dict[str, Any]:
    cause = f"{group.reason}:{group.sku}" if group.sku else group.reason
    orders = {"store": group.store.pk, "status": "error", "cause": cause}
    return {
        "group": group,
        "fixes": [
            name for name, (reason, permissions, _) in FIXES.items()
            if reason is group.reason and not group.follows
            and any(map(request.user.has_perm, permissions))
        ],
        "orders_url": f"{reverse('admin:channels_channelorder_changelist')}?{urlencode(orders)}",
        "settings_url": reverse(
            "admin:channels_amazonstore_order_settings", args=[group.store.pk]
        )
        if group.reason in OF_A_SKU
        else "",
    }  # fmt: skip


def _fix(request: HttpRequest) -> None:
    """Apply the fix that was asked for, and say what became of it."""
    name = request.POST.get("fix", "")
    if name not in FIXES:
        raise Http404
    _reason, permissions, do = FIXES[name]
    if not any(map(request.user.has_perm, permissions)):
        raise PermissionDenied
    store = get_object_or_404(AmazonStore, pk=_number(request.POST.get("store")))
    try:
        said = do(request, store, request.POST.get("sku", ""))
    except Refusal as exc:
        messages.error(request, refusal(exc))
    else:
        messages.success(request, said)


def _map(request: HttpRequest, store: AmazonStore, sku: str) -> str:
    product = find_product(request.POST.get("product", "").strip())
    map_sku(store=store, seller_sku=sku, product=product)
    return _("%(seller_sku)s stands for %(sku)s now. Its orders follow.") % {
        "seller_sku": sku,
        "sku": product,
    }


def _add(request: HttpRequest, store: AmazonStore, sku: str) -> str:
    change_product(ProductChange(sku=sku), user=request.user.get_username())
    return _("Product %(sku)s added; its stock is not managed. Its orders follow.") % {"sku": sku}


def _change(request: HttpRequest, sku: str, **values: Any) -> None:
    """Change a product of the catalog; here none is added."""
    find_product(sku)
    change_product(ProductChange(sku=sku, **values), user=request.user.get_username())


def _enable(request: HttpRequest, store: AmazonStore, sku: str) -> str:
    _change(request, sku, enabled=True)
    return _("Product %(sku)s enabled. Its orders follow.") % {"sku": sku}


def _set_quantity(request: HttpRequest, store: AmazonStore, sku: str) -> str:
    quantity = _number(request.POST.get("quantity", "").strip())
    if quantity is None:
        raise Refusal(_("The quantity is not a whole number."))
    _change(request, sku, quantity=quantity)
    return _("Quantity of %(sku)s set to %(quantity)s. Orders it is enough for follow.") % {
        "sku": sku,
        "quantity": quantity,
    }


def _unmanage(request: HttpRequest, store: AmazonStore, sku: str) -> str:
    _change(request, sku, manage_stock=False)
    return _("Stock of %(sku)s is not managed any more. Its orders follow.") % {"sku": sku}


def _fetch(reason: HoldReason) -> Callable[[HttpRequest, AmazonStore, str], str]:
    def fetch(request: HttpRequest, store: AmazonStore, sku: str) -> str:
        orders = ChannelOrder.objects.filter(pk__in=orders_of(store.pk, reason, sku))
        orders = orders.order_by("purchase_date", "pk")
        job = start_job(request, Kind.FETCH, orders, asked=[store.pk, reason, sku])
        text = ngettext(
            "%(count)d order is fetched again from Amazon.",
            "%(count)d orders are fetched again from Amazon.",
            job.total,
        )
        link = format_html('<a href="{}">{}</a>', page_of(job), _("Watch the job"))
        return format_html("{} {}", text % {"count": job.total}, link)

    return fetch


Fix = Callable[[HttpRequest, AmazonStore, str], str]
MAP, ADD = ("channels.add_skumapping",), ("orders.add_product",)
CHANGE, FETCH = ("orders.change_product",), HANDLERS[Kind.FETCH].permissions

# name: (the cause it helps against, permissions of which one is enough, what it does)
FIXES: dict[str, tuple[HoldReason, tuple[str, ...], Fix]] = {
    "map": (HoldReason.UNKNOWN_SKU, MAP, _map),
    "add": (HoldReason.UNKNOWN_SKU, ADD, _add),
    "enable": (HoldReason.PRODUCT_DISABLED, CHANGE, _enable),
    "set_quantity": (HoldReason.OUT_OF_STOCK, CHANGE, _set_quantity),
    "unmanage": (HoldReason.OUT_OF_STOCK, CHANGE, _unmanage),
    "fetch_total": (HoldReason.TOTAL, FETCH, _fetch(HoldReason.TOTAL)),
    "fetch_details": (HoldReason.DETAILS_MISSING, FETCH, _fetch(HoldReason.DETAILS_MISSING)),
}


def place_by_hand_view(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: create the Commerce order of a held order, with a reason."""
    if request.method != "POST":
        raise Http404
    if not request.user.has_perm(SETTINGS):
        raise PermissionDenied
    get_object_or_404(ChannelOrder, pk=pk)
    try:
        order = place_by_hand(
            pk, reason=request.POST.get("reason", ""), user=request.user.get_username()
        )
    except CannotPlace as exc:
        messages.error(request, str(exc))
    else:
        text = _("Commerce order %(number)s created by hand.")
        messages.success(request, text % {"number": order.commerce_order})
    return HttpResponseRedirect(reverse("admin:channels_channelorder_change", args=[pk]))
