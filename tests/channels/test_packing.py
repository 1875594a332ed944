"""Which orders are to be packed, and what is in them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.models import ChannelOrder
from channels.models.order_status import Placement, Status
from channels.services.packing import BY_PURCHASE_DATE, BY_SHIP_DATE, BY_SKU, parcels
from orders.models import CommerceOrderLine
from tests import factories
from tests.channels.packing import being_canceled, held, parcel, to_pack

pytestmark = pytest.mark.django_db


def with_status(status, **more):
    return factories.channel_order(status=status, **more)


def test_an_unshipped_order_is_ready():
    assert parcel(to_pack()).doubt == ""
    assert parcel(to_pack(status=Status.PARTIALLY_SHIPPED)).doubt == ""


def test_an_order_that_is_only_viewed_can_be_packed():
    order = with_status(Status.UNSHIPPED, placement=Placement.VIEW_ONLY)
    found = parcel(order)
    assert (found.doubt, found.number) == ("", order.amazon_order_id)


@pytest.mark.parametrize(
    ("order", "doubt"),
    [
        (held, "On hold: fraud?"),
        (being_canceled, "Being canceled: accepted. Do not ship."),
        (
            lambda: to_pack(cancel_requested=True),
            "The buyer asked to cancel. Ship only if you cannot stop it.",
        ),
        (lambda: with_status(Status.CANCELED), "Canceled at Amazon."),
        (
            lambda: with_status(Status.PENDING),
            "Amazon is verifying the payment. Do not ship yet.",
        ),
        (
            lambda: with_status(Status.UNFULFILLABLE),
            "Amazon says that it cannot be fulfilled.",
        ),
        (lambda: with_status(Status.SHIPPED), "Nothing is left to pack."),
        (
            lambda: with_status(Status.UNSHIPPED, fulfilled_by="amazon"),
            "Fulfilled by Amazon: Amazon packs it.",
        ),
        (
            lambda: with_status(
                Status.UNSHIPPED,
                placement=Placement.HELD,
                hold_reason="unknown_sku",
                hold_detail="MUG is unknown.",
            ),
            "Unknown SKU: MUG is unknown.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_should_not_be_packed_says_why(order, doubt):
    assert parcel(order()).doubt == doubt


def test_a_commerce_order_that_is_canceled():
    order = to_pack()
    linked = order.commerce_order
    linked.cancel(factories.NOW)
    linked.save()
    assert parcel(order).doubt == "Canceled."


def test_what_amazon_shows_shipped_and_we_do_not():
    order = to_pack()
    order.ship()
    order.save()
    expected = "Amazon shows it shipped, but its Commerce order is still open."
    assert parcel(order).doubt == expected


def test_when_every_unit_is_shipped_nothing_is_left():
    order = to_pack(items=[factories.item(quantity=2)])
    CommerceOrderLine.objects.update(quantity_shipped=2)
    assert parcel(order).doubt == "Nothing is left to pack."


def test_what_is_left_and_what_is_wanted():
    order = to_pack(items=[factories.item(quantity=5)])
    CommerceOrderLine.objects.update(quantity_shipped=1, quantity_canceled=2)
    (content,) = parcel(order).contents
    assert (content.left, content.wanted) == (2, 3)


def test_without_a_commerce_order_amazon_counts():
    item = factories.item(quantity=5, quantity_shipped=1, quantity_unshipped=2)
    (content,) = parcel(factories.channel_order(items=[item])).contents
    assert (content.sku, content.left, content.wanted) == ("MUG", 2, 3)


def test_the_sku_is_the_products():
    """What stands on the shelf, where Amazon's SKU is mapped to another."""
    order = to_pack()
    CommerceOrderLine.objects.update(sku="SHELF-7", name="Mug, blue")
    (content,) = parcel(order).contents
    assert (content.sku, content.title) == ("SHELF-7", "Mug, blue")


def test_sorting():
    day = timedelta(days=1)
    now = factories.NOW
    first = to_pack(ship_by=now + day, purchase_date=now, items=[factories.item("C")])
    second = to_pack(ship_by=None, purchase_date=now - day, items=[factories.item("B")])
    third = to_pack(ship_by=now, purchase_date=now + day, items=[factories.item("A")])
    ids = [first.pk, second.pk, third.pk]

    def sorted_by(sort):
        return [found.order.pk for found in parcels(ids, sort=sort)]

    assert sorted_by(BY_SHIP_DATE) == [third.pk, first.pk, second.pk]
    assert sorted_by(BY_PURCHASE_DATE) == [second.pk, first.pk, third.pk]
    assert sorted_by(BY_SKU) == [third.pk, second.pk, first.pk]


@pytest.mark.parametrize(
    ("country", "size"), [("SE", "A4"), ("JP", "A4"), ("US", "letter"), ("MX", "letter")]
)
def test_the_paper_of_the_marketplace(country, size):
    order = factories.channel_order(store=factories.amazon_store(country=country))
    assert parcel(order).size == size


def test_a_marketplace_that_is_not_known_has_usual_paper():
    order = to_pack()
    order.store.marketplace_id = "A_NEW_ONE"
    order.store.save()
    assert parcel(order).size == "A4"


def test_statements_do_not_grow_with_the_orders():
    store = factories.amazon_store()
    for _ in range(20):
        to_pack(store=store)

    def statements(count):
        ids = list(ChannelOrder.objects.values_list("pk", flat=True)[:count])
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(parcels(ids)) == count
        return len(captured)

    assert statements(1) == statements(20) == 5
