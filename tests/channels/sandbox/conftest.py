from datetime import UTC, datetime

import pytest

from channels.sandbox.world import Settings, World
from tests.channels.sandbox.api import Api

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def world():
    """Empty, at noon, with the clock held still and no quotas."""
    return World(now=NOON, settings=Settings(plan="unlimited"))


@pytest.fixture
def amazon(world):
    return Api(world)
