"""Which product an Amazon item stands for, and what of it is salable while a batch is looked at."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from channels.models import ChannelOrder, ChannelOrderItem, SkuMapping
from channels.services.merging import Merged
from orders.models import Product
from orders.services.inventory import held_units, lock_products


@dataclass(slots=True)
class Catalog:
    """Products by (Amazon store, Amazon Seller SKU); `salable` by product, where it is managed."""

    products: dict[tuple[int, str], Product]
    salable: dict[int, int]

    def product_of(self, order: ChannelOrder, item: ChannelOrderItem) -> Product | None:
        return self.products.get((order.store_id, item.seller_sku))

    def units(self, order: ChannelOrder, items: Iterable[ChannelOrderItem]) -> dict[int, int]:
        """Units still to ship, by product whose stock is managed."""
        units: dict[int, int] = {}
        for item in items:
            product = self.product_of(order, item)
            if product and product.manage_stock and item.quantity_left:
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

    def give(self, units: dict[int, int]) -> None:
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
    """What these orders are about: two statements, and two more where stock is managed.

    A mapping of the store comes before the product with the same SKU. Products whose stock is
    managed are locked (`lock`): two orders cannot both take the last unit. Where nothing is written
    it is enough to look.
    """
    wanted = {
        (merged.order.store_id, item.seller_sku)
        for merged in batch
        for item in merged.items
        if item.seller_sku
    }
    skus = {sku for _, sku in wanted}
    own = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    products = {(store, sku): own[sku] for store, sku in wanted if sku in own}
    mappings = SkuMapping.objects.filter(
        store__in={store for store, _ in wanted}, seller_sku__in=skus
    ).select_related("product")
    for mapping in mappings.order_by():
        if (key := (mapping.store_id, mapping.seller_sku)) in wanted:
            products[key] = mapping.product
    managed = {product.pk for product in products.values() if product.manage_stock}
    locked = lock_products(managed.union(also_lock), lock=lock)
    salable = {
        pk: product.salable  # type: ignore[attr-defined]  # annotated
        for pk, product in locked.items()
        if pk in managed and product.manage_stock  # may have been switched off before we held it
    }
    current = {key: locked.get(product.pk, product) for key, product in products.items()}
    return Catalog(products=current, salable=salable)


def held_by(batch: Sequence[Merged]) -> dict[int, dict[int, int]]:
    """Units of the Pending orders of `batch` that the ledger holds, by order (`id`) and product."""
    holding = [merged.order for merged in batch if merged.order.holds_stock]
    if not holding:
        return {}
    held = held_units([order.uid for order in holding])
    return {id(order): held[order.uid] for order in holding}
