"""Take a package back before Amazon is told."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand
from channels.services.finding import find_order
from orders.models import Package
from orders.services.errors import CannotTakeBack
from orders.services.taking_back import take_back_package


class Command(PortalCommand):
    help = (
        "Takes a package back within its grace period: it is not shipped, its units are to be "
        "shipped again, and Amazon is not told."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="COMMERCE_NUMBER")
        parser.add_argument("package", metavar="PACKAGE", type=int)
        parser.add_argument("--reason", default="", metavar="R", help="For the order's history.")

    def run_command(self, options: dict[str, Any]) -> Any:
        channel_order = find_order(options["number"])
        number = options["package"]
        package = Package.objects.filter(order=channel_order.commerce_order, number=number).first()
        if package is None:
            raise CannotTakeBack(f"Order {options['number']} has no package {number}.")
        order = take_back_package(package_id=package.pk, reason=options["reason"])
        return {
            "commerce_order": order.number,
            "amazon_order_id": channel_order.amazon_order_id,
            "state": order.state,
            "package": number,
            "tracking_number": package.tracking_number,
        }
