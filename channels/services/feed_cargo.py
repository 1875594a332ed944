"""What a feed can carry: the seam between feeds and what they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from xml.etree.ElementTree import Element

from channels.amazon.errors import Refused
from channels.models import Feed, FeedEntry, SellerAccount

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Why something claimed was not sent, and when it may be tried again."""

    until: datetime
    reason: str = ""
    counts: bool = False  # as an attempt
    is_unknown: bool = False  # Amazon may have it all the same


class Cargo(Protocol[Item]):
    """One kind of message. Every change of an item's state is guarded by the claim."""

    feed_type: Feed.Type
    one_at_a_time: bool

    def claim(self, account: SellerAccount, ids: Sequence[int], now: datetime) -> list[Item]:
        """Claim those of `ids` that are due and the account's, committed."""

    def body(self, item: Item) -> Element:
        """The message's XML; Refused when it cannot be said."""

    def marketplace_ids(self, items: Sequence[Item]) -> tuple[str, ...]:
        """The marketplaces these items are about."""

    def enter(self, feed: Feed, items: Sequence[Item]) -> None:
        """Write a FeedEntry per item, numbered as in the document."""

    def refuse(self, item: Item, error: Refused) -> None:
        """Amazon would not take this one."""

    def give_back(self, items: Sequence[Item], back: GiveBack) -> None:
        """Nothing of these was sent, or nobody knows."""

    def accepted(self, items: Sequence[Item], now: datetime, request_id: str) -> None:
        """Amazon has the feed they are in, submitted at `now`."""

    # Results

    def refused(self, feed: Feed, entry: FeedEntry, words: str) -> bool:
        """Amazon did not apply this one; False when it is settled already."""

    def applied(self, feed: Feed, warnings: Mapping[int, str], now: datetime) -> None:
        """Amazon applied the others; `warnings` by message number."""

    def unsettled(self, feed: Feed, now: datetime) -> None:
        """Nobody knows what Amazon applied of the others: read the orders back. May raise NoQuota
        or SpApiError, to be called again."""
