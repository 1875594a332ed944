"""The page of a store's order settings: look, try out, save, and who changed what."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin.settings_form import OrderSettingsForm
from channels.models import AmazonStore, OrderSettingsChange
from channels.services import order_settings
from channels.services.settings_preview import COMPLETE, CREATED, HELD, TOO_OLD, Preview, hold_label
from channels.services.settings_preview import preview as preview_of

CHANGE = "channels.change_ordersettings"
CHANGES_SHOWN = 50

OUTCOMES = {
    CREATED: gettext_lazy("Commerce order created"),
    COMPLETE: gettext_lazy("Created as Complete"),
    "wait": gettext_lazy("Waiting for Amazon"),
    "view_only": gettext_lazy("View only"),
    "ignore": gettext_lazy("No Commerce order"),
    TOO_OLD: gettext_lazy("Too old: never imported"),
}


def order_settings_view(request: HttpRequest, pk: int, site: AdminSite) -> HttpResponse:
    """GET shows; POST with ``preview`` tries out, else saves."""
    store = get_object_or_404(
        AmazonStore.objects.select_related("order_settings", "commerce_store"), pk=pk
    )
    can_change = request.user.has_perm(CHANGE)
    if not (can_change or request.user.has_perm("channels.view_ordersettings")):
        raise PermissionDenied
    if request.method == "POST" and not can_change:
        raise PermissionDenied
    settings = store.order_settings
    form = OrderSettingsForm(request.POST or None, settings=settings, can_change=can_change)
    tried: Preview | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" in request.POST:
                wished = copy(settings)
                order_settings.apply(wished, form.values())
                tried = preview_of(store, wished)
            else:
                order_settings.change(store, form.values(), user=request.user.get_username())
                messages.success(request, _("Saved. Orders they concern are looked at again."))
                return HttpResponseRedirect(request.path)
        except order_settings.InvalidSetting as exc:
            form.add_error(exc.name if exc.name in form.fields else None, _problem(exc))
    context = {
        **site.each_context(request),
        "title": _("Order settings"),
        "store": store,
        "form": form,
        "can_change": can_change,
        "preview": tried,
        "outcomes": list(_outcomes(tried)) if tried else [],
        "examples": _examples(tried) if tried else [],
        "history": _history(store, form),
        "orders_url": reverse("admin:channels_channelorder_changelist") + f"?store={store.pk}",
    }
    return TemplateResponse(request, "admin/channels/amazonstore/order_settings.html", context)


def _problem(exc: order_settings.InvalidSetting) -> str:
    """The sentence; the field says which setting it is about."""
    return str(exc).removeprefix(f"{exc.name}: ")


def _label(outcome: str) -> str:
    if outcome.startswith(HELD):
        return f"{_('Held')}: {hold_label(outcome)}"
    return str(OUTCOMES[outcome])


def _outcomes(preview: Preview) -> Iterator[dict[str, Any]]:
    for outcome, (now, then) in preview.outcomes.items():
        yield {"label": _label(outcome), "now": now, "then": then, "moved": now != then}


def _examples(preview: Preview) -> list[tuple[str, str, str]]:
    return [(number, _label(now), _label(then)) for number, now, then in preview.examples]


def _history(store: AmazonStore, form: OrderSettingsForm) -> list[dict[str, Any]]:
    """Changes with the settings and their values as the form calls them."""
    changes: list[OrderSettingsChange] = list(store.settings_changes.all()[:CHANGES_SHOWN])
    return [
        {
            "at": change.at,
            "user": change.user_name,
            "changes": [
                (form.fields[name].label, form.shown(name, before), form.shown(name, after))
                for name, (before, after) in change.changes.items()
            ],
        }
        for change in changes
    ]
