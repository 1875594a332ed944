"""Shipping: what is refused, what is written, and who wins when two ship at once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from channels.models import ChannelOrder
from orders import sales_channel
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OrderNote,
    OutboxMessage,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
)
from orders.services.errors import CannotShip
from orders.services.inventory import with_salable
from orders.services.shipments import PackageDraft, create_shipment, packages_of
from tests import factories
from tests.factories import NOW, PURCHASED, item
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


def draft(**overrides: Any) -> PackageDraft:
    values = {"carrier_code": "PostNord", "tracking_number": "UA000000001SE", "shipped_at": NOW}
    return PackageDraft(**{**values, **overrides})


def ship(order: ChannelOrder, *drafts: PackageDraft, user: User | None = None) -> Shipment:
    return create_shipment(
        order_id=order.commerce_order_id, packages=drafts or [draft()], user=user
    )


def line_of(order: ChannelOrder, sku: str = "MUG") -> CommerceOrderLine:
    return CommerceOrderLine.objects.get(order_id=order.commerce_order_id, sku=sku)


def stored(order: ChannelOrder) -> tuple[str, str, str]:
    """State and status of the Commerce order, status of the channel order."""
    found = ChannelOrder.objects.select_related("commerce_order").get(pk=order.pk)
    return found.commerce_order.state, found.commerce_order.status_id, found.status


def everything() -> list[Any]:
    """All that shipping may write."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (
            CommerceOrder, CommerceOrderLine, ChannelOrder, Shipment, Package, PackageItem,
            Product, Reservation, OutboxMessage, OrderNote,
        )
    ]  # fmt: skip


def notes_of(order: ChannelOrder) -> list[str]:
    return [str(note) for note in OrderNote.objects.filter(timeline=order.uid).order_by("id")]


# What is refused


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
        ({"carrier_code": "Pigeon"}, "Carrier 'Pigeon' is not known; use Other and its name."),
        (
            {"carrier_code": "postnord"},
            "Carrier 'postnord' is not known; use Other and its name.",
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
            "The ship date 2026-03-02T09:29:59+00:00 lies before the purchase "
            "(2026-03-02T09:30:00+00:00).",
        ),
        (
            {"quantities": {}},
            "The package is empty: choose at least one unit that is not shipped yet.",
        ),
    ],
)
def test_a_package_that_is_not_right_is_refused(values, message):
    assert_refused(factories.placed_order(), message, draft(**values))


def test_a_ship_date_in_the_future_is_refused():
    tomorrow = timezone.now() + timedelta(days=1)
    message = f"The ship date {tomorrow.isoformat()} lies in the future."
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

    def carriers(self, order: CommerceOrder) -> list[sales_channel.Carrier]:
        CommerceOrderLine.objects.filter(order=order).update(quantity_shipped=1)
        return [sales_channel.Carrier(code="PostNord", label="PostNord")]

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


# What is written


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
    order.amazon_pending()
    order.save()
    ship(order)
    assert stored(order) == ("complete", "complete", "pending")
    assert notes_of(order)[-1] == "Shipped here while Amazon's status is Pending."


@pytest.mark.parametrize("units", [1, 2])
def test_every_shipment_waits_for_proof_again(units):
    order = factories.placed_order(items=[item(quantity=3)])
    ship(order, draft(quantities={line_of(order).pk: 1}))
    ChannelOrder.objects.update(proven_at=NOW)
    ship(order, draft(quantities={line_of(order).pk: units}))
    assert ChannelOrder.objects.get().proven_at is None


def test_proof_of_what_amazon_knew_is_no_proof_of_what_is_shipped_here():
    order = factories.placed_order(items=[item(quantity=2)])
    order.amazon_shipped()
    order.proven_at = NOW
    order.save()
    ship(order)
    assert ChannelOrder.objects.get().proven_at is None


# Stock


