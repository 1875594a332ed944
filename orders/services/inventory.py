"""Stock: what is salable, and the reservation ledger.

Invariant: of every product whose stock is managed, the sum of its ledger lines is minus what open
orders still need. All writers bring the ledger to that point (`settle`), so twice writes once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from customers.bulk import insert_rows, update_rows
from orders.models import (
    CommerceOrderLine,
    Package,
    PackageItem,
    Product,
    Reservation,
    StockMovement,
)
from orders.models.commerce_order import UNFINISHED_STATES
from orders.services.changes import products_changed

Event = Reservation.Event
TAKING = (Event.PENDING, Event.PLACED)  # the others give back


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one order needs now: units by product pk, of products whose stock is managed.

    `event` and `object_key` name the lines that are written where the ledger says otherwise; a line
    that goes the other way than its event is an adjustment.
    """

    order_uid: UUID
    event: Event
    object_key: str
    units: Mapping[int, int]


def order_key(order_uid: UUID) -> str:
    """The object of what happens once to an order: it is placed, it is canceled."""
    return f"order:{order_uid.hex}"


def fresh_key(order_uid: UUID) -> str:
    """The object of what may happen again: a quantity changes, a Pending order is reserved for."""
    return f"{order_uid.hex}:{uuid4().hex[:12]}"


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


def lock_products(products: QuerySet[Product]) -> dict[int, Product]:
    """Lock these products and read them, by pk; one statement.

    Whoever decides by stock takes this lock: two orders cannot both take the last unit. What is
    salable is asked afterwards: a statement does not see what was committed while it waited.
    """
    locked = products.select_for_update(no_key=True).order_by("pk")
    return {product.pk: product for product in locked}


def settle(
    needs: Sequence[Need], *, held: Mapping[UUID, Mapping[int, int]] | None = None
) -> list[Reservation]:
    """Bring the ledger to what these orders need now: two statements for all; the lines written.

    The caller holds the lock of the orders, and gives what they hold where it knows (`held`).
    """
    if not needs:
        return []
    if held is None:
        held = held_units([need.order_uid for need in needs])
    lines = [
        Reservation(
            product_id=product_id,
            event=need.event if (change < 0) == (need.event in TAKING) else Event.ADJUSTED,
            order_uid=need.order_uid,
            object_key=need.object_key,
            quantity=change,
        )
        for need in needs
        for holds in (held.get(need.order_uid, {}),)
        for product_id in sorted(holds.keys() | need.units.keys())
        if (change := holds.get(product_id, 0) - need.units.get(product_id, 0))
    ]
    return _write(lines)


def give_back(order_uids: Collection[UUID], event: Event) -> list[Reservation]:
    """Give back all that these orders still hold, in two statements. Twice gives back once."""
    return settle(
        [
            Need(order_uid=uid, event=event, object_key=order_key(uid), units={})
            for uid in dict.fromkeys(order_uids)
        ]
    )


def held_units(order_uids: Collection[UUID]) -> defaultdict[UUID, dict[int, int]]:
    """Units that each of these orders holds, by product pk; one statement."""
    held: defaultdict[UUID, dict[int, int]] = defaultdict(dict)
    balances = (
        Reservation.objects.filter(order_uid__in=order_uids)
        .order_by()
        .values_list("order_uid", "product_id")
        .annotate(balance=Sum("quantity"))
    )
    for order_uid, product_id, balance in balances:
        if balance:
            held[order_uid][product_id] = -balance
    return held


def settle_products(products: Collection[Product]) -> list[Reservation]:
    """Reserve what open orders need of these, or nothing where stock is not managed (any more).

    Three statements for all. The caller holds the lock of the products and of those orders
    (`open_lines`). What Pending orders hold of a managed product is the channel's affair.
    """
    if not products:
        return []
    managed = {product.pk for product in products if product.manage_stock}
    units: defaultdict[tuple[int, UUID], int] = defaultdict(int)
    for line in open_lines(managed).select_related("order"):
        assert line.product_id is not None
        units[line.product_id, line.order.timeline] += line.quantity_left
    ledger = Reservation.objects.filter(product__in=products).order_by()
    balances = {
        (product_id, order_uid): balance
        for product_id, order_uid, balance in ledger.values_list(
            "product_id", "order_uid"
        ).annotate(balance=Sum("quantity"))
        if (product_id, order_uid) in units or product_id not in managed
    }
    return _write(
        [
            Reservation(
                product_id=product_id,
                event=Event.ADJUSTED,
                order_uid=order_uid,
                object_key=fresh_key(order_uid),
                quantity=change,
            )
            for product_id, order_uid in sorted(units.keys() | balances.keys())
            if (change := -balances.get((product_id, order_uid), 0) - units[product_id, order_uid])
        ]
    )


def open_lines(product_ids: Collection[int]) -> QuerySet[CommerceOrderLine]:
    """Lines of these products that orders still have to ship."""
    return CommerceOrderLine.objects.filter(
        product__in=product_ids,
        order__state__in=UNFINISHED_STATES,
        quantity_ordered__gt=F("quantity_shipped") + F("quantity_canceled"),
    )


def deduct_shipped(
    items: Sequence[PackageItem], *, locked: Mapping[int, Product] | None = None
) -> None:
    """What left the shelf is deducted there, and no longer reserved: five statements for all.

    `items` with their packages, orders and lines. Last of all: whoever locks orders and products
    locks the orders first. `locked`: those whose stock is managed, where the caller locked them.
    """
    if not items:
        return
    products = {item.line.product_id for item in items if item.line.product_id}
    if locked is None:
        locked = lock_products(Product.objects.filter(pk__in=products, manage_stock=True))
    managed = {pk: locked[pk] for pk in products if pk in locked}
    units: defaultdict[tuple[Package, int], int] = defaultdict(int)
    for item in items:
        if (product_id := item.line.product_id) in managed:
            units[item.package, product_id] += item.quantity
    if not units:
        return
    held = held_units([package.order.timeline for package, _ in units])
    given_back, movements = [], []
    for (package, product_id), count in units.items():
        key, order_uid = f"package:{package.pk}", package.order.timeline
        managed[product_id].quantity -= count
        movements.append(
            StockMovement(
                product_id=product_id,
                kind=StockMovement.Kind.SHIPPED,
                change=-count,
                object_key=key,
            )
        )
        still_held = held[order_uid].get(product_id, 0)
        if released := min(count, still_held):
            held[order_uid][product_id] = still_held - released
            given_back.append(
                Reservation(
                    product_id=product_id,
                    event=Event.SHIPPED,
                    order_uid=order_uid,
                    object_key=key,
                    quantity=released,
                )
            )
    update_rows(managed.values(), ["quantity"])
    insert_rows(given_back)
    insert_rows(movements)


def _write(lines: list[Reservation]) -> list[Reservation]:
    """Append to the ledger. What became free may be what held orders wait for."""
    insert_rows(lines)
    products_changed({line.product_id for line in lines if line.quantity > 0})
    return lines
