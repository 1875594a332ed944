"""The pages that ship a Commerce order and that correct what was shipped."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from customers.admin import PageAdmin, log_reveal, may_see_personal_data
from customers.countries import country_name
from customers.services.masking import HIDDEN, mask_address
from orders import sales_channel
from orders.admin.ship_form import CorrectForm, ShipForm
from orders.models import CommerceOrder, OutboxMessage, Package
from orders.services.correcting import correct_package
from orders.services.errors import CannotShip, DoubtfulNumber
from orders.services.shipments import ship

PLACE = ("postal_code", "city")  # of an address, with its country: what a parcel's class goes by


class ShipPages(PageAdmin[CommerceOrder]):
    """Ship and Correct, for those who may ship."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/ship/", view(self.ship_view), name="orders_commerceorder_ship"),
            path(
                "<int:pk>/package/<int:number>/",
                view(self.correct_view),
                name="orders_commerceorder_correct",
            ),
            *super().get_urls(),
        ]

    def may_ship(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.ship_commerceorder")

    def ship_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what is left. POST ships it, or comes back with room for one more package."""
        order = self._order(request, pk)
        warnings: list[str] = []
        if request.method != "POST":
            form = ShipForm(order=order)
        elif "add" in request.POST:
            form = ShipForm(request.POST, order=order, one_more=True)
        else:
            form = ShipForm(request.POST, order=order)
            if form.is_valid():
                try:
                    self._ship(request, order, form)
                except DoubtfulNumber as exc:
                    warnings = exc.warnings
                except CannotShip as exc:
                    form.add_error(None, str(exc))
                    order = self._order(request, pk)  # it may have just been read
                else:
                    return self._back(order)
        context = {"form": form, "warnings": warnings, **self._buyers_words(request, order)}
        return self._page(request, order, "ship", context)

    def _ship(self, request: HttpRequest, order: CommerceOrder, form: ShipForm) -> None:
        shipped = ship(
            order_id=order.pk,
            packages=form.drafts(),
            user=request.user,  # type: ignore[arg-type]  # admin_view lets nobody anonymous in
            packages_seen=form.cleaned_data["packages_seen"],
            despite_cancel_request=form.cleaned_data["despite_cancel_request"],
            despite_warnings=request.POST.get("anyway") == form.doubt,
        )
        channel = sales_channel.of(order)
        told = _("Shipped. Amazon is being told; the confirmation is listed below.")
        if not channel.is_told(order):
            told = _("Shipped. The confirmation is kept until read-only mode is off.")
        elif _can_be_taken_back(package__shipment=shipped.shipment):
            told = _("Shipped. The confirmation is listed below.")  # the page says until when
        self.message_user(request, told, messages.SUCCESS)
        if following := channel.next_to_ship(order):
            url = reverse("admin:orders_commerceorder_ship", args=[following.pk])
            link = format_html('<a href="{}">{}</a>', url, following)
            self.message_user(request, format_html("{} {}", _("Next order to ship:"), link))
        if shipped.unchecked:
            text = _("Amazon could not be asked about the order just before: %(why)s")
            self.message_user(request, text % {"why": shipped.unchecked}, messages.WARNING)

    def _buyers_words(self, request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
        """Where it goes, and why the buyer asked to cancel, if so: as far as they are shown."""
        reasons = sales_channel.of(order).buyer_cancel_reasons(order)
        address = order.shipping_address.address if order.shipping_address else {}
        if may_see_personal_data(request):
            log_reveal(request, [order] if reasons or address else [])
        else:
            address = mask_address(address)
            reasons = reasons and [HIDDEN for _reason in reasons]
        country = country_name(address.get("country_code") or "")
        place = " ".join(filter(None, (*(address.get(name) for name in PLACE), country)))
        return {
            "cancel_requested": reasons is not None, "cancel_reasons": reasons, "place": place
        }  # fmt: skip

    def correct_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """GET shows a package as it is, POST corrects it."""
        order = self._order(request, pk)
        package = order.packages.select_related("shipment").filter(number=number).first()
        if package is None:
            raise Http404
        form = CorrectForm(request.POST or None, package=package)
        warnings: list[str] = []
        if request.method == "POST" and form.is_valid():
            try:
                self._correct(request, package, form)
            except DoubtfulNumber as exc:
                warnings = exc.warnings
            except CannotShip as exc:
                form.add_error(None, str(exc))
            else:
                told = _("Package %(number)s is corrected. Amazon is being told.")
                if not sales_channel.of(order).is_told(order):
                    told = _("Package %(number)s is corrected; kept until read-only mode is off.")
                elif _can_be_taken_back(package=package):
                    told = _("Package %(number)s is corrected.")
                self.message_user(request, told % {"number": number}, messages.SUCCESS)
                return self._back(order)
        context = {"form": form, "warnings": warnings, "package": package}
        return self._page(request, order, "correct", context)

    def _correct(self, request: HttpRequest, package: Package, form: CorrectForm) -> None:
        data = form.cleaned_data
        correct_package(
            package_id=package.pk,
            carrier_code=data["carrier_code"],
            carrier_name=form.carrier_name_sent(),
            tracking_number=data["tracking_number"],
            shipping_method=data["shipping_method"],
            shipped_at=data["shipped_at"],
            user=request.user,  # type: ignore[arg-type]  # admin_view lets nobody anonymous in
            seen=data["seen"] or None,
            despite_warnings=request.POST.get("anyway") == form.doubt,
        )

    def _order(self, request: HttpRequest, pk: int) -> CommerceOrder:
        if not self.may_ship(request):
            raise PermissionDenied
        orders = CommerceOrder.objects.select_related(
            "status", "shipping_address", "channel_order__store"
        )
        order: CommerceOrder | None = orders.filter(pk=pk).first()
        if order is None:
            raise Http404
        return order

    def _back(self, order: CommerceOrder) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_commerceorder_change", args=[order.pk]))

    def _page(
        self, request: HttpRequest, order: CommerceOrder, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        context = {**self.page_context(request, order), **context}
        return TemplateResponse(request, f"admin/orders/commerceorder/{name}.html", context)


def _can_be_taken_back(**which: Any) -> bool:
    """Whether the channel is told later only, of `which` confirmations."""
    now = timezone.now()
    return any(message.can_be_taken_back(now) for message in OutboxMessage.objects.filter(**which))
