"""What Amazon is told about a package, and whether it shows it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from channels.amazon.types import PackageConfirmation
from orders.models import Package, PackageItem


def with_items(path: str = "items") -> Prefetch[str]:
    """The items of many packages with their lines. As `items__line` Django 5.2 asks SQLite for each
    line by an OR of its own, which ends at a thousand."""
    return Prefetch(path, PackageItem.objects.select_related("line"))


def confirmation_of(package: Package) -> PackageConfirmation:
    """The `confirmShipment` body of a package. Its number is stable for the package's life."""
    assert package.shipped_at is not None  # every package of the merchant has a ship date
    prefetch_related_objects([package], "items__line")  # of many they are there already
    return PackageConfirmation(
        package_reference_id=str(package.number),
        carrier_code=package.carrier_code,
        carrier_name=package.carrier_name,
        shipping_method=package.shipping_method,
        tracking_number=package.tracking_number,
        ship_date=package.shipped_at,
        items=tuple((item.line.channel_item_id, item.quantity) for item in package.items.all()),
    )


def is_shown(package: Package, reported: Iterable[Mapping[str, Any]]) -> bool:
    """Whether Amazon's packages hold this one: same reference, same number, same units.

    The carrier is not compared: Amazon shows its own spelling of it.
    """
    units = {item.line.channel_item_id: item.quantity for item in package.items.all()}
    return any(
        entry["reference"] == str(package.number)
        and _folded(entry["tracking_number"]) == _folded(package.tracking_number)
        and dict(entry["items"]) == units
        for entry in reported
    )


def _folded(number: str) -> str:
    return "".join(number.split()).casefold()
