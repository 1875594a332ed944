"""The two workflows of the spec, row by row, through the real client against the pretend Amazon."""

import pytest

from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Buyer, Status
from customers.models import Customer
from orders.models import CommerceOrder, OutboxMessage, Product, Reservation, Shipment
from tests import portal

pytestmark = pytest.mark.django_db(transaction=True)

ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")


def draft(status=Status.UNSHIPPED, **more):
    lines = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))
    return Draft(status=status, buyer=ANNA, lines=lines, **more)


def verify(sandbox, order_id):
    sandbox.world.change(order_id, moves.verify)


def test_fbm_1_a_pending_order_is_stored_and_not_on_the_orders_tab(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", draft(Status.PENDING))

    run = portal.poll()

    assert (run.outcome, run.seen, run.created, run.placed) == ("complete", 1, 1, 0)
    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["placement"]) == ("pending", "awaiting")
    assert shown["on_orders_tab"] is False
    assert shown["commerce_order"] is None
    assert shown["buyer"] == {"name": None, "email": None}
    assert shown["shipping_address"] == {}


def test_fbm_2_and_3_verified_it_appears_with_details_and_its_commerce_order(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", draft(Status.PENDING))
    portal.poll()
    stored = portal.order(amazon.order_id).pk

    verify(sandbox, amazon.order_id)
    portal.poll()

    shown = portal.shown(amazon.order_id)
    assert ChannelOrder.objects.get().pk == stored
    assert (shown["status"], shown["placement"]) == ("unshipped", "placed")
    assert shown["on_orders_tab"] is True
    assert shown["buyer"] == {"name": ANNA.name, "email": ANNA.email}
    total = sum(item.total for item in sandbox.world.order(amazon.order_id).items)
    assert shown["grand_total"] == total
    linked = shown["commerce_order"]
    assert (linked["number"], linked["state"], linked["status"]) == (
        "000000001",
        "pending",
        "pending",
    )
    assert linked["grand_total"] == total
    assert [(line["sku"], line["quantity_ordered"]) for line in linked["lines"]] == [
        ("KET-12", 2),
        ("MUG-3", 1),
    ]


def test_fbm_4_guest_by_default(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()

    linked = portal.shown(amazon.order_id)["commerce_order"]
    assert (linked["guest"], linked["customer"]) == (True, None)
    assert Customer.objects.count() == 0


def test_fbm_4_build_new_customer_account_once_per_email(sandbox):
    portal.connect(sandbox, customer_creation="new")
    first = sandbox.world.create_order("SE", draft())
    portal.poll()
    shouted = Buyer(name="ANNA ÖBERG", email="K3V9X@marketplace.amazon.se")
    second = sandbox.world.create_order("SE", Draft(buyer=shouted))
    portal.poll()

    customer = Customer.objects.get()
    assert customer.profile["name"] == "Anna Öberg"
    for amazon in (first, second):
        linked = portal.shown(amazon.order_id)["commerce_order"]
        assert linked["guest"] is False
        assert linked["customer"]["id"] == customer.pk


def test_fbm_5_shipped_confirmed_and_proven(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()

    portal.ship(amazon.order_id, tracking="SE123")
    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["commerce_order"]["state"]) == ("shipped", "complete")
    assert [p["confirmation"] for p in shown["commerce_order"]["packages"]] == ["pending"]
    assert sandbox.world.order(amazon.order_id).status is Status.UNSHIPPED

    portal.deliver()
    at_amazon = sandbox.world.order(amazon.order_id)
    assert at_amazon.status is Status.SHIPPED
    assert [(p.reference_id, p.carrier_code, p.tracking_number) for p in at_amazon.packages] == [
        ("1", "PostNord", "SE123")
    ]
    shown = portal.shown(amazon.order_id)
    assert [p["confirmation"] for p in shown["commerce_order"]["packages"]] == ["proven"]
    assert portal.order(amazon.order_id).is_completed
    assert shown["notes"][-1]["text"] == "Amazon shows everything shipped."


def test_fbm_5_parts_in_several_packages(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()
    kettle, mug = (item.order_item_id for item in amazon.items)

    portal.ship(amazon.order_id, tracking="SE1", quantities={kettle: 1})
    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["commerce_order"]["state"]) == (
        "partially_shipped",
        "processing",
    )
    portal.deliver()
    assert sandbox.world.order(amazon.order_id).status is Status.PARTIALLY_SHIPPED

    portal.ship(amazon.order_id, tracking="SE2", quantities={kettle: 1, mug: 1})
    portal.deliver()
    at_amazon = sandbox.world.order(amazon.order_id)
    assert at_amazon.status is Status.SHIPPED
    assert [(p.reference_id, p.tracking_number) for p in at_amazon.packages] == [
        ("1", "SE1"),
        ("2", "SE2"),
    ]
    assert portal.order(amazon.order_id).is_completed


def test_fbm_5_does_not_fall_back_while_amazons_list_lags(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()
    portal.ship(amazon.order_id)

    sandbox.world.change(amazon.order_id, moves.request_cancel)  # an update, still Unshipped
    portal.poll()

    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["cancel_requested"]) == ("shipped", True)


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNSHIPPED, Status.CANCELLED])
def test_fba_1_nothing_is_stored_before_amazon_has_shipped(sandbox, status):
    portal.connect(sandbox)
    sandbox.world.create_order("SE", draft(status, fulfilled_by=AMAZON))

    run = portal.poll()

    assert (run.seen, run.created) == (1, 0)
    assert ChannelOrder.objects.count() == 0


