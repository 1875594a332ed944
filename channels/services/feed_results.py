"""How feeds ended: ask, read the processing report, settle every message of the feed.

A feed that Amazon processed says of each message whether it was refused; silence is success. Of one
that failed, or whose report cannot be read, nobody knows: its orders are read back, and what they
do not show is sent again.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from channels.amazon import processing_report
from channels.amazon.client import SpApiClient
from channels.amazon.errors import NotFound, NotNow, Refused, SpApiError
from channels.amazon.feeds import Feeds, FeedState, ProcessingStatus
from channels.amazon.processing_report import ProcessingReport
from channels.amazon.usage_plan import GET_FEED, GET_FEED_DOCUMENT
from channels.models import Feed
from channels.services import feed_cancellations, gateway
from channels.services.answers import words
from channels.services.feed_cancellations import Cancellations
from channels.services.feed_cargo import Cargo
from channels.services.feed_confirmations import Confirmations
from channels.services.feeding import OPEN
from channels.services.pauses import pause_after
from channels.services.quota import NoQuota
from orders.models.fields import save_if
from orders.models.outbox import LEASE
from orders.sentences import gettext as _

log = logging.getLogger(__name__)

FIRST_CHECK = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=1)
STUCK_HOURS = 6
STUCK = timedelta(hours=STUCK_HOURS)  # in process for so long, it is given up
PATIENCE = timedelta(minutes=10)  # with a report that cannot be read
CARGO: dict[str, Cargo[Any]] = {
    Feed.Type.FULFILLMENT: Confirmations(),
    Feed.Type.ACKNOWLEDGEMENT: Cancellations(),
}


def due_feeds(now: datetime) -> list[int]:
    """Feeds to ask about now, which nobody else is asking about."""
    return list(
        Feed.objects.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lt=now),
            state__in=OPEN,
            due_at__lte=now,
        )
        .order_by("due_at")
        .values_list("pk", flat=True)
    )


def check_feeds() -> int:
    """Ask about every feed that is due; returns how many have ended."""
    now = timezone.now()
    feed_cancellations.release_stranded(now)
    return sum(check_feed(pk) for pk in due_feeds(now))


def check_feed(feed_pk: int) -> bool:
    """Ask about one feed, unless another worker does; whether it has ended and is settled."""
    feed = _lease(feed_pk, timezone.now())
    if feed is None:
        return False
    if feed.state == Feed.State.WRITTEN:  # its messages come back by leases of their own
        return _end(
            feed, Feed.State.FAILED, _("The worker that was submitting it stopped half-way.")
        )
    try:
        return _check(feed)
    except NoQuota as exc:
        return _again(feed, timedelta(seconds=exc.seconds), words(exc))
    except NotNow as exc:
        return _again(feed, pause_after(exc), words(exc))
    except SpApiError as exc:
        return _again(feed, LONGEST_PAUSE, words(exc))


def _lease(feed_pk: int, now: datetime) -> Feed | None:
    claim = uuid4()
    taken = Feed.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lt=now), pk=feed_pk, state__in=OPEN
    ).update(claim=claim, claimed_until=now + LEASE)
    if not taken:
        return None
    return Feed.objects.select_related("account").get(pk=feed_pk)


def _check(feed: Feed) -> bool:
    now = timezone.now()
    client = gateway.client_for(feed.account)
    try:
        state: FeedState = gateway.call(
            feed.account,
            GET_FEED,
            lambda api: Feeds(api).get(feed.feed_id),
            now=now,
            client=client,
        )
    except NotFound as exc:
        return _fail(feed, words(exc))
    assert feed.submitted_at is not None  # by constraint
    if not state.has_ended:
        if now - feed.submitted_at > STUCK:
            text = _("Amazon has been processing it for %(hours)s hours.")
            return _fail(feed, text % {"hours": STUCK_HOURS})
        return _again(feed, min(FIRST_CHECK * (1 << min(feed.checks, 10)), LONGEST_PAUSE))
    if feed.finished_at is None:
        feed.finished_at = now
        save_if(feed, fields=["finished_at"], claim=feed.claim)
    if state.status is ProcessingStatus.CANCELLED:
        return _fail(feed, _("Amazon canceled the feed and gave no reason."))
    if not state.result_document_id:
        return _fail(
            feed, _("The feed ended %(status)s without a report.") % {"status": state.status}
        )
    try:
        report = _report(feed, client, state.result_document_id)
    except Refused as exc:
        if now - feed.finished_at < PATIENCE:
            return _again(feed, LONGEST_PAUSE, words(exc))
        return _fail(feed, words(exc))
    return _settle(feed, report, is_whole=state.status is ProcessingStatus.DONE)


def _report(feed: Feed, client: SpApiClient, document_id: str) -> ProcessingReport:
    document = gateway.call(
        feed.account,
        GET_FEED_DOCUMENT,
        lambda api: Feeds(api).get_document(document_id),
        now=timezone.now(),
        client=client,
    )
    return processing_report.read(Feeds(client).download(document))


def _settle(feed: Feed, report: ProcessingReport, *, is_whole: bool) -> bool:
    """Each message by what the report says. Twice is harmless: what is settled stays so."""
    if report.file_error:
        return _fail(feed, report.file_error)
    cargo = CARGO[feed.feed_type]
    refusals = report.refusals
    for entry in feed.entries.filter(number__in=refusals):
        cargo.refused(feed, entry, refusals[entry.number])
    feed.messages_refused = len(refusals)
    if not is_whole:
        return _fail(feed, _("The feed ended FATAL."))
    if report.processed is not None and report.processed < feed.messages_total:
        text = _("Amazon processed %(processed)s of %(total)s messages.")
        counts = {"processed": report.processed, "total": feed.messages_total}
        return _fail(feed, text % counts)
    cargo.applied(feed, report.warnings, timezone.now())
    return _end(feed, Feed.State.DONE, "")


def _fail(feed: Feed, text: str) -> bool:
    """Nobody knows what was applied. The orders are read back first: should that not be possible
    now, the feed stays as it is and is asked about again."""
    CARGO[feed.feed_type].unsettled(feed, timezone.now())
    log.warning("A feed failed: %s", text, extra={"feed": feed.pk})
    return _end(feed, Feed.State.FAILED, text)


def _end(feed: Feed, state: Feed.State, text: str) -> bool:
    claim, feed.claim, feed.claimed_until = feed.claim, None, None
    feed.state, feed.detail = state, text
    feed.finished_at = feed.finished_at or timezone.now()
    feed.checks += 1
    fields = ["state", "detail", "finished_at", "checks", "messages_refused", "claim",
              "claimed_until"]  # fmt: skip
    return save_if(feed, fields=fields, state__in=OPEN, claim=claim)


def _again(feed: Feed, pause: timedelta, text: str = "") -> bool:
    claim, feed.claim, feed.claimed_until = feed.claim, None, None
    feed.due_at, feed.detail = timezone.now() + pause, text
    feed.checks += 1
    fields = ["due_at", "detail", "checks", "claim", "claimed_until"]
    save_if(feed, fields=fields, claim=claim)
    return False
