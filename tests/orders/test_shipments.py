"""Shipping: what is written."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from channels.models import ChannelOrder
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OrderNote,
    OutboxMessage,
    Package,
    PackageItem,
)
from orders.services.shipments import packages_of
from tests import factories
from tests.factories import NOW, item
from tests.orders.shipping import draft, line_of, notes_of, ship, stored

pytestmark = pytest.mark.django_db


def test_all_units_shipped_complete_the_order():
    order = factories.placed_order(items=[item(quantity=2)])
    before = timezone.now()
    ship(order)
    assert stored(order) == ("complete", "complete", "shipped")
    completed_at = CommerceOrder.objects.get().completed_at
    assert before <= completed_at <= timezone.now()
    assert line_of(order).quantity_shipped == 2


def test_a_package_keeps_what_staff_entered():
    order = factories.placed_order(items=[item(quantity=2)])
    shipment = ship(
        order,
        draft(
            carrier_code="Other",
            carrier_name=" Budbee ",
            shipping_method=" Box ",
            tracking_number=" B1 ",
        ),
    )
    package = Package.objects.get()
    assert (package.order_id, package.shipment, package.number) == (
        order.commerce_order_id,
        shipment,
        1,
    )
    assert (package.carrier_code, package.carrier_name) == ("Other", "Budbee")
    assert (package.shipping_method, package.tracking_number) == ("Box", "B1")
    assert package.shipped_at == NOW
    assert list(package.items.values_list("line_id", "quantity")) == [(line_of(order).pk, 2)]
    assert (shipment.number, shipment.by, shipment.created_by) == (1, "merchant", None)


def test_a_package_is_queued_for_amazon_at_once():
    before = timezone.now()
    ship(factories.placed_order())
    message = OutboxMessage.objects.get()
    assert (message.topic, message.package) == ("package.shipped", Package.objects.get())
    assert (message.state, message.attempts) == ("pending", 0)
    assert before <= message.not_before <= timezone.now()


def test_shipping_is_noted():
    order = factories.placed_order()
    ship(order)
    assert notes_of(order)[1:] == ["Package 1 shipped with PostNord UA000000001SE."]
    assert OrderNote.objects.latest("id").actor == "portal"


def test_who_shipped_is_noted():
    user = User.objects.create_user("eva")
    order = factories.placed_order()
    shipment = ship(order, user=user)
    note = OrderNote.objects.latest("id")
    assert (note.actor, note.user_name) == ("staff", "eva")
    assert shipment.created_by == user


def test_without_a_ship_date_it_is_now():
    before = timezone.now()
    ship(factories.placed_order(), draft(shipped_at=None))
    assert before <= Package.objects.get().shipped_at <= timezone.now()


def test_a_ship_date_a_little_ahead_of_our_clock_is_now():
    ahead = timezone.now() + timedelta(seconds=60)
    ship(factories.placed_order(), draft(shipped_at=ahead))
    assert Package.objects.get().shipped_at < ahead


def test_one_item_of_two_starts_processing():
    order = factories.placed_order(items=[item("MUG"), item("CUP")])
    ship(order, draft(quantities={line_of(order, "CUP").pk: 1}))
    assert stored(order) == ("processing", "processing", "partially_shipped")
    assert (line_of(order, "MUG").quantity_left, line_of(order, "CUP").quantity_left) == (1, 0)
    assert CommerceOrder.objects.get().completed_at is None


def test_some_units_of_an_item_then_the_rest():
    order = factories.placed_order(items=[item(quantity=3)])
    first = ship(order, draft(quantities={line_of(order).pk: 2}))
    assert stored(order) == ("processing", "processing", "partially_shipped")
    second = ship(order, draft(quantities={line_of(order).pk: 1}))
    assert stored(order) == ("complete", "complete", "shipped")
    assert (first.number, second.number) == (1, 2)
    packages = Package.objects.order_by("number").values_list("number", "shipment__number")
    assert list(packages) == [(1, 1), (2, 2)]


def test_all_that_is_left_is_what_was_not_shipped():
    order = factories.placed_order(items=[item("MUG", quantity=3), item("CUP")])
    ship(order, draft(quantities={line_of(order, "MUG").pk: 2, line_of(order, "CUP").pk: 1}))
    ship(order)
    last = Package.objects.get(number=2)
    assert list(last.items.values_list("line__sku", "quantity")) == [("MUG", 1)]


def test_a_quantity_of_none_is_left_out():
    order = factories.placed_order(items=[item("MUG"), item("CUP")])
    ship(order, draft(quantities={line_of(order, "MUG").pk: 1, line_of(order, "CUP").pk: 0}))
    assert list(PackageItem.objects.values_list("line__sku", flat=True)) == ["MUG"]


def test_several_packages_in_one_shipment():
    order = factories.placed_order(items=[item("MUG", quantity=2), item("CUP")])
    shipment = ship(
        order,
        draft(quantities={line_of(order, "MUG").pk: 1}, tracking_number="T1"),
        draft(carrier_code="DHL", tracking_number="T2", shipped_at=NOW + timedelta(days=1)),
    )
    assert stored(order) == ("complete", "complete", "shipped")
    one, two = shipment.packages.order_by("number")
    assert (one.number, one.carrier_code, one.tracking_number, one.shipped_at) == (
        1,
        "PostNord",
        "T1",
        NOW,
    )
    assert (two.number, two.carrier_code, two.tracking_number, two.shipped_at) == (
        2,
        "DHL",
        "T2",
        NOW + timedelta(days=1),
    )
    assert list(two.items.values_list("line__sku", "quantity")) == [("MUG", 1), ("CUP", 1)]
    assert list(OutboxMessage.objects.order_by("pk").values_list("package__number", flat=True)) == [
        1,
        2,
    ]
    assert notes_of(order)[1:] == [
        "Package 1 shipped with PostNord T1.",
        "Package 2 shipped with DHL T2.",
    ]


def test_an_order_already_in_processing_stays_there_until_all_is_shipped():
    order = factories.placed_order(items=[item(quantity=2)])
    order.commerce_order.start_processing()
    order.commerce_order.save()
    ship(order, draft(quantities={line_of(order).pk: 1}))
    assert stored(order) == ("processing", "processing", "partially_shipped")


def test_a_line_that_was_canceled_does_not_keep_the_order_open():
    order = factories.placed_order(items=[item("MUG"), item("CUP")])
    CommerceOrderLine.objects.filter(sku="CUP").update(quantity_canceled=1)
    ship(order, draft(quantities={line_of(order, "MUG").pk: 1}))
    assert stored(order)[0] == "complete"


def test_our_numbers_go_on_after_those_that_amazon_gave():
    reported = {
        "reference": "7", "carrier": "DHL", "tracking_number": "A1",
        "shipped_at": NOW.isoformat(), "items": [["1", 1]],
    }  # fmt: skip
    order = factories.placed_order(
        status="partially_shipped",
        items=[item(order_item_id="1", quantity=2, quantity_shipped=1)],
        packages=[reported],
    )
    ship(order)
    assert list(Package.objects.order_by("pk").values_list("number", flat=True)) == [7, 8]


def test_a_number_of_amazons_leaves_room_for_ours():
    reported = {
        "reference": "2147483647", "carrier": "DHL", "tracking_number": "A1",
        "shipped_at": NOW.isoformat(), "items": [["1", 1]],
    }  # fmt: skip
    order = factories.placed_order(
        status="partially_shipped",
        items=[item(order_item_id="1", quantity=2, quantity_shipped=1)],
        packages=[reported],
    )
    ship(order)
    assert list(Package.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


# The channel order


def test_shipping_while_amazon_says_something_else_is_noted():
    order = factories.placed_order()
    ChannelOrder.objects.update(status="unknown")  # a word of Amazon's that is new to the portal
    ship(order)
    assert stored(order) == ("complete", "complete", "unknown")
    assert "Shipped here while Amazon's status is Unknown." in notes_of(order)


@pytest.mark.parametrize("units", [1, 2])
def test_every_shipment_waits_for_proof_again(units):
    order = factories.placed_order(items=[item(quantity=3)])
    ship(order, draft(quantities={line_of(order).pk: 1}))
    ChannelOrder.objects.update(proven_at=NOW)
    ship(order, draft(quantities={line_of(order).pk: units}))
    assert ChannelOrder.objects.get().proven_at is None


# Looking at packages


@pytest.mark.parametrize("count", [1, 3])
def test_packages_are_read_with_four_statements(django_assert_num_queries, count):
    order = factories.placed_order(items=[item(quantity=3)])
    for _ in range(count):
        ship(order, draft(quantities={line_of(order).pk: 1}))
    with django_assert_num_queries(4):  # packages with shipments, items, lines, messages
        packages = packages_of(order.commerce_order)
        seen = [(p.number, p.confirmation, [i.line.sku for i in p.items.all()]) for p in packages]
    assert seen == [(n + 1, "pending", ["MUG"]) for n in range(count)]
