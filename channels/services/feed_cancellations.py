"""Cancellations as cargo of a feed (POST_ORDER_ACKNOWLEDGEMENT_DATA, status Failure)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4
from xml.etree.ElementTree import Element

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.amazon import feed_xml
from channels.amazon.errors import Detail, Refused, SpApiError
from channels.amazon.feed_xml import CancelOrder
from channels.amazon.usage_plan import CREATE_FEED
from channels.models import ChannelOrder, Feed, FeedEntry, SellerAccount
from channels.services import errors_log
from channels.services.answers import words
from channels.services.feed_cargo import GiveBack
from channels.services.fetching import channel_order_of, fetch_order
from channels.services.quota import NoQuota
from channels.services.settling import settle_stored
from orders.models import Cancellation
from orders.models.cancellation import State
from orders.models.event import Actor
from orders.models.outbox import LEASE
from orders.services.cancellation import record
from orders.services.notes import add_note
from orders.services.outbox import STOPPED

log = logging.getLogger(__name__)

# A feed of which nobody knows may still be processed: an earlier look proves nothing.
AFTER_UNKNOWN = timedelta(minutes=15)
# From when it was submitted: until then a failed feed waits for orders that cannot be read.
READING_ENDS = timedelta(hours=12)
REFUSED_NOTE = gettext_noop("Amazon refused to cancel: %(answer)s")
UNSETTLED = gettext_noop(
    "Amazon did not say what became of it, and does not show the order canceled."
)


@dataclass(frozen=True, slots=True)
class Request:
    """A claimed cancellation with the order it is about."""

    cancellation: Cancellation
    order: ChannelOrder


class Cancellations:
    """Implements channels.services.feed_cargo.Cargo."""

    feed_type = Feed.Type.ACKNOWLEDGEMENT
    one_at_a_time = False  # a cancellation must be there before the parcel: it waits for none

    def claim(self, account: SellerAccount, ids: Sequence[int], now: datetime) -> list[Request]:
        unread = self._read_back(account, ids, now)
        with transaction.atomic(durable=True):
            due = list(
                Cancellation.objects.due(now)
                .filter(pk__in=set(ids) - unread, order__channel_order__account=account)
                .select_for_update(skip_locked=True, of=("self",))
                .select_related("order")
            )
            claim = uuid4()
            for cancellation in due:
                cancellation.take(claim, now)
                record(cancellation, was=State.REQUESTED)
        return [Request(c, channel_order_of(c.order_id)) for c in due]

    def _read_back(self, account: SellerAccount, ids: Sequence[int], now: datetime) -> set[int]:
        """What was tried before may have been heard: what its order shows is finished by the
        import. Those whose order cannot be read now wait."""
        unread = set()
        tried = Cancellation.objects.due(now).filter(
            pk__in=ids, attempts__gt=0, order__channel_order__account=account
        )
        for cancellation in tried:
            try:
                fetch_order(channel_order_of(cancellation.order_id))
            except (NoQuota, SpApiError) as exc:
                log.info("A cancellation waits: %s", exc, extra={"cancellation": cancellation.pk})
                unread.add(cancellation.pk)
        return unread

    def body(self, item: Request) -> Element:
        cancellation = item.cancellation
        lines = [row.line for row in cancellation.items.select_related("line")]
        open_lines = [line for line in lines if line.quantity_left and not line.quantity_shipped]
        if not open_lines:
            raise Refused(CREATE_FEED, Detail("nothing of it is left to cancel"))
        return feed_xml.cancellation(
            CancelOrder(
                amazon_order_id=item.order.amazon_order_id,
                merchant_order_id=cancellation.order.number,
                reason=cancellation.reason,
                order_item_ids=tuple(line.channel_item_id for line in open_lines),
            )
        )

    def marketplace_ids(self, items: Sequence[Request]) -> tuple[str, ...]:
        return tuple(sorted({item.order.store.marketplace_id for item in items}))

    def enter(self, feed: Feed, items: Sequence[Request]) -> None:
        FeedEntry.objects.bulk_create(
            FeedEntry(feed=feed, number=number, cancellation=item.cancellation)
            for number, item in enumerate(items, 1)
        )

    def refuse(self, item: Request, error: Refused) -> None:
        self._refuse(item.cancellation, words(error), was=State.IN_FLIGHT)

    def give_back(self, items: Sequence[Request], back: GiveBack) -> None:
        until = max(back.until, timezone.now() + AFTER_UNKNOWN) if back.is_unknown else back.until
        for item in items:
            claim = item.cancellation.claim
            item.cancellation.postpone(until, back.reason, counts=back.counts)
            record(item.cancellation, was=State.IN_FLIGHT, claim=claim)

    def accepted(self, items: Sequence[Request], now: datetime, request_id: str) -> None:
        for item in items:
            claim = item.cancellation.claim
            item.cancellation.accept()
            record(item.cancellation, was=State.IN_FLIGHT, claim=claim)

    # Results

    def refused(self, feed: Feed, entry: FeedEntry, words: str) -> bool:
        cancellation = Cancellation.objects.filter(feed_entries=entry, state=State.ACCEPTED).first()
        return cancellation is not None and self._refuse(cancellation, words, was=State.ACCEPTED)

    def applied(self, feed: Feed, warnings: Mapping[int, str], now: datetime) -> None:
        """The order itself shows it: with the next sweep."""

    def unsettled(self, feed: Feed, now: datetime) -> None:
        """Each is settled as soon as it is read: the next try does not read it again.

        While the feed is open nobody else asks about what is in it: what cannot be read for long is
        left to the ordinary look (channels/services/cancelling.py).
        """
        problem: NoQuota | SpApiError | None = None
        accepted = Cancellation.objects.filter(feed_entries__feed=feed, state=State.ACCEPTED)
        for cancellation in accepted.order_by("pk"):
            try:
                fetch_order(channel_order_of(cancellation.order_id))
            except Refused as exc:  # this order's own trouble: the others can be read
                problem = exc
                continue
            except (NoQuota, SpApiError) as exc:
                problem = exc
                break
            settle_stored([cancellation.pk])  # what Amazon showed before, no import settles
            self._refuse(cancellation, UNSETTLED, was=State.ACCEPTED)  # unless it is settled now
        if problem is not None and now - (feed.submitted_at or feed.created_at) < READING_ENDS:
            raise problem

    def _refuse(self, cancellation: Cancellation, words: str, *, was: State) -> bool:
        claim = cancellation.claim
        cancellation.refuse(timezone.now(), words)
        with transaction.atomic():
            if not record(cancellation, was=was, claim=claim):
                return False
            order = channel_order_of(cancellation.order_id)
            add_note(order.uid, REFUSED_NOTE, actor=Actor.AMAZON, params={"answer": words})
            errors_log.log_error(
                order.account,
                operation=self.feed_type,
                code="Refused",
                message=words,
                amazon_order_id=order.amazon_order_id,
                now=timezone.now(),
            )
        return True


def release_stranded(now: datetime) -> int:
    """Give back what dead workers held; the order is read back before it is tried again."""
    released = 0
    for cancellation in Cancellation.objects.filter(
        state=State.IN_FLIGHT, claimed_at__lt=now - LEASE
    ):
        claim = cancellation.claim
        cancellation.postpone(now + AFTER_UNKNOWN, STOPPED, counts=True)
        released += record(cancellation, was=State.IN_FLIGHT, claim=claim)
    return released
