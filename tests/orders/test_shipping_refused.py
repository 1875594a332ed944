"""Shipping: what is refused, with nothing written."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from channels.models import ChannelOrder
from orders import sales_channel
from orders.models import CommerceOrder, CommerceOrderLine, Shipment
from orders.services.errors import CannotShip
from orders.services.shipments import PackageDraft, create_shipment
from tests import factories
from tests.factories import NOW, PURCHASED, item
from tests.orders.shipping import draft, everything, line_of, ship

pytestmark = pytest.mark.django_db


def assert_refused(order: ChannelOrder, message: str, *drafts: PackageDraft) -> None:
    before = everything()
    with pytest.raises(CannotShip) as refusal:
        create_shipment(order_id=order.commerce_order_id, packages=drafts)
    assert str(refusal.value) == message
    assert everything() == before


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tracking_number": ""}, "The tracking number is missing."),
        ({"tracking_number": "  "}, "The tracking number is missing."),
        ({"carrier_code": ""}, "The carrier is missing."),
        ({"carrier_code": " "}, "The carrier is missing."),
        (
            {"carrier_code": "Pigeon"},
            "'Pigeon' is not a carrier Amazon knows: map it under Carrier mappings, "
            "or use Other and its name.",
        ),
        ({"carrier_code": "Other"}, "Carrier Other needs the carrier's name."),
        (
            {"carrier_code": "Other", "carrier_name": " "},
            "Carrier Other needs the carrier's name.",
        ),
        ({"tracking_number": "1" * 65}, "The tracking number is longer than 64 characters."),
        ({"carrier_name": "x" * 65}, "The carrier name is longer than 64 characters."),
        ({"shipping_method": "x" * 65}, "The shipping method is longer than 64 characters."),
        (
            {"shipped_at": PURCHASED - timedelta(seconds=1)},
            "The ship date 2026-03-02 09:29 lies before the purchase (2026-03-02 09:30).",
        ),
        (
            {"quantities": {}},
            "The package is empty: choose at least one unit that is not shipped yet.",
        ),
    ],
)
def test_a_package_that_is_not_right_is_refused(values, message):
    assert_refused(factories.placed_order(), message, draft(**values))


def test_a_ship_date_without_a_zone_is_refused():
    message = "The ship date 2026-11-24T12:00:00 has no time zone."
    bare = datetime(2026, 11, 24, 12)  # noqa: DTZ001
    assert_refused(factories.placed_order(), message, draft(shipped_at=bare))


def test_a_ship_date_in_the_future_is_refused():
    tomorrow = timezone.now() + timedelta(days=1)
    message = f"The ship date {tomorrow:%Y-%m-%d %H:%M} lies in the future."
    assert_refused(factories.placed_order(), message, draft(shipped_at=tomorrow))


def test_no_package_is_refused():
    assert_refused(factories.placed_order(), "A shipment needs at least one package.")


def test_a_package_of_no_units_is_refused():
    order = factories.placed_order()
    assert_refused(
        order,
        "The package is empty: choose at least one unit that is not shipped yet.",
        draft(quantities={line_of(order).pk: 0}),
    )


def test_a_negative_quantity_is_refused():
    order = factories.placed_order()
    quantities = {line_of(order).pk: -1}
    assert_refused(order, "1 × MUG: the quantity -1 is negative.", draft(quantities=quantities))


def test_more_units_than_ordered_are_refused():
    order = factories.placed_order(items=[item(quantity=3)])
    assert_refused(
        order, "MUG: 4 to ship, but only 3 left.", draft(quantities={line_of(order).pk: 4})
    )


def test_more_units_than_are_left_are_refused():
    order = factories.placed_order(items=[item(quantity=3)])
    quantities = {line_of(order).pk: 2}
    ship(order, draft(quantities=quantities))
    assert_refused(order, "MUG: 2 to ship, but only 1 left.", draft(quantities=quantities))


def test_more_units_than_ordered_over_two_packages_are_refused():
    order = factories.placed_order(items=[item(quantity=3)])
    quantities = {line_of(order).pk: 2}
    assert_refused(
        order,
        "MUG: 2 to ship, but only 1 left.",
        draft(quantities=quantities),
        draft(quantities=quantities),
    )


def test_units_that_were_canceled_cannot_be_shipped():
    order = factories.placed_order(items=[item(quantity=3)])
    CommerceOrderLine.objects.update(quantity_canceled=2)
    assert_refused(
        order, "MUG: 2 to ship, but only 1 left.", draft(quantities={line_of(order).pk: 2})
    )


def test_an_item_of_another_order_is_refused():
    store = factories.amazon_store()
    order, other = factories.placed_order(store=store), factories.placed_order(store=store)
    assert_refused(
        order,
        f"Order {order.commerce_order.number} has no such item.",
        draft(quantities={line_of(other).pk: 1}),
    )


def test_a_second_package_that_is_not_right_takes_the_first_back():
    order = factories.placed_order(items=[item("MUG"), item("CUP")])
    assert_refused(
        order,
        "The tracking number is missing.",
        draft(quantities={line_of(order, "MUG").pk: 1}),
        draft(quantities={line_of(order, "CUP").pk: 1}, tracking_number=""),
    )


@pytest.mark.parametrize(
    ("moves", "word"),
    [
        (["hold"], "On Hold"),
        (["complete"], "Complete"),
        (["cancel"], "Canceled"),
        (["complete", "close"], "Closed"),
    ],
)
def test_an_order_that_is_not_open_is_refused(moves, word):
    order = factories.placed_order()
    commerce_order = order.commerce_order
    for move in moves:
        getattr(commerce_order, move)(*([NOW] if move in {"complete", "cancel"} else []))
    commerce_order.save()
    message = f"Order {commerce_order.number} is {word}: it cannot be shipped."
    assert_refused(order, message, draft())


def test_what_amazon_fulfills_is_refused():
    order = factories.placed_order()
    ChannelOrder.objects.update(fulfilled_by="amazon")
    number = order.commerce_order.number
    assert_refused(order, f"Order {number} is fulfilled by Amazon: Amazon ships it.", draft())


@pytest.mark.parametrize(
    ("move", "message"),
    [
        ("amazon_pending", "Order 000000001 is pending at Amazon: do not ship it."),
        ("amazon_shipped", "Amazon shows order 000000001 shipped already."),
        ("amazon_unfulfillable", "Order 000000001 is unfulfillable at Amazon: do not ship it."),
    ],
)
def test_what_amazon_would_refuse_is_refused_here(move, message):
    order = factories.placed_order()
    getattr(order, move)()
    order.save()
    number = order.commerce_order.number
    assert_refused(order, message.replace("000000001", number), draft())


def test_a_form_posted_twice_ships_once():
    order = factories.placed_order(items=[item(quantity=2)])
    one = draft(quantities={line_of(order).pk: 1})
    create_shipment(order_id=order.commerce_order_id, packages=[one], packages_seen=0)
    before = everything()
    with pytest.raises(CannotShip, match="was shipped from meanwhile"):
        create_shipment(order_id=order.commerce_order_id, packages=[one], packages_seen=0)
    assert everything() == before


def test_what_is_canceled_at_amazon_is_refused():
    order = factories.placed_order()
    order.amazon_canceled()
    order.save()
    number = order.commerce_order.number
    assert_refused(order, f"Order {number} is canceled at Amazon: do not ship it.", draft())


def test_what_amazon_confirms_by_itself_is_refused():
    order = factories.placed_order(programs=["FBM_SHIP_PLUS"])
    number = order.commerce_order.number
    assert_refused(order, f"Order {number} is FBM Ship+: Amazon confirms it by itself.", draft())


class ChannelWithARace:
    """A sales channel that lets another worker ship after this one has read the lines."""

    def resolve_carrier(self, order: CommerceOrder, text: str, name: str) -> sales_channel.Carrier:
        CommerceOrderLine.objects.filter(order=order).update(quantity_shipped=1)
        return sales_channel.Carrier(code=text, label=text)

    def buyer_cancel_reasons(self, order: CommerceOrder) -> list[str] | None:
        return None

    def numbers_shown(self, order: CommerceOrder) -> frozenset[int]:
        return frozenset()

    def refuses_shipping(self, order: CommerceOrder) -> str:
        return ""

    def packages_created(self, *args: Any, **kwargs: Any) -> None:
        raise AssertionError("Nothing was shipped.")


def test_the_update_itself_refuses_units_that_left_in_the_meantime():
    sales_channel.register("race", ChannelWithARace())
    order = factories.commerce_order(channel="race")
    line = factories.line(order)
    with pytest.raises(CannotShip, match="MUG: 1 to ship, but only"):
        create_shipment(order_id=order.pk, packages=[draft(quantities={line.pk: 1})])
    assert Shipment.objects.count() == 0
