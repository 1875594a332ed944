"""Correct what was wrong about a package that was shipped."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand
from channels.management.packages import describe_package, moment
from channels.services.finding import find_order
from orders.models import Package
from orders.services.correcting import correct_package
from orders.services.errors import CannotShip


class Command(PortalCommand):
    help = "Corrects carrier, tracking number or date of a package; Amazon is told again."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="COMMERCE_NUMBER")
        parser.add_argument("package", metavar="PACKAGE", type=int)
        parser.add_argument("--tracking", required=True)
        parser.add_argument("--carrier", help="What is not given stays as it was.")
        parser.add_argument("--carrier-name")
        parser.add_argument("--shipping-method")
        parser.add_argument("--shipped-at", metavar="ISO")

    def run_command(self, options: dict[str, Any]) -> Any:
        shipped_at = moment("--shipped-at", options["shipped_at"])
        channel_order = find_order(options["number"])
        packages = Package.objects.filter(
            order=channel_order.commerce_order_id, number=options["package"]
        )
        package = packages.first()
        if package is None:
            raise CannotShip(f"Order {channel_order} has no package {options['package']}.")
        carrier = options["carrier"]
        name = "" if carrier else package.carrier_name  # that of another carrier
        warnings = correct_package(
            package_id=package.pk,
            carrier_code=carrier or package.carrier_code,
            carrier_name=_given(options["carrier_name"], name),
            tracking_number=options["tracking"],
            shipping_method=_given(options["shipping_method"], package.shipping_method),
            shipped_at=shipped_at,
        )
        corrected = packages.select_related("shipment").get()
        return {
            "amazon_order_id": channel_order.amazon_order_id,
            **describe_package(corrected),
            "warnings": warnings,
        }


def _given(value: str | None, before: str) -> str:
    return before if value is None else value
