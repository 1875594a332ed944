"""Shipment confirmations as cargo of a feed (POST_ORDER_FULFILLMENT_DATA)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from xml.etree.ElementTree import Element

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from channels import way
from channels.amazon import feed_xml
from channels.amazon.errors import Refused
from channels.amazon.usage_plan import CREATE_FEED, GET_ORDER
from channels.models import ChannelOrder, Feed, FeedEntry, SellerAccount, SyncCursor
from channels.services import delivery, quota
from channels.services.answers import words
from channels.services.confirming import (
    confirmation_of,
    confirmed_elsewhere,
    refuses_confirming,
    with_items,
)
from channels.services.feed_cargo import GiveBack
from channels.services.fetching import channel_order_of
from orders.models import OutboxMessage, Package
from orders.models.outbox import State, Way
from orders.services import outbox

# While its feed is on the way nobody looks for a package; should the feed be lost, somebody does.
NOT_BEFORE_RESULT = timedelta(hours=2)
LOOK_FIRST = gettext_noop(
    "Amazon shows packages of others: it is asked before this is sent, by call."
)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A claimed message with what it is about."""

    message: OutboxMessage
    package: Package
    order: ChannelOrder


class Confirmations:
    """Implements channels.services.feed_cargo.Cargo."""

    feed_type = Feed.Type.FULFILLMENT
    one_at_a_time = True

    def claim(
        self, account: SellerAccount, ids: Sequence[int], now: datetime
    ) -> list[Confirmation]:
        own = OutboxMessage.objects.filter(
            pk__in=ids, package__order__channel_order__account=account
        ).values_list("pk", flat=True)
        messages = outbox.claim_due(list(own), now=now)
        packages = Package.objects.prefetch_related(with_items()).in_bulk(
            [message.package_id for message in messages]
        )
        orders = {
            order.commerce_order_id: order
            for order in ChannelOrder.objects.filter(
                commerce_order__in={package.order_id for package in packages.values()}
            ).select_related("account", "store")
        }
        found = [(message, packages[message.package_id]) for message in messages]
        items = [Confirmation(m, package, orders[package.order_id]) for m, package in found]
        doubtful = [item for item in items if confirmed_elsewhere(item.package, item.order)]
        self.give_back(doubtful, GiveBack(now, LOOK_FIRST, counts=True, is_unknown=True))
        return [item for item in items if item not in doubtful]

    def body(self, item: Confirmation) -> Element:
        if answer := refuses_confirming(item.order):
            raise Refused(CREATE_FEED, answer)
        return feed_xml.fulfillment(item.order.amazon_order_id, confirmation_of(item.package))

    def marketplace_ids(self, items: Sequence[Confirmation]) -> tuple[str, ...]:
        return tuple(sorted({item.order.store.marketplace_id for item in items}))

    def enter(self, feed: Feed, items: Sequence[Confirmation]) -> None:
        FeedEntry.objects.bulk_create(
            FeedEntry(feed=feed, number=number, confirmation=item.message)
            for number, item in enumerate(items, 1)
        )

    def refuse(self, item: Confirmation, error: Refused) -> None:
        message, claim = item.message, item.message.claim
        message.refuse(words(error), "")
        with transaction.atomic():
            if outbox.record(message, was=State.IN_FLIGHT, claim=claim):
                delivery.note_refusal(message, item.order)

    def give_back(self, items: Sequence[Confirmation], back: GiveBack) -> None:
        claims = {item.message.claim for item in items}
        for item in items:
            if back.counts:
                item.message.retry(back.until, back.reason, sent=back.is_unknown)
            else:
                item.message.postpone(back.until, back.reason)
        self._record(items, claims)

    def accepted(self, items: Sequence[Confirmation], now: datetime, request_id: str) -> None:
        claims = {item.message.claim for item in items}
        for item in items:
            item.message.accept(now, now + NOT_BEFORE_RESULT, request_id)
            item.message.way = Way.FEED
        self._record(items, claims)

    def _record(self, items: Iterable[Confirmation], claims: set[UUID | None]) -> None:
        messages = [item.message for item in items]
        outbox.record_all(messages, was=State.IN_FLIGHT, claim__in=claims)

    # Results

    def refused(self, feed: Feed, entry: FeedEntry, words: str) -> bool:
        message = self._sent(feed).select_related("package").filter(feed_entries=entry)
        if (found := message.first()) is None:
            return False
        order = channel_order_of(found.package.order_id)
        found.reject(words)
        with transaction.atomic():
            done = outbox.record(found, was=State.SENT, claim=None)
            if done:
                delivery.note_refusal(found, order)
            return done

    def applied(self, feed: Feed, warnings: Mapping[int, str], now: datetime) -> None:
        for entry in feed.entries.filter(number__in=warnings):
            sent = self._sent(feed).filter(feed_entries=entry)
            sent.update(last_error=warnings[entry.number])
        self._sent(feed).update(not_before=self._first_look(feed, now))

    def unsettled(self, feed: Feed, now: datetime) -> None:
        self._sent(feed).update(outcome_unknown=True, not_before=self._first_look(feed, now))

    def _sent(self, feed: Feed) -> QuerySet[OutboxMessage]:
        """What was sent by this feed, and has not moved on since."""
        return OutboxMessage.objects.filter(
            feed_entries__feed=feed, state=State.SENT, way=Way.FEED, sent_at=feed.submitted_at
        )

    def _first_look(self, feed: Feed, now: datetime) -> datetime:
        """Few are read one by one, of many a sweep shows most."""
        cursor = SyncCursor.objects.filter(account=feed.account).first()
        sweep_in = (cursor.due_at - now).total_seconds() if cursor else 0.0
        seconds = way.look_in(
            self._sent(feed).count(),
            looks=quota.look(feed.account, GET_ORDER).tokens,
            sweep_in=sweep_in,
        )
        return now + timedelta(seconds=seconds)
