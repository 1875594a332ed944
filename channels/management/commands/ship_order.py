"""Ship a Commerce order."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, usage_error
from channels.services.finding import find_order
from channels.services.order_settings import InvalidSetting, parse_moment
from orders.models import CommerceOrder
from orders.services.errors import CannotShip
from orders.services.shipments import PackageDraft, create_shipment


class Command(PortalCommand):
    help = "Ships a Commerce order: all that is left, or the items given."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="COMMERCE_NUMBER")
        parser.add_argument("--carrier", required=True)
        parser.add_argument("--tracking", required=True)
        parser.add_argument("--carrier-name", default="")
        parser.add_argument("--shipping-method", default="")
        parser.add_argument("--shipped-at", metavar="ISO")
        parser.add_argument(
            "--item", action="append", default=[], metavar="ORDER_ITEM_ID=QTY", dest="items"
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        try:
            at = options["shipped_at"]
            shipped_at = parse_moment("--shipped-at", at) if at else None
        except InvalidSetting as exc:
            raise usage_error(str(exc)) from None
        units = _units(options["items"])
        channel_order = find_order(options["number"])
        order = channel_order.commerce_order
        if order is None:
            raise CannotShip(f"Order {channel_order} has no Commerce order: it cannot be shipped.")
        draft = PackageDraft(
            carrier_code=options["carrier"],
            carrier_name=options["carrier_name"],
            shipping_method=options["shipping_method"],
            tracking_number=options["tracking"],
            shipped_at=shipped_at,
            quantities=_by_line(order, units) if units else None,
        )
        shipment = create_shipment(order_id=order.pk, packages=[draft])
        package = shipment.packages.get()
        return {
            "commerce_order": order.number,
            "amazon_order_id": channel_order.amazon_order_id,
            "state": CommerceOrder.objects.get(pk=order.pk).state,
            "package": package.number,
            "carrier_code": package.carrier_code,
            "tracking_number": package.tracking_number,
            "shipped_at": package.shipped_at,
            "items": [
                {"order_item_id": item.line.channel_item_id, "quantity": item.quantity}
                for item in package.items.select_related("line")
            ],
            "confirmation": "pending",
        }


def _units(items: list[str]) -> dict[str, int]:
    units: dict[str, int] = {}
    for item in items:
        item_id, equals, count = item.partition("=")
        if not equals or not (count.isascii() and count.isdigit()) or int(count) == 0:
            raise usage_error(f"--item {item!r} is not of the form ORDER_ITEM_ID=QTY.")
        if item_id in units:
            raise usage_error(f"--item {item_id} is given twice.")
        units[item_id] = int(count)
    return units


def _by_line(order: CommerceOrder, units: dict[str, int]) -> dict[int, int]:
    lines = {line.channel_item_id: line.pk for line in order.lines.all()}
    for item_id in units:
        if item_id not in lines:
            raise CannotShip(f"Order {order.number} has no item {item_id}.")
    return {lines[item_id]: count for item_id, count in units.items()}
