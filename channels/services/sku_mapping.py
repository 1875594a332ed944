"""Which product an Amazon Seller SKU of a store stands for, where the two differ."""

from django.db import transaction

from channels.models import AmazonStore, SkuMapping
from orders.models import Product
from orders.sentences import gettext as _
from orders.services.catalog import CONTROL
from orders.services.changes import products_changed
from orders.services.errors import Refusal


class CannotMap(Refusal):
    """One sentence that names what is wrong with a mapping; nothing was changed."""


def check_seller_sku(seller_sku: str) -> None:
    """Raises CannotMap."""
    if not seller_sku.strip():
        raise CannotMap(_("The Amazon Seller SKU is missing."))
    if len(seller_sku) > 64:
        raise CannotMap(_("The Amazon Seller SKU is longer than 64 characters."))
    if CONTROL.search(seller_sku):
        raise CannotMap(_("The Amazon Seller SKU holds a control character."))


def find_product(sku: str) -> Product:
    """The product with this SKU. Raises CannotMap."""
    product = Product.objects.filter(sku=sku).first() if not CONTROL.search(sku) else None
    if product is None:
        raise CannotMap(_("There is no product with SKU %(sku)r.") % {"sku": sku})
    return product


@transaction.atomic
def map_sku(*, store: AmazonStore, seller_sku: str, product: Product) -> SkuMapping:
    """Let a Seller SKU of a store stand for this product, whatever it stood for before.

    Orders that wait for the product are looked at again. Raises CannotMap.
    """
    check_seller_sku(seller_sku)
    mapping, _created = SkuMapping.objects.update_or_create(
        store=store, seller_sku=seller_sku, defaults={"product": product}
    )
    products_changed([product.pk])
    return mapping


@transaction.atomic
def unmap(*, store: AmazonStore, seller_sku: str) -> None:
    """Let a Seller SKU stand for the product of the same SKU again. Raises CannotMap."""
    check_seller_sku(seller_sku)
    mapping = SkuMapping.objects.filter(store=store, seller_sku=seller_sku).first()
    if mapping is None:
        raise CannotMap(
            _("Amazon Seller SKU %(seller_sku)r of store %(store)s is not mapped.")
            % {"seller_sku": seller_sku, "store": store}
        )
    mapping.delete()
    now_meant = Product.objects.filter(sku=seller_sku).values_list("pk", flat=True)
    products_changed({mapping.product_id, *now_meant})
