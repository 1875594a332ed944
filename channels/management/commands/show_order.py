"""Everything known about an order."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand
from channels.services.describing import describe
from channels.services.finding import find_order


class Command(PortalCommand):
    help = "Shows an order by its Amazon order id or its Commerce order number."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="AMAZON_ORDER_ID|COMMERCE_NUMBER")
        parser.add_argument(
            "--reveal", action="store_true", help="Personal data in clear; the use is logged."
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        return describe(find_order(options["number"]), reveal=options["reveal"])
