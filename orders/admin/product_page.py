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
    keys = {
        int(line.object_key.removeprefix("package:"))
        for line in lines
        if line.object_key.startswith("package:")
    }
    packages = Package.objects.select_related("order").in_bulk(keys)
    orders = {f"package:{pk}": package.order for pk, package in packages.items()}
    balance, rows = product.quantity, []
    for line in lines:
        rows.append((line, orders.get(line.object_key), balance))
        balance -= line.change
    return rows


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
