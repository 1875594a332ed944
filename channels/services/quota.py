"""Amazon's usage plans: one token bucket per (account, operation), shared by every process.

Nobody sleeps here: a call that has to wait says how long, and the caller comes back later.
"""

import math
import time
from dataclasses import dataclass

from channels.amazon.usage_plan import (
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_ORDER,
    SEARCH_ORDERS,
    USAGE_PLANS,
)
from channels.models import SellerAccount
from channels.services import shared_store

# Calls kept back from background work, so that a person who fetches an order, or whose cancellation
# goes out as a feed, need not wait: a fifth of the burst. Nobody searches, confirms or asks about
# feeds by hand, so of those nothing is kept back.
RESERVED_FOR_PEOPLE = {GET_ORDER: 6, CREATE_FEED_DOCUMENT: 3, CREATE_FEED: 3}
# Calls kept back from history, so that a live sweep never waits for a backfill: one for its next
# page, the others for when much has changed.
RESERVED_FOR_LIVE = {SEARCH_ORDERS: 5}


class NoQuota(Exception):
    """The bucket is empty: come back in `seconds`."""

    def __init__(self, operation: str, seconds: float) -> None:
        super().__init__(operation, seconds)
        self.operation = operation
        self.seconds = seconds

    def __str__(self) -> str:
        seconds = math.ceil(self.seconds)
        return f"{self.operation}: Amazon's quota is used up; next call in {seconds} s."


@dataclass(frozen=True, slots=True)
class Level:
    """What a caller may take: calls at once (negative: what is missing), and calls per second."""

    tokens: float
    rate: float

    @property
    def wait(self) -> float:
        """Seconds until a call may be made."""
        return max(0.0, 1 - self.tokens) / self.rate


def take(
    account: SellerAccount, operation: str, *, interactive: bool = False, history: bool = False
) -> None:
    """Take one token or raise NoQuota.

    Background work leaves some to people, and history (a backfill) some to live work as well.
    """
    plan = USAGE_PLANS[operation]
    reserve = _reserve(operation, interactive=interactive, history=history)
    wait = shared_store.buckets().take(
        _key(account, operation), plan.rate, plan.burst, reserve=reserve, now=time.time()
    )
    if wait > 0:
        raise NoQuota(operation, wait)


def look(account: SellerAccount, operation: str, *, interactive: bool = False) -> Level:
    """What `take` would find, without taking."""
    plan = USAGE_PLANS[operation]
    tokens, rate = shared_store.buckets().look(
        _key(account, operation), plan.rate, plan.burst, now=time.time()
    )
    return Level(tokens - _reserve(operation, interactive=interactive), rate)


def _reserve(operation: str, *, interactive: bool, history: bool = False) -> int:
    reserve = 0 if interactive else RESERVED_FOR_PEOPLE.get(operation, 0)
    return reserve + (RESERVED_FOR_LIVE.get(operation, 0) if history else 0)


def learn_rate(account: SellerAccount, operation: str, rate: float) -> None:
    """Amazon told this account's real rate (``x-amzn-RateLimit-Limit``, requests per second)."""
    if rate > 0:
        shared_store.buckets().set_rate(_key(account, operation), rate)


def throttled(account: SellerAccount, operation: str) -> None:
    """Amazon said 429: the bucket is empty, whatever we thought."""
    shared_store.buckets().empty(_key(account, operation), time.time())


def _key(account: SellerAccount, operation: str) -> str:
    return f"{account.pk}:{operation}"
