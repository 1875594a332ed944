"""Packages as the command line writes them, and as commands answer with them."""

from typing import Any

from channels.management.base import usage_error
from channels.services.order_settings import InvalidSetting, parse_moment
from orders.models import CommerceOrder, Package
from orders.services.errors import CannotShip
from orders.services.packages import PackageDraft

USAGE = (
    "carrier=C;tracking=T[;item=ID:QTY][;codes=ID:CODE|CODE]"
    "[;name=N][;method=M][;shipped_at=ISO][;cod=METHOD]"
)
ONCE = {"carrier", "tracking", "name", "method", "shipped_at", "cod"}
OFTEN = {"item", "codes"}


def parse_package(text: str, order: CommerceOrder) -> PackageDraft:
    """The package that `--package` describes. Wrong usage ends the command; raises CannotShip."""
    values: dict[str, str] = {}
    units: dict[str, int] = {}
    codes: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or name not in ONCE | OFTEN:
            raise usage_error(f"--package: {part!r} is not one of {USAGE}.")
        if name in values:
            raise usage_error(f"--package: {name} is given twice.")
        if name == "item":
            add_units(units, value, ":", f"--package: item={value}")
        elif name == "codes":
            item_id, _colon, listed = value.partition(":")
            codes[item_id] = listed.split("|")
        else:
            values[name] = value
    if missing := {"carrier", "tracking"} - values.keys():
        raise usage_error(f"--package {text!r} has no {' and no '.join(sorted(missing))}.")
    return PackageDraft(
        carrier_code=values["carrier"],
        tracking_number=values["tracking"],
        carrier_name=values.get("name", ""),
        shipping_method=values.get("method", ""),
        shipped_at=moment("--package: shipped_at", values.get("shipped_at")),
        quantities=by_line(order, units) if units else None,
        unit_codes=by_line(order, codes),
        cod_collection_method=values.get("cod", ""),
    )


def add_units(units: dict[str, int], text: str, between: str, told: str) -> None:
    """Add ``ID=QTY`` (or another sign between them) to `units`; wrong usage names `told`."""
    item_id, sign, count = text.partition(between)
    if not sign or not (count.isascii() and count.isdigit()) or int(count) == 0:
        raise usage_error(f"{told} is not of the form ORDER_ITEM_ID{between}QTY.")
    if item_id in units:
        raise usage_error(f"{told.split()[0]} {item_id} is given twice.")
    units[item_id] = int(count)


def by_line(order: CommerceOrder, by_item: dict[str, Any]) -> dict[int, Any]:
    """What is said of order items, by the pk of their lines. Raises CannotShip."""
    lines = {line.channel_item_id: line.pk for line in order.lines.all()}
    for item_id in by_item:
        if item_id not in lines:
            raise CannotShip(f"Order {order.number} has no item {item_id}.")
    return {lines[item_id]: value for item_id, value in by_item.items()}


def moment(option: str, text: str | None) -> Any:
    """A date and time with its zone, None when not given; wrong usage otherwise."""
    try:
        return parse_moment(option, text) if text else None
    except InvalidSetting as exc:
        raise usage_error(str(exc)) from None


def describe_package(package: Package) -> dict[str, Any]:
    """What became of it, for programs."""
    return {
        "package": package.number,
        "carrier_code": package.carrier_code,
        "tracking_number": package.tracking_number,
        "shipped_at": package.shipped_at,
        "items": [
            {"order_item_id": item.line.channel_item_id, "quantity": item.quantity}
            for item in package.items.select_related("line")
        ],
        "confirmation": package.confirmation,
    }
