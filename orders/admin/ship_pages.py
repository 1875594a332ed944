"""The pages that ship a Commerce order and that correct what was shipped."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from customers.admin import PageAdmin, log_reveal, may_see_personal_data
from customers.services.masking import HIDDEN
from orders import sales_channel
from orders.admin.ship_form import CorrectForm, ShipForm
from orders.models import CommerceOrder, Package
from orders.services.correcting import correct_package
from orders.services.errors import CannotShip, DoubtfulNumber
from orders.services.shipments import ship


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
        context = {"form": form, "warnings": warnings, **self._cancel_request(request, order)}
        return self._page(request, order, "ship", context)

    def _ship(self, request: HttpRequest, order: CommerceOrder, form: ShipForm) -> None:
        shipped = ship(
            order_id=order.pk,
            packages=form.drafts(),
            user=request.user,  # type: ignore[arg-type]  # admin_view lets nobody anonymous in
            packages_seen=form.cleaned_data["packages_seen"],
            despite_cancel_request=form.cleaned_data["despite_cancel_request"],
            despite_warnings="anyway" in request.POST,
        )
        told = _("Shipped. Amazon is being told; the confirmation is listed below.")
        if not sales_channel.of(order).is_told(order):
            told = _("Shipped. The confirmation is kept until read-only mode is off.")
        self.message_user(request, told, messages.SUCCESS)
        if shipped.unchecked:
            text = _("Amazon could not be asked about the order just before: %(why)s")
            self.message_user(request, text % {"why": _(shipped.unchecked)}, messages.WARNING)

    def _cancel_request(self, request: HttpRequest, order: CommerceOrder) -> dict[str, Any]:
        """Whether the buyer asked to cancel, and the buyer's own words as far as they are shown."""
        reasons = sales_channel.of(order).buyer_cancel_reasons(order)
        if reasons and may_see_personal_data(request):
            log_reveal(request, [order])
        elif reasons:
            reasons = [HIDDEN for _reason in reasons]
        return {"cancel_requested": reasons is not None, "cancel_reasons": reasons}

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
            despite_warnings="anyway" in request.POST,
        )

    def _order(self, request: HttpRequest, pk: int) -> CommerceOrder:
        if not self.may_ship(request):
            raise PermissionDenied
        order: CommerceOrder | None = CommerceOrder.objects.filter(pk=pk).first()
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