def salable(sku: str = "MUG") -> int:
    return with_salable(Product.objects.filter(sku=sku)).get().salable


def ledger() -> list[tuple[str, str, int]]:
    return list(Reservation.objects.order_by("pk").values_list("event", "object_key", "quantity"))


def test_what_leaves_the_shelf_is_deducted_and_no_longer_reserved():
    product = factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=3)])
    assert salable() == 7
    ship(order, draft(quantities={line_of(order).pk: 2}))
    assert Product.objects.get(pk=product.pk).quantity == 8
    package = Package.objects.get()
    assert ledger() == [
        ("placed", f"order:{order.uid.hex}", -3),
        ("shipped", f"package:{package.pk}", 2),
    ]
    assert salable() == 7


def test_packages_of_one_product_have_a_ledger_line_each():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=3)])
    ship(order, draft(quantities={line_of(order).pk: 2}), draft())
    one, two = Package.objects.order_by("number")
    assert ledger()[1:] == [
        ("shipped", f"package:{one.pk}", 2),
        ("shipped", f"package:{two.pk}", 1),
    ]
    assert Product.objects.get().quantity == 7
    assert salable() == 7


def test_two_items_of_one_product_in_a_package_are_one_ledger_line():
    factories.product(quantity=10)
    ship(factories.placed_order(items=[item(quantity=2), item(quantity=3)]))
    assert ledger()[1:] == [("shipped", f"package:{Package.objects.get().pk}", 5)]
    assert Product.objects.get().quantity == 5


def test_stock_that_is_not_managed_is_not_touched():
    factories.product(quantity=None)
    ship(factories.placed_order())
    assert ledger() == []
    assert Product.objects.get().quantity == 0


def test_an_item_without_a_product_is_shipped_like_any_other():
    store = factories.amazon_store(unknown_sku="unmatched")
    order = factories.placed_order(store=store)
    ship(order)
    assert Product.objects.count() == 0
    assert stored(order) == ("complete", "complete", "shipped")


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


# Races


def result_of(calls: list[Any]) -> tuple[list[Shipment], list[str]]:
    """The shipments made and the refusals, of threads that shipped at once."""
    results = in_parallel(calls)
    made = [result for result in results if isinstance(result, Shipment)]
    refused = [str(result) for result in results if isinstance(result, CannotShip)]
    assert len(made) + len(refused) == len(results), results
    return made, refused


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_ship_a_whole_order_one_wins():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=2)])
    made, refused = result_of([partial(ship, order)] * 4)
    assert len(made) == 1
    number = order.commerce_order.number
    assert refused == [f"Order {number} is Complete: it cannot be shipped."] * 3
    assert line_of(order).quantity_shipped == 2
    assert (Package.objects.count(), OutboxMessage.objects.count()) == (1, 1)
    assert Product.objects.get().quantity == 8


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_ship_the_same_units_one_wins():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=2), item("CUP")])
    units = draft(quantities={line_of(order).pk: 2})
    made, refused = result_of([partial(ship, order, units)] * 4)
    assert len(made) == 1
    assert refused == ["MUG: 2 to ship, but only 0 left."] * 3
    assert line_of(order).quantity_shipped == 2
    assert stored(order) == ("processing", "processing", "partially_shipped")
    assert (Package.objects.count(), OutboxMessage.objects.count()) == (1, 1)
    assert Product.objects.get(sku="MUG").quantity == 8


@pytest.mark.django_db(transaction=True)
def test_threads_that_ship_different_units_all_win():
    factories.product(quantity=10)
    order = factories.placed_order(items=[item(quantity=4)])
    one_unit = draft(quantities={line_of(order).pk: 1})
    made, _ = result_of([partial(ship, order, one_unit)] * 4)
    assert sorted(shipment.number for shipment in made) == [1, 2, 3, 4]
    assert sorted(Package.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert stored(order) == ("complete", "complete", "shipped")
    assert Product.objects.get().quantity == 6
