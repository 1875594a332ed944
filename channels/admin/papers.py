"""Packing slips and pick lists: of a selection on the Orders tab, a slip also of one order."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import ChannelOrder
from channels.services import packing, packing_slips
from channels.services.packing import Parcel, parcels
from channels.services.picking import print_pick_list
from customers.admin import ReadOnlyAdmin, log_reveal, may_see_personal_data

PRINT = "channels.print_channelorder"
SHOWN = 50  # orders that are left out, named on the page


class PaperForm(forms.Form):
    """What a pick list asks."""

    sort = forms.ChoiceField(
        label=gettext_lazy("Sorted by"), choices=list(packing.SORTS.items()), required=False
    )
    print_all = forms.BooleanField(
        label=gettext_lazy("Print the orders that are left out, too"), required=False
    )

    @staticmethod
    def judged(found: Sequence[Parcel]) -> Sequence[Parcel]:
        """With what else says that one should not be on this paper."""
        return found

    def chosen(self, found: Sequence[Parcel]) -> list[Parcel]:
        """The orders to print."""
        return [p for p in found if self.cleaned_data["print_all"] or not p.doubt]


class PickListForm(PaperForm):
    """A pick list is sorted by SKU."""

    sort = None  # type: ignore[assignment]  # Django's way to take a field off


class SlipForm(PaperForm):
    with_prices = forms.BooleanField(
        label=gettext_lazy("With prices"),
        required=False,
        help_text=gettext_lazy("Gifts are always printed without."),
    )
    field_order = ["sort", "with_prices", "print_all"]

    @staticmethod
    def judged(found: Sequence[Parcel]) -> Sequence[Parcel]:
        return packing_slips.judged(found)


class PaperActions(ReadOnlyAdmin[ChannelOrder]):
    """The two actions of the Orders tab, and the page of one packing slip."""

    def get_urls(self) -> list[URLPattern]:
        slip = self.admin_site.admin_view(self.packing_slip_view)
        return [
            path("<int:pk>/packing-slip/", slip, name="channels_channelorder_packing_slip"),
            *super().get_urls(),
        ]

    def has_print_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PRINT)

    def has_print_slips_permission(self, request: HttpRequest) -> bool:
        """Names and addresses stand on them in clear."""
        return request.user.has_perm(PRINT) and may_see_personal_data(request)

    @admin.action(description=gettext_lazy("Packing slips"), permissions=["print_slips"])
    def packing_slips(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        """First a page that says what is left out, which then posts the same action."""
        return self._print(
            request, queryset, SlipForm, _slips, title=_("Packing slips"), action="packing_slips"
        )

    @admin.action(description=gettext_lazy("Pick list"), permissions=["print"])
    def pick_list(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        return self._print(
            request, queryset, PickListForm, _picks, title=_("Pick list"), action="pick_list"
        )

    def packing_slip_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET: the question. POST: the slip of this order."""
        if not (self.has_view_permission(request) and self.has_print_slips_permission(request)):
            raise PermissionDenied
        orders = ChannelOrder.objects.filter(pk=pk)
        order = orders.select_related("commerce_order").first()
        if order is None:
            raise Http404
        title, back = _("Packing slip"), _page_of(order)
        response = self._print(request, orders, SlipForm, _slips, title=title, back=back)
        assert response is not None  # which is said of too many
        return response

    def _print(
        self,
        request: HttpRequest,
        queryset: QuerySet[ChannelOrder],
        form_class: type[PaperForm],
        make: Callable[[HttpRequest, list[Parcel], PaperForm], HttpResponse],
        *,
        title: str,
        action: str = "",
        back: str = "",
    ) -> HttpResponse | None:
        ids = list(queryset.order_by().values_list("pk", flat=True)[: packing.MAX_ORDERS + 1])
        if len(ids) > packing.MAX_ORDERS:
            told = _("At most %(count)d orders are printed at once: choose fewer.")
            self.message_user(request, told % {"count": packing.MAX_ORDERS}, messages.ERROR)
            return None
        form = form_class(request.POST if "print" in request.POST else None)
        sort = form.cleaned_data.get("sort") if form.is_valid() else ""
        found = form.judged(parcels(ids, sort=sort or packing.BY_SHIP_DATE))
        if form.is_valid():
            if chosen := form.chosen(found):
                return make(request, chosen, form)
            form.add_error(None, _("There is nothing to print: every order is left out."))
        back = back or request.get_full_path()
        context = {"title": title, "form": form, "action": action, "back": back}
        return self._paper_page(request, **context, **_context(found))

    def _paper_page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/channels/channelorder/papers.html", context)


def _page_of(order: ChannelOrder) -> str:
    """Where the packer came from: the Commerce order, where there is one."""
    if order.commerce_order:
        return reverse("admin:orders_commerceorder_change", args=[order.commerce_order.pk])
    return reverse("admin:channels_channelorder_change", args=[order.pk])


def _context(found: Sequence[Parcel]) -> dict[str, Any]:
    left_out = [parcel for parcel in found if parcel.doubt]
    return {
        "ready": len(found) - len(left_out),
        "left_out": left_out[:SHOWN],
        "left_out_count": len(left_out),
        "more": max(len(left_out) - SHOWN, 0),
    }


def _slips(request: HttpRequest, chosen: list[Parcel], form: PaperForm) -> HttpResponse:
    log_reveal(request, [parcel.order for parcel in chosen])
    pdf = packing_slips.print_slips(
        chosen,
        user=request.user,  # type: ignore[arg-type]  # admin_view lets nobody anonymous in
        with_prices=form.cleaned_data["with_prices"],
    )
    return _download(pdf, "packing-slips")


def _picks(request: HttpRequest, chosen: list[Parcel], form: PaperForm) -> HttpResponse:
    return _download(print_pick_list(chosen), "pick-list")


def _download(pdf: bytes, name: str) -> HttpResponse:
    file = f"{name}-{timezone.localtime():%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
