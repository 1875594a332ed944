"""What processes share and may lose: Redis where it answers, this process's memory where not.

Commands work on their own, with nothing else running; then there is nobody to share with. A Redis
that stops in the middle of a call must not decide what becomes of a confirmation.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import redis
from django.conf import settings
from redis.exceptions import LockError, RedisError

from channels.amazon.auth import MemoryTokenCache, TokenCache
from customers.sealed import CannotUnseal, seal, unseal

log = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
LOCK_SECONDS = 40.0  # longer than both time-outs of one LWA call


@lru_cache(maxsize=1)
def connection() -> "redis.Redis | None":
    """The broker's Redis, or None when it does not answer."""
    client: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=CONNECT_SECONDS * 5,
    )
    try:
        client.ping()
    except RedisError:
        # Usual for a command run on its own, whose stderr is for what went wrong.
        log.debug("No Redis at hand: tokens and quotas are kept in this process.")
        return None
    return client


def answers() -> bool:
    """Whether the broker's Redis answers now: else what is kept here is of this process alone."""
    client = connection()
    try:
        return client is not None and bool(client.ping())
    except RedisError:
        return False


class RedisTokenCache:
    """Access tokens shared by all processes; one refresh at a time (channels/amazon/auth.py)."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def get(self, key: str) -> str | None:
        try:
            value = self._redis.get(f"lwa:{key}")
        except RedisError:
            return _memory_tokens.get(key)
        if not isinstance(value, bytes):
            return None
        try:
            return unseal(value, f"lwa:{key}").decode()
        except CannotUnseal:  # sealed with a key that is gone: fetch another token
            return None

    def set(self, key: str, value: str, ttl: int) -> None:
        # Sealed: the broker writes what it holds to disk.
        sealed = seal(value.encode(), f"lwa:{key}")
        try:
            self._redis.set(f"lwa:{key}", sealed, ex=max(ttl, 1))
        except RedisError:
            _memory_tokens.set(key, value, ttl)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        lock = self._redis.lock(
            f"lwa-lock:{key}", timeout=LOCK_SECONDS, blocking_timeout=LOCK_SECONDS
        )
        try:
            lock.acquire()
        except RedisError:
            with _memory_tokens.lock(key):
                yield
            return
        try:
            yield
        finally:
            try:
                lock.release()
            except (LockError, RedisError):
                log.info("A token refresh took longer than its lock.")


_memory_tokens = MemoryTokenCache()


def token_cache() -> TokenCache:
    """Where access tokens are kept."""
    client = connection()
    return RedisTokenCache(client) if client else _memory_tokens


# One script, so that looking and taking are one step. KEYS[1]: the bucket; ARGV: rate (tokens per
# second), burst, now (seconds), reserve. Answers the seconds to wait, "0" when a token was taken.
# A millionth of a token may be missing: who waited as long as told must not be told to wait again.
TAKE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local now, reserve = tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'rate')
local tokens, at = tonumber(known[1]) or burst, tonumber(known[2]) or now
rate = tonumber(known[3]) or rate
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 + reserve - 1e-6 then
  tokens = tokens - 1
else
  wait = (1 + reserve - tokens) / rate
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(now, at)))
redis.call('EXPIRE', KEYS[1], 86400)
return tostring(wait)
"""


def filled(tokens: float | None, at: float | None, rate: float, burst: int, *, now: float) -> float:
    """What a bucket holds now that held `tokens` at `at`; a new one is full."""
    if tokens is None or at is None:
        return float(burst)
    return min(float(burst), tokens + max(0.0, now - at) * rate)


class RedisBuckets:
    """Token buckets in Redis."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._take = client.register_script(TAKE)

    def take(self, key: str, rate: float, burst: int, *, reserve: float, now: float) -> float:
        try:
            answer = self._take(keys=[f"quota:{key}"], args=[rate, burst, now, reserve])
        except RedisError:
            return _memory_buckets.take(key, rate, burst, reserve=reserve, now=now)
        return float(answer)

    def look(self, key: str, rate: float, burst: int, *, now: float) -> tuple[float, float]:
        """Tokens there are, and tokens per second; nothing is taken."""
        try:
            known = self._redis.hmget(f"quota:{key}", ["tokens", "at", "rate"])
        except RedisError:
            return _memory_buckets.look(key, rate, burst, now=now)
        tokens, at, learned = (float(value) if value else None for value in known)
        rate = rate if learned is None else learned
        return filled(tokens, at, rate, burst, now=now), rate

    def set_rate(self, key: str, rate: float) -> None:
        try:
            self._redis.hset(f"quota:{key}", "rate", str(rate))
        except RedisError:
            _memory_buckets.set_rate(key, rate)

    def empty(self, key: str, now: float) -> None:
        try:
            self._redis.hset(f"quota:{key}", mapping={"tokens": "0", "at": str(now)})
        except RedisError:
            _memory_buckets.empty(key, now)


class MemoryBuckets:
    """The same for one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}
        self._rates: dict[str, float] = {}

    def take(self, key: str, rate: float, burst: int, *, reserve: float, now: float) -> float:
        with self._lock:
            rate = self._rates.get(key, rate)
            known, at = self._buckets.get(key, (None, now))
            tokens = filled(known, at, rate, burst, now=now)
            wait = 0.0
            if tokens >= 1 + reserve - 1e-6:
                tokens -= 1
            else:
                wait = (1 + reserve - tokens) / rate
            self._buckets[key] = (tokens, max(now, at))
            return wait

    def look(self, key: str, rate: float, burst: int, *, now: float) -> tuple[float, float]:
        with self._lock:
            rate = self._rates.get(key, rate)
            tokens, at = self._buckets.get(key, (None, None))
            return filled(tokens, at, rate, burst, now=now), rate

    def set_rate(self, key: str, rate: float) -> None:
        self._rates[key] = rate

    def empty(self, key: str, now: float) -> None:
        with self._lock:
            self._buckets[key] = (0.0, now)


_memory_buckets = MemoryBuckets()


def buckets() -> RedisBuckets | MemoryBuckets:
    """Where token buckets are kept."""
    client = connection()
    return RedisBuckets(client) if client else _memory_buckets


def forget_connection() -> None:
    """For tests and forks: look for Redis again, with nothing remembered."""
    connection.cache_clear()
    global _memory_tokens, _memory_buckets
    _memory_tokens, _memory_buckets = MemoryTokenCache(), MemoryBuckets()
