"""What one row of many shipments would do, and what is wrong or odd about it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial

from django.utils import timezone

from channels.models import ChannelOrder
from channels.services.ship_facts import ShipFacts
from channels.services.shipments_csv import ShipRow
from orders import tracking_numbers
from orders.models import CommerceOrder, CommerceOrderLine
from orders.sentences import gettext as _
from orders.services.errors import CannotShip, UnknownCarrier
from orders.services.packages import PackageDraft, checked

FURTHEST_ZONE = timedelta(hours=14)  # somewhere it is tomorrow already
KEPT_DIGITS = 15  # of a number, by spreadsheets; the others become zeros


@dataclass(slots=True, kw_only=True, eq=False)
class PlannedRow:
    """What one row would do, or what is wrong with it.

    `warnings` are for a person to overrule. `is_shipped`: its package is known here already.
    """

    row: ShipRow
    order: ChannelOrder | None = None
    draft: PackageDraft | None = None  # with Amazon's carrier and a ship date
    line: CommerceOrderLine | None = None  # None: everything that is left
    units: int = 0  # of `line`
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown_carrier: str = ""
    is_shipped: bool = False

    @property
    def is_rest(self) -> bool:
        """Whether it means all that is left of the order."""
        return not self.row.item and self.row.quantity is None

    @property
    def contents(self) -> str:
        """``2 × KET-12, 1 × MUG-3``."""
        if self.line:
            return _listed([(self.line, self.units)])
        linked = self.order.commerce_order if self.order else None
        return _listed(
            [(line, line.quantity_left) for line in linked.lines.all()] if linked else ()
        )


def judge(row: ShipRow, facts: ShipFacts, now: datetime) -> PlannedRow:
    """What a row would do by itself; nothing is asked of the database."""
    planned = PlannedRow(row=row, problems=[*row.problems])
    found = facts.find(row.number)
    if len(found) == 1:
        planned.order = found[0]
    elif row.number:
        planned.problems.append(_not_one(row.number, found))
    if planned.order is None:
        return planned
    if _is_known(planned.order, row.tracking_number, facts):
        planned.is_shipped, planned.problems = True, []
    elif refusal := facts.refusal(planned.order):
        planned.problems.append(refusal)
    elif not row.problems:
        _fill_in(planned, planned.order, facts, now)
    return planned


def _not_one(number: str, found: Sequence[ChannelOrder]) -> str:
    if not found:
        return _("There is no order %(number)s.") % {"number": number}
    return _("Order %(number)s is not unique (%(orders)s): use Amazon's number.") % {
        "number": number,
        "orders": ", ".join(order.amazon_order_id for order in found),
    }


def _is_known(order: ChannelOrder, number: str, facts: ShipFacts) -> bool:
    """Whether a package with this number left already: the same file again does nothing."""
    known = facts.packages.get(order.commerce_order_id or 0, ())
    return bool(number) and any(plain(p.tracking_number) == plain(number) for p in known)


def plain(number: str) -> str:
    """A tracking number as labels in groups, and people in a hurry, mean it."""
    return "".join(number.split()).upper()


def _fill_in(planned: PlannedRow, order: ChannelOrder, facts: ShipFacts, now: datetime) -> None:
    """Carrier, date and item of a row of an order that can be shipped."""
    row, linked = planned.row, order.commerce_order
    assert linked is not None  # else it is refused
    draft = PackageDraft(
        carrier_code=row.carrier,
        carrier_name=row.carrier_name,
        tracking_number=row.tracking_number,
        shipping_method=row.shipping_method,
        shipped_at=_moment(row, now),
    )
    try:
        planned.draft = checked(draft, linked, now, resolve=partial(facts.resolve, order))
    except UnknownCarrier as exc:
        planned.unknown_carrier = row.carrier
        planned.problems.append(str(exc))
    except CannotShip as exc:
        planned.problems.append(str(exc))
    else:
        planned.warnings += _warnings(planned.draft, linked, facts)
    _find_line(planned, list(linked.lines.all()))


def _moment(row: ShipRow, now: datetime) -> datetime | None:
    """A day without a time is the latest moment of it that can be: orders are of today, too."""
    day = row.shipped
    if day is None or isinstance(day, datetime):
        return day
    here = timezone.get_current_timezone()
    begins = datetime.combine(day, time.min, here)
    if begins > now:
        return now if begins <= now + FURTHEST_ZONE else begins
    return min(datetime.combine(day, time.max, here), now)


def _warnings(draft: PackageDraft, linked: CommerceOrder, facts: ShipFacts) -> Iterator[str]:
    number = draft.tracking_number
    if problem := tracking_numbers.problem(draft.carrier_code, number):
        yield problem
    tail = number[KEPT_DIGITS:]
    if number.isdigit() and tail and not tail.strip("0"):
        yield _("%(number)s ends in zeros: spreadsheets keep only 15 digits of a number.") % {
            "number": number
        }
    for other in facts.others_with(number, linked):
        yield _also_of(number, other)


def _also_of(number: str, other: str) -> str:
    return _("%(number)s is the tracking number of order %(other)s, too.") % {
        "number": number,
        "other": other,
    }


def _find_line(planned: PlannedRow, lines: Sequence[CommerceOrderLine]) -> None:
    row = planned.row
    if row.item:
        named = [line for line in lines if row.item == line.channel_item_id] or [
            line for line in lines if row.item.casefold() == line.sku.casefold()
        ]
    elif row.quantity:
        named = [line for line in lines if line.quantity_left]
    else:
        return
    if len(named) == 1:
        planned.line = named[0]
        planned.units = row.quantity or named[0].quantity_left
    elif not row.item:
        planned.problems.append(_("A quantity needs an item: the order has several."))
    elif named:
        planned.problems.append(
            _("The order has several items %(item)s: use the order item id.") % {"item": row.item}
        )
    else:
        planned.problems.append(_("The order has no item %(item)s.") % {"item": row.item})


def warn_of_shared_numbers(rows: Sequence[PlannedRow]) -> None:
    """One number on packages of two orders: rarely so, mostly a row copied by mistake."""
    by_number: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for planned in rows:
        if planned.order and planned.row.tracking_number:
            number = plain(planned.row.tracking_number)
            by_number[number][planned.order.pk] = planned.row.number
    for planned in rows:
        if planned.order and planned.draft:
            of_orders = by_number[plain(planned.row.tracking_number)]
            others = [number for pk, number in of_orders.items() if pk != planned.order.pk]
            planned.warnings += [_also_of(planned.row.tracking_number, o) for o in others[:3]]


def _listed(contents: Sequence[tuple[CommerceOrderLine, int]]) -> str:
    return ", ".join(
        f"{units} × {line.sku or line.channel_item_id}" for line, units in contents if units
    )
