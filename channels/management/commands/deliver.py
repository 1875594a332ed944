"""Send what is due, confirmations and cancellations, and look for proof: as beat and worker do."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q
from django.utils import timezone

from channels.amazon.errors import SpApiError
from channels.management.base import PortalCommand
from channels.models import Feed
from channels.services import cancelling, delivery, dispatching, feed_results, feeding, proving
from channels.services.quota import NoQuota
from channels.services.read_only import guard_site, is_read_only
from orders.models import Cancellation, CommerceOrder, OutboxMessage
from orders.models.outbox import State

PAUSE_SECONDS = 0.5


class Command(PortalCommand):
    help = (
        "Sends the confirmations and cancellations that are due, by call or as feeds, and looks "
        "for proof. With --until-idle it goes on until every confirmation is proven, refused or "
        "dismissed, every cancellation is done or refused, and every feed is processed. In "
        "read-only mode it sends nothing."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-idle", action="store_true")
        parser.add_argument(
            "--timeout", type=float, default=600.0, metavar="SECONDS", help="Default 600."
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        guard_site()
        sent, fed, proven = _round()
        give_up = time.monotonic() + options["timeout"]
        while options["until_idle"] and _is_open() and time.monotonic() < give_up:
            if is_read_only():
                raise CommandError(f"Read-only mode is on: {_what_waits()} wait.")
            time.sleep(PAUSE_SECONDS)
            more_sent, more_fed, more_proven = _round()
            sent, fed, proven = sent + more_sent, fed + more_fed, proven + more_proven
        if options["until_idle"] and (waiting := _open().count() + _canceling().count()):
            raise CommandError(f"{waiting} message(s) are still waiting; see show_order.")
        return {
            "sent": sent,
            "feeds": fed,
            "proven": proven,
            "waiting": _open().count(),
            "refused": OutboxMessage.objects.open().filter(state=State.REFUSED).count(),
            "cancellations_waiting": _canceling().count(),
            "read_only": is_read_only(),
        }


def _open() -> Any:
    """What of an order On Hold waits does so until a person ends it."""
    held = Q(state=State.PENDING, package__order__state=CommerceOrder.State.ON_HOLD)
    return OutboxMessage.objects.open().exclude(state=State.REFUSED).exclude(held)


def _canceling() -> Any:
    """Asked for and not finished; one whose grace period is not over does not count."""
    early = Cancellation.objects.filter(state="requested", not_before__gt=timezone.now())
    return Cancellation.objects.open().exclude(pk__in=early)


def _what_waits() -> str:
    return f"{_open().count()} confirmation(s) and {_canceling().count()} cancellation(s)"


def _is_open() -> bool:
    feeds = Feed.objects.filter(state__in=feeding.OPEN)
    return _open().exists() or _canceling().exists() or feeds.exists()


def _round() -> tuple[int, int, int]:
    """One pass over what is due: confirmations sent, feeds among that, and confirmations proven."""
    delivery.release_stranded()
    sent = feeds = 0
    for turn in dispatching.turns(timezone.now()):
        sent += delivery.deliver(turn.calls)
        in_feed = feeding.submit_confirmations(turn.account_id, turn.feed) if turn.feed else 0
        sent, feeds = sent + in_feed, feeds + bool(in_feed)
    cancelling.send_due(timezone.now())
    feed_results.check_feeds()
    cancelling.look_at_unshown(timezone.now())
    proven = proving.prove_seen()
    for order_id in dispatching.looks(timezone.now()):
        try:
            proven += proving.prove(order_id)
        except (SpApiError, NoQuota):
            continue  # it stays unproven and is looked for again
    return sent, feeds, proven
