"""Confirmations: what goes to the sales channel, how far each one is, and what people do to it.

The channel registers the page: it knows what its answers mean (channels/admin/confirmations.py).
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.admin import ReadOnlyAdmin
from orders.admin.filters import BarChangeList, BarFilter
from orders.models import OutboxMessage
from orders.services.errors import CannotDismiss
from orders.services.outbox import DISMISSABLE, MAX_REASON, dismiss, resend
from orders.templatetags.portal_ui import badge

DISMISS = "orders.dismiss_confirmation"
AT_ONCE = 200


class DismissForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason, for the order's history"),
        max_length=MAX_REASON,
        help_text=_("Stays there readable: no names."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )


class DismissedFilter(BarFilter):
    title = _("dismissed")
    parameter_name = "dismissed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[OutboxMessage], value: str
    ) -> QuerySet[OutboxMessage]:
        return rows.filter(dismissed_at__isnull=value == "no")


class OutboxMessageAdmin(ReadOnlyAdmin[OutboxMessage]):
    change_list_template = "admin/orders/outboxmessage/change_list.html"
    list_display_links = ["created_at"]
    list_select_related = ["package", "package__order"]
    search_fields = ["=package__tracking_number", "=package__order__number"]
    search_help_text = _("Tracking number or Commerce order")
    ordering = ["-id"]
    actions = ["send_again", "dismiss"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BarChangeList]:
        return BarChangeList

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.dismiss_view)
        return [path("dismiss/", view, name="orders_outboxmessage_dismiss"), *super().get_urls()]

    @admin.display(description=_("Commerce order"))
    def order_column(self, message: OutboxMessage) -> SafeString:
        order = message.package.order
        url = reverse("admin:orders_commerceorder_change", args=[order.pk])
        return format_html('<a href="{}">{}</a>', url, order.number)

    @admin.display(description=_("State"), ordering="state")
    def state_column(self, message: OutboxMessage) -> SafeString:
        shown = badge(message.state, message.get_state_display())
        if message.dismissed_at is None:
            return shown
        return format_html("{} {}", shown, badge("ignored", _("Dismissed")))

    # Actions

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        sent = sum(
            resend(pk, user=request.user.get_username())
            for pk in queryset.values_list("pk", flat=True)
        )
        text = ngettext(
            "%(count)d confirmation will be sent again.",
            "%(count)d confirmations will be sent again.",
            sent,
        )
        level = messages.SUCCESS if sent else messages.WARNING
        self.message_user(request, text % {"count": sent}, level)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.ship_commerceorder")

    @admin.action(description=_("Dismiss…"), permissions=["dismiss"])
    def dismiss(
        self, request: HttpRequest, queryset: QuerySet[OutboxMessage]
    ) -> HttpResponse | None:
        """Asks for the reason on a page of its own."""
        pks = list(queryset.values_list("pk", flat=True)[: AT_ONCE + 1])
        if len(pks) > AT_ONCE:
            text = _("Dismiss at most %(count)d at once.") % {"count": AT_ONCE}
            self.message_user(request, text, messages.WARNING)
            return None
        query = {"ids": ",".join(map(str, pks))}
        url = reverse("admin:orders_outboxmessage_dismiss")
        return HttpResponseRedirect(f"{url}?{urlencode(query)}")

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(DISMISS)

    def dismiss_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows which, and asks why; POST dismisses them."""
        if not self.has_dismiss_permission(request):
            raise PermissionDenied
        pks = _numbers(request.GET.get("ids", ""))
        form = DismissForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                count = dismiss(
                    pks, reason=form.cleaned_data["reason"], user=request.user.get_username()
                )
            except CannotDismiss as exc:
                form.add_error("reason", str(exc))
            else:
                self._say_dismissed(request, count)
                return HttpResponseRedirect(reverse("admin:orders_outboxmessage_changelist"))
        found = OutboxMessage.objects.filter(
            pk__in=pks, state__in=DISMISSABLE, dismissed_at=None
        ).select_related("package__order")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Dismiss confirmations"),
            "confirmations": list(found.order_by("pk")),
            "form": form,
        }
        return TemplateResponse(request, "admin/orders/outboxmessage/dismiss.html", context)

    def _say_dismissed(self, request: HttpRequest, count: int) -> None:
        text = ngettext(
            "%(count)d confirmation dismissed.", "%(count)d confirmations dismissed.", count
        )
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, text % {"count": count}, level)


def _numbers(text: str) -> list[int]:
    """``1,2,3``; 404 for anything else, and for more than are dismissed at once."""
    parts = text.split(",")
    if len(parts) > AT_ONCE or not all(
        part.isascii() and part.isdigit() and len(part) < 19 for part in parts
    ):
        raise Http404
    return [int(part) for part in parts]
