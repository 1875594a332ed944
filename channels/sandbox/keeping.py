"""A world kept in a file between two runs, so that what was ordered stays ordered."""

import pickle
from pathlib import Path

from channels.sandbox.world import World

FORMAT = 3  # raised when a record gains or loses a field: pickle would not notice


def load(path: Path) -> World | None:
    """The world of the last run; None when there is none, or one of another release."""
    try:
        # Our own file, readable and writable by its owner only.
        written, world = pickle.loads(path.read_bytes())  # noqa: S301
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, TypeError):
        return None
    return world if written == FORMAT and isinstance(world, World) else None


def save(world: World, path: Path) -> None:
    """Write it whole, or not at all."""
    with world.lock:
        kept = pickle.dumps((FORMAT, world))
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(kept)
    fresh.replace(path)
