"""Ask Amazon to cancel an order, or items of it."""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.utils import timezone

from channels.amazon.errors import SpApiError
from channels.management.base import PortalCommand, usage_error
from channels.models import ChannelOrder
from channels.services import cancelling
from channels.services.finding import find_order
from channels.services.quota import NoQuota
from orders.models import Cancellation, CommerceOrder
from orders.services.cancellation import request_cancellation
from orders.services.errors import CannotCancel


class Command(PortalCommand):
    help = (
        "Asks Amazon to cancel an order, or items of it, and sends that unless a grace period says "
        "later. The order is canceled when Amazon shows it: see show_order."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("amazon_order_id", metavar="AMAZON_ORDER_ID")
        parser.add_argument("--reason", required=True, help="One of Amazon's, like NoInventory.")
        parser.add_argument(
            "--item", action="append", default=[], metavar="ORDER_ITEM_ID", dest="items"
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        channel_order = find_order(options["amazon_order_id"])
        order = channel_order.commerce_order
        if order is None:
            raise CannotCancel(
                f"Order {channel_order} has no Commerce order: cancel it in Seller Central."
            )
        requested = request_cancellation(
            order_id=order.pk,
            reason=options["reason"],
            line_pks=_lines(order, options["items"]) if options["items"] else None,
        )
        _send(channel_order)
        cancellation = Cancellation.objects.get(pk=requested.pk)
        items = cancellation.items.select_related("line")
        return {
            "amazon_order_id": channel_order.amazon_order_id,
            "commerce_order": order.number,
            "reason": cancellation.reason,
            "items": [item.line.channel_item_id for item in items],
            "state": cancellation.state,
            "not_before": cancellation.not_before,
        }


def _lines(order: CommerceOrder, item_ids: list[str]) -> list[int]:
    if len(set(item_ids)) != len(item_ids):
        raise usage_error("An --item is given twice.")
    lines = {line.channel_item_id: line.pk for line in order.lines.all()}
    for item_id in item_ids:
        if item_id not in lines:
            raise CannotCancel(f"Order {order.number} has no item {item_id}.")
    return [lines[item_id] for item_id in item_ids]


def _send(order: ChannelOrder) -> None:
    """What is due of the account. What cannot be sent now waits for the worker, or `deliver`."""
    due = cancelling.due(timezone.now()).get(order.account_id, [])
    with suppress(SpApiError, NoQuota):
        cancelling.send(order.account_id, due)
