"""How long to wait after something went wrong."""

import random
from datetime import timedelta

from channels.amazon.errors import NotNow, Throttled

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=15)
AFTER_NO_AUTHORIZATION = timedelta(minutes=15)


def pause_after(error: NotNow) -> timedelta:
    """As long as a 429 asks for; a missing authorization waits for a person."""
    if isinstance(error, Throttled):
        seconds = min(max(error.retry_after or 0.0, 1.0), LONGEST.total_seconds())
        return timedelta(seconds=seconds * random.uniform(1.0, 1.3))
    return AFTER_NO_AUTHORIZATION


def backoff(attempts: int) -> timedelta:
    """2, 4, 8 … seconds up to 15 minutes, with jitter: a crowd must not come back at once."""
    doublings = min(max(attempts - 1, 0), 12)
    pause = min(FIRST * (1 << doublings), LONGEST)
    return pause * random.uniform(1.0, 1.3)
