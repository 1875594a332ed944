"""Many shipments at once, from a file or a page: first what each row would do, then rows of a job.

Nothing is written here. Rows of one order with the same tracking number are one package; a package
is right when all its rows are, and what is right of an order is shipped together.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from channels.models import ChannelOrder
from channels.services import ship_facts
from channels.services.bulk import NewRow
from channels.services.ship_facts import ShipFacts
from channels.services.ship_judging import PlannedRow, judge, plain, warn_of_shared_numbers
from channels.services.ship_payload import dump_draft
from channels.services.shipments_csv import ShipRow
from orders.sentences import gettext as _
from orders.services.csv_files import listed
from orders.services.packages import PackageDraft

SAME = ("carrier_code", "carrier_name", "shipping_method", "shipped_at")  # in one package


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPackage:
    """One package that can be shipped."""

    order: ChannelOrder
    draft: PackageDraft
    seen: int  # packages the order had
    label: str
    is_doubtful: bool


@dataclass(slots=True, kw_only=True)
class ShipPlan:
    rows: list[PlannedRow] = field(default_factory=list)
    packages: list[PlannedPackage] = field(default_factory=list)

    @property
    def sure(self) -> list[PlannedPackage]:
        return [package for package in self.packages if not package.is_doubtful]

    @property
    def wrong(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.problems]

    @property
    def shipped(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.is_shipped]

    @property
    def doubtful(self) -> list[PlannedRow]:
        return [row for row in self.right if row.warnings]

    @property
    def right(self) -> list[PlannedRow]:
        return [row for row in self.rows if not row.problems and not row.is_shipped]

    def dump(self) -> list[Any]:
        """The packages as JSON that a form can carry from the preview to *Apply*."""
        return [
            [p.order.pk, p.label, p.seen, p.is_doubtful, dump_draft(p.draft)] for p in self.packages
        ]


def plan(rows: Sequence[ShipRow], *, now: datetime) -> ShipPlan:
    """What these rows would do now: a constant number of statements."""
    facts = ship_facts.of_numbers(
        (row.number for row in rows), (row.tracking_number for row in rows)
    )
    made = ShipPlan(rows=[judge(row, facts, now) for row in rows])
    warn_of_shared_numbers(made.rows)
    by_order: defaultdict[int, list[PlannedRow]] = defaultdict(list)
    for planned in made.rows:
        if planned.order and not planned.is_shipped:
            by_order[planned.order.pk].append(planned)
    for pk, of_order in by_order.items():
        made.packages += _packages(facts.orders[pk], of_order, facts)
    return made


def job_rows(dumped: Sequence[Any], *, doubtful: bool) -> Iterator[NewRow]:
    """The rows of a job that ships what `dump` gave, one per order; `doubtful`: those, too.

    Without that what is doubtful of an order gets a row of its own that says so.
    """
    orders: defaultdict[tuple[int, bool], list[Any]] = defaultdict(list)
    for package in dumped:
        orders[package[0], package[3] and not doubtful].append(package)
    if all(left_out for _pk, left_out in orders):
        return  # then there is nothing to do
    for (pk, left_out), packages in orders.items():
        _pk, label, seen, _doubtful, _draft = packages[0]
        payload = {
            "packages": [package[4] for package in packages],
            "packages_seen": seen,
            "anyway": any(package[3] for package in packages),
            "left_out": left_out,
        }
        yield NewRow(pk, label, payload)


# Rows together


def _packages(
    order: ChannelOrder, rows: list[PlannedRow], facts: ShipFacts
) -> list[PlannedPackage]:
    """The packages of one order that are right; what is wrong is said on their rows."""
    packages: defaultdict[str, list[PlannedRow]] = defaultdict(list)
    for planned in rows:
        packages[plain(planned.row.tracking_number)].append(planned)
    for together in packages.values():
        _check_package(together, many=len(packages) > 1)
    _check_units(rows)
    _check_codes(order, rows, facts)
    seen = len(facts.packages.get(order.commerce_order_id or 0, ()))
    right = [together for together in packages.values() if _is_right(together)]
    return [_package(order, together, seen) for together in right]


def _check_package(rows: Sequence[PlannedRow], *, many: bool) -> None:
    """What rows of one package say of it has to be the same, and of each item once."""
    for planned in rows:
        if many and planned.is_rest and not planned.problems:
            planned.problems.append(
                _("The order has several packages here: say item and quantity of each.")
            )
    drafts = [planned.draft for planned in rows if planned.draft]
    if len({tuple(getattr(draft, name) for name in SAME) for draft in drafts}) > 1:
        _tell(rows, _("One package (%(lines)s), but not one carrier, method and ship date."))
    by_line: defaultdict[int, list[PlannedRow]] = defaultdict(list)
    for planned in rows:
        if planned.line or planned.is_rest:
            by_line[planned.line.pk if planned.line else 0].append(planned)
    for twice in [together for together in by_line.values() if len(together) > 1]:
        _tell(twice, _("It is there more than once: %(lines)s."))
    if 0 in by_line and len(by_line) > 1:
        _tell(rows, _("One package (%(lines)s), but not every row says which item."))


def _tell(rows: Sequence[PlannedRow], problem: str) -> None:
    """Of rows that contradict each other nobody knows which is meant: all are wrong."""
    lines = _("lines %(lines)s") % {"lines": listed([planned.row.line for planned in rows])}
    for planned in rows:
        planned.problems.append(problem % {"lines": lines})


def _check_units(rows: Sequence[PlannedRow]) -> None:
    by_line: defaultdict[int, list[PlannedRow]] = defaultdict(list)
    for planned in rows:
        if planned.line and not planned.problems:
            by_line[planned.line.pk].append(planned)
    for of_line in by_line.values():
        line = of_line[0].line
        assert line is not None
        units = sum(planned.units for planned in of_line)
        if units == 0 or units > line.quantity_left:
            for planned in of_line:
                planned.problems.append(
                    _("%(item)s: %(units)d to ship, but only %(left)d left.")
                    % {
                        "item": line.sku or line.channel_item_id,
                        "units": units,
                        "left": line.quantity_left,
                    }
                )


def _check_codes(order: ChannelOrder, rows: Sequence[PlannedRow], facts: ShipFacts) -> None:
    """Items of which Amazon wants to know a code per unit are shipped on the order's own page."""
    linked = order.commerce_order
    lines = list(linked.lines.all()) if linked else []
    for planned in rows:
        wanted = [planned.line] if planned.line else lines
        if not planned.problems and (told := facts.codes_wanted(order, wanted)):
            planned.problems.append(told)


def _is_right(rows: Sequence[PlannedRow]) -> bool:
    """Whether all rows of a package are; if only some are, those say so."""
    wrong = [planned.row.line for planned in rows if planned.problems]
    if not wrong:
        return True
    for planned in rows:
        if not planned.problems:
            text = _("Line %(line)d, which is in the same package, is wrong.")
            planned.problems.append(text % {"line": wrong[0]})
    return False


def _package(order: ChannelOrder, rows: Sequence[PlannedRow], seen: int) -> PlannedPackage:
    draft = rows[0].draft
    assert draft is not None  # a row without one has a problem
    units = {planned.line.pk: planned.units for planned in rows if planned.line}
    return PlannedPackage(
        order=order,
        draft=replace(draft, quantities=units or None),
        seen=seen,
        label=rows[0].row.number,
        is_doubtful=any(planned.warnings for planned in rows),
    )
