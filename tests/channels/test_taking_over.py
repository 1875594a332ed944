"""Packages confirmed elsewhere become the Commerce order's, once, and never a second time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import ChannelOrder, OrderSettings
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Package as AmazonPackage
from channels.sandbox.records import PackageItem as AmazonPackageItem
from channels.services.taking_over import take_over_stored
from orders.models import CommerceOrderLine, OrderNote, OutboxMessage, Package, Product, Reservation
from orders.services.errors import CannotShip
from orders.services.inventory import with_salable
from orders.services.outbox import dismiss
from orders.services.packages import PackageDraft
from orders.services.shipments import ship
from orders.services.taking_back import take_back_package
from tests import factories, portal
from tests.channels.delivering import notes
from tests.channels.feeding import submit
from tests.staff import SEE_ORDERS, staff, superuser
from tests.timeline import moved

pytestmark = pytest.mark.django_db

LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=3))


@pytest.fixture
def amazon(sandbox):
    for sku in ("KET-12", "MUG-3"):
        factories.product(sku, quantity=10)
    portal.connect(sandbox)
    portal.without_quota(sandbox)
    return sandbox


def imported(amazon, lines=LINES):
    order = amazon.world.create_order("SE", Draft(lines=lines))
    portal.poll()
    return order


def confirm(amazon, order, units, *, reference="1", tracking="RR123456785SE"):
    """Somebody confirms a package in Seller Central: units by the position of the item."""
    now = amazon.world.clock.now()
    package = AmazonPackage(
        reference_id=reference,
        carrier_code="PostNord",
        carrier_name="",
        shipping_method="",
        tracking_number=tracking,
        shipped_at=now,
        created=now,
        items=tuple(
            AmazonPackageItem(order_item_id=order.items[at].order_item_id, quantity=count)
            for at, count in units.items()
        ),
    )
    amazon.world.change(order.order_id, lambda before: moves.put_package(before, package))


def packages(order):
    """Number, who, tracking number, units of each package."""
    found = portal.order(order.order_id).commerce_order.packages.order_by("number")
    return [
        (p.number, p.shipment.by, p.tracking_number, [i.quantity for i in p.items.all()])
        for p in found
    ]


def state(order):
    return portal.order(order.order_id).commerce_order.state


def stock():
    return {
        p.sku: (p.quantity, p.salable)
        for p in with_salable(Product.objects.filter(manage_stock=True)).order_by("sku")
    }


def test_a_part_shipped_elsewhere_is_counted_and_not_reserved_any_more(amazon):
    order = imported(amazon)
    confirm(amazon, order, {0: 2, 1: 1})
    portal.poll()

    assert packages(order) == [(1, "channel", "RR123456785SE", [2, 1])]
    assert state(order) == "processing"
    shipped = CommerceOrderLine.objects.order_by("pk").values_list("quantity_shipped", flat=True)
    assert list(shipped) == [2, 1]
    assert stock() == {"KET-12": (8, 8), "MUG-3": (9, 7)}
    assert notes(order)[-1] == "Package 1 was confirmed elsewhere."
    assert OutboxMessage.objects.count() == 0


def test_all_shipped_elsewhere_completes_the_order(amazon):
    order = imported(amazon)
    confirm(amazon, order, {0: 2}, reference="1")
    confirm(amazon, order, {1: 3}, reference="7", tracking="T7")
    portal.poll()

    assert packages(order) == [
        (1, "channel", "RR123456785SE", [2]),
        (7, "channel", "T7", [3]),
    ]
    assert portal.order(order.order_id).tab_status[0] == "completed"
    assert stock() == {"KET-12": (8, 8), "MUG-3": (7, 7)}
    assert moved(OrderNote.objects.latest("id")) == ["Commerce order: Pending → Complete"]


def test_it_is_taken_over_once_however_often_it_comes(amazon):
    order = imported(amazon)
    confirm(amazon, order, {0: 1})
    portal.poll()
    before = (packages(order), stock(), notes(order))
    ChannelOrder.objects.update(digest=bytes(16))  # as if Amazon had changed something
    portal.poll()
    assert take_over_stored(portal.order(order.order_id).pk) == 0
    assert (packages(order), stock(), notes(order)) == before


def test_a_held_order_that_left_elsewhere_is_complete(amazon):
    order = imported(amazon)
    linked = portal.order(order.order_id).commerce_order
    linked.hold()
    linked.save()
    confirm(amazon, order, {0: 2, 1: 3})
    portal.poll()
    assert state(order) == "complete"


def test_a_package_of_ours_is_never_taken_over(amazon):
    order = imported(amazon)
    kettle = order.items[0].order_item_id
    portal.ship(order.order_id, quantities={kettle: 1})
    portal.deliver()
    portal.poll()
    assert [(number, by) for number, by, *_ in packages(order)] == [(1, "merchant")]
    assert stock() == {"KET-12": (9, 8), "MUG-3": (10, 7)}


def test_ours_gets_a_number_that_amazon_does_not_show(amazon):
    order = imported(amazon)
    confirm(amazon, order, {0: 1}, reference="41")
    portal.poll()
    portal.ship(order.order_id)
    portal.deliver()
    assert [p.reference_id for p in amazon.world.order(order.order_id).packages] == ["41", "42"]
    assert portal.order(order.order_id).is_completed


@pytest.mark.parametrize("reference", ["99999999999999999999", "2147483647"])
def test_a_reference_that_is_no_number_of_ours_is_known_by_its_tracking_number(amazon, reference):
    order = imported(amazon)
    confirm(amazon, order, {0: 1}, reference=reference)
    portal.poll()
    ChannelOrder.objects.update(digest=bytes(16))
    portal.poll()
    assert packages(order) == [(1, "channel", "RR123456785SE", [1])]


def test_units_that_no_package_explains_are_taken_over_without_a_number(amazon):
    order = imported(amazon)
    row = portal.order(order.order_id)
    row.amazon_shipped()
    row.save()
    for item in row.items.all():
        item.quantity_shipped = item.quantity_ordered
        item.save()
    assert take_over_stored(row.pk) == 1
    assert packages(order) == [(1, "channel", "", [2, 3])]
    assert state(order) == "complete"
    assert notes(order)[-1] == (
        "Amazon counts units as shipped and shows no package: taken over as package 1."
    )
    assert take_over_stored(row.pk) == 0


def test_what_both_shipped_is_not_sent_a_second_time(amazon):
    """Ours waits while somebody ships the same in Seller Central."""
    order = imported(amazon)
    kettle = order.items[0].order_item_id
    portal.ship(order.order_id, quantities={kettle: 2}, tracking="OURS")
    confirm(amazon, order, {0: 2}, reference="5")
    portal.poll()
    portal.deliver()

    message = OutboxMessage.objects.get()
    answer = "Confirmed elsewhere meanwhile as package 5: not sent a second time."
    assert (message.state, message.last_error) == ("refused", answer)
    assert f"Amazon refused package 1: {answer}" in notes(order)
    assert [p.reference_id for p in amazon.world.order(order.order_id).packages] == ["5"]


def test_what_both_shipped_does_not_go_by_feed_either(amazon):
    """It leaves the feed, is looked for, and is not sent a second time."""
    order = imported(amazon)
    kettle = order.items[0].order_item_id
    portal.ship(order.order_id, quantities={kettle: 2}, tracking="OURS")
    confirm(amazon, order, {0: 2}, reference="5")
    portal.poll()
    amazon.world.calls.clear()

    assert submit() == 0
    message = OutboxMessage.objects.get()
    assert (message.state, message.outcome_unknown) == ("pending", True)
    assert not any(call.operation.startswith("createFeed") for call in amazon.world.calls)

    portal.deliver()
    assert OutboxMessage.objects.get().state == "refused"
    assert [p.reference_id for p in amazon.world.order(order.order_id).packages] == ["5"]


def test_a_dismissed_confirmation_of_ours_stops_no_other(amazon):
    """The first parcel was confirmed by hand, and ours of it given up: the second is sent."""
    order = imported(amazon, lines=(Line(sku="KET-12", quantity=2),))
    kettle = order.items[0].order_item_id
    portal.ship(order.order_id, quantities={kettle: 1}, tracking="FIRST")
    portal.ship(order.order_id, quantities={kettle: 1}, tracking="SECOND")
    confirm(amazon, order, {0: 1}, reference="71", tracking="FIRST")
    portal.poll()
    first, second = OutboxMessage.objects.order_by("pk")
    dismiss([first.pk], reason="Confirmed by hand")
    portal.deliver()

    assert OutboxMessage.objects.get(pk=second.pk).state == "proven"
    packages = amazon.world.order(order.order_id).packages
    assert [(p.reference_id, p.tracking_number) for p in packages] == [
        ("71", "FIRST"),
        ("2", "SECOND"),
    ]


@pytest.mark.django_db(transaction=True)
def test_room_for_what_was_shipped_elsewhere_when_ours_is_taken_back(amazon):
    """Both shipped; the merchant takes ours back, and Amazon's package is taken over."""
    order = imported(amazon)
    OrderSettings.objects.update(grace_minutes=60)
    portal.ship(order.order_id, tracking="OURS")
    confirm(amazon, order, {0: 2, 1: 3}, reference="5")
    portal.poll()
    assert packages(order) == [(1, "merchant", "OURS", [2, 3])]

    take_back_package(package_id=Package.objects.get().pk)

    assert packages(order) == [(5, "channel", "RR123456785SE", [2, 3])]
    assert state(order) == "complete"
    assert stock() == {"KET-12": (8, 8), "MUG-3": (7, 7)}


