"""Usage plans: a token bucket per seller, application and operation."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second, and how many at once."""

    per_second: float
    burst: int

    @property
    def header(self) -> str:
        """What ``x-amzn-RateLimit-Limit`` says."""
        return str(self.per_second)


_WITH_A_PLAN = (
    "participations", "search", "get", "confirm", "createFeedDocument", "createFeed", "getFeed",
    "getFeedDocument",
)  # fmt: skip
_SANDBOX = Rate(5.0, 15)  # Amazon's own sandbox gives every operation this

# Operations are named as the rest of this package names them (see gateway.py); the token endpoint
# has no published plan, and Amazon's storage has none.
PLANS: dict[str, dict[str, Rate]] = {
    "amazon": {
        "participations": Rate(0.016, 15),
        "search": Rate(0.0056, 20),
        "get": Rate(0.5, 30),
        "confirm": Rate(2.0, 10),
        "createFeedDocument": Rate(0.5, 15),
        "createFeed": Rate(0.0083, 15),
        "getFeed": Rate(2.0, 15),
        "getFeedDocument": Rate(0.0222, 10),
    },
    "sandbox": dict.fromkeys(_WITH_A_PLAN, _SANDBOX),
    "unlimited": {},  # for load: no bucket, no header
}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class Usage:
    """The buckets of every seller; full at first, one token per request."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def take(
        self, rate: Rate, *, seller_id: str, client_id: str, operation: str, now: datetime
    ) -> bool:
        """Take a token; False when the bucket is empty, which answers 429."""
        key = (seller_id, client_id, operation)
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now))
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        bucket.tokens = min(rate.burst, bucket.tokens + passed * rate.per_second)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def clear(self) -> None:
        """Fill every bucket again."""
        self._buckets.clear()
