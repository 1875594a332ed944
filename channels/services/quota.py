"""Amazon's usage plans: one token bucket per (account, operation), shared by every process.

Nobody sleeps here: a call that has to wait says how long, and the caller comes back later.
"""

import time
from dataclasses import dataclass

from channels.amazon.usage_plan import USAGE_PLANS
from channels.models import SellerAccount
from channels.services import shared_store

# Kept back from background work, so that a person at the screen need not wait.
RESERVED_FOR_PEOPLE = 0.2


@dataclass(frozen=True, slots=True)
class NoQuota(Exception):
    """The bucket is empty: come back in `seconds`."""

    operation: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.operation}: Amazon's quota is used up; next call in {self.seconds:.0f} s."


def take(account: SellerAccount, operation: str, *, interactive: bool = False) -> None:
    """Take one token or raise NoQuota. Background work leaves a fifth of the burst to people."""
    plan = USAGE_PLANS[operation]
    reserve = 0.0 if interactive else float(int(plan.burst * RESERVED_FOR_PEOPLE))
    wait = shared_store.buckets().take(
        _key(account, operation), plan.rate, plan.burst, reserve=reserve, now=time.time()
    )
    if wait > 0:
        raise NoQuota(operation, wait)


def learn_rate(account: SellerAccount, operation: str, rate: float) -> None:
    """Amazon told this account's real rate (``x-amzn-RateLimit-Limit``, requests per second)."""
    if rate > 0:
        shared_store.buckets().set_rate(_key(account, operation), rate)


def throttled(account: SellerAccount, operation: str) -> float:
    """Amazon said 429: the bucket is empty whatever we thought. Seconds until the next token."""
    shared_store.buckets().empty(_key(account, operation), time.time())
    return 1 / USAGE_PLANS[operation].rate


def _key(account: SellerAccount, operation: str) -> str:
    return f"{account.pk}:{operation}"
