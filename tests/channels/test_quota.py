"""Token buckets: the same behaviour in Redis, shared by all processes, and in one process alone."""

import pytest
import redis

from channels.services import quota, shared_store
from tests import factories
from tests.threads import in_parallel

START = 1_700_000_000.0  # seconds
RATE, BURST = 0.5, 4


@pytest.fixture(params=["memory", "redis"])
def buckets(request):
    """Buckets of both kinds; a test gives the time."""
    if request.param == "memory":
        yield shared_store.MemoryBuckets()
        return
    with redis.Redis.from_url(request.getfixturevalue("broker")) as client:
        yield shared_store.RedisBuckets(client)


@pytest.fixture
def take(buckets):
    def take(at=0.0, *, key="1:getOrder", reserve=0):
        """Take one token, `at` seconds after the start: the seconds to wait, 0 if it was there."""
        return buckets.take(key, RATE, BURST, reserve=reserve, now=START + at)

    return take


def test_a_bucket_starts_full_and_says_how_long_to_wait_when_empty(take):
    assert [take() for _ in range(BURST)] == [0.0] * BURST
    assert take() == 2.0
    assert take(at=0.5) == 1.5


def test_it_refills_at_its_rate(take):
    for _ in range(BURST):
        take()
    assert (take(at=2.0), take(at=2.0)) == (0.0, 2.0)


def test_it_never_holds_more_than_the_burst(take):
    take()
    assert [take(at=3600.0) for _ in range(BURST + 1)] == [0.0] * BURST + [2.0]


def test_having_asked_in_vain_costs_nothing(take):
    for _ in range(BURST):
        take()
    for tenth in range(20):
        assert take(at=tenth / 10) > 0
    assert take(at=2.0) == 0.0  # though twenty sums were rounded in between


def test_a_reserve_is_left_to_those_who_need_none(take):
    assert [take(reserve=3) for _ in range(2)] == [0.0, 2.0]
    assert [take() for _ in range(3)] == [0.0] * 3
    assert take(reserve=3) == 8.0


def test_a_clock_that_goes_back_gives_nothing_for_free(take):
    for _ in range(BURST):
        take(at=100.0)
    assert take(at=0.0) == 2.0
    assert take(at=101.0) == 1.0


def test_each_account_and_operation_has_its_own(take):
    for _ in range(BURST):
        take(key="1:getOrder")
    assert take(key="2:getOrder") == take(key="1:searchOrders") == 0.0


def test_a_learned_rate_counts_from_then_on(buckets, take):
    buckets.set_rate("1:getOrder", 4.0)
    for _ in range(BURST):
        take()
    assert take() == 0.25
    assert take(at=0.25) == 0.0


def test_emptied_it_gives_nothing_before_the_next_token(buckets, take):
    buckets.empty("1:getOrder", START)
    assert take() == 2.0
    assert take(at=2.0) == 0.0


def test_many_at_once_never_take_more_than_there_is(buckets, take):
    answers = in_parallel([lambda: [take() for _ in range(5)]] * 8)
    assert sum(answer.count(0.0) for answer in answers) == BURST


# What the portal asks


@pytest.fixture
def account(db):
    return factories.seller_account()


def taken(account, operation, *, interactive=False):
    """Take until there is no more: how many there were, and how the refusal reads."""
    for count in range(100):
        try:
            quota.take(account, operation, interactive=interactive)
        except quota.NoQuota as exc:
            return count, str(exc)
    raise AssertionError("no end")


@pytest.mark.parametrize(
    ("operation", "burst", "refusal"),
    [
        ("searchOrders", 20, "searchOrders: Amazon's quota is used up; next call in 179 s."),
        ("getOrder", 24, "getOrder: Amazon's quota is used up; next call in 2 s."),
        ("confirmShipment", 10, "confirmShipment: Amazon's quota is used up; next call in 1 s."),
    ],
)
def test_what_background_work_may_take_at_once(account, operation, burst, refusal):
    assert taken(account, operation) == (burst, refusal)


def test_a_person_who_fetches_an_order_does_not_wait_for_the_background(account):
    taken(account, "getOrder")
    assert taken(account, "getOrder", interactive=True)[0] == 6


def test_amazons_429_stops_people_too(account):
    quota.throttled(account, "getOrder")
    assert taken(account, "getOrder", interactive=True)[0] == 0


@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_a_rate_of_nothing_is_not_learned(account, rate):
    quota.learn_rate(account, "getOrder", rate)
    assert taken(account, "getOrder")[0] == 24


# Looking without taking


def test_looking_takes_nothing_and_sees_what_taking_would_find(buckets, take):
    def look(at=0.0):
        return buckets.look("1:getOrder", RATE, BURST, now=START + at)

    assert look() == look() == (BURST, RATE)
    for _ in range(BURST):
        take()
    assert look() == (0.0, RATE)
    assert look(at=3.0) == (1.5, RATE)
    assert look(at=3600.0) == (BURST, RATE)
    buckets.set_rate("1:getOrder", 4.0)
    assert look(at=0.25) == (1.0, 4.0)
    buckets.empty("1:getOrder", START)
    assert look()[0] == 0.0


@pytest.mark.parametrize(
    ("operation", "background", "people"),
    [("createFeed", 12, 15), ("createFeedDocument", 12, 15), ("getFeed", 15, 15),
     ("getOrder", 24, 30), ("confirmShipment", 10, 10)],
)  # fmt: skip
def test_what_is_kept_for_people_is_not_seen_by_background_work(
    account, operation, background, people
):
    assert quota.look(account, operation).tokens == background
    assert quota.look(account, operation, interactive=True).tokens == people
    assert taken(account, operation)[0] == background
    left = quota.look(account, operation)
    assert left.tokens < 1
    assert left.wait > 0
    assert taken(account, operation, interactive=True)[0] == people - background
