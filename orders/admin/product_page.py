"""What the page of a product shows: its numbers, and every line that made them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from orders.models import CommerceOrder, Package, Product, Reservation, StockMovement
from orders.services.inventory import open_lines

NEWEST = 100  # lines shown of each list


def explanation(request: HttpRequest, product: Product) -> dict[str, Any]:
    """The template's context; the same number of statements however long the lists are.

    `product` has `salable` (with_salable). `reservations` and `movements` are triples of the line,
    the order it is for (or None) and the balance after it, newest first.
    """
    salable: int = product.salable  # type: ignore[attr-defined]  # annotated
    return {
        "product": product,
        "reserved": product.quantity - salable,
        "salable": salable,
        "oversold": -salable if product.manage_stock and salable < 0 else 0,
        "reservations": _reservations(product, salable - product.quantity),
        "movements": _movements(product),
        "open_lines": list(
            open_lines([product.pk])
            .select_related("order__status")
            .order_by("order__purchased_at", "pk")[:NEWEST]
        ),
        "newest": NEWEST,
        **_mappings(request, product),
    }


def _reservations(
    product: Product, balance: int
) -> list[tuple[Reservation, CommerceOrder | None, int]]:
    lines = list(product.reservations.all()[:NEWEST])
    orders = _by_timeline(line.order_uid for line in lines)
    rows = []
    for line in lines:
        rows.append((line, orders.get(line.order_uid), balance))
        balance -= line.quantity
    return rows


def _by_timeline(uids: Iterable[UUID]) -> dict[UUID, CommerceOrder]:
    """Commerce orders by the uid that runs through the ledger; a Pending order has none yet."""
    return {order.timeline: order for order in CommerceOrder.objects.filter(timeline__in=set(uids))}


def _movements(product: Product) -> list[tuple[StockMovement, CommerceOrder | None, int]]:
    lines = list(product.movements.all()[:NEWEST])
    orders = _of_movements(lines)
    balance, rows = product.quantity, []
    for line in lines:
        rows.append((line, orders.get(line.object_key), balance))
        balance -= line.change
    return rows


def _of_movements(lines: Iterable[StockMovement]) -> dict[str, CommerceOrder]:
    """Commerce orders by the objects of movements. A package that was taken back is gone, but what
    took it back names the order of both."""
    of_package: dict[int, int] = {}
    packages: set[int] = set()
    for kind, *keys in (line.object_key.split(":") for line in lines):
        if kind == "package":
            packages.add(int(keys[0]))
        elif kind == "taken-back":
            of_package[int(keys[0])] = int(keys[1])
    of_package |= dict(Package.objects.filter(pk__in=packages).values_list("pk", "order"))
    orders = CommerceOrder.objects.in_bulk(set(of_package.values()))
    return {
        key: orders[order]
        for package, order in of_package.items()
        for key in (f"package:{package}", f"taken-back:{package}:{order}")
    }


def _mappings(request: HttpRequest, product: Product) -> dict[str, Any]:
    """The channel's SKUs that stand for it, and where to add one. The channel owns their pages."""
    meta = product.sku_mappings.model._meta
    name = f"admin:{meta.app_label}_{meta.model_name}"
    permission = f"{meta.app_label}.%s_{meta.model_name}"
    return {
        "mappings": [
            (mapping, reverse(f"{name}_change", args=[mapping.pk]))
            for mapping in product.sku_mappings.select_related("store")
        ]
        if request.user.has_perm(permission % "view")
        else [],
        "add_mapping_url": f"{reverse(f'{name}_add')}?{urlencode({'sku': product.sku})}"
        if request.user.has_perm(permission % "add")
        else "",
    }
