"""Everything that the pretend Amazon can let go wrong, as parameters of tests."""

from dataclasses import dataclass
from typing import Any

import pytest

from channels.sandbox.faults import KINDS
from channels.sandbox.world import World

PATIENCE_SECONDS = 0.15  # where a call stalls; else nothing is given up on a busy machine
STALL_SECONDS = 30.0  # the end of the test wakes it
STALE_SECONDS = 0.05


@dataclass(frozen=True)
class Amazon:
    """The pretend Amazon, and how long the portal waits for it."""

    url: str
    world: World
    settings: Any


@dataclass(frozen=True)
class Trouble:
    """A fault of the pretend Amazon, with what it needs to be one."""

    kind: str
    status: int = 200

    def __str__(self):
        return self.kind if self.status == 200 else f"{self.kind}-{self.status}"

    def strike(self, amazon, operation, *, times=1):
        seconds = {"stall": STALL_SECONDS, "stale": STALE_SECONDS}.get(self.kind, 0.0)
        if self.kind == "stall":
            amazon.settings.AMAZON_TIMEOUT = (1.0, PATIENCE_SECONDS)
        faults = amazon.world.faults
        faults.push(self.kind, operation, seconds=seconds, status=self.status, times=times)


def troubles(operation, *, but=()):
    """All faults that can happen to this operation; a body may also be missing from a 502."""
    kinds = [kind for kind, operations in KINDS.items() if operation in operations]
    found = [Trouble(kind) for kind in kinds if kind not in but]
    return [
        pytest.param(t, id=str(t)) for t in [*found, Trouble("html", 502), Trouble("empty", 503)]
    ]
