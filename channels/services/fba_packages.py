"""What Amazon shipped, laid over the packages of FBA orders.

An FBA order comes in with one package that has no tracking number. Rows of a report fill it, or
split it: one package per shipment and tracking number, and one without a number for units that no
row accounts for. Nothing goes to Amazon, and stock is not touched.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from channels.amazon.fulfilled_shipments import ShippedRow
from channels.models import ChannelOrder, SellerAccount
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OrderNote,
    Package,
    PackageItem,
    Shipment,
)
from orders.models.event import Actor
from orders.services.notes import note

SHIPPED_NOTE = gettext_noop("Amazon shipped package %(number)s with %(carrier)s.")
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOOKED_UP = 1000  # rows whose orders are looked for with one statement
LENGTH = 64  # of the columns of a package

Units = Counter[int]  # by pk of the line


@dataclass(slots=True)
class Outcome:
    """Orders that changed, and rows that say nothing to us."""

    changed: int = 0
    unknown: int = 0
    multi_channel: int = 0
    too_many: int = 0

    def add(self, other: "Outcome") -> None:
        self.changed += other.changed
        self.unknown += other.unknown
        self.multi_channel += other.multi_channel
        self.too_many += other.too_many


def known_rows(
    account: SellerAccount, shipments: Iterable[ShippedRow]
) -> tuple[dict[str, list[ShippedRow]], Outcome]:
    """The rows of FBA orders that have a Commerce order, by Amazon order id."""
    outcome = Outcome()
    found: defaultdict[str, list[ShippedRow]] = defaultdict(list)
    rows = iter(shipments)
    while batch := list(islice(rows, LOOKED_UP)):
        own = [row for row in batch if not row.is_multi_channel]
        known = set(
            ChannelOrder.objects.filter(
                account=account,
                amazon_order_id__in={row.amazon_order_id for row in own},
                fulfilled_by="amazon",
                commerce_order__isnull=False,
            ).values_list("amazon_order_id", flat=True)
        )
        outcome.multi_channel += len(batch) - len(own)
        for row in own:
            if row.amazon_order_id in known:
                found[row.amazon_order_id].append(row)
            else:
                outcome.unknown += 1
    return dict(found), outcome


@dataclass(slots=True)
class _Parcel:
    """What a package is to be."""

    tracking_number: str
    carrier: str = ""
    shipped_at: datetime | None = None
    units: Units = field(default_factory=Counter)


@dataclass(slots=True)
class _Books:
    """An order's lines and packages as they are, and what is to be written."""

    order: CommerceOrder
    lines: list[CommerceOrderLine] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)  # of all its shipments
    units: dict[int, Units] = field(default_factory=dict)  # by pk of the package
    changed: list[tuple[Package, Units]] = field(default_factory=list)
    created: list[tuple[Package, Units]] = field(default_factory=list)
    obsolete: list[Package] = field(default_factory=list)
    notes: list[OrderNote] = field(default_factory=list)

    @property
    def by_amazon(self) -> list[Package]:
        return [p for p in self.packages if p.shipment.by == Shipment.By.AMAZON]


@transaction.atomic
def fill_packages(account: SellerAccount, shipped: Mapping[str, Sequence[ShippedRow]]) -> Outcome:
    """Lay rows over the packages of these orders; the same rows again change nothing.

    Locks the Commerce orders. A constant number of statements, however many there are.
    """
    outcome = Outcome()
    books = _load(account, shipped)
    for order_id, rows in shipped.items():
        if order_id not in books or not books[order_id].by_amazon:
            outcome.unknown += len(rows)
            continue
        _lay_over(books[order_id], rows, outcome)
    _write([each for each in books.values() if each.changed or each.created or each.obsolete])
    return outcome


def _load(account: SellerAccount, order_ids: Iterable[str]) -> dict[str, _Books]:
    """By Amazon order id; four statements."""
    orders = (
        CommerceOrder.objects.select_for_update(of=("self",))
        .filter(
            channel_order__account=account,
            channel_order__amazon_order_id__in=list(order_ids),
            channel_order__fulfilled_by="amazon",
        )
        .annotate(amazon_order_id=F("channel_order__amazon_order_id"))
        .order_by("pk")
    )
    named = {order.amazon_order_id: _Books(order) for order in orders}
    by_pk = {each.order.pk: each for each in named.values()}
    for line in CommerceOrderLine.objects.filter(order__in=by_pk).order_by("pk"):
        by_pk[line.order_id].lines.append(line)
    packages = Package.objects.filter(order__in=by_pk).select_related("shipment")
    for package in packages.prefetch_related("items").order_by("number"):
        each = by_pk[package.order_id]
        each.packages.append(package)
        each.units[package.pk] = Counter(
            {item.line_id: item.quantity for item in package.items.all()}
        )
    return named


