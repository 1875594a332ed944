"""Products: the one way to create or change them, whoever asks (page, CSV, command, channel)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from orders.models import CommerceOrder, Product, StockMovement
from orders.services.changes import products_changed
from orders.services.errors import Refusal
from orders.services.inventory import open_lines, settle_product

MAX_QUANTITY = 10**9
COLUMNS = ["name", "enabled", "manage_stock", "quantity"]


class InvalidProduct(Refusal):
    """One sentence that names what is wrong with a product; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChange:
    """What a product shall be; None leaves a part as it is (a new product takes the default)."""

    sku: str
    name: str | None = None
    enabled: bool | None = None
    manage_stock: bool | None = None
    quantity: int | None = None

    def check(self) -> None:
        """Raises InvalidProduct."""
        if not self.sku.strip():
            raise InvalidProduct("The SKU is missing.")
        for label, value, longest in (("SKU", self.sku, 64), ("name", self.name or "", 500)):
            if len(value) > longest:
                raise InvalidProduct(f"The {label} is longer than {longest} characters.")
        if any(ord(character) < 32 for character in self.sku + (self.name or "")):
            raise InvalidProduct(f"SKU {self.sku!r}: SKU and name hold no control characters.")
        if self.quantity is not None and abs(self.quantity) > MAX_QUANTITY:
            raise InvalidProduct(f"SKU {self.sku}: the quantity {self.quantity} is out of range.")


def change_product(change: ProductChange, *, user: str = "") -> Product:
    """Create or change one product."""
    return change_products([change], user=user)[0]


@transaction.atomic
def change_products(
    changes: Sequence[ProductChange],
    *,
    kind: StockMovement.Kind = StockMovement.Kind.SET,
    user: str = "",
) -> list[Product]:
    """Create or change these products, all or none; each SKU once. Products in their order.

    Every change of a quantity is a stock movement. Switching stock management on or off reserves
    or gives back what open orders need. Held orders are looked at again. Raises InvalidProduct.
    """
    for change in changes:
        change.check()
    products = _locked(changes)
    movements, touched, switched = [], [], []
    for change in changes:
        product = products[change.sku]
        before = _values(product)
        for name in COLUMNS:
            if (value := getattr(change, name)) is not None:
                setattr(product, name, value)
        if _values(product) == before:
            continue
        touched.append(product)
        if moved := product.quantity - before["quantity"]:
            movements.append(
                StockMovement(product=product, kind=kind, change=moved, user_name=user[:150])
            )
        if product.manage_stock != before["manage_stock"]:
            switched.append(product)
    Product.objects.bulk_update(touched, COLUMNS)
    StockMovement.objects.bulk_create(movements)
    for product in switched:
        settle_product(product)
    products_changed({product.pk for product in touched})
    return [products[change.sku] for change in changes]


def _values(product: Product) -> dict[str, Any]:
    return {name: getattr(product, name) for name in COLUMNS}


def _locked(changes: Sequence[ProductChange]) -> dict[str, Product]:
    """The products by SKU, new ones created, locked; Commerce orders first, as shipping does."""
    skus = [change.sku for change in changes]
    known = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    created = Product.objects.bulk_create(
        (Product(sku=sku) for sku in skus if sku not in known),
        ignore_conflicts=True,  # somebody may add the same SKU at the same moment
    )
    switched = [
        known[change.sku].pk
        for change in changes
        if change.sku in known and change.manage_stock not in (None, known[change.sku].manage_stock)
    ]
    if switched:
        orders = CommerceOrder.objects.filter(pk__in=open_lines(switched).values("order"))
        list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    locked = Product.objects.select_for_update(no_key=True).filter(sku__in=skus).order_by("pk")
    products = {product.sku: product for product in locked}
    products_changed({products[product.sku].pk for product in created})
    return products
