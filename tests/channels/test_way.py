"""Call or feed: which is sooner, as a table and as what must hold of every burst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.way import Outlook, Plan, choose, look_in


def outlook(tokens=10.0, rate=2.0, feed_wait=0.0, feed_seconds=600.0):
    return Outlook(tokens=tokens, rate=rate, feed_wait=feed_wait, feed_seconds=feed_seconds)


AMAZON = outlook()


@pytest.mark.parametrize(
    ("packages", "at", "plan"),
    [
        (0, AMAZON, Plan(0, 0)),
        (1, AMAZON, Plan(1, 0)),
        (10, AMAZON, Plan(10, 0)),
        (1_000, AMAZON, Plan(1_000, 0)),
        (1_210, AMAZON, Plan(1_210, 0)),  # burst + rate x feed seconds: as soon either way
        (1_211, AMAZON, Plan(10, 1_201)),
        (100_000, AMAZON, Plan(10, 99_990)),
        (1_211, outlook(tokens=0.0), Plan(0, 1_211)),
        (1_211, outlook(tokens=3.7), Plan(3, 1_208)),
        (1_211, outlook(feed_wait=1_200.0), Plan(1_211, 0)),  # a feed was sent just now
        (4_000, outlook(feed_wait=1_200.0), Plan(10, 3_990)),
        (60, outlook(feed_seconds=20.0), Plan(10, 50)),  # feeds have been quick lately
        (1_211, outlook(rate=5.0), Plan(1_211, 0)),  # Amazon grants this account more
        (1, outlook(tokens=-3.0, rate=0.001), Plan(0, 1)),
    ],
)
def test_what_goes_by_call_and_what_by_feed(packages, at, plan):
    assert choose(packages, at) == plan


@pytest.mark.parametrize(
    ("ahead", "plan"), [(0, Plan(1_200, 0)), (10, Plan(1_200, 0)), (11, Plan(0, 1_200))]
)
def test_calls_that_must_be_made_anyhow_come_first(ahead, plan):
    assert choose(1_200, AMAZON, ahead=ahead) == plan


counts = st.integers(0, 50_000)
seconds = st.floats(0, 10_000)
outlooks = st.builds(
    outlook,
    tokens=st.floats(-10, 100),
    rate=st.floats(0.001, 100),
    feed_wait=seconds,
    feed_seconds=seconds,
)


@given(counts, outlooks)
def test_it_is_never_worse_than_either_way_alone(packages, at):
    plan = choose(packages, at)
    assert plan.calls + plan.feed == packages
    assert min(plan.calls, plan.feed) >= 0
    alone = [Plan(packages, 0), Plan(0, packages)]
    assert plan.seconds(at) <= min(way.seconds(at) for way in alone) + 1e-6


@given(counts, outlooks, st.integers(0, 100))
def test_with_a_feed_no_call_has_to_wait(packages, at, ahead):
    plan = choose(packages, at, ahead=ahead)
    if plan.feed and plan.calls:
        assert at.seconds_by_call(ahead + plan.calls) < 1e-3


@given(counts, outlooks)
def test_waiting_longer_never_makes_a_feed_more_attractive(packages, at):
    later = outlook(at.tokens, at.rate, at.feed_wait + 60, at.feed_seconds)
    assert choose(packages, later).feed <= choose(packages, at).feed


@pytest.mark.parametrize(("seconds", "calls"), [(0.0, 10), (0.5, 11), (5.0, 20), (4.999999999, 20)])
def test_calls_within_a_time(seconds, calls):
    assert AMAZON.calls_within(seconds) == calls


@pytest.mark.parametrize(
    ("orders", "looks", "sweep_in", "seconds"),
    [(24, 24.0, 170.0, 15.0), (25, 24.0, 170.0, 230.0), (1, 0.0, -5.0, 60.0)],
)
def test_few_are_looked_for_at_once_and_many_after_a_sweep(orders, looks, sweep_in, seconds):
    assert look_in(orders, looks=looks, sweep_in=sweep_in) == seconds
