"""Put a Commerce order on hold."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand
from channels.services.finding import find_commerce_order
from orders.services.holding import hold_order


class Command(PortalCommand):
    help = "Puts a Commerce order on hold: nothing of it is shipped or confirmed."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="NUMBER")
        parser.add_argument("--reason", required=True)

    def run_command(self, options: dict[str, Any]) -> Any:
        order = find_commerce_order(options["number"])
        held = hold_order(order_id=order.pk, reason=options["reason"])
        return {"commerce_order": held.number, "state": held.state, "reason": options["reason"]}
