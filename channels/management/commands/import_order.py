"""Fetch one order from Amazon."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from channels.amazon.errors import NotFound
from channels.management.base import PortalCommand, find_store, usage_error
from channels.models import ChannelOrder
from channels.services.fetching import import_order

ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,32}")


class Command(PortalCommand):
    help = "Fetches one order from Amazon now."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store")
        parser.add_argument("amazon_order_id")

    def run_command(self, options: dict[str, Any]) -> Any:
        order_id = options["amazon_order_id"]
        if not ORDER_ID.fullmatch(order_id):
            raise usage_error(f"{order_id!r} is not an Amazon order id.")
        store = find_store(options["store"])
        try:
            result = import_order(store, order_id)
        except NotFound:
            raise CommandError(f"Amazon knows no order {order_id} of store {store}.") from None
        if result.set_aside:
            raise CommandError(
                f"Order {order_id} could not be imported; see the communication errors log."
            )
        order = ChannelOrder.objects.filter(account=store.account, amazon_order_id=order_id).first()
        if order is None:
            raise CommandError(
                f"Order {order_id} is not imported: it is fulfilled by Amazon and not shipped yet, "
                "older than the import date, or of a marketplace that is not connected."
            )
        return {
            "amazon_order_id": order_id,
            "status": order.status,
            "placement": order.placement,
            "outcome": "created"
            if result.created
            else "changed"
            if result.changed
            else "unchanged",
        }
