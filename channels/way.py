"""Call or feed: the way on which the packages that wait are at Amazon soonest. Pure.

``confirmShipment`` takes one package at once, as fast as its quota refills; a feed takes thousands,
and minutes. A feed beats calls above `tokens + rate * (feed_wait + feed_seconds)` packages: 1,210
at Amazon's plan (10 at once, 2 a second) and ten minutes for a feed.
"""

import math
from dataclasses import dataclass

FEW_SECONDS = 15.0  # Amazon shows an accepted package seconds to minutes later
SWEEP_SECONDS = 60.0  # that a sweep may take to come round to an order
_ROUNDING = 1e-6  # of a token, as in the buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How fast an account can send. `rate` is calls per second; the others are as they say."""

    tokens: float  # calls at once
    rate: float
    feed_wait: float  # seconds until a feed may be submitted
    feed_seconds: float  # from then on until Amazon has processed it

    def seconds_by_call(self, packages: int) -> float:
        """Until the last of so many is accepted, one call each."""
        return max(0.0, packages - self.tokens) / self.rate

    @property
    def seconds_by_feed(self) -> float:
        """Until a feed is processed, however many packages are in it."""
        return self.feed_wait + self.feed_seconds

    @property
    def at_once(self) -> int:
        """Calls that need not wait."""
        return math.floor(self.tokens + _ROUNDING)

    def calls_within(self, seconds: float) -> int:
        """Calls that can be made before so much time has passed."""
        return math.floor(self.tokens + self.rate * seconds + _ROUNDING)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many packages go by call, the oldest, and how many of the rest by one feed."""

    calls: int
    feed: int

    def seconds(self, outlook: Outlook) -> float:
        """Until the last package is accepted."""
        by_feed = outlook.seconds_by_feed if self.feed else 0.0
        return max(outlook.seconds_by_call(self.calls), by_feed)


def choose(packages: int, outlook: Outlook, *, ahead: int = 0) -> Plan:
    """The plan that ends sooner; `ahead` packages go by call before these, whatever is chosen.

    With a feed the calls that need not wait are made all the same: the oldest packages are
    confirmed at once, and the quota is full again for what is shipped meanwhile.
    """
    if outlook.seconds_by_call(ahead + packages) <= outlook.seconds_by_feed:
        return Plan(packages, 0)
    calls = min(packages, max(0, outlook.at_once - ahead))
    return Plan(calls, packages - calls)


def look_in(orders: int, *, looks: float, sweep_in: float) -> float:
    """Seconds until the packages of so many orders are first looked for.

    While there are calls for all of them (`looks`) each is read by itself. A page of a sweep shows
    a hundred orders: of many only those are read one by one that the next sweep (`sweep_in`
    seconds from now) did not show.
    """
    return FEW_SECONDS if orders <= looks else max(sweep_in, 0.0) + SWEEP_SECONDS
