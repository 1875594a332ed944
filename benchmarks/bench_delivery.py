"""Time until a burst of packages is at Amazon, and until Amazon is seen to show them all.

A virtual clock, no network, no database: Amazon's quotas and the time it takes for a feed are
simulated; what is chosen (`channels.way`), the buckets (`shared_store.MemoryBuckets`) and the
intervals of the dispatchers are the portal's own. All packages wait at the same moment, each of an
order of its own, the buckets are full, and nothing else is asked of Amazon but a sweep every 180 s.

confirmed: accepted by call, or processed with its feed. proven: read back, a hundred orders with a
page of a sweep (oldest change first) or one with a getOrder.
"""

import os
import sys
from dataclasses import dataclass, field

BURSTS = (100, 1_000, 10_000)
FEED_SECONDS = 600.0
POLL_SECONDS = 180.0
PAGE = 100
GOAL = 1.1  # of the shortest possible time to confirm
LIMIT = 7 * 86_400.0


@dataclass
class Amazon:
    """Quotas as published, and what is confirmed when, in the order it was."""

    confirmed: dict[int, float] = field(default_factory=dict)
    feed: list[int] = field(default_factory=list)
    feed_ends: float = 0.0


class Portal:
    """One account's dispatchers on a virtual clock, stepping a second."""

    def __init__(self, packages: int, *, feeds: bool) -> None:
        from channels.services.shared_store import MemoryBuckets

        self.buckets = MemoryBuckets()
        self.amazon = Amazon()
        self.waiting = list(range(packages))
        self.calling: list[int] = []
        self.sweeping: list[int] = []
        self.swept: set[int] = set()
        self.unproven: set[int] = set()
        self.shown: dict[int, float] = {}
        self.packages, self.feeds = packages, feeds
        self.looked_from = 0.0
        self.now = 0.0

    def take(self, operation: str, *, reserve: int = 0) -> bool:
        plan = self.plan(operation)
        wait = self.buckets.take(operation, plan.rate, plan.burst, reserve=reserve, now=self.now)
        return wait == 0

    def tokens(self, operation: str) -> tuple[float, float]:
        plan = self.plan(operation)
        return self.buckets.look(operation, plan.rate, plan.burst, now=self.now)

    @staticmethod
    def plan(operation: str):
        from channels.amazon.usage_plan import USAGE_PLANS

        return USAGE_PLANS[operation]

    def run(self) -> tuple[float, float]:
        """Seconds until all are confirmed, and until all are proven."""
        from channels.services.dispatching import CALL_SECONDS, LOOK_SECONDS

        while len(self.shown) < self.packages and self.now < LIMIT:
            if self.now % CALL_SECONDS == 0:
                self.dispatch(CALL_SECONDS)
            self.deliver()
            self.end_feed()
            if self.now % POLL_SECONDS == 0:
                self.sweeping = self.unseen()
            self.sweep()
            if self.now % LOOK_SECONDS == 0:
                self.look()
            self.now += 1
        return max(self.amazon.confirmed.values()), max(self.shown.values())

    def dispatch(self, period: float) -> None:
        """channels.services.dispatching.turns"""
        from channels import way
        from channels.amazon.usage_plan import CONFIRM_SHIPMENT

        self.waiting = self.calling + self.waiting  # what found no quota is due again
        self.calling = []
        if not self.waiting:
            return
        tokens, rate = self.tokens(CONFIRM_SHIPMENT)
        wait = self.amazon.feed_ends - self.now if self.amazon.feed else 0.0
        outlook = way.Outlook(
            tokens=tokens,
            rate=rate,
            feed_wait=max(0.0, wait) if self.feeds else float("inf"),
            feed_seconds=FEED_SECONDS,
        )
        chosen = way.choose(len(self.waiting), outlook)
        count = min(chosen.calls, outlook.calls_within(period))
        self.calling, self.waiting = self.waiting[:count], self.waiting[count:]
        if chosen.feed and not outlook.feed_wait:
            self.amazon.feed, self.waiting = self.waiting, []
            self.amazon.feed_ends = self.now + FEED_SECONDS

    def deliver(self) -> None:
        from channels.amazon.usage_plan import CONFIRM_SHIPMENT

        while self.calling and self.take(CONFIRM_SHIPMENT):
            self.confirm(self.calling.pop(0))

    def confirm(self, package: int) -> None:
        self.amazon.confirmed[package] = self.now
        self.unproven.add(package)

    def end_feed(self) -> None:
        from channels import way
        from channels.amazon.usage_plan import GET_ORDER

        if self.amazon.feed and self.now >= self.amazon.feed_ends:
            count = len(self.amazon.feed)
            for package in self.amazon.feed:
                self.confirm(package)
            self.amazon.feed = []
            next_sweep = POLL_SECONDS - self.now % POLL_SECONDS
            looks = self.tokens(GET_ORDER)[0]
            self.looked_from = self.now + way.look_in(count, looks=looks, sweep_in=next_sweep)

    def unseen(self) -> list[int]:
        """What a sweep that begins now will bring: what changed and was not swept, oldest first."""
        changed = [p for p in self.amazon.confirmed if p not in self.swept]
        return sorted(changed, key=lambda p: (self.amazon.confirmed[p], p))

    def sweep(self) -> None:
        from channels.amazon.usage_plan import SEARCH_ORDERS

        while self.sweeping and self.take(SEARCH_ORDERS):
            page, self.sweeping = self.sweeping[:PAGE], self.sweeping[PAGE:]
            self.swept |= set(page)
            self.prove(page)

    def look(self) -> None:
        """channels.services.dispatching.looks, and proving.prove: of one feed the last first."""
        from channels.amazon.usage_plan import GET_ORDER
        from channels.services.quota import RESERVED_FOR_PEOPLE

        if self.now < self.looked_from:
            return
        while self.unproven and self.take(GET_ORDER, reserve=RESERVED_FOR_PEOPLE[GET_ORDER]):
            self.prove([max(self.unproven)])

    def prove(self, packages: list[int]) -> None:
        for package in packages:
            self.shown.setdefault(package, self.now)
            self.unproven.discard(package)


