"""Shipments that Amazon reports: of FBA orders, and of FBM orders shipped before first sight."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from channels.models import ChannelOrder
from customers.bulk import insert_rows
from orders.models import CommerceOrder, CommerceOrderLine, Package, PackageItem, Shipment

Reported = tuple[ChannelOrder, CommerceOrder, list[CommerceOrderLine]]
MAX_NUMBER = 10**9  # half of what the column holds: ours go on after it


def record_reported_shipments(batch: Sequence[Reported], *, now: datetime) -> None:
    """Shipment, packages and items for the units that have left: three statements for all."""
    shipments: list[Shipment] = []
    packages: list[Package] = []
    items: list[PackageItem] = []
    for channel_order, order, lines in batch:
        units = {line.channel_item_id: line.quantity_shipped for line in lines}
        if not any(units.values()):
            continue
        by = Shipment.By.AMAZON if channel_order.is_fba else Shipment.By.CHANNEL
        shipment = Shipment(order=order, number=1, by=by, created_at=now)
        shipments.append(shipment)
        line_of = {line.channel_item_id: line for line in lines}
        taken: set[int] = set()
        found = reported_packages(channel_order.packages, shipment, units, taken)
        if rest := unexplained_package(shipment, units, taken):
            found.append(rest)
        for package, contents in found:
            packages.append(package)
            items += [
                PackageItem(package=package, line=line_of[item_id], quantity=count)
                for item_id, count in contents.items()
            ]
    insert_rows(shipments)
    insert_rows(packages)
    insert_rows(items)


def reported_packages(
    reported: Iterable[Mapping[str, Any]],
    shipment: Shipment,
    left: dict[str, int],
    taken: set[int],
) -> list[tuple[Package, dict[str, int]]]:
    """Amazon's packages as rows with their units by item, as far as `left` goes.

    Uses `left` up and adds to `taken`, the numbers of the order's packages. One without any unit
    that is left is left out.
    """
    result: list[tuple[Package, dict[str, int]]] = []
    for entry in reported:
        contents: dict[str, int] = {}
        for item_id, count in entry["items"]:
            if fits := min(count, left.get(item_id, 0)):
                contents[item_id] = contents.get(item_id, 0) + fits
                left[item_id] -= fits
        if not contents:
            continue
        package = Package(
            order=shipment.order,
            shipment=shipment,
            number=_take_number(entry["reference"], taken),
            carrier_code=entry["carrier"][:64],
            tracking_number=entry["tracking_number"][:64],
            shipped_at=parse_datetime(entry["shipped_at"]) if entry["shipped_at"] else None,
        )
        result.append((package, contents))
    return result


def unexplained_package(
    shipment: Shipment, left: Mapping[str, int], taken: set[int]
) -> tuple[Package, dict[str, int]] | None:
    """One package without a tracking number, for units that no package accounts for."""
    rest = {item_id: count for item_id, count in left.items() if count > 0}
    if not rest:
        return None
    return Package(order=shipment.order, shipment=shipment, number=_take_number("", taken)), rest


def number_of(reference: str) -> int:
    """Amazon's package reference as a number of ours; 0 where it cannot be one."""
    number = int(reference) if reference.isascii() and reference.isdigit() else 0
    return number if number <= MAX_NUMBER else 0


def _take_number(reference: str, taken: set[int]) -> int:
    """Amazon's package reference where it can be ours too, else the next free number."""
    number = number_of(reference)
    if not number or number in taken:
        number = max(taken, default=0) + 1
    taken.add(number)
    return number
