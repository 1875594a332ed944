"""Ship a Commerce order."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, usage_error
from channels.management.packages import (
    add_units,
    by_line,
    describe_package,
    moment,
    parse_package,
)
from channels.services.finding import find_order
from orders.models import CommerceOrder
from orders.services.errors import CannotShip
from orders.services.packages import PackageDraft
from orders.services.shipments import ship

ONE_PACKAGE = ("carrier", "tracking", "carrier_name", "shipping_method", "shipped_at", "items")


class Command(PortalCommand):
    help = "Ships a Commerce order: all that is left, or the items given, in one package or more."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="COMMERCE_NUMBER")
        parser.add_argument("--carrier", help="Amazon's code, a mapped name, or Other.")
        parser.add_argument("--tracking")
        parser.add_argument("--carrier-name", default="")
        parser.add_argument("--shipping-method", default="")
        parser.add_argument("--shipped-at", metavar="ISO")
        parser.add_argument(
            "--item", action="append", default=[], metavar="ORDER_ITEM_ID=QTY", dest="items"
        )
        parser.add_argument(
            "--package",
            action="append",
            default=[],
            dest="packages",
            metavar="PACKAGE",
            help="One of several packages, instead of the options above: "
            "carrier=C;tracking=T;item=ID:QTY;item=ID:QTY, and where wanted name=, method=, "
            "shipped_at=, codes=ID:CODE|CODE, cod=METHOD. Without item: all that is left.",
        )
        parser.add_argument(
            "--despite-cancel-request",
            action="store_true",
            help="Ship although the buyer asked to cancel.",
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        units = _check_usage(options)
        channel_order = find_order(options["number"])
        order = channel_order.commerce_order
        if order is None:
            raise CannotShip(f"Order {channel_order} has no Commerce order: it cannot be shipped.")
        drafts = [parse_package(text, order) for text in options["packages"]]
        shipped = ship(
            order_id=order.pk,
            packages=drafts or [_one_package(options, order, units)],
            despite_cancel_request=options["despite_cancel_request"],
        )
        created = shipped.shipment.packages.select_related("shipment").prefetch_related("messages")
        packages = [describe_package(package) for package in created]
        return {
            "commerce_order": order.number,
            "amazon_order_id": channel_order.amazon_order_id,
            "state": CommerceOrder.objects.get(pk=order.pk).state,
            **(packages[0] if len(packages) == 1 else {}),
            "packages": packages,
            "warnings": shipped.warnings,
            "unchecked": shipped.unchecked or None,
        }


def _check_usage(options: dict[str, Any]) -> dict[str, int]:
    """Either --package or the options of one package; the units that --item gives."""
    if options["packages"]:
        if any(options[name] for name in ONE_PACKAGE):
            raise usage_error("Give either --package or the options of one package.")
        return {}
    missing = [f"--{name}" for name in ("carrier", "tracking") if options[name] is None]
    if missing:
        raise usage_error(f"the following arguments are required: {', '.join(missing)}")
    moment("--shipped-at", options["shipped_at"])
    units: dict[str, int] = {}
    for item in options["items"]:
        add_units(units, item, "=", f"--item {item!r}")
    return units


def _one_package(
    options: dict[str, Any], order: CommerceOrder, units: dict[str, int]
) -> PackageDraft:
    return PackageDraft(
        carrier_code=options["carrier"],
        carrier_name=options["carrier_name"],
        shipping_method=options["shipping_method"],
        tracking_number=options["tracking"],
        shipped_at=moment("--shipped-at", options["shipped_at"]),
        quantities=by_line(order, units) if units else None,
    )
