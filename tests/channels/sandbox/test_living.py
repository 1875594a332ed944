"""A world that moves by itself; driven by its clock, so nothing here waits."""

from collections import Counter

import pytest

from channels.sandbox.cli import make_world
from channels.sandbox.living import MAX_ARRIVALS, LivingWorld
from channels.sandbox.records import Status
from channels.sandbox.world import Settings
from tests.channels.sandbox.api import Api
from tests.channels.sandbox.conftest import NOON


@pytest.fixture
def living():
    return LivingWorld(now=NOON, settings=Settings(plan="unlimited"), populate=True)


def story(world):
    return [(order.order_id, order.status, order.updated) for order in world.orders()]


@pytest.mark.parametrize("seed", range(10))
def test_something_visibly_changes_within_20_seconds(seed):
    world = LivingWorld(seed=seed, now=NOON, populate=True)
    before = story(world)
    assert len(before) == 20  # orders are there at once

    world.clock.advance(20)
    world.catch_up()

    assert len(world.orders()) > len(before)
    statuses = {order_id: status for order_id, status, _ in before}
    assert any(statuses.get(o.order_id, o.status) != o.status for o in world.orders())


def test_a_handful_of_new_orders_a_minute_until_there_are_enough(living):
    living.clock.advance(300)
    living.catch_up()
    assert 15 <= len(living.orders()) - 20 <= 25

    living.clock.advance(24 * 3600)
    living.catch_up()
    assert len(living.orders()) == 20 + MAX_ARRIVALS


def test_in_the_end_everything_has_moved_on(living):
    living.clock.advance(24 * 3600)
    living.catch_up()

    orders = living.orders()
    assert not [o for o in orders if o.status in (Status.PENDING, Status.PENDING_AVAILABILITY)]
    fba = Counter(o.status for o in orders if o.fulfilled_by == "AMAZON")
    assert set(fba) == {Status.SHIPPED, Status.UNFULFILLABLE}
    fbm = Counter(o.status for o in orders if o.fulfilled_by == "MERCHANT")
    assert fbm[Status.UNSHIPPED] > 50
    assert fbm[Status.CANCELLED] > 1  # some payments fail
    assert any(item.cancel_requested for o in orders for item in o.items)


def test_looking_often_or_once_tells_the_same_story():
    often, once = (LivingWorld(seed=3, now=NOON, populate=True) for _ in range(2))
    for _ in range(120):
        often.clock.advance(1)
        often.catch_up()
    once.clock.advance(120)
    once.catch_up()

    assert story(often) == story(once)


def test_a_request_is_a_look(living):
    amazon = Api(living)
    living.clock.advance(20)

    found = amazon.search(lastUpdatedAfter="2026-11-24T12:00:00.001Z").json()["orders"]

    assert found  # without anybody calling catch_up
    assert all(living.order(order["orderId"]).updated > NOON for order in found)


def test_a_confirmed_parcel_is_delivered_by_itself(living):
    amazon = Api(living)
    order = next(
        o
        for o in living.orders()
        if o.status == "UNSHIPPED" and o.seller_id == amazon.seller.seller_id and not o.replaces
    )
    assert amazon.confirm(order).status == 204

    living.clock.advance(121)
    (package,) = amazon.shown(order.order_id)["packages"]

    assert package["packageStatus"] == {"status": "DELIVERED"}


def test_life_goes_on_when_somebody_moved_an_order_first(living):
    for order in living.orders():
        if order.status == Status.PENDING:
            living.move_to(order.order_id, Status.CANCELLED)

    living.clock.advance(600)
    living.catch_up()

    assert len(living.orders()) > 20


def test_reset_starts_the_same_life_anew(living):
    living.clock.advance(100)
    living.catch_up()
    first = story(living)

    living.clock.set(NOON)
    living.reset()
    living.clock.advance(100)
    living.catch_up()

    assert story(living) == first


@pytest.mark.parametrize(
    ("plan", "live", "lags"),
    [
        ("amazon", True, (2.0, 120.0)),
        ("sandbox", True, (2.0, 2.0)),
        ("amazon", False, (0.0, 0.0)),
    ],
)
def test_the_command_makes_the_world_it_was_asked_for(plan, live, lags):
    world = make_world(seed=5, plan=plan, live=live)

    assert (world.live, world.seed, world.settings.plan) == (live, 5, plan)
    assert (world.settings.visibility_lag, world.settings.search_lag) == lags
    assert len(world.orders()) == 20
    world.clock.advance(60)
    world.catch_up()
    assert (len(world.orders()) > 20) is live
