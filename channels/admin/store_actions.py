"""Switching a store on and off, and deleting one that never had an order."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels.admin.store_links import CHANGE, DELETE, dashboard_url, stores_url
from channels.models import AmazonStore
from channels.services.activation import set_active
from channels.services.removing import CannotDelete, delete_store, has_orders, is_last_of_account


@require_POST
def activate_view(request: HttpRequest, pk: int) -> HttpResponse:
    return _switch(request, pk, active=True)


@require_POST
def deactivate_view(request: HttpRequest, pk: int) -> HttpResponse:
    return _switch(request, pk, active=False)


def _switch(request: HttpRequest, pk: int, *, active: bool) -> HttpResponse:
    """Back to where it was asked for. Twice is harmless."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    store = get_object_or_404(AmazonStore, pk=pk)
    set_active(pk, active=active)
    if active:
        text = _("%(store)s is active: it catches up from where it was left.")
    else:
        text = _("%(store)s is inactive: nothing is read, but what was shipped is still confirmed.")
    messages.success(request, text % {"store": store})
    from_dashboard = request.POST.get("back") == "dashboard"
    return HttpResponseRedirect(dashboard_url(pk) if from_dashboard else stores_url())


@require_http_methods(["GET", "HEAD", "POST"])
def delete_view(request: HttpRequest, pk: int, site: AdminSite) -> HttpResponse:
    """GET asks, and says what goes and what stays; POST deletes."""
    if not request.user.has_perm(DELETE):
        raise PermissionDenied
    store = get_object_or_404(
        AmazonStore.objects.select_related("account", "commerce_store"), pk=pk
    )
    if request.method == "POST":
        try:
            delete_store(pk)
        except CannotDelete as exc:
            messages.error(request, str(exc))
            return HttpResponseRedirect(request.path)
        messages.success(request, _("%(store)s is deleted.") % {"store": store})
        return HttpResponseRedirect(stores_url())
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Delete Amazon store"),
        "store": store,
        "has_orders": has_orders(store),
        "is_last": is_last_of_account(store),
        "may_change": request.user.has_perm(CHANGE),
    }
    return TemplateResponse(request, "admin/channels/amazonstore/delete.html", context)
