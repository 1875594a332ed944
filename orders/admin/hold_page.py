"""Holding and releasing Commerce orders: one on its page, many from a list."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from customers.admin import ReadOnlyAdmin, came_from
from orders.models import CommerceOrder
from orders.models.commerce_order import OPEN_STATES
from orders.services.errors import CannotHold
from orders.services.holding import MAX_REASON, hold_order, unhold_order

HOLD = "orders.hold_commerceorder"


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        help_text=gettext_lazy("Stays in the history, readable: no names."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )


def hold_context(request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
    """What the order's page says about holding; releasing is what to do next."""
    return {"can_hold": request.user.has_perm(HOLD) and order.state in OPEN_STATES}


class HoldActions(ReadOnlyAdmin[CommerceOrder]):
    """The two actions of the list: a page of orders at once, within the request.

    Those of the Orders tab are jobs (channels/admin).
    """

    def has_hold_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(HOLD)

    @admin.action(description=gettext_lazy("Hold"), permissions=["hold"])
    def hold_orders(
        self, request: HttpRequest, queryset: QuerySet[CommerceOrder]
    ) -> HttpResponse | None:
        """First a page that asks for the reason, which then posts the same action with it."""
        ids = self._chosen(request, queryset)
        if ids is None:
            return None
        form = HoldForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            self._tell(request, _each(ids, hold_order, request, reason=reason), len(ids))
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Hold"),
            "form": form,
            "orders": CommerceOrder.objects.filter(pk__in=ids).order_by("-pk")[:20],
            "count": len(ids),
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/orders/commerceorder/hold.html", context)

    @admin.action(description=gettext_lazy("Unhold"), permissions=["hold"])
    def unhold_orders(self, request: HttpRequest, queryset: QuerySet[CommerceOrder]) -> None:
        ids = self._chosen(request, queryset)
        if ids is not None:
            self._tell(request, _each(ids, unhold_order, request), len(ids))

    def _chosen(self, request: HttpRequest, queryset: QuerySet[CommerceOrder]) -> list[int] | None:
        """None, with a message, when it is more than somebody can wait for."""
        limit = self.list_per_page
        ids = list(queryset.values_list("pk", flat=True)[: limit + 1])
        if len(ids) <= limit:
            return ids
        text = _("At most %(limit)d orders at once here. The Orders tab does more, as a job.")
        self.message_user(request, text % {"limit": limit}, messages.ERROR)
        return None

    def _tell(self, request: HttpRequest, refusals: Sequence[str], total: int) -> None:
        done = total - len(refusals)
        text = ngettext(
            "%(done)d of %(total)d order changed.", "%(done)d of %(total)d orders changed.", total
        ) % {"done": done, "total": total}
        level = messages.WARNING if refusals or not total else messages.SUCCESS
        self.message_user(request, " ".join([text, *refusals[:5]]), level)


def _each(
    ids: Sequence[int], change: Callable[..., CommerceOrder], request: HttpRequest, **more: str
) -> list[str]:
    """One service call per order; the refusals' own words."""
    refusals = []
    for pk in ids:
        try:
            change(order_id=pk, user=request.user.get_username(), **more)
        except CannotHold as exc:
            refusals.append(str(exc))
    return refusals


class HoldPages(HoldActions):
    """The views of CommerceOrderAdmin that hold and release one order."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/hold/", view(self.hold_view), name="orders_commerceorder_hold"),
            path("<int:pk>/unhold/", view(self.unhold_view), name="orders_commerceorder_unhold"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def hold_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        reason = request.POST.get("reason", "")
        return self._change(request, pk, hold_order, _("The order is on hold."), reason=reason)

    @method_decorator(require_POST)
    def unhold_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._change(request, pk, unhold_order, _("The order is no longer on hold."))

    def _change(
        self,
        request: HttpRequest,
        pk: int,
        change: Callable[..., CommerceOrder],
        done: str,
        **more: str,
    ) -> HttpResponse:
        if not (self.has_view_permission(request) and self.has_hold_permission(request)):
            raise PermissionDenied
        if not CommerceOrder.objects.filter(pk=pk).exists():
            raise Http404
        if refusals := _each([pk], change, request, **more):
            self.message_user(request, refusals[0], messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        page = reverse("admin:orders_commerceorder_change", args=[pk])
        return HttpResponseRedirect(came_from(request, page))
