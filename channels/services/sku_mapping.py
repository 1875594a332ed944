"""Amazon Seller SKUs and the products they stand for."""

from django.db import transaction

from channels.models import AmazonStore, SkuMapping
from orders.models import Product
from orders.services.changes import products_changed


@transaction.atomic
def map_sku(store: AmazonStore, seller_sku: str, product: Product, *, user: str = "") -> SkuMapping:
    mapping, _ = SkuMapping.objects.update_or_create(
        store=store, seller_sku=seller_sku, defaults={"product": product}
    )
    products_changed([product.pk])
    return mapping
