"""Shipments that Amazon reports: of FBA orders, and of FBM orders shipped before first sight."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.dateparse import parse_datetime

from channels.models import ChannelOrder
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
        for package, contents in _packages(channel_order, order, shipment, units):
            packages.append(package)
            items += [
                PackageItem(package=package, line=line_of[item_id], quantity=count)
                for item_id, count in contents.items()
            ]
    Shipment.objects.bulk_create(shipments)
    Package.objects.bulk_create(packages)
    PackageItem.objects.bulk_create(items)


def _packages(
    channel_order: ChannelOrder, order: CommerceOrder, shipment: Shipment, units: dict[str, int]
) -> list[tuple[Package, dict[str, int]]]:
    """Amazon's packages, plus one without a number for units no package accounts for."""
    left = dict(units)
    result: list[tuple[Package, dict[str, int]]] = []
    taken: set[int] = set()
    for reported in channel_order.packages:
        contents: dict[str, int] = {}
        for item_id, count in reported["items"]:
            if fits := min(count, left.get(item_id, 0)):
                contents[item_id] = contents.get(item_id, 0) + fits
                left[item_id] -= fits
        if not contents:
            continue
        number = _number(reported["reference"], taken)
        package = Package(
            order=order,
            shipment=shipment,
            number=number,
            carrier_code=reported["carrier"][:64],
            tracking_number=reported["tracking_number"][:64],
            shipped_at=parse_datetime(reported["shipped_at"]) if reported["shipped_at"] else None,
        )
        result.append((package, contents))
    if rest := {item_id: count for item_id, count in left.items() if count}:
        package = Package(order=order, shipment=shipment, number=_number("", taken))
        result.append((package, rest))
    return result


def _number(reference: str, taken: set[int]) -> int:
    """Amazon's package reference where it can be ours too, else the next free number."""
    number = int(reference) if reference.isascii() and reference.isdigit() else 0
    if not 0 < number <= MAX_NUMBER or number in taken:
        number = max(taken, default=0) + 1
    taken.add(number)
    return number
