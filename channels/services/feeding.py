"""Feeds on their way to Amazon: claim, write down, upload, submit, record.

A feed and what is in it are rows before anything is sent. What was claimed becomes *sent* only when
Amazon has named the feed; where nobody knows whether it has it, each order is read back before
anything is sent again. How a feed ended is read by channels/services/feed_results.py.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.amazon import feed_xml
from channels.amazon.errors import (
    NotNow,
    Refused,
    SpApiError,
    Unavailable,
    UnexpectedPayload,
)
from channels.amazon.feeds import Feeds
from channels.amazon.usage_plan import CREATE_FEED, CREATE_FEED_DOCUMENT
from channels.models import Feed, SellerAccount
from channels.services import errors_log, gateway, quota
from channels.services.answers import words
from channels.services.feed_cancellations import Cancellations
from channels.services.feed_cargo import Cargo, GiveBack
from channels.services.feed_confirmations import Confirmations
from channels.services.pauses import backoff, pause_after
from channels.services.quota import NoQuota
from channels.services.read_only import is_read_only
from orders.models.fields import save_if
from orders.models.outbox import LEASE

log = logging.getLogger(__name__)

GAP = timedelta(minutes=20)  # Amazon's advice: one feed of a type, with everything in it
EXPECTED_SECONDS = 600.0  # of processing, until an account's own feeds have shown better
LEAST_SECONDS = 10.0
SWITCHED_ON = gettext_noop("Read-only mode was switched on.")
RECENT = 5  # feeds that tell how long the next one takes
OPEN = (Feed.State.WRITTEN, Feed.State.SUBMITTED)


def submit_confirmations(account_id: int, message_ids: Sequence[int]) -> int:
    """Send what is due of these confirmations as one feed; returns how many are in it.

    0 while another feed of confirmations is open: they stay due.
    """
    account = SellerAccount.objects.get(pk=account_id)
    if _is_open(account, Feed.Type.FULFILLMENT):
        return 0
    return _submit(account, Confirmations(), message_ids)


def submit_cancellations(account_id: int, cancellation_ids: Sequence[int]) -> int:
    """Ask Amazon to cancel what is due of these, as one feed; returns how many are in it.

    Accepted means that Amazon has the feed. Refused ones say why; the order shows the others.
    """
    return _submit(SellerAccount.objects.get(pk=account_id), Cancellations(), cancellation_ids)


def feed_wait(account: SellerAccount, now: datetime) -> float:
    """Seconds until a feed of confirmations may be submitted."""
    newest = Feed.objects.filter(account=account, feed_type=Feed.Type.FULFILLMENT).first()
    waits = [quota.look(account, op).wait for op in (CREATE_FEED_DOCUMENT, CREATE_FEED)]
    if newest is not None:
        waits.append((newest.created_at + GAP - now).total_seconds())
        if newest.state in OPEN:
            age = (now - newest.created_at).total_seconds()
            waits.append(max(feed_seconds(account) - age, LEAST_SECONDS))
    return max(0.0, *waits)


def feed_seconds(account: SellerAccount) -> float:
    """How long a feed of confirmations takes, as the last ones did."""
    recent = Feed.objects.filter(
        account=account,
        feed_type=Feed.Type.FULFILLMENT,
        state=Feed.State.DONE,
    ).values_list("submitted_at", "finished_at")[:RECENT]
    seconds = [
        (finished - submitted).total_seconds()
        for submitted, finished in recent
        if submitted and finished
    ]
    return max(median(seconds), LEAST_SECONDS) if seconds else EXPECTED_SECONDS


def _is_open(account: SellerAccount, feed_type: str) -> bool:
    return Feed.objects.filter(account=account, feed_type=feed_type, state__in=OPEN).exists()


def _submit(account: SellerAccount, cargo: Cargo[Any], ids: Sequence[int]) -> int:
    if is_read_only():
        return 0
    now = timezone.now()
    items = cargo.claim(account, ids, now)
    if not items:
        return 0
    fit, content = _write(account, cargo, items)
    feed = _write_down(account, cargo, fit, now) if fit else None
    if feed is None:
        return 0
    try:
        created = _send(account, feed, content, cargo.marketplace_ids(fit))
    except (NoQuota, SpApiError) as exc:
        _did_not_go(feed, cargo, fit, exc)
        return 0
    if created is None:
        _take_back(feed, cargo, fit)
        return 0
    _went(feed, cargo, fit, *created)
    return len(fit)


def _write(account: SellerAccount, cargo: Cargo[Any], items: list[Any]) -> tuple[list[Any], bytes]:
    """What goes into the feed, and the feed. What cannot be said is refused, what does not fit is
    given back."""
    bodies = []
    for item in items:
        try:
            bodies.append((item, cargo.body(item)))
        except Refused as exc:
            cargo.refuse(item, exc)
    written = feed_xml.write(account.seller_id, [body for _, body in bodies])
    fit = [item for item, _ in bodies[: written.messages]]
    cargo.give_back([item for item, _ in bodies[written.messages :]], GiveBack(timezone.now()))
    return fit, written.content


def _write_down(
    account: SellerAccount, cargo: Cargo[Any], items: list[Any], now: datetime
) -> Feed | None:
    """The feed and its messages as rows; None when another worker has begun one meanwhile."""
    with transaction.atomic():
        SellerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        if not (cargo.one_at_a_time and _is_open(account, cargo.feed_type)):
            feed = Feed.objects.create(
                account=account,
                feed_type=cargo.feed_type,
                messages_total=len(items),
                claim=uuid4(),
                claimed_until=now + LEASE,
                due_at=now + LEASE,
            )
            cargo.enter(feed, items)
            return feed
    cargo.give_back(items, GiveBack(now))
    return None


def _send(
    account: SellerAccount, feed: Feed, content: bytes, marketplace_ids: tuple[str, ...]
) -> tuple[str, str] | None:
    """Upload and submit: feed id and request id. No transaction is open.

    None, and nothing submitted, when read-only mode was switched on meanwhile.
    """
    interactive = feed.feed_type == Feed.Type.ACKNOWLEDGEMENT  # a person waits, as does the parcel
    client = gateway.client_for(account)
    feeds = Feeds(client)

    def call(operation: str, ask: Any) -> Any:
        return gateway.call(
            account,
            operation,
            lambda _: ask(),
            now=timezone.now(),
            client=client,
            interactive=interactive,
        )

    slot = call(CREATE_FEED_DOCUMENT, feeds.create_document)
    feeds.upload(slot, content)
    if is_read_only():  # orders were read back and a document went up: that may have taken long
        return None
    created: tuple[str, str] = call(
        CREATE_FEED, lambda: feeds.create(feed.feed_type, marketplace_ids, slot.document_id)
    )
    return created


def _went(feed: Feed, cargo: Cargo[Any], items: list[Any], feed_id: str, request_id: str) -> None:
    now = timezone.now()
    claim, feed.claim = feed.claim, None
    feed.state, feed.feed_id, feed.request_id = Feed.State.SUBMITTED, feed_id, request_id[:64]
    feed.submitted_at = feed.due_at = now
    feed.claimed_until = None
    fields = ["state", "feed_id", "request_id", "submitted_at", "due_at", "claim", "claimed_until"]
    with transaction.atomic():  # a feed that was given up meanwhile leaves its messages to leases
        if save_if(feed, fields=fields, state=Feed.State.WRITTEN, claim=claim):
            cargo.accepted(items, now, request_id)
    errors_log.resolve(feed.account, [""], now=now, operation=CREATE_FEED)


def _did_not_go(
    feed: Feed, cargo: Cargo[Any], items: list[Any], error: NoQuota | SpApiError
) -> None:
    """What was claimed goes back, sorted by whether Amazon may have the feed after all."""
    now = timezone.now()
    refused = isinstance(error, Refused)
    unknown = error.operation == CREATE_FEED and isinstance(error, Unavailable | UnexpectedPayload)
    if isinstance(error, NoQuota):
        back = GiveBack(now + timedelta(seconds=error.seconds), words(error))
    elif isinstance(error, NotNow):
        back = GiveBack(now + pause_after(error), words(error))
    else:
        again_at = now if refused and not unknown else now + backoff(1)
        back = GiveBack(again_at, words(error), counts=True, is_unknown=unknown)
    with transaction.atomic():
        cargo.give_back(items, back)
        if refused or unknown:
            feed.state, feed.finished_at, feed.detail = Feed.State.FAILED, now, words(error)
            save_if(
                feed,
                fields=["state", "finished_at", "detail"],
                state=Feed.State.WRITTEN,
                claim=feed.claim,
            )
        else:
            _forget(feed)
    if isinstance(error, SpApiError) and not isinstance(error, NotNow):
        errors_log.log_call_error(feed.account, error, operation=CREATE_FEED, now=now)


def _take_back(feed: Feed, cargo: Cargo[Any], items: list[Any]) -> None:
    """Read-only mode was switched on before anything was submitted: all of it stays due."""
    with transaction.atomic():
        cargo.give_back(items, GiveBack(timezone.now(), SWITCHED_ON))
        _forget(feed)


def _forget(feed: Feed) -> None:
    """Nothing was sent: there is no feed to speak of."""
    Feed.objects.filter(pk=feed.pk, state=Feed.State.WRITTEN, claim=feed.claim).delete()
