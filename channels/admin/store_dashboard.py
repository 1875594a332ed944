"""The dashboard of one Amazon store: problems, revenue, orders, and how the sync is doing."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from channels import charts
from channels.admin.store_links import (
    CHANGE,
    SEE_ERRORS,
    SEE_ORDERS,
    VIEW,
    attention_links,
    errors_url,
    integration_url,
    order_settings_url,
    orders_url,
    sku_mappings_url,
    with_fixes,
)
from channels.amazon.marketplaces import by_id
from channels.amazon.usage_plan import (
    CONFIRM_SHIPMENT,
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    CREATE_REPORT,
    GET_FEED,
    GET_FEED_DOCUMENT,
    GET_MARKETPLACE_PARTICIPATIONS,
    GET_ORDER,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    SEARCH_ORDERS,
    USAGE_PLANS,
)
from channels.models import AmazonStore, ChannelOrder, CommunicationError
from channels.models.order_status import ON_THE_TAB, Placement, Status
from channels.services import quota, shared_store
from channels.services.alive import pulse
from channels.services.backfill_progress import backfill_line
from channels.services.sales_figures import ERROR, Revenue, orders_by_status, revenue_of
from channels.services.store_health import (
    attention_of,
    connection_problems,
    failures_of,
    process_problems,
)

RECENT = 10
ONE_DAY = timedelta(days=1)

# What each of Amazon's operations is for, the most used first.
OPERATIONS = {
    SEARCH_ORDERS: gettext_lazy("read what changed"),
    GET_ORDER: gettext_lazy("read one order"),
    CONFIRM_SHIPMENT: gettext_lazy("confirm one package"),
    CREATE_FEED_DOCUMENT: gettext_lazy("prepare a feed"),
    CREATE_FEED: gettext_lazy("send many packages or cancellations"),
    GET_FEED: gettext_lazy("ask about a feed"),
    GET_FEED_DOCUMENT: gettext_lazy("read what a feed did"),
    CREATE_REPORT: gettext_lazy("ask for tracking numbers of FBA orders"),
    GET_REPORT: gettext_lazy("ask about a report"),
    GET_REPORT_DOCUMENT: gettext_lazy("read a report"),
    GET_MARKETPLACE_PARTICIPATIONS: gettext_lazy("test the connection"),
}


@require_safe
def dashboard_view(request: HttpRequest, pk: int, site: AdminSite) -> HttpResponse:
    """Costs the same however many orders the store has."""
    if not (request.user.has_perm(VIEW) or request.user.has_perm(CHANGE)):
        raise PermissionDenied
    stores = AmazonStore.objects.select_related("account", "account__cursor", "commerce_store")
    store = get_object_or_404(stores, pk=pk)
    marketplace = by_id(store.marketplace_id)
    now = timezone.now()
    context = {
        **site.each_context(request),
        "title": store.name,
        "store": store,
        "seller_central_url": marketplace.seller_central_url if marketplace else "",
        "may_change": request.user.has_perm(CHANGE),
        "may_see_orders": request.user.has_perm(SEE_ORDERS),
        "links": list(_links(request, store)),
        "revenues": [_drawn(revenue) for revenue in revenue_of(store, now)],
        "zone": store.zone.key,
        "statuses": list(_statuses(store, now)),
        "recent": _recent(store) if request.user.has_perm(SEE_ORDERS) else None,
        "orders_url": orders_url(store.pk),
        **_health(request, store, now),
    }
    return TemplateResponse(request, "admin/channels/amazonstore/dashboard.html", context)


def _links(request: HttpRequest, store: AmazonStore) -> Iterator[tuple[Any, str]]:
    """Where to go from here, of what this person may see."""
    may = request.user.has_perm
    if may("channels.view_ordersettings") or may("channels.change_ordersettings"):
        yield _("Order settings"), order_settings_url(store.pk)
    if may(SEE_ORDERS):
        yield _("All orders"), orders_url(store.pk)
    if may("channels.view_skumapping"):
        yield _("SKU mappings"), sku_mappings_url(store.pk)
    if may(SEE_ERRORS):
        yield _("Logs"), errors_url(store.pk)
    yield _("Store integration settings"), integration_url(store.pk)


def _drawn(revenue: Revenue) -> dict[str, Any]:
    """The figures of one currency with their chart: a bar a day, and what stands below the bars."""
    days = revenue.series.days
    chart = charts.bar_chart([sold.amount for _day, sold in days])
    return {
        "revenue": revenue,
        "currency": revenue.series.currency,
        "month": revenue.series.total,
        "chart": chart,
        "bars": [(bar, *day) for bar, day in zip(chart.bars, days, strict=True)],
        "labels": [day for day, _sold in days[:: len(days) // 3]] + [days[-1][0]],
        "newest_first": list(reversed(days)),
    }


def _statuses(store: AmazonStore, now: datetime) -> Iterator[dict[str, Any]]:
    """The Orders tab shows some of the Shipped ones as Completed."""
    for status, lately, ever in orders_by_status(store, now):
        shown = [status, "completed"] if status == Status.SHIPPED else [status]
        yield {
            "code": status,
            "label": Placement.HELD.label if status == ERROR else Status(status).label,
            "lately": lately,
            "ever": ever,
            "url": orders_url(store.pk, status=shown),
        }


def _recent(store: AmazonStore) -> list[ChannelOrder]:
    """The newest orders of the Orders tab; one statement, by an index."""
    orders = ChannelOrder.objects.filter(ON_THE_TAB, store=store)
    newest = orders.select_related("commerce_order", "store").order_by("-purchase_date", "-id")
    return list(newest.defer("buyer", "recipient", "corrected_address", "item_texts")[:RECENT])


def _health(request: HttpRequest, store: AmazonStore, now: datetime) -> dict[str, Any]:
    failure = failures_of([store]).get(store.pk)
    beat, cursor = pulse(now), getattr(store.account, "cursor", None)
    problems = [*connection_problems(store, failure, now), *process_problems(beat)]
    return {
        "problems": list(with_fixes(store, problems, request.user)),
        "attention": attention_links(
            store.pk, attention_of([store.pk], now)[store.pk], request.user
        ),
        "pulse": beat,
        "cursor": cursor,
        "read_up_to": store.inactive_since or (cursor and cursor.watermark),
        "history": backfill_line(store),
        "errors": _errors(store, now),
        "errors_url": errors_url(store.pk) if request.user.has_perm(SEE_ERRORS) else "",
        "quotas": list(_quotas(store)),
    }


def _errors(store: AmazonStore, now: datetime) -> dict[str, int]:
    """Of the last 24 hours: those of the store and of its seller account."""
    newest = CommunicationError.objects.filter(
        Q(store=store) | Q(store=None), account=store.account_id, at__gte=now - ONE_DAY
    )
    is_open = Q(resolved_at__isnull=True)
    return newest.aggregate(lately=Count("pk"), open=Count("pk", filter=is_open))


def _quotas(store: AmazonStore) -> Iterator[dict[str, Any]]:
    """What a person could ask Amazon now. Nothing is taken; without a broker nobody knows."""
    if not shared_store.answers():
        return
    for operation, purpose in OPERATIONS.items():
        level = quota.look(store.account, operation, interactive=True)
        yield {
            "operation": operation,
            "purpose": purpose,
            "left": max(0, math.floor(level.tokens)),
            "burst": USAGE_PLANS[operation].burst,
            "wait": math.ceil(level.wait),
        }