def _lay_over(books: _Books, rows: Sequence[ShippedRow], outcome: Outcome) -> None:
    """Decide what the packages of one order become."""
    telling = [row for row in dict.fromkeys(rows) if row.tracking_number]
    told = {row.tracking_number[:LENGTH] for row in telling}
    # What an earlier report told of stays: this one may not reach back so far.
    kept = [p for p in books.by_amazon if p.tracking_number and p.tracking_number not in told]
    taken: Units = Counter()
    for package in kept:
        taken.update(books.units[package.pk])
    parcels = _parcels(books, telling, taken, outcome)
    free = [package for package in books.by_amazon if package not in kept]
    for parcel in parcels:
        _place(books, parcel, free)
    left = {line.pk: line.quantity_shipped - taken[line.pk] for line in books.lines}
    rest = _Parcel("", units=Counter({pk: units for pk, units in left.items() if units > 0}))
    if rest.units:
        _place(books, rest, free)
    books.obsolete = free
    outcome.changed += bool(books.changed or books.created or books.obsolete)


def _parcels(
    books: _Books, rows: Sequence[ShippedRow], taken: Units, outcome: Outcome
) -> list[_Parcel]:
    """One per shipment and tracking number, within what was ordered; the earliest first."""
    lines = {line.channel_item_id: line for line in books.lines}
    parcels: dict[tuple[str, str], _Parcel] = {}
    for row in sorted(rows, key=_order_of_rows):
        line = lines.get(row.order_item_id)
        if line is None:
            outcome.unknown += 1
            continue
        if taken[line.pk] + row.quantity > line.quantity_ordered:
            outcome.too_many += 1
            continue
        taken[line.pk] += row.quantity
        number = row.tracking_number[:LENGTH]
        parcel = parcels.setdefault((row.shipment_id, number), _Parcel(number))
        parcel.carrier = parcel.carrier or row.carrier[:LENGTH]
        parcel.shipped_at = parcel.shipped_at or row.shipped_at
        parcel.units[line.pk] += row.quantity
    return list(parcels.values())


def _order_of_rows(row: ShippedRow) -> tuple[object, ...]:
    """Always the same, whatever the order in the report."""
    return (row.shipped_at or LONG_AGO, row.shipment_id, row.tracking_number, row.order_item_id,
            row.shipment_item_id, row.quantity)  # fmt: skip


def _place(books: _Books, parcel: _Parcel, free: list[Package]) -> None:
    """Give `parcel` the package that it is already, or one that is free, or a new one."""
    package = _fitting(books, parcel, free)
    if package is None:
        package = Package(
            order=books.order,
            shipment=books.by_amazon[0].shipment,
            number=max(p.number for p in books.packages) + 1,
        )
        books.packages.append(package)
        books.created.append((package, parcel.units))
    elif _differs(books, package, parcel):
        books.changed.append((package, parcel.units))
    is_news = bool(parcel.tracking_number) and package.tracking_number != parcel.tracking_number
    package.tracking_number = parcel.tracking_number
    package.carrier_name = parcel.carrier or package.carrier_name
    package.shipped_at = parcel.shipped_at or package.shipped_at
    if is_news:
        params = {"number": package.number, "carrier": package}
        timeline = books.order.timeline
        books.notes.append(note(timeline, SHIPPED_NOTE, actor=Actor.AMAZON, params=params))


def _fitting(books: _Books, parcel: _Parcel, free: list[Package]) -> Package | None:
    """The package with this number and these units, else with this number, else without one."""
    same = [p for p in free if p.tracking_number == parcel.tracking_number]
    exact = [p for p in same if books.units[p.pk] == parcel.units]
    blank = [p for p in free if not p.tracking_number]
    found = next(iter((*exact, *same, *blank)), None)
    if found is not None:
        free.remove(found)
    return found


def _differs(books: _Books, package: Package, parcel: _Parcel) -> bool:
    return (
        package.tracking_number != parcel.tracking_number
        or package.carrier_name != (parcel.carrier or package.carrier_name)
        or package.shipped_at != (parcel.shipped_at or package.shipped_at)
        or books.units[package.pk] != parcel.units
    )


def _write(books: Sequence[_Books]) -> None:
    if not books:
        return
    changed = [pair for each in books for pair in each.changed]
    created = [pair for each in books for pair in each.created]
    obsolete = [package.pk for each in books for package in each.obsolete]
    if obsolete:
        Package.objects.filter(pk__in=obsolete).delete()
    PackageItem.objects.filter(package__in=[package.pk for package, _ in changed]).delete()
    Package.objects.bulk_update(
        [package for package, _ in changed], ["carrier_name", "tracking_number", "shipped_at"]
    )
    Package.objects.bulk_create(package for package, _ in created)
    PackageItem.objects.bulk_create(
        PackageItem(package=package, line_id=pk, quantity=units)
        for package, contents in (*changed, *created)
        for pk, units in contents.items()
    )
    OrderNote.objects.bulk_create(note for each in books for note in each.notes)
