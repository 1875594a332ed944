"""Taking a package back before Amazon hears of it: everything is as before, or nothing changes."""

import threading
import time
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from channels.models import ChannelOrder
from channels.services import proving
from orders.models import (
    ChangeEvent,
    CommerceOrder,
    OutboxMessage,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
    StockMovement,
)
from orders.services import outbox
from orders.services.errors import CannotShip, CannotTakeBack
from orders.services.taking_back import take_back_package
from tests import factories, portal
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring
from tests.factories import item
from tests.orders.shipping import draft, line_of, notes_of, ship, stored
from tests.snapshot import everything
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

GRACE = 30


def placed(*items, **overrides):
    """An order of a store whose confirmations wait half an hour."""
    store = factories.amazon_store(grace_minutes=GRACE)
    return factories.placed_order(store=store, items=items or [item(quantity=2)], **overrides)


def take_back(number=1, **more):
    return take_back_package(package_id=Package.objects.get(number=number).pk, **more)


def books():
    """Per SKU: on the shelf, the sum of its movements, and minus what orders need."""
    return {
        product.sku: (
            product.quantity,
            product.movements.aggregate(sum=Sum("change"))["sum"] or 0,
            product.reservations.aggregate(sum=Sum("quantity"))["sum"] or 0,
        )
        for product in Product.objects.all()
    }


def refused(text, **more):
    before = everything()
    with pytest.raises(CannotTakeBack) as refusal:
        take_back(**more)
    assert text in str(refusal.value)
    assert everything() == before


# The grace period


def test_a_confirmation_waits_its_grace_period():
    order = placed()
    ship(order)
    wait = OutboxMessage.objects.get().not_before - timezone.now()
    assert timedelta(minutes=GRACE - 1) < wait <= timedelta(minutes=GRACE)
    assert portal.due(timezone.now()) == []
    assert len(portal.due(timezone.now() + wait)) == 1


def test_what_was_refused_once_and_waits_again_is_too_late():
    """Sent again or corrected, then postponed: Amazon was asked before."""
    factories.product(quantity=10)
    ship(placed())
    OutboxMessage.objects.update(state="refused", attempts=1, not_before=factories.NOW)
    assert outbox.resend(OutboxMessage.objects.get().pk)
    OutboxMessage.objects.update(not_before=timezone.now() + timedelta(minutes=1))
    refused("the grace period is over. Its confirmation is queued.")


@pytest.mark.parametrize("minutes_left", [-60, 5, 15])
def test_near_the_ship_by_moment_there_is_none(minutes_left):
    order = placed(ship_by=timezone.now() + timedelta(minutes=minutes_left))
    ship(order)
    assert len(portal.due(timezone.now())) == 1
    refused("the grace period is over")


def test_it_ends_a_quarter_of_an_hour_before_the_ship_by_moment():
    ship_by = timezone.now() + timedelta(minutes=25)
    ship(placed(ship_by=ship_by))
    assert OutboxMessage.objects.get().not_before == ship_by - timedelta(minutes=15)


# Everything is as before


def test_the_whole_order_is_as_it_was():
    factories.product(quantity=10)
    order = placed()
    before, stock = stored(order), books()
    ship(order)
    assert (stored(order), books()) == (("complete", "complete", "shipped"), {"MUG": (8, 8, 0)})

    take_back(user=User.objects.create_user("Kim"), reason=" wrong parcel ")

    assert stored(order) == ("processing", "processing", "unshipped") != before
    assert books() == stock == {"MUG": (10, 10, -2)}
    assert line_of(order).quantity_shipped == 0
    for model in (Package, PackageItem, OutboxMessage, Shipment):
        assert not model.objects.exists()
    linked = CommerceOrder.objects.get()
    assert linked.completed_at is None
    assert notes_of(order)[-1] == (
        "Package 1 taken back: 2 × MUG with PostNord UA000000001SE. Reason: wrong parcel"
    )
    movement = StockMovement.objects.first()
    assert (movement.kind, movement.change, movement.user_name) == ("taken_back", 2, "Kim")


def test_it_can_be_shipped_again():
    factories.product(quantity=10)
    order = placed()
    ship(order)
    take_back()
    ship(order, draft(tracking_number="UA000000002SE"))
    assert stored(order) == ("complete", "complete", "shipped")
    assert books() == {"MUG": (8, 8, 0)}
    package = Package.objects.get()
    assert (package.number, package.tracking_number) == (1, "UA000000002SE")


