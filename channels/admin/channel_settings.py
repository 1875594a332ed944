"""Sales channel settings: read-only mode, and what it keeps from Amazon."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from channels.models import SalesChannelSettings
from channels.services import kept, read_only
from channels.services.read_only import CannotSwitch

CHANGE = "channels.change_saleschannelsettings"


@admin.register(SalesChannelSettings)
class SalesChannelSettingsAdmin(admin.ModelAdmin[SalesChannelSettings]):
    """One page instead of a list: there is one row, and it may not be there yet."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise PermissionDenied

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET shows, POST switches read-only mode ``on`` or ``off``."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        if request.method == "POST":
            _switch(request)
            return HttpResponseRedirect(request.path)
        stores = kept.counts()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Sales channel settings"),
            "mode": read_only.mode(),
            "stores": stores,
            "total": _total(stores),
            "kept": kept.oldest(),
            "shown": kept.SHOWN,
        }
        template = "admin/channels/saleschannelsettings/settings.html"
        return TemplateResponse(request, template, context)


def _switch(request: HttpRequest) -> None:
    user = request.user.get_username()
    wanted = request.POST.get("mode")
    if wanted == "on":
        if read_only.switch_on(user=user):
            messages.success(request, _("Read-only mode is on: nothing is sent to Amazon."))
    elif wanted == "off":
        try:
            _switch_off(request, user)
        except CannotSwitch as exc:
            messages.error(request, str(exc))


def _switch_off(request: HttpRequest, user: str) -> None:
    """Only after the person agreed to what goes out, and to no less than that."""
    agreed = request.POST.get("agreed", "")
    total = _total(kept.counts())
    if not (agreed.isascii() and agreed.isdigit()):
        raise CannotSwitch(_("Tick the box: what is kept would be sent to Amazon."))
    if len(agreed) > 18 or int(agreed) < total:
        raise CannotSwitch(_("More is kept by now: look again, then switch off."))
    adopt = request.POST.get("adopt") == "yes"
    if read_only.switch_off(user=user, adopt_site=adopt):
        messages.success(request, _("Read-only mode is off: what was kept goes to Amazon now."))


def _total(stores: list[kept.Waiting]) -> int:
    return sum(store.confirmations + store.cancellations for store in stores)
