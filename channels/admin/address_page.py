"""The shipping address of an order: both versions side by side, and correcting it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from channels.models import ChannelOrder
from channels.services import addresses
from channels.services.addresses import AddressChanged, CannotCorrect
from customers.admin import ReadOnlyAdmin, log_reveal, may_see_personal_data
from customers.services.masking import address_lines, mask_address
from orders.services.errors import Refusal

CORRECT = "channels.correct_address"


class AddressForm(forms.Form):
    """One line per part of an address; what is wrong with one is the service's word."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, order: ChannelOrder) -> None:
        initial = addresses.shipping_address(order) | {"seen": addresses.version(order)}
        super().__init__(data, initial=initial)
        self.amazon = order.recipient or {}
        for part, label in addresses.PARTS.items():
            self.fields[part] = forms.CharField(label=label, required=False)

    def rows(self) -> list[tuple[forms.BoundField, str | None]]:
        """The fields, each with Amazon's value."""
        return [(self[part], self.amazon.get(part)) for part in addresses.PARTS]

    def address(self) -> dict[str, str]:
        return {part: self.cleaned_data[part] for part in addresses.PARTS}


def may_correct(request: HttpRequest) -> bool:
    """Nobody can correct what they may not see."""
    return request.user.has_perm(CORRECT) and may_see_personal_data(request)


def address_context(request: HttpRequest, order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
    """What the order's page shows of its address; masked unless `clear`."""
    correctable = may_correct(request) and not addresses.refuses_correction(order)
    return {
        "address": address_lines(addresses.shipping_address(order), clear=clear),
        "correction": _correction(order, clear=clear) if order.corrected_address else None,
        "address_version": addresses.version(order) if correctable else "",
    }


def _correction(order: ChannelOrder, *, clear: bool) -> dict[str, Any]:
    """Both versions, part by part: label, ours, Amazon's, whether they differ."""
    ours, amazon = addresses.shipping_address(order), order.recipient or {}
    differing = addresses.changed_parts(ours, amazon)
    if not clear:
        ours, amazon = mask_address(ours), mask_address(amazon)
    return {
        "outdated": addresses.changed_at_amazon(order),
        "rows": [
            (label, ours.get(part), amazon.get(part), part in differing)
            for part, label in addresses.PARTS.items()
            if part in ours or part in amazon
        ],
    }


class AddressPages(ReadOnlyAdmin[ChannelOrder]):
    """The views of ChannelOrderAdmin that are about an order's address."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/address/",
                view(self.correct_address_view),
                name="channels_channelorder_address",
            ),
            path(
                "<int:pk>/address/amazon/",
                view(self.drop_correction_view),
                name="channels_channelorder_amazon_address",
            ),
            *super().get_urls(),
        ]

    @method_decorator(sensitive_post_parameters())
    def correct_address_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the address in a form beside Amazon's, POST corrects it."""
        order = self._order(request, pk)
        form = AddressForm(request.POST or None, order=order)
        told = ""
        if request.method == "POST" and form.is_valid():
            try:
                addresses.correct_address(
                    order_id=pk,
                    address=form.address(),
                    user=_user(request),
                    seen=form.cleaned_data["seen"],
                )
            except AddressChanged as exc:
                order = self._order(request, pk)  # shown as it is now, not as it was typed
                form, told = AddressForm(order=order), str(exc)
            except CannotCorrect as exc:
                form.add_error(exc.part or None, str(exc))
            else:
                self.message_user(request, _("The shipping address is saved."), messages.SUCCESS)
                return HttpResponseRedirect(_page(pk))
        refused = addresses.refuses_correction(order)
        if not refused:
            log_reveal(request, [order])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Correct address"),
            "order": order,
            "form": form,
            "told": told or refused,
            "refused": bool(refused),
        }
        template = "admin/channels/channelorder/correct_address.html"
        return TemplateResponse(request, template, context)

    @method_decorator(require_POST)
    def drop_correction_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Amazon's address is used again."""
        self._order(request, pk)
        seen = request.POST.get("seen", "")
        try:
            addresses.drop_correction(order_id=pk, user=_user(request), seen=seen)
        except Refusal as exc:
            self.message_user(request, str(exc), messages.ERROR)
        else:
            self.message_user(request, _("Amazon's address is used."), messages.SUCCESS)
        return HttpResponseRedirect(_page(pk))

    def _order(self, request: HttpRequest, pk: int) -> ChannelOrder:
        """The order, for somebody who may correct its address."""
        if not (self.has_view_permission(request) and may_correct(request)):
            raise PermissionDenied
        order: ChannelOrder | None = (
            ChannelOrder.objects.select_related("commerce_order").filter(pk=pk).first()
        )
        if order is None:
            raise Http404
        return order


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # admin_view lets nobody anonymous in


def _page(pk: int) -> str:
    return reverse("admin:channels_channelorder_change", args=[pk])