@pytest.mark.parametrize(
    ("taken_back", "rest"),
    [
        ([2], ("processing", "processing", "partially_shipped")),
        ([1], ("processing", "processing", "partially_shipped")),
        ([1, 2], ("processing", "processing", "unshipped")),
    ],
)
def test_one_package_of_two(taken_back, rest):
    factories.product(quantity=10)
    factories.product("CUP", quantity=5)
    order = placed(item(quantity=2), item("CUP"))
    mug, cup = line_of(order), line_of(order, "CUP")
    ship(order, draft(quantities={mug.pk: 2}), draft(quantities={cup.pk: 1}))
    for number in taken_back:
        take_back(number)
    assert stored(order) == rest
    assert line_of(order).quantity_shipped == (0 if 1 in taken_back else 2)
    assert line_of(order, "CUP").quantity_shipped == (0 if 2 in taken_back else 1)
    assert books()["MUG"] == ((10, 10, -2) if 1 in taken_back else (8, 8, 0))
    assert books()["CUP"] == ((5, 5, -1) if 2 in taken_back else (4, 4, 0))
    assert Shipment.objects.count() == (0 if len(taken_back) == 2 else 1)


def test_what_is_left_may_be_proven_by_itself():
    order = placed(item(quantity=2), item("CUP"))
    ship(order, draft(quantities={line_of(order).pk: 2}))
    OutboxMessage.objects.update(state="proven", proven_at=timezone.now())
    assert proving.mark_proven(order.pk)
    ship(order, draft(quantities={line_of(order, "CUP").pk: 1}))
    assert ChannelOrder.objects.get().proven_at is None
    take_back(2)
    assert ChannelOrder.objects.get().proven_at is not None


def test_nothing_is_proven_when_nothing_is_shipped():
    order = placed()
    ship(order)
    take_back()
    assert ChannelOrder.objects.get().proven_at is None


def test_an_order_on_hold_stays_there():
    order = placed(item(quantity=2))
    ship(order, draft(quantities={line_of(order).pk: 1}))
    linked = CommerceOrder.objects.get()
    linked.hold()
    linked.save()
    take_back()
    assert stored(order) == ("on_hold", "on_hold", "unshipped")


@pytest.mark.parametrize(
    ("amazon_status", "status"),
    [
        ("UNSHIPPED", "unshipped"),
        ("PARTIALLY_SHIPPED", "partially_shipped"),
        ("SHIPPED", "shipped"),
    ],
)
def test_what_amazon_says_itself_stays(amazon_status, status):
    order = placed()
    ship(order)
    ChannelOrder.objects.update(amazon_status=amazon_status)
    take_back()
    assert stored(order) == ("processing", "processing", status)


@pytest.mark.parametrize(
    ("managed", "now", "after"),
    [(True, False, (10, 10, 0)), (False, True, (8, 8, -2))],
)
def test_stock_follows_what_was_deducted_and_what_is_managed_now(managed, now, after):
    product = factories.product(quantity=8 if not managed else 10)
    Product.objects.update(manage_stock=managed)
    order = placed()
    ship(order)
    Product.objects.filter(pk=product.pk).update(manage_stock=now)
    take_back()
    assert books() == {"MUG": after}


# Canceled meanwhile


def test_canceled_at_amazon_meanwhile_the_commerce_order_is_canceled():
    factories.product(quantity=10)
    store = factories.amazon_store(grace_minutes=GRACE)
    bought = Draft(lines=(Line(quantity=2),))
    bring(store, bought)
    ChannelOrder.objects.update(ship_by=None)
    order = ChannelOrder.objects.get()
    ship(order, draft(shipped_at=timezone.now()))
    bring(store, Draft(lines=bought.lines, status="CANCELLED", minutes=99))
    assert stored(order) == ("complete", "complete", "canceled")
    ChangeEvent.objects.all().delete()

    take_back()

    assert stored(order) == ("canceled", "canceled", "canceled")
    line = line_of(order)
    assert (line.quantity_shipped, line.quantity_canceled) == (0, 2)
    assert books() == {"MUG": (10, 10, 0)}
    assert ChangeEvent.objects.exists()  # held orders may have it


def test_of_a_part_shipped_order_that_was_canceled_only_the_books_change():
    order = placed(item(quantity=3))
    ship(order, draft(quantities={line_of(order).pk: 1}))
    linked = CommerceOrder.objects.get()
    linked.cancel(timezone.now())
    linked.save()
    linked.lines.update(quantity_canceled=2)
    take_back()
    line = line_of(order)
    assert (line.quantity_shipped, line.quantity_canceled) == (0, 3)
    assert CommerceOrder.objects.get().state == "canceled"


def test_units_the_buyer_does_not_get_any_more_are_canceled():
    factories.product(quantity=10)
    order = placed(item(quantity=3))
    ship(order)
    order.items.update(quantity_unshipped=1)  # Amazon canceled two
    take_back()
    line = line_of(order)
    assert (line.quantity_shipped, line.quantity_canceled, line.quantity_left) == (0, 2, 1)
    assert stored(order) == ("processing", "processing", "unshipped")
    assert books() == {"MUG": (10, 10, -1)}


