"""Packages on their way by call and by feed through an Amazon in which much goes wrong."""

import pytest

from channels.models import ChannelOrder
from channels.sandbox.faults import KINDS
from channels.sandbox.server import serve
from channels.sandbox.world import World
from orders.models import OrderNote, OutboxMessage
from tests import portal, storm

pytestmark = pytest.mark.django_db

PACKAGES, SEED = 200, 1


def test_every_package_ends_proven_or_refused_and_none_is_there_twice():
    with serve(World(seed=SEED)) as amazon:
        portal.connect(amazon)
        portal.without_quota(amazon)

        happened = storm.weather(amazon, PACKAGES, seed=SEED)

        assert storm.problems(amazon) == []
        assert sum(happened.states.values()) == PACKAGES
        assert happened.states["refused"] == happened.to_be_refused > 0
        refused = OutboxMessage.objects.filter(state="refused")
        for message in refused.select_related("package__order"):
            texts = OrderNote.objects.filter(timeline=message.package.order.timeline)
            assert texts.filter(text__startswith="Amazon refused package").exists()
        for order in ChannelOrder.objects.filter(status="shipped").exclude(proven_at=None):
            assert order.is_completed
        # It was a storm: every kind of trouble, both ways, feeds that ended well and ill.
        assert len(set(storm.OF_FEEDS) & set(happened.faults)) > 2
        assert len(happened.faults) > 9
        assert min(happened.ways["call"], happened.ways["feed"]) > 0
        assert min(happened.feeds["done"], happened.feeds["failed"]) > 0


def test_the_storm_knows_only_faults_that_there_are():
    assert set(storm.KINDS) < set(KINDS)


def test_what_would_be_wrong_is_found(sandbox):
    """The test above can fail."""
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    storm.ship(sandbox, 1)
    assert storm.problems(sandbox) == [
        "something is still open",
        "1 proven packages are not at Amazon",
    ]
    portal.deliver()
    assert storm.problems(sandbox) == []
    OutboxMessage.objects.update(state="refused", last_error="")
    assert storm.problems(sandbox) == [
        "Amazon has 1 packages that we do not know as proven",
        "1 packages are refused without a reason",
    ]