def test_fba_2_and_3_shipped_comes_in_complete(sandbox):
    portal.connect(sandbox, customer_creation="new")
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=0)
    amazon = sandbox.world.create_order("SE", draft(Status.PENDING, fulfilled_by=AMAZON))
    portal.poll()
    sandbox.world.change(amazon.order_id, moves.ship_by_amazon)
    portal.poll()

    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["placement"]) == ("shipped", "placed")
    linked = shown["commerce_order"]
    assert (linked["state"], linked["guest"]) == ("complete", True)
    assert [p["confirmation"] for p in linked["packages"]] == ["by_amazon"]
    assert Shipment.objects.get().by == Shipment.By.AMAZON
    assert Reservation.objects.count() == 0
    assert Product.objects.get(sku="KET-12").quantity == 0
    assert OutboxMessage.objects.count() == 0
    assert shown["buyer"]["email"] is None
    assert portal.order(amazon.order_id).is_completed


def test_fba_3_not_created_when_order_settings_say_so(sandbox):
    portal.connect(sandbox, fba_orders="ignore")
    amazon = sandbox.world.create_order("SE", draft(Status.SHIPPED, fulfilled_by=AMAZON))
    portal.poll()

    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["placement"]) == ("shipped", "ignored")
    assert CommerceOrder.objects.count() == 0


def test_canceled_at_amazon_cancels_the_commerce_order_and_releases_the_stock(sandbox):
    portal.connect(sandbox)
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=10)
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()
    assert portal.shown(amazon.order_id)["reservations"] == [{"sku": "KET-12", "quantity": 2}]

    sandbox.world.change(amazon.order_id, moves.cancel)
    portal.poll()

    shown = portal.shown(amazon.order_id)
    assert (shown["status"], shown["commerce_order"]["state"]) == ("canceled", "canceled")
    assert shown["reservations"] == []


def test_disabled_import_shows_the_order_view_only(sandbox):
    portal.connect(sandbox, import_amazon_orders="disabled")
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()

    shown = portal.shown(amazon.order_id)
    assert (shown["placement"], shown["on_orders_tab"]) == ("view_only", True)
    assert CommerceOrder.objects.count() == 0


def test_amazons_number_as_the_commerce_order_number(sandbox):
    portal.connect(sandbox, order_number_source="amazon")
    amazon = sandbox.world.create_order("SE", draft())
    portal.poll()

    assert portal.shown(amazon.order_id)["commerce_order"]["number"] == amazon.order_id