def test_a_package_elsewhere_does_not_stop_ours_of_other_units(amazon):
    order = imported(amazon)
    mug = order.items[1].order_item_id
    confirm(amazon, order, {0: 2, 1: 1}, reference="5")
    portal.ship(order.order_id, quantities={mug: 2}, tracking="OURS")
    portal.poll()
    portal.deliver()
    shown = amazon.world.order(order.order_id).packages
    assert [(p.reference_id, p.tracking_number) for p in shown] == [
        ("5", "RR123456785SE"),
        ("1", "OURS"),
    ]
    assert state(order) == "complete"
    assert portal.order(order.order_id).is_completed


def test_shipping_reads_what_was_shipped_elsewhere_before(amazon):
    """The list is old: the last look brings the package, and nothing is shipped twice."""
    order = imported(amazon)
    confirm(amazon, order, {0: 2, 1: 3}, reference="5")
    ChannelOrder.objects.update(synced_at=timezone.now() - timedelta(hours=1))
    draft = PackageDraft(carrier_code="DSV", tracking_number="T")
    with pytest.raises(CannotShip, match="is Complete: it cannot be shipped"):
        ship(order_id=portal.order(order.order_id).commerce_order_id, packages=[draft])
    assert [number for number, *_ in packages(order)] == [5]


