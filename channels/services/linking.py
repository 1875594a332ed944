"""Lines of Commerce orders without a product: linked as soon as the catalog knows their SKU."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from channels.models import SkuMapping
from orders.models import CommerceOrder, CommerceOrderLine, Product
from orders.models.commerce_order import UNFINISHED_STATES
from orders.services.inventory import open_lines, settle_products


@transaction.atomic
def link_lines(product: Product) -> int:
    """Link what stands for `product` and reserve it; returns how many lines were linked.

    Also brings the ledger to what open orders need of it. Twice is harmless.
    """
    unmatched = _unmatched_lines(product)
    orders = CommerceOrder.objects.filter(
        Q(pk__in=unmatched.values("order")) | Q(pk__in=open_lines([product.pk]).values("order"))
    )
    list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    locked = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    linked = CommerceOrderLine.objects.filter(pk__in=unmatched.values("pk")).update(
        product=locked, sku=locked.sku
    )
    settle_products([locked])
    return linked


def _unmatched_lines(product: Product) -> QuerySet[CommerceOrderLine]:
    """Open lines whose Amazon Seller SKU means `product` in their store."""
    mapped = SkuMapping.objects.all()
    by_mapping = Q(pk__in=[])
    for store_id, seller_sku in mapped.filter(product=product).values_list("store", "seller_sku"):
        by_mapping |= Q(sku=seller_sku, order__channel_order__store=store_id)
    elsewhere = mapped.filter(seller_sku=product.sku).exclude(product=product)
    own = Q(sku=product.sku) & ~Q(order__channel_order__store__in=elsewhere.values("store"))
    return CommerceOrderLine.objects.filter(
        by_mapping | own,
        product=None,
        order__state__in=UNFINISHED_STATES,
        order__channel_order__isnull=False,
    )


def seller_skus(products: Collection[Product] | QuerySet[Product]) -> set[str]:
    """The Amazon Seller SKUs that may stand for these products, in any store."""
    mapped = SkuMapping.objects.filter(product__in=products).values_list("seller_sku", flat=True)
    return {product.sku for product in products} | set(mapped)
