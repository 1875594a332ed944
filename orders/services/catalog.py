"""Products: the one way to create or change them, whoever asks (page, CSV, command, channel)."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from orders.models import CommerceOrder, Product, StockMovement
from orders.sentences import gettext as _
from orders.services.changes import products_changed
from orders.services.errors import Refusal
from orders.services.inventory import open_lines, settle_products

MAX_QUANTITY = 10**9
BATCH = 500  # products in one transaction, where there are many
PARTS = ("name", "enabled", "manage_stock", "quantity")
CONTROL = re.compile(  # control characters, line separators, halves of characters
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
)


class InvalidProduct(Refusal):
    """One sentence that names what is wrong with a product; nothing was changed."""


class ChangedMeanwhile(Refusal):
    """These products are not what the person saw; nothing was changed."""

    def __init__(self, skus: Collection[str]) -> None:
        super().__init__(_("Changed meanwhile: %(skus)s.") % {"skus": ", ".join(skus)})
        self.skus = frozenset(skus)


class _SwitchedMeanwhile(Exception):
    """Stock management was switched before we held the product: its open orders are not locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChange:
    """What a product shall be; None leaves a part as it is (a new product takes the default).

    `seen` holds what the person saw of the parts given: where the product has something else by
    now, neither that nor what is asked for, the change is refused. None: whatever was seen.
    """

    sku: str
    name: str | None = None
    enabled: bool | None = None
    manage_stock: bool | None = None
    quantity: int | None = None
    seen: Mapping[str, Any] | None = None

    def parts(self) -> dict[str, Any]:
        """The parts that are given, by their column."""
        return {part: v for part in PARTS if (v := getattr(self, part)) is not None}

    def differing(self, product: Product) -> dict[str, Any]:
        """The parts of which the product has something else."""
        return {part: v for part, v in self.parts().items() if getattr(product, part) != v}

    def problems(self, *, is_new: bool = False) -> list[str]:
        """What is wrong, one sentence each."""
        found: list[str] = []
        if not self.sku.strip():
            found.append(_("The SKU is missing."))
        elif is_new and self.sku != self.sku.strip():
            found.append(_("The SKU of a new product has no spaces around it."))
        for label, value, longest in (("SKU", self.sku, 64), ("name", self.name or "", 500)):
            if len(value) > longest:
                found.append(
                    _("The %(label)s is longer than %(longest)s characters.")
                    % {"label": label, "longest": longest}
                )
            if CONTROL.search(value):
                found.append(_("The %(label)s holds a control character.") % {"label": label})
        if self.quantity is not None and abs(self.quantity) > MAX_QUANTITY:
            found.append(
                _("The quantity %(quantity)s is out of range.") % {"quantity": self.quantity}
            )
        return found

    def check(self, *, is_new: bool = False) -> None:
        """Raises InvalidProduct."""
        if found := self.problems(is_new=is_new):
            where = f"SKU {self.sku[:64]!r}: " if self.sku.strip() else ""
            raise InvalidProduct(where + " ".join(found))

    def is_stale(self, product: Product) -> bool:
        """Whether the product is neither what was seen nor what is asked for."""
        seen = self.seen
        return seen is not None and any(
            getattr(product, part) != seen[part] for part in self.differing(product)
        )


def change_product(change: ProductChange, *, user: str = "") -> Product:
    """Create or change one product."""
    return change_products([change], user=user)[0]


def change_products(
    changes: Sequence[ProductChange],
    *,
    kind: StockMovement.Kind = StockMovement.Kind.SET,
    user: str = "",
) -> list[Product]:
    """Create or change these products, all or none; each SKU once. Products in their order.

    Every change of a quantity is a stock movement. Switching stock management on or off reserves
    or gives back what open orders need. The sales channel is told, which looks at held orders
    again. Raises InvalidProduct, ChangedMeanwhile. A constant number of statements.
    """
    if len({change.sku for change in changes}) < len(changes):
        raise InvalidProduct(_("A SKU is given twice."))
    for change in changes:
        change.check()
    while True:
        try:
            return _change(changes, kind=kind, user=user)
        except _SwitchedMeanwhile:
            continue  # all is rolled back and unlocked: lock again, with those orders


@transaction.atomic
def _change(
    changes: Sequence[ProductChange], *, kind: StockMovement.Kind, user: str
) -> list[Product]:
    products, created = _locked(changes)
    if stale := [change.sku for change in changes if change.is_stale(products[change.sku])]:
        raise ChangedMeanwhile(stale)
    movements, touched, switched, columns = [], [], [], set()
    for change in changes:
        product = products[change.sku]
        parts = change.differing(product)
        if "quantity" in parts:
            moved = parts["quantity"] - product.quantity
            movements.append(
                StockMovement(product=product, kind=kind, change=moved, user_name=user[:150])
            )
        if "manage_stock" in parts:
            switched.append(product)
        if parts:
            touched.append(product)
        for part, value in parts.items():
            setattr(product, part, value)
            columns.add(part)
    if touched:
        Product.objects.bulk_create(  # an UPDATE of all at once: they exist, and are ours
            touched, update_conflicts=True, unique_fields=["id"], update_fields=sorted(columns)
        )
    StockMovement.objects.bulk_create(movements)
    settle_products(switched)
    products_changed({product.pk for product in touched} | created)
    return [products[change.sku] for change in changes]


def _locked(changes: Sequence[ProductChange]) -> tuple[dict[str, Product], set[int]]:
    """The products by SKU, locked, and the keys of new ones.

    Commerce orders that need what is switched are locked first: whoever locks both does it in this
    order. New products come after them and sorted: two imports of the same SKUs cannot wait for
    each other.
    """
    skus = [change.sku for change in changes]
    known = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    unknown = [change for change in changes if change.sku not in known]
    for change in unknown:
        change.check(is_new=True)
    switched = {
        product.pk
        for change in changes
        if (product := known.get(change.sku)) and "manage_stock" in change.differing(product)
    }
    if switched:
        orders = CommerceOrder.objects.filter(pk__in=open_lines(switched).values("order"))
        list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    Product.objects.bulk_create(
        (Product(sku=sku) for sku in sorted(change.sku for change in unknown)),
        ignore_conflicts=True,  # somebody may add the same SKU at the same moment
    )
    locked = Product.objects.select_for_update(no_key=True).filter(sku__in=skus).order_by("pk")
    products = {product.sku: product for product in locked}
    surprises = {
        product.pk
        for change in changes
        if "manage_stock" in change.differing(product := products[change.sku])
    } - switched
    if surprises and open_lines(surprises).exists():
        raise _SwitchedMeanwhile
    return products, {products[change.sku].pk for change in unknown}
