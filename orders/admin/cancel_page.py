"""Cancelling on the page of a Commerce order: the form, taking it back, what became of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from customers.admin import ReadOnlyAdmin, came_from
from orders import sales_channel
from orders.models import Cancellation, CommerceOrder, CommerceOrderLine
from orders.models.cancellation import OPEN_STATES
from orders.models.commerce_order import UNFINISHED_STATES
from orders.services.cancellation import (
    cancellations_of,
    refuses_cancelling,
    request_cancellation,
    withdraw_cancellation,
)
from orders.services.errors import CannotCancel

CANCEL = "orders.cancel_commerceorder"


class CancelForm(forms.Form):
    """A reason of the channel, and the lines: all of them unless somebody takes one out."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"))

    def __init__(self, data: Any = None, *, order: CommerceOrder, given: Any = None) -> None:
        self.lines = [line for line in order.lines.all() if line.quantity_left]
        chosen = {f"line-{pk}" for pk in given.getlist("line")} if given else set()
        super().__init__(data, initial={"reason": given.get("reason") if given else ""})
        reasons = sales_channel.of(order).reasons_to_cancel(order)
        choices = [("", _("Choose…")), *((code, f"{label} ({code})") for code, label in reasons)]
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]
        for line in self.lines:
            self.fields[_name(line)] = forms.BooleanField(
                label=line.sku or line.name,
                required=False,
                initial=not chosen or _name(line) in chosen,
            )

    def rows(self) -> list[tuple[CommerceOrderLine, forms.BoundField]]:
        """The lines with their fields, for the template."""
        return [(line, self[_name(line)]) for line in self.lines]

    def line_pks(self) -> list[int]:
        return [line.pk for line in self.lines if self.cleaned_data[_name(line)]]


def _name(line: CommerceOrderLine) -> str:
    return f"line-{line.pk}"


def cancel_context(request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
    """What the order's page says about cancelling: what was asked for, and what can be."""
    may_cancel = request.user.has_perm(CANCEL)
    rows = cancellations_of(order)
    is_open = bool(rows) and rows[0].state in OPEN_STATES
    unfinished = order.state in UNFINISHED_STATES and not is_open
    refusal = refuses_cancelling(order) if unfinished and may_cancel else ""
    labels = dict(sales_channel.of(order).reasons_to_cancel(order)) if rows else {}
    return {
        "cancellations": [(row, labels.get(row.reason, row.reason)) for row in rows],
        "can_cancel": unfinished and may_cancel and not refusal,
        "cancel_refusal": refusal,
        "channel_url": sales_channel.of(order).order_url(order) if refusal else "",
    }


class CancelPages(ReadOnlyAdmin[CommerceOrder]):
    """The views of CommerceOrderAdmin that are about cancelling."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/cancel/", view(self.cancel_view), name="orders_commerceorder_cancel"),
            path(
                "<int:pk>/withdraw-cancellation/",
                view(self.withdraw_view),
                name="orders_commerceorder_withdraw",
            ),
            *super().get_urls(),
        ]

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks for the reason and the lines, POST asks the channel to cancel."""
        order = self._order_to_cancel(request, pk)
        is_post = request.method == "POST"
        form = CancelForm(request.POST if is_post else None, order=order, given=request.GET)
        if is_post and form.is_valid():
            try:
                request_cancellation(
                    order_id=pk,
                    reason=form.cleaned_data["reason"],
                    user=request.user.get_username(),
                    line_pks=form.line_pks(),
                )
            except CannotCancel as exc:
                form.add_error(None, str(exc))
            else:
                told = _("Cancellation requested. The order is canceled when Amazon shows it.")
                if not sales_channel.of(order).is_told(order):
                    told = _("Cancellation requested. It is kept until read-only mode is off.")
                self.message_user(request, told, messages.SUCCESS)
                return HttpResponseRedirect(_page(pk))
        refusal = refuses_cancelling(order)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Cancel %(number)s") % {"number": order.number},
            "order": order,
            "form": form,
            "refusal": refusal,
            "channel_url": sales_channel.of(order).order_url(order) if refusal else "",
        }
        return TemplateResponse(request, "admin/orders/commerceorder/cancel.html", context)

    @method_decorator(require_POST)
    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the open cancellation back."""
        order = self._order_to_cancel(request, pk)
        cancellation = get_object_or_404(Cancellation.objects.open(), order=order)
        try:
            withdraw_cancellation(cancellation_id=cancellation.pk, user=request.user.get_username())
        except CannotCancel as exc:
            self.message_user(request, str(exc), messages.ERROR)
        else:
            self.message_user(request, _("The cancellation is taken back."), messages.SUCCESS)
        return HttpResponseRedirect(came_from(request, _page(pk)))

    def _order_to_cancel(self, request: HttpRequest, pk: int) -> CommerceOrder:
        """The order, for somebody who may cancel."""
        if not (self.has_view_permission(request) and request.user.has_perm(CANCEL)):
            raise PermissionDenied
        order: CommerceOrder | None = (
            CommerceOrder.objects.select_related("status").filter(pk=pk).first()
        )
        if order is None:
            raise Http404
        return order


def _page(pk: int) -> str:
    return reverse("admin:orders_commerceorder_change", args=[pk])
