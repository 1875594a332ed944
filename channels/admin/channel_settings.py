"""Sales channel settings: read-only mode and what it keeps from Amazon; logs."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import SalesChannelSettings
from channels.models.settings import RETENTION_CHOICES
from channels.services import channel_settings, kept, read_only
from channels.services.channel_settings import WrongSetting
from channels.services.read_only import CannotSwitch

CHANGE = "channels.change_saleschannelsettings"
CHANGES_SHOWN = 10
LABELS = {
    "read_only": gettext_lazy("Read-only mode"),
    "log_retention_days": gettext_lazy("Log retention"),
    "debug_logging": gettext_lazy("Debug logging"),
}
VALUES = {
    "on": gettext_lazy("On"),
    "off": gettext_lazy("Off"),
    **{str(days): label for days, label in RETENTION_CHOICES},
}


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
        """GET shows; POST switches read-only mode (``mode``), or changes one of the settings."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        if request.method == "POST":
            changed = _switch(request) if "mode" in request.POST else _change(request)
            if changed:
                self.log_change(request, channel_settings.current(), changed)
            return HttpResponseRedirect(request.path)
        stores = kept.counts()
        context = {
            **self.admin_site.each_context(request),
            **_log_context(),
            "opts": self.opts,
            "title": _("Sales channel settings"),
            "mode": read_only.mode(),
            "stores": stores,
            "total": _total(stores),
            "kept": kept.oldest(),
            "shown": kept.SHOWN,
            "changes": _changes(),
        }
        template = "admin/channels/saleschannelsettings/settings.html"
        return TemplateResponse(request, template, context)


def _log_context() -> dict[str, Any]:
    settings = channel_settings.current()
    is_on = channel_settings.is_debugging(settings, timezone.now())
    return {
        "retention": settings.log_retention_days,
        "retention_choices": RETENTION_CHOICES,
        "debug_until": settings.debug_until if is_on else None,
        "debug_hours": int(channel_settings.DEBUG_LASTS.total_seconds() // 3600),
    }


def _changes() -> list[tuple[LogEntry, str]]:
    """Who changed what on this page, newest first."""
    of_this = ContentType.objects.get_for_model(SalesChannelSettings)
    entries = LogEntry.objects.filter(content_type=of_this).select_related("user")[:CHANGES_SHOWN]
    return [(entry, _in_words(entry.get_change_message())) for entry in entries]


def _in_words(changed: str) -> str:
    """``debug_logging=on`` as the page calls it; what is not of this form as it is."""
    pairs = (change.partition("=") for change in changed.split())
    return ", ".join(f"{LABELS.get(name, name)}: {VALUES.get(value, value)}" if equals else name
                     for name, equals, value in pairs)  # fmt: skip


def _change(request: HttpRequest) -> str:
    """Log retention or debug logging; what changed, for the history."""
    values = {name: request.POST[name] for name in channel_settings.NAMES if name in request.POST}
    try:
        changed = channel_settings.change(values, user=request.user.get_username())
    except WrongSetting as exc:
        messages.error(request, str(exc))
        return ""
    if changed:
        messages.success(request, _("Saved."))
    return " ".join(changed)


def _switch(request: HttpRequest) -> str:
    """Read-only mode; what changed, for the history."""
    user = request.user.get_username()
    wanted = request.POST["mode"]
    if wanted == "on" and read_only.switch_on(user=user):
        messages.success(request, _("Read-only mode is on: nothing is sent to Amazon."))
        return "read_only=on"
    if wanted == "off":
        try:
            return _switch_off(request, user)
        except CannotSwitch as exc:
            messages.error(request, str(exc))
    return ""


def _switch_off(request: HttpRequest, user: str) -> str:
    """Only after the person agreed to what goes out, and to no less than that."""
    agreed = request.POST.get("agreed", "")
    total = _total(kept.counts())
    if not (agreed.isascii() and agreed.isdigit()):
        raise CannotSwitch(_("Tick the box: what is kept would be sent to Amazon."))
    if len(agreed) > 18 or int(agreed) < total:
        raise CannotSwitch(_("More is kept by now: look again, then switch off."))
    adopt = request.POST.get("adopt") == "yes"
    if not read_only.switch_off(user=user, adopt_site=adopt):
        return ""
    messages.success(request, _("Read-only mode is off: what was kept goes to Amazon now."))
    return "read_only=off"


def _total(stores: list[kept.Waiting]) -> int:
    return sum(store.confirmations + store.cancellations for store in stores)