def shortest(packages: int) -> tuple[float, float]:
    """The least time to confirm, and to see it all, that Amazon's plan allows with full buckets."""
    from channels.amazon.usage_plan import (
        CONFIRM_SHIPMENT,
        GET_ORDER,
        SEARCH_ORDERS,
        USAGE_PLANS,
    )

    confirm, get, search = (
        USAGE_PLANS[name] for name in (CONFIRM_SHIPMENT, GET_ORDER, SEARCH_ORDERS)
    )
    by_call = max(0.0, packages - confirm.burst) / confirm.rate
    confirmed = min(by_call, FEED_SECONDS)
    # As if every read that the buckets allow from the first second on showed something new.
    at_once = get.burst + search.burst * PAGE
    per_second = get.rate + search.rate * PAGE
    return confirmed, max(confirmed, (packages - at_once) / per_second)


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    print(f"delivery, virtual clock: seconds, a feed takes {FEED_SECONDS:.0f}")
    print(f"{'packages':>9}{'confirmed':>11}{'x shortest':>12}{'x calls':>9}"
          f"{'proven':>10}{'x shortest':>12}{'x calls':>9}   goal")  # fmt: skip
    reached = True
    for packages in BURSTS:
        confirmed, proven = Portal(packages, feeds=True).run()
        calls_confirmed, calls_proven = Portal(packages, feeds=False).run()
        best_confirmed, best_proven = shortest(packages)
        ratio = confirmed / best_confirmed
        missed = ratio > GOAL
        reached = reached and not missed
        print(f"{packages:9,}{confirmed:11,.0f}{ratio:12.2f}{confirmed / calls_confirmed:9.2f}"
              f"{proven:10,.0f}{proven / best_proven:12.2f}{proven / calls_proven:9.2f}"
              f"   <= {GOAL}{' MISSED' if missed else ''}")  # fmt: skip
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