def test_eight_orders_cost_as_many_statements_as_one(amazon):
    costs = []
    for count in (1, 8):
        orders = [imported(amazon) for _ in range(count)]
        for order in orders:
            confirm(amazon, order, {0: 2, 1: 3})
        with CaptureQueriesContext(connection) as captured:
            portal.poll()
        assert all(state(order) == "complete" for order in orders)
        costs.append(len(captured))
    assert costs[0] == costs[1]
    assert Reservation.objects.filter(event="shipped").count() == 18


# The page


def shipped_at_amazon():
    """Amazon shows it shipped, and its Commerce order is open: as after taking a shipment back."""
    package = {
        "reference": "4", "carrier": "DHL", "tracking_number": "3318810025",
        "shipped_at": factories.NOW.isoformat(), "items": [["1", 1]],
    }  # fmt: skip
    order = factories.placed_order(items=[factories.item(order_item_id="1")])
    order.amazon_shipped()
    order.packages = [package]
    order.save()
    return order


def test_the_page_offers_to_take_over_and_does():
    order = shipped_at_amazon()
    page = f"/admin/channels/channelorder/{order.pk}/change/"
    action = f"/admin/channels/channelorder/{order.pk}/take-over/"
    client = superuser()
    text = client.get(page).content.decode()
    assert "Amazon shows it shipped, but its Commerce order is still open." in text
    assert action in text
    assert client.get(action).status_code == 405
    text = client.post(action, follow=True).content.decode()
    assert "1 package taken over." in text
    assert "Nothing to do: Amazon shows everything shipped." in text
    text = client.post(action, follow=True).content.decode()
    assert "Amazon shows nothing that is not known here already." in text


def test_taking_over_needs_the_permission_to_ship():
    order = shipped_at_amazon()
    client = staff(*SEE_ORDERS)
    assert client.post(f"/admin/channels/channelorder/{order.pk}/take-over/").status_code == 403
    assert order.commerce_order.packages.count() == 0