# Too late


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "in_flight", "claim": UUID(int=1), "claimed_at": factories.NOW}, "sending"),
        ({"state": "sent"}, "sent"),
        ({"state": "refused", "attempts": 1}, "refused"),
        ({"state": "proven", "proven_at": factories.NOW}, "proven"),
        ({"not_before": factories.NOW}, "queued"),
        ({"attempts": 1}, "queued"),
        ({"outcome_unknown": True}, "queued"),
        ({"sent_at": factories.NOW}, "queued"),  # and corrected, or sent again
    ],
)
def test_once_amazon_may_know_it_is_too_late(values, words):
    factories.product(quantity=10)
    ship(placed())
    OutboxMessage.objects.update(**values)
    refused(f"the grace period is over. Its confirmation is {words}.")


def test_a_closed_order_stays_closed():
    ship(placed())
    linked = CommerceOrder.objects.get()
    linked.close()
    linked.save()
    refused("cannot be taken back any more")


def test_a_package_nobody_is_told_about():
    order = placed()
    factories.package(order=order.commerce_order)
    refused("Package 1 is not one that Amazon is told about.")


def test_a_reason_that_is_too_long():
    ship(placed())
    refused("longer than 200", reason="x" * 201)


def test_twice_takes_back_once():
    factories.product(quantity=10)
    ship(placed())
    pk = Package.objects.get().pk
    take_back_package(package_id=pk)
    before = everything()
    with pytest.raises(CannotTakeBack, match="may have been taken back already"):
        take_back_package(package_id=pk)
    assert everything() == before


# Races


def paused_after(words, reached, call):
    """`call`, which holds its transaction open for a moment after the first such statement."""

    def pause(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if words in sql and not reached.is_set():
            reached.set()
            time.sleep(0.3)  # the other one runs into our locks meanwhile
        return result

    with connection.execute_wrapper(pause):
        return call()


def then(reached, call):
    """`call`, once the other one is there."""
    assert reached.wait(10)
    return call()


@pytest.fixture
def race():
    """A message, and the two who want it: a worker after the grace period, and a person."""
    factories.product(quantity=10)
    order = placed()
    ship(order)
    message = OutboxMessage.objects.get()
    in_time = message.not_before + timedelta(seconds=1)  # by the worker's clock
    claim = partial(outbox.claim_due, [message.pk], now=in_time)
    return order, claim, partial(take_back_package, package_id=message.package_id)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_claiming_wins(race):
    order, claim, take = race
    there = threading.Event()
    words = 'UPDATE "orders_outboxmessage"'
    claimed, taken = in_parallel(
        [partial(paused_after, words, there, claim), partial(then, there, take)]
    )
    assert len(claimed) == 1
    assert str(taken).endswith("Its confirmation is sending.")
    assert OutboxMessage.objects.get().state == "in_flight"
    assert (stored(order), books()) == (("complete", "complete", "shipped"), {"MUG": (8, 8, 0)})


@pytest.mark.django_db(transaction=True)
def test_a_person_who_is_taking_back_wins(race):
    order, claim, take = race
    there = threading.Event()
    words = 'FROM "orders_outboxmessage"'
    taken, claimed = in_parallel(
        [partial(paused_after, words, there, take), partial(then, there, claim)]
    )
    assert isinstance(taken, CommerceOrder)
    assert claimed == []
    assert (Package.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    assert (stored(order), books()) == (
        ("processing", "processing", "unshipped"),
        {"MUG": (10, 10, -2)},
    )


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_take_back_one_wins():
    factories.product(quantity=10)
    order = placed()
    ship(order)
    results = in_parallel([partial(take_back_package, package_id=Package.objects.get().pk)] * 4)
    assert sorted(type(result).__name__ for result in results) == [
        "CannotTakeBack", "CannotTakeBack", "CannotTakeBack", "CommerceOrder",
    ]  # fmt: skip
    assert books() == {"MUG": (10, 10, -2)}
    assert Reservation.objects.filter(event="adjusted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_shipping_the_rest_at_the_same_moment():
    factories.product(quantity=10)
    order = placed(item(quantity=4))
    ship(order, draft(quantities={line_of(order).pk: 1}))
    first = Package.objects.get().pk
    shipped, taken = in_parallel(
        [partial(ship, order), partial(take_back_package, package_id=first)]
    )
    assert isinstance(taken, CommerceOrder)
    assert not isinstance(shipped, CannotShip)
    left = line_of(order).quantity_left  # whether it went out with the rest or came back after it
    assert left in (0, 1)
    assert stored(order)[0] == ("processing" if left else "complete")
    assert books() == {"MUG": (6 + left, 6 + left, -left)}


@pytest.mark.django_db(transaction=True)
def test_canceled_at_amazon_at_the_same_moment():
    factories.product(quantity=10)
    store = factories.amazon_store(grace_minutes=GRACE)
    bring(store, Draft())
    ChannelOrder.objects.update(ship_by=None)
    order = ChannelOrder.objects.get()
    ship(order, draft(shipped_at=timezone.now()))
    canceled = Draft(status="CANCELLED", minutes=99)

    results = in_parallel([partial(bring, store, canceled), take_back])

    assert not [result for result in results if isinstance(result, Exception)]
    assert stored(order) == ("canceled", "canceled", "canceled")
    assert books() == {"MUG": (10, 10, 0)}
