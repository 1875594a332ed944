"""The Amazon stores as cards, those with a problem first."""

from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from channels import charts
from channels.admin.store_links import (
    CHANGE,
    DELETE,
    VIEW,
    attention_links,
    marketplace_label,
    with_fixes,
)
from channels.models import AmazonStore
from channels.services.alive import pulse
from channels.services.sales_figures import series_of
from channels.services.store_health import (
    attention_of,
    connection_problems,
    failures_of,
    problems_first,
    process_problems,
)

PER_PAGE = 24


@require_safe
def cards_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The same number of statements for one store and for a page full."""
    if not (request.user.has_perm(VIEW) or request.user.has_perm(CHANGE)):
        raise PermissionDenied
    now = timezone.now()
    stores = AmazonStore.objects.select_related("account", "account__cursor", "commerce_store")
    page = Paginator(problems_first(stores, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **site.each_context(request),
        "title": _("Amazon stores"),
        "page": page,
        "cards": _cards(request, list(page), now),
        "process_problems": process_problems(pulse(now)),
        "has_add_permission": request.user.has_perm("channels.add_amazonstore"),
        "may_change": request.user.has_perm(CHANGE),
        "may_delete": request.user.has_perm(DELETE),
    }
    return TemplateResponse(request, "admin/channels/amazonstore/change_list.html", context)


def _cards(request: HttpRequest, stores: list[AmazonStore], now: datetime) -> list[dict[str, Any]]:
    series = series_of(stores, now)
    attention = attention_of([store.pk for store in stores], now)
    failures = failures_of(stores)
    return [
        {
            "store": store,
            "marketplace": marketplace_label(store),
            "cursor": getattr(store.account, "cursor", None),
            "problems": with_fixes(
                store, connection_problems(store, failures.get(store.pk), now), request.user
            ),
            "attention": attention_links(store.pk, attention[store.pk], request.user),
            "sales": [
                (each, charts.sparkline([sold.amount for _day, sold in each.days]))
                for each in series[store.pk]
            ],
        }
        for store in stores
    ]
