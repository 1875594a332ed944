"""Which product an Amazon item stands for, and what of it is salable while a batch is looked at."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from channels.models import ChannelOrder, ChannelOrderItem, SkuMapping
from channels.services.merging import Merged
from orders.models import Product
from orders.services.inventory import held_units, lock_products, with_salable


@dataclass(slots=True)
class Catalog:
    """Products by (Amazon store, Amazon Seller SKU); by pk, where stock is managed, what is
    `salable`, and the product as it was `locked`.
    """

    products: dict[tuple[int, str], Product]
    salable: dict[int, int]
    locked: dict[int, Product]

    def product_of(self, order: ChannelOrder, item: ChannelOrderItem) -> Product | None:
        return self.products.get((order.store_id, item.seller_sku))

    def units(self, order: ChannelOrder, items: Iterable[ChannelOrderItem]) -> dict[int, int]:
        """Units still to ship, by product whose stock is managed."""
        units: dict[int, int] = {}
        for item in items:
            product = self.product_of(order, item)
            if product and product.pk in self.salable and item.quantity_left:
                units[product.pk] = units.get(product.pk, 0) + item.quantity_left
        return units

    def take(self, units: dict[int, int]) -> dict[int, int]:
        """The next order of the batch sees what is left; how many units each product lacks."""
        lacking = {}
        for pk, count in units.items():
            if (short := count - max(self.salable[pk], 0)) > 0:
                lacking[pk] = short
            self.salable[pk] -= count
        return lacking

    def give(self, units: Mapping[int, int]) -> None:
        """An order no longer holds these."""
        for pk, count in units.items():
            if pk in self.salable:
                self.salable[pk] += count

    def sku(self, pk: int) -> str:
        return next(product.sku for product in self.products.values() if product.pk == pk)

    def add(self, skus: set[tuple[int, str]], products: Iterable[Product]) -> None:
        """New products: these Amazon Seller SKUs stand for them."""
        by_sku = {product.sku: product for product in products}
        for store_id, sku in skus:
            if sku in by_sku:
                self.products[store_id, sku] = by_sku[sku]


def load_catalog(
    batch: Sequence[Merged], *, lock: bool = True, also_lock: Collection[int] = ()
) -> Catalog:
    """What these orders are about: three statements.

    A mapping of the store comes before the product with the same SKU. Products whose stock is
    managed are locked (`lock`), those of `also_lock` too. Where nothing is written it is enough to
    look.
    """
    wanted = {
        (merged.order.store_id, item.seller_sku)
        for merged in batch
        for item in merged.items
        if item.seller_sku
    }
    skus = {sku for _, sku in wanted}
    mappings = SkuMapping.objects.filter(
        store__in={store for store, _ in wanted}, seller_sku__in=skus
    ).order_by()
    mapped = {
        (store, sku): pk
        for store, sku, pk in mappings.values_list("store_id", "seller_sku", "product_id")
        if (store, sku) in wanted
    }
    found = Product.objects.filter(Q(sku__in=skus) | Q(pk__in={*mapped.values(), *also_lock}))
    managed = found.filter(manage_stock=True)
    locked = lock_products(managed) if lock else managed.in_bulk()
    by_pk = with_salable(found).order_by().in_bulk()
    own = {product.sku: product for product in by_pk.values()}
    products = {(store, sku): own[sku] for store, sku in wanted if sku in own}
    products |= {key: by_pk[pk] for key, pk in mapped.items() if pk in by_pk}
    salable = {
        pk: product.salable  # type: ignore[attr-defined]  # annotated
        for pk, product in by_pk.items()
        if pk in locked
    }
    return Catalog(products=products, salable=salable, locked=locked)


def held_by(batch: Sequence[Merged]) -> Mapping[UUID, Mapping[int, int]]:
    """Units of the Pending orders of `batch` that the ledger holds, by order (uid) and product."""
    holding = [merged.order.uid for merged in batch if merged.order.holds_stock]
    return held_units(holding) if holding else {}
