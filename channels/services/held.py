"""Orders that cannot be imported, by cause: what holds how many, and since when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Min, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from channels.models import AmazonStore, ChannelOrder
from channels.models.order_status import HOLD_REASONS, Placement
from channels.policy import HoldReason
from channels.services.linking import seller_skus
from orders.models import ChangeEvent, Product

OF_A_SKU = (HoldReason.UNKNOWN_SKU, HoldReason.PRODUCT_DISABLED, HoldReason.OUT_OF_STOCK)
SHOWN_AT_MOST = 1000
ORDERS_OF_A_GROUP = 5


@dataclass(slots=True, kw_only=True)
class HeldGroup:
    """Orders of one store with one cause; `sku` where the cause is about one, else "".

    `follows`: what is wrong was changed just now, the orders are about to be looked at again.
    """

    store: AmazonStore
    reason: HoldReason
    sku: str
    count: int
    ship_by: datetime | None
    follows: bool
    orders: list[dict[str, Any]] = field(default_factory=list)  # pk, amazon_order_id, hold_detail

    @property
    def cause(self) -> object:
        return HOLD_REASONS[self.reason]


def held(store_id: int | None = None) -> QuerySet[ChannelOrder]:
    """The held orders, of one store or of all."""
    orders: QuerySet[ChannelOrder] = ChannelOrder.objects.filter(placement=Placement.HELD)
    return orders.filter(store=store_id) if store_id else orders


def held_groups(store_id: int | None = None) -> list[HeldGroup]:
    """The causes, the most urgent first; five statements."""
    rows = (
        _with_sku(held(store_id))
        .values("store_id", "hold_reason", "sku")
        .annotate(count=Count("pk"), first=Min("ship_by"))
        .order_by(F("first").asc(nulls_last=True), "-count", "store_id", "hold_reason", "sku")
    )
    stores = AmazonStore.objects.in_bulk({row["store_id"] for row in rows})
    orders, changed = _orders(store_id), _skus_changed()
    return [
        HeldGroup(
            store=stores[row["store_id"]],
            reason=HoldReason(row["hold_reason"]),
            sku=row["sku"],
            count=row["count"],
            ship_by=row["first"],
            follows=row["sku"] in changed,
            orders=orders[row["store_id"], row["hold_reason"], row["sku"]],
        )
        for row in rows
    ]


def _skus_changed() -> set[str]:
    """Amazon Seller SKUs of products that changed, and nobody looked at their orders since."""
    changed = ChangeEvent.objects.filter(topic=ChangeEvent.Topic.PRODUCT).values("object_id")
    return seller_skus(Product.objects.filter(pk__in=changed))


def orders_of(store_id: int, reason: str, sku: str) -> Iterator[int]:
    """The pks of the orders of one group, the oldest first."""
    group = _with_sku(held(store_id)).filter(hold_reason=reason, sku=sku)
    yield from group.order_by("purchase_date", "pk").values_list("pk", flat=True)


def stores_with_held() -> QuerySet[AmazonStore]:
    """The stores by name, each with `held`: how many orders of it cannot be imported.

    One statement, by an index; of each only what the lists and the banner of every page say.
    """
    counted = held().filter(store=OuterRef("pk")).order_by().values("store")
    # Not of a column: of one that the index of held orders has not, each order would be read.
    count = Subquery(counted.annotate(count=Count("*")).values("count"))
    stores = AmazonStore.objects.select_related("account").only(
        "name", "marketplace_id", "active", "account__problem", "account__authorized_at"
    )
    return stores.order_by("name").annotate(held=Coalesce(count, 0))


def held_counts(stores: Iterable[AmazonStore]) -> list[tuple[int, str, int]]:
    """(store pk, store, held orders) of those of `stores_with_held` that have some."""
    counts = ((store.pk, store.name, store.held) for store in stores)  # type: ignore[attr-defined]
    return [counted for counted in counts if counted[2]]


def _with_sku(orders: QuerySet[ChannelOrder]) -> Any:
    of_a_sku = When(hold_reason__in=OF_A_SKU, then=F("hold_detail"))
    return orders.order_by().annotate(sku=Case(of_a_sku, default=Value("")))


def _orders(store_id: int | None) -> defaultdict[tuple[int, str, str], list[dict[str, Any]]]:
    """Some orders of each group."""
    some = _with_sku(held(store_id)).order_by("purchase_date", "pk")
    columns = ("pk", "amazon_order_id", "hold_detail", "store_id", "hold_reason", "sku")
    groups: defaultdict[tuple[int, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in some.values(*columns)[:SHOWN_AT_MOST]:
        group = groups[row["store_id"], row["hold_reason"], row["sku"]]
        if len(group) < ORDERS_OF_A_GROUP:
            group.append(row)
    return groups
