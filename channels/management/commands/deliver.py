"""Send what is due, confirmations and cancellations, and look for proof: as beat and worker do."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from channels.amazon.errors import SpApiError
from channels.management.base import PortalCommand
from channels.services import cancelling, delivery
from channels.services.quota import NoQuota
from orders.models import Cancellation, OutboxMessage
from orders.models.outbox import State

PAUSE_SECONDS = 0.5


class Command(PortalCommand):
    help = (
        "Sends the confirmations and cancellations that are due and looks for proof. With "
        "--until-idle it goes on until every confirmation is proven or refused and every "
        "cancellation done or refused."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-idle", action="store_true")
        parser.add_argument(
            "--timeout", type=float, default=600.0, metavar="SECONDS", help="Default 600."
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        sent, proven = _round()
        give_up = time.monotonic() + options["timeout"]
        while options["until_idle"] and _waiting() and time.monotonic() < give_up:
            time.sleep(PAUSE_SECONDS)
            more_sent, more_proven = _round()
            sent, proven = sent + more_sent, proven + more_proven
        if options["until_idle"] and (waiting := _waiting()):
            raise CommandError(f"{waiting} message(s) are still waiting; see show_order.")
        return {
            "sent": sent,
            "proven": proven,
            "waiting": _open().count(),
            "refused": OutboxMessage.objects.filter(state=State.REFUSED).count(),
            "cancellations_waiting": _canceling().count(),
        }


def _open() -> Any:
    return OutboxMessage.objects.filter(state__in=[State.PENDING, State.IN_FLIGHT, State.SENT])


def _canceling() -> Any:
    """Asked for and not finished; one whose grace period is not over does not count."""
    early = Cancellation.objects.filter(state="requested", not_before__gt=timezone.now())
    return Cancellation.objects.open().exclude(pk__in=early)


def _waiting() -> int:
    return int(_open().count() + _canceling().count())


def _round() -> tuple[int, int]:
    """One pass over what is due: confirmations sent, and proven."""
    delivery.release_stranded()
    sent, proven = delivery.deliver(delivery.due(timezone.now())), 0
    for order_id in delivery.unproven(timezone.now()):
        try:
            proven += delivery.prove(order_id)
        except (SpApiError, NoQuota):
            continue  # it stays unproven and is looked for again
    cancelling.send_due(timezone.now())
    cancelling.look_at_unshown(timezone.now())
    return sent, proven
