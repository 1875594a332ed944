"""The world itself: time, versions, invented orders."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from channels.sandbox import moves
from channels.sandbox.clock import Clock
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, NON_AMAZON, Status
from channels.sandbox.sellers import DEMO_EU
from channels.sandbox.world import Settings, Unknown, World
from tests.channels.sandbox.conftest import NOON


def test_a_frozen_clock_moves_only_when_told_and_a_tick_per_change():
    clock = Clock(NOON)
    assert (clock.now(), clock.is_frozen) == (NOON, True)

    assert clock.tick() == NOON + timedelta(milliseconds=1)
    clock.advance(10)
    assert clock.now() == NOON + timedelta(seconds=10, milliseconds=1)
    with pytest.raises(ValueError, match="cannot be advanced by -1 seconds"):
        clock.advance(-1)


def test_a_clock_can_be_set_frozen_and_let_run_on():
    clock = Clock()
    clock.set(datetime(2020, 1, 1, 13, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == datetime(2020, 1, 1, 12, tzinfo=UTC)

    clock.run()
    assert not clock.is_frozen
    assert datetime(2020, 1, 1, 12, tzinfo=UTC) <= clock.now() < datetime(2020, 1, 2, tzinfo=UTC)

    clock.advance(24 * 3600)
    clock.freeze()
    assert clock.now() == clock.now() > datetime(2020, 1, 2, tzinfo=UTC)


def test_ticks_of_a_running_clock_never_repeat():
    clock = Clock()
    ticks = [clock.tick() for _ in range(500)]

    assert ticks == sorted(set(ticks))
    assert clock.now() >= ticks[-1]


@pytest.mark.parametrize("status", Status)
def test_an_order_can_be_created_in_any_status(world, status):
    mcf = status == Status.UNFULFILLABLE
    draft = Draft(
        status=status,
        fulfilled_by=AMAZON if mcf else "MERCHANT",
        channel=NON_AMAZON if mcf else "AMAZON",
        lines=(Line(quantity=2),),
    )

    assert world.create_order("DE", draft).status == status


# What move_to brings about: from (rows) to (columns in the order of Status); "-" is refused.
MOVES = {
    Status.PENDING_AVAILABILITY: "=YYYYY-",
    Status.PENDING: "-=YYYY-",
    Status.UNSHIPPED: "-Y=YYY-",
    Status.PARTIALLY_SHIPPED: "---=Y--",
    Status.SHIPPED: "----=--",
    Status.CANCELLED: "-----=-",
}


@pytest.mark.parametrize("start", MOVES)
@pytest.mark.parametrize(("column", "target"), list(enumerate(Status)))
def test_every_status_against_every_other(world, start, column, target):
    order = world.create_order("SE", Draft(status=start, lines=(Line(quantity=3),)))
    expected = MOVES[start][column]

    if expected == "-":
        with pytest.raises(moves.CannotMove):
            world.move_to(order.order_id, target)
        assert world.order(order.order_id) == order
    else:
        assert world.move_to(order.order_id, target).status == target


def test_cancelling_the_rest_of_a_partly_shipped_order_ends_it_shipped(world):
    line = Line(sku="TEA-50", quantity=3, discount=Decimal(10), shipping=Decimal(30))
    other = Line(sku="BRU-01")
    order = world.create_order("SE", Draft(status=Status.PARTIALLY_SHIPPED, lines=(line, other)))

    after = world.change(order.order_id, moves.cancel)

    assert after.status == Status.SHIPPED
    assert [item.quantity for item in after.items] == [1, 0]
    # 119.00 of 357.00, 10.00 of 30.00 and 3.33 of 10.00; nothing of the other line
    assert (after.items[0].total, after.total) == (Decimal("125.67"), Decimal("125.67"))


def test_cancelling_one_line_leaves_the_other_to_ship(world):
    order = world.create_order("SE", Draft(lines=(Line(), Line())))
    first = order.items[0].order_item_id

    after = world.change(order.order_id, lambda o: moves.cancel(o, order_item_ids=[first]))

    assert after.status == Status.UNSHIPPED
    assert [item.quantity > 0 for item in after.items] == [False, True]
    with pytest.raises(moves.CannotMove, match="has no item '1'"):
        world.change(order.order_id, lambda o: moves.cancel(o, order_item_ids=["1"]))


def test_totals_add_up_in_every_marketplace_and_kind(world):
    line = Line(
        quantity=3,
        shipping=Decimal(7),
        gift_wrap=Decimal(3),
        discount=Decimal(2),
        shipping_discount=Decimal(1),
    )
    for country in ("SE", "DE", "GB", "US", "JP"):
        for programs in ((), ("AMAZON_BUSINESS",)):
            order = world.create_order(country, Draft(lines=(line, Line()), programs=programs))
            for item in order.items:
                for charge in item.charges:
                    parts = [amount for _, amount in charge.detail]
                    assert not parts or sum(parts) == charge.amount
                    assert charge.amount % order.marketplace.minor_unit == 0


def test_the_showcase_has_every_status_and_every_oddity():
    orders = World(now=NOON, populate=True).orders()

    assert {order.status for order in orders} == set(Status)
    assert {order.marketplace.country_code for order in orders} == {"SE", "DE", "GB", "US", "JP"}
    assert {order.fulfilled_by for order in orders} == {"MERCHANT", "AMAZON"}
    countries = {order.address.country_code for order in orders if order.address}
    assert {"PR", "IE"} <= countries
    names = {order.address.name for order in orders if order.address}
    assert {"Siobhán O'Brien", "Prince", "山田 太郎"} <= names
    assert any(order.replaces for order in orders)


def test_the_same_seed_tells_the_same_story():
    first, second = (World(seed=7, now=NOON, populate=True) for _ in range(2))
    other = World(seed=8, now=NOON, populate=True)

    assert first.orders() == second.orders()
    assert first.orders() != other.orders()


def test_reset_begins_again_with_the_same_seed(world):
    first = world.create_order("SE")
    world.faults.push("500")
    world.reset()
    assert (world.orders(), world.faults.waiting) == ([], ())

    world.clock.set(NOON)
    assert world.create_order("SE") == first


def test_what_is_unknown_is_named(world):
    with pytest.raises(Unknown, match="no order '1'"):
        world.order("1")
    with pytest.raises(Unknown, match="no seller 'A1'"):
        world.seller("A1")
    with pytest.raises(ValueError, match="no marketplace 'XX'"):
        world.create_order("XX")
    with pytest.raises(Unknown, match=r"No seller participates in Amazon\.fr"):
        world.create_order("FR")
    with pytest.raises(ValueError, match="no plan 'fast'"):
        Settings(plan="fast")


def test_an_order_id_can_be_chosen_but_only_once(world):
    draft = Draft(order_id="302-0000000-0000001")
    world.create_order("SE", draft)

    with pytest.raises(ValueError, match="already an order '302-0000000-0000001'"):
        world.create_order("SE", draft)


def test_secrets_stay_out_of_a_sellers_repr():
    assert DEMO_EU.refresh_token not in repr(DEMO_EU)
    assert DEMO_EU.client_secret not in repr(DEMO_EU)


@pytest.mark.parametrize(("country", "form"), [("SE", r"SE\d{12}"), ("DE", r"DE\d{9}")])
def test_some_business_buyers_have_a_vat_id_of_their_country(world, country, form):
    business = Draft(programs=("AMAZON_BUSINESS",))
    orders = [world.create_order(country, business) for _ in range(30)]

    numbers = [order.buyer.vat_id for order in orders]
    assert 0 < numbers.count(None) < 30
    assert all(re.fullmatch(form, number) for number in numbers if number)
    assert world.create_order(country).buyer.vat_id is None


def test_there_is_no_vat_id_where_there_is_no_vat(world):
    business = Draft(programs=("AMAZON_BUSINESS",))
    assert {world.create_order("US", business).buyer.vat_id for _ in range(30)} == {None}
