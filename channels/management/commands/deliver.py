"""Send due confirmations and look for proof, as beat and the worker do."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from channels.amazon.errors import SpApiError
from channels.management.base import PortalCommand
from channels.services import delivery
from channels.services.quota import NoQuota
from channels.services.read_only import guard_site, is_read_only
from orders.models import OutboxMessage
from orders.models.outbox import State

PAUSE_SECONDS = 0.5


class Command(PortalCommand):
    help = (
        "Sends the confirmations that are due and looks for proof. With --until-idle it goes on "
        "until every confirmation is proven, refused or dismissed. In read-only mode it sends "
        "nothing."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-idle", action="store_true")
        parser.add_argument(
            "--timeout", type=float, default=600.0, metavar="SECONDS", help="Default 600."
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        guard_site()
        sent, proven = _round()
        give_up = time.monotonic() + options["timeout"]
        while options["until_idle"] and _open().exists() and time.monotonic() < give_up:
            if is_read_only():
                raise CommandError(f"Read-only mode is on: {_open().count()} confirmation(s) wait.")
            time.sleep(PAUSE_SECONDS)
            more_sent, more_proven = _round()
            sent, proven = sent + more_sent, proven + more_proven
        waiting = _open().count()
        if options["until_idle"] and waiting:
            raise CommandError(f"{waiting} confirmation(s) are still waiting; see show_order.")
        return {
            "sent": sent,
            "proven": proven,
            "waiting": waiting,
            "refused": OutboxMessage.objects.open().filter(state=State.REFUSED).count(),
            "read_only": is_read_only(),
        }


def _open() -> Any:
    return OutboxMessage.objects.open().exclude(state=State.REFUSED)


def _round() -> tuple[int, int]:
    """One pass over what is due: confirmations sent, and proven."""
    delivery.release_stranded()
    sent, proven = delivery.deliver(delivery.due(timezone.now())), 0
    for order_id in delivery.unproven(timezone.now()):
        try:
            proven += delivery.prove(order_id)
        except (SpApiError, NoQuota):
            continue  # it stays unproven and is looked for again
    return sent, proven
