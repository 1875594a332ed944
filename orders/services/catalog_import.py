"""A CSV file of products against the catalog: first what it would change, then doing that."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from orders.models import Product, StockMovement
from orders.services.catalog import (
    BATCH,
    PARTS,
    ChangedMeanwhile,
    ProductChange,
    change_products,
)
from orders.services.catalog_csv import Row, read
from orders.services.csv_files import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row that adds or changes a product; its change knows what was there (`seen`)."""

    line: int
    change: ProductChange
    is_new: bool

    def differences(self) -> list[tuple[str, Any, Any]]:
        """Part, before, after."""
        seen = self.change.seen or {}
        return [(part, seen[part], value) for part, value in self.change.parts().items()]


@dataclass(slots=True, kw_only=True)
class Plan:
    """What a file would do, as JSON-able as a form can carry it from the preview to *Apply*."""

    planned: list[Planned] = field(default_factory=list)
    wrong: list[Row] = field(default_factory=list)
    unchanged: int = 0
    encoding_guessed: bool = False

    @property
    def new(self) -> list[Planned]:
        return [row for row in self.planned if row.is_new]

    @property
    def changed(self) -> list[Planned]:
        return [row for row in self.planned if not row.is_new]

    def dump(self) -> dict[str, Any]:
        return {
            "planned": [[row.line, asdict(row.change), row.is_new] for row in self.planned],
            "wrong": [[row.line, row.sku, row.problems] for row in self.wrong],
            "unchanged": self.unchanged,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Plan":
        return cls(
            planned=[
                Planned(line=line, change=ProductChange(**change), is_new=is_new)
                for line, change, is_new in data["planned"]
            ],
            wrong=[Row(line=line, sku=sku, problems=p) for line, sku, p in data["wrong"]],
            unchanged=data["unchanged"],
        )


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What was done, and the rows left out because their product changed since the preview."""

    created: int = 0
    changed: int = 0
    stale: list[Planned] = field(default_factory=list)


def plan_import(content: bytes) -> Plan:
    """What this file would do now; nothing is written. Raises UnreadableFile."""
    text, guessed = decode(content)
    rows = read(text)
    skus = {row.sku for row in rows if not ProductChange(sku=row.sku).problems()}
    known = Product.objects.in_bulk(skus, field_name="sku")
    plan = Plan(encoding_guessed=guessed)
    for row in rows:
        _plan_row(plan, row, known.get(row.sku))
    return plan


def _plan_row(plan: Plan, row: Row, product: Product | None) -> None:
    """Only what the row says otherwise than the catalog is a change, and only that is judged."""
    is_new = product is None
    product = product or Product(sku=row.sku)
    parts = ProductChange(sku=row.sku, **row.parts).differing(product)
    seen = {part: getattr(product, part) for part in parts}
    change = ProductChange(sku=row.sku, seen=seen, **parts)
    if problems := [*row.problems, *change.problems(is_new=is_new)]:
        plan.wrong.append(Row(line=row.line, sku=row.sku, problems=problems))
    elif is_new or parts:
        plan.planned.append(Planned(line=row.line, change=change, is_new=is_new))
    else:
        plan.unchanged += 1


def apply_plan(plan: Plan, *, user: str) -> Outcome:
    """Do what was previewed: all or none of each 500 rows, but those of products that changed.

    Twice is harmless: a product that is as the file wants it is left alone.
    """
    outcome = Outcome()
    for start in range(0, len(plan.planned), BATCH):
        _apply(plan.planned[start : start + BATCH], outcome, user)
    return outcome


def _apply(rows: Sequence[Planned], outcome: Outcome, user: str) -> None:
    while rows:
        try:
            change_products(
                [row.change for row in rows], kind=StockMovement.Kind.IMPORTED, user=user
            )
        except ChangedMeanwhile as exc:
            outcome.stale += [row for row in rows if row.change.sku in exc.skus]
            rows = [row for row in rows if row.change.sku not in exc.skus]
        else:
            outcome.created += sum(row.is_new for row in rows)
            outcome.changed += sum(not row.is_new for row in rows)
            return


def export_rows(products: Iterable[Product]) -> Iterable[Sequence[Any]]:
    """The rows of `catalog_csv.write`; the products have `salable` (with_salable)."""
    for product in products:
        salable: int = product.salable  # type: ignore[attr-defined]  # annotated
        values = (getattr(product, part) for part in PARTS)
        yield [product.sku, *values, product.quantity - salable, salable]
