"""Cancellations on their way: sent in one feed per account, seen through until Amazon shows them.

Amazon takes a feed and cancels minutes later, or does not. So a cancellation is Done when the
import sees it (channels/services/settling.py); one that was accepted and does not show is asked
about.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.amazon.errors import SpApiError
from channels.models import FeedEntry
from channels.services import feeding
from channels.services.fetching import channel_order_of, fetch_order
from channels.services.quota import NoQuota
from channels.services.settling import settle_stored
from orders.models import Cancellation
from orders.models.cancellation import PATIENCE, State
from orders.services.cancellation import record
from orders.services.notes import add_note

log = logging.getLogger(__name__)

AT_ONCE = 10  # getOrder's quota is for proof and for people, too
GIVE_UP = timedelta(days=2)  # grace periods are a day at most

NOT_SHOWN_NOTE = gettext_noop(
    "Amazon took the cancellation and does not show it: look in Seller Central."
)


def due(now: datetime, *, limit: int = 500) -> dict[int, list[int]]:
    """Cancellations to send now, by seller account."""
    by_account: defaultdict[int, list[int]] = defaultdict(list)
    rows = Cancellation.objects.due(now).values_list("order__channel_order__account", "pk")
    for account_id, pk in rows[:limit]:
        by_account[account_id].append(pk)
    return dict(by_account)


def send(account_id: int, ids: Sequence[int]) -> int:
    """Send those of `ids` that are due, in one feed; returns how many went out.

    Not those that came to an end meanwhile: what Amazon shows canceled needs no feed.
    """
    settle_stored(ids)
    return feeding.submit_cancellations(account_id, list(ids))


def send_due(now: datetime) -> int:
    """What beat does, now: send all that is due. What cannot be sent waits where it is."""
    sent = 0
    for account_id, ids in due(now).items():
        try:
            sent += send(account_id, ids)
        except (SpApiError, NoQuota) as exc:
            log.info("Cancellations postponed: %s", exc, extra={"account": account_id})
    return sent


def unshown(now: datetime) -> list[int]:
    """Cancellations to ask Amazon about, the longest waiting first.

    Not while Amazon processes the feed that they are in: before that nothing can show.
    """
    in_process = FeedEntry.objects.filter(feed__state__in=feeding.OPEN, cancellation__isnull=False)
    waiting = Cancellation.objects.unshown(now).exclude(pk__in=in_process.values("cancellation"))
    return list(waiting.values_list("pk", flat=True)[:AT_ONCE])


def look(cancellation_id: int) -> bool:
    """Read the order back; whether the cancellation is finished now.

    While Amazon does not show it the pauses grow: as long again as it has waited. After two days it
    is given up, so that people can do something about the order. Raises SpApiError or NoQuota when
    the order could not be read: it is looked for again after the first pause.
    """
    waiting = Cancellation.objects.get(pk=cancellation_id)
    try:
        fetch_order(channel_order_of(waiting.order_id))
    except SpApiError:
        _look_again(cancellation_id, PATIENCE)
        raise
    settle_stored([cancellation_id])
    waited = timezone.now() - waiting.requested_at
    if waited > GIVE_UP:
        _give_up(cancellation_id)
        return True
    return not _look_again(cancellation_id, max(waited, PATIENCE))


def look_at_unshown(now: datetime) -> int:
    """What beat does, now: ask about those that do not show; how many are finished."""
    finished = 0
    for pk in unshown(now):
        try:
            finished += look(pk)
        except (SpApiError, NoQuota) as exc:
            log.info("Cancellation is asked about later: %s", exc, extra={"cancellation": pk})
    return finished


def _look_again(cancellation_id: int, pause: timedelta) -> bool:
    """Whether it still waits to be shown, and then not to be asked about for a while."""
    row = Cancellation.objects.get(pk=cancellation_id)
    if row.state != State.ACCEPTED:
        return False
    row.look_again(timezone.now() + pause)
    return record(row, was=State.ACCEPTED)


@transaction.atomic
def _give_up(cancellation_id: int) -> None:
    row = Cancellation.objects.select_related("order").get(pk=cancellation_id)
    if row.state != State.ACCEPTED:
        return
    row.refuse(timezone.now(), NOT_SHOWN_NOTE)
    if record(row, was=State.ACCEPTED):
        add_note(row.order.timeline, NOT_SHOWN_NOTE)
