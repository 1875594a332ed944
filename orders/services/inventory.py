"""Stock: what is salable, and giving back what an order no longer needs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import Product, Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Units an order needs from one product."""

    product_id: int
    order_uid: UUID
    object_key: str
    units: int


def with_salable(products: QuerySet[Product]) -> QuerySet[Product]:
    """Products with `salable`: on the shelf minus what open orders still need."""
    balance = (
        Reservation.objects.filter(product=OuterRef("pk"))
        .order_by()
        .values("product")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    return products.annotate(salable=Coalesce(Subquery(balance), 0) + F("quantity"))


def reserve(rows: Iterable[Reserved]) -> None:
    """Write `placed` ledger lines; the caller leaves out products whose stock is not managed."""
    Reservation.objects.bulk_create(
        Reservation(
            product_id=row.product_id,
            event=Reservation.Event.PLACED,
            order_uid=row.order_uid,
            object_key=row.object_key,
            quantity=-row.units,
        )
        for row in rows
    )


def cancel_reservations(order_uids: Collection[UUID]) -> None:
    """Give back all that these orders still hold, in two statements. Twice gives back once."""
    open_balances = (
        Reservation.objects.filter(order_uid__in=order_uids)
        .order_by()
        .values("order_uid", "product_id")
        .annotate(balance=Sum("quantity"))
        .filter(balance__lt=0)
    )
    Reservation.objects.bulk_create(
        Reservation(
            product_id=row["product_id"],
            event=Reservation.Event.CANCELED,
            order_uid=row["order_uid"],
            object_key=f"order:{row['order_uid'].hex}",
            quantity=-row["balance"],
        )
        for row in open_balances
    )
