"""The list of packages, and its buttons: take back, send the confirmation again."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.admin import came_from
from orders import sales_channel
from orders.models import CommerceOrder, OutboxMessage, Package, Shipment
from orders.services.errors import CannotTakeBack
from orders.services.outbox import resend
from orders.services.shipments import packages_of
from orders.services.taking_back import take_back_package

SHIP = "orders.ship_commerceorder"


def packages_context(order: CommerceOrder) -> dict[str, Any]:
    """What the list shows: packages, which of those without a confirmation the channel has, and
    whether it still takes any of them."""
    packages = packages_of(order)
    elsewhere = any(p.message is None and p.shipment.by == Shipment.By.CHANNEL for p in packages)
    numbers = sales_channel.of(order).numbers_shown(order) if elsewhere else frozenset()
    confirmable = bool(packages) and not sales_channel.of(order).refuses_confirming(order)
    return {
        "packages": packages,
        "told": [package.message for package in packages if package.message],
        "numbers_shown": numbers,
        "confirmable": confirmable,
    }


def urls(site: AdminSite) -> list[URLPattern]:
    """Addresses below a Commerce order; each is a POST for those who may ship."""

    def address(name: str, act: Callable[[HttpRequest, int], None]) -> URLPattern:
        view = site.admin_view(require_POST(partial(_view, act=act)))
        return path(
            f"<int:pk>/packages/<int:package_pk>/{name.replace('_', '-')}/",
            view,
            name=f"orders_commerceorder_{name}",
        )

    return [address("take_back", _take_back), address("resend", _resend)]


def _view(
    request: HttpRequest, pk: int, package_pk: int, *, act: Callable[[HttpRequest, int], None]
) -> HttpResponse:
    """Do it, say what came of it, and show the page the person was on."""
    if not request.user.has_perm(SHIP):
        raise PermissionDenied
    if Package.objects.filter(pk=package_pk).exclude(order=pk).exists():
        raise Http404  # of another order; what is gone is said by the service
    act(request, package_pk)
    page = reverse("admin:orders_commerceorder_change", args=[pk])
    return HttpResponseRedirect(came_from(request, page))


def _take_back(request: HttpRequest, package_pk: int) -> None:
    try:
        take_back_package(
            package_id=package_pk,
            user=request.user,  # type: ignore[arg-type]  # admin_view lets nobody anonymous in
            reason=request.POST.get("reason", ""),
        )
    except CannotTakeBack as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("Taken back. Amazon is not told; the units can be shipped."))


def _resend(request: HttpRequest, package_pk: int) -> None:
    package = get_object_or_404(Package, pk=package_pk)
    message = OutboxMessage.objects.filter(package=package).first()
    if message and resend(message.pk, user=request.user.get_username()):
        told = _("The confirmation will be sent again.")
        if not sales_channel.of(package.order).is_told(package.order):
            told = _("The confirmation will be sent again when read-only mode is off.")
        messages.success(request, told)
    else:
        messages.warning(request, _("There is nothing to send again."))
