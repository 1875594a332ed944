"""Take a Commerce order off hold."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand
from channels.services.finding import find_commerce_order
from orders.services.holding import unhold_order


class Command(PortalCommand):
    help = "Takes a Commerce order off hold: it goes on where it was."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="NUMBER")

    def run_command(self, options: dict[str, Any]) -> Any:
        order = unhold_order(order_id=find_commerce_order(options["number"]).pk)
        return {"commerce_order": order.number, "state": order.state}
