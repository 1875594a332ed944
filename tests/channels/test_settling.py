"""What Amazon shows of an order that is being canceled: done, shipped instead, or nothing yet."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Package, PackageItem
from orders.models import Cancellation, CommerceOrder, Reservation
from orders.services.cancellation import request_cancellation
from tests import factories, portal
from tests.channels.shop import UNSHIPPED, bring, shop, texts

pytestmark = pytest.mark.django_db

OPEN = ("requested", "in_flight", "accepted")
DONE = "Amazon has canceled what it was asked to cancel."
SHIPPED = "Not canceled: Amazon shows it shipped."
LINES = (Line(sku="MUG", quantity=2), Line(sku="CUP", quantity=3))


@pytest.fixture
def amazon(sandbox):
    """An Unshipped order of two lines, in both worlds."""
    for sku in ("MUG", "CUP"):
        factories.product(sku, quantity=10)
    portal.connect(sandbox)
    order = sandbox.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    return SimpleNamespace(world=sandbox.world, order_id=order.order_id)


def ask(amazon, *skus, state="requested"):
    """Ask to cancel these lines, or all; how far the request is."""
    order = CommerceOrder.objects.get()
    pks = [order.lines.get(sku=sku).pk for sku in skus] if skus else None
    request_cancellation(order_id=order.pk, reason="NoInventory", line_pks=pks)
    claimed = {"claim": order.uid, "claimed_at": factories.NOW} if state == "in_flight" else {}
    Cancellation.objects.update(state=state, **claimed)


def at_amazon(amazon, move, *skus, **more):
    """Amazon cancels these lines, or all; ships one of each; …; and the portal hears of it."""
    ids = [i.order_item_id for i in amazon.world.order(amazon.order_id).items if i.sku in skus]
    amazon.world.change(amazon.order_id, lambda o: move(o, order_item_ids=ids, **more))
    portal.poll()


def ship_at_amazon(amazon, *skus):
    """Somebody confirms all units of these in Seller Central."""
    order = amazon.world.order(amazon.order_id)
    items = tuple(
        PackageItem(order_item_id=item.order_item_id, quantity=item.quantity)
        for item in order.items
        if item.sku in skus
    )
    package = Package(
        reference_id="77",
        carrier_code="PostNord",
        carrier_name="",
        shipping_method="",
        tracking_number="T77",
        shipped_at=order.updated,
        created=order.updated,
        items=items,
    )
    amazon.world.change(amazon.order_id, lambda o: moves.put_package(o, package))
    portal.poll()


def cancellation():
    return Cancellation.objects.get()


def notes(amazon):
    return [note["text"] for note in portal.shown(amazon.order_id)["notes"]]


@pytest.mark.parametrize("state", OPEN)
def test_an_order_that_amazon_shows_canceled_is_done(amazon, state):
    ask(amazon, state=state)
    at_amazon(amazon, moves.cancel, by="MERCHANT")
    row = cancellation()
    assert (row.state, row.claim, row.finished_at is None) == ("done", None, False)
    assert CommerceOrder.objects.get().state == "canceled"
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 0
    assert notes(amazon)[-3:] == [
        "Canceled at Amazon.",
        "Commerce order 000000001 canceled; its stock is released.",
        DONE,
    ]


@pytest.mark.parametrize("state", OPEN)
def test_lines_whose_units_are_gone_are_done(amazon, state):
    ask(amazon, "CUP", state=state)
    at_amazon(amazon, moves.cancel, "CUP")
    assert cancellation().state == "done"
    assert CommerceOrder.objects.get().state == "pending"
    assert notes(amazon)[-1] == DONE


def test_other_lines_gone_leave_it_open(amazon):
    ask(amazon, "CUP")
    at_amazon(amazon, moves.cancel, "MUG")
    assert cancellation().state == "requested"


def test_some_lines_gone_leave_a_whole_order_open(amazon):
    ask(amazon, state="accepted")
    at_amazon(amazon, moves.cancel, "MUG")
    assert cancellation().state == "accepted"
    at_amazon(amazon, moves.cancel, "CUP")
    assert cancellation().state == "done"


def test_lines_done_when_the_whole_order_is_canceled(amazon):
    ask(amazon, "CUP")
    at_amazon(amazon, moves.cancel)
    assert cancellation().state == "done"


@pytest.mark.parametrize("state", OPEN)
def test_shipped_at_amazon_instead_is_refused(amazon, state):
    ask(amazon, state=state)
    ship_at_amazon(amazon, "MUG", "CUP")
    assert (cancellation().state, cancellation().answer) == ("refused", SHIPPED)
    assert notes(amazon)[-1] == SHIPPED


def test_a_part_of_it_shipped_at_amazon_is_refused(amazon):
    ask(amazon, state="accepted")
    ship_at_amazon(amazon, "MUG")
    assert cancellation().state == "refused"


def test_another_line_shipped_at_amazon_leaves_lines_open(amazon):
    ask(amazon, "CUP", state="accepted")
    ship_at_amazon(amazon, "MUG")
    assert cancellation().state == "accepted"
    at_amazon(amazon, moves.cancel, "CUP")  # the rest: Amazon calls the order Shipped
    assert cancellation().state == "done"


def test_the_buyers_request_alone_finishes_nothing(amazon):
    ask(amazon)
    at_amazon(amazon, moves.request_cancel)
    assert cancellation().state == "requested"


@pytest.mark.parametrize("state", ["done", "refused", "withdrawn"])
def test_what_is_over_is_left_alone(amazon, state):
    order = CommerceOrder.objects.get()
    factories.cancellation(order=order, state=state)
    before = Cancellation.objects.values().get()
    at_amazon(amazon, moves.cancel)
    assert Cancellation.objects.values().get() == before
    assert DONE not in notes(amazon)


# Statements


def statements(store, drafts):
    with CaptureQueriesContext(connection) as captured:
        bring(store, *drafts)
    return [query["sql"] for query in captured if "orders_cancellation" in query["sql"]]


def several(count):
    """A shop with so many orders, each to be canceled, and what Amazon then sends of them."""
    store = shop()
    drafts = [replace(UNSHIPPED, number=n, email=f"b{n}@x.se") for n in range(1, count + 1)]
    bring(store, *drafts)
    later = [
        replace(draft, status=("CANCELLED", "SHIPPED")[draft.number % 2], minutes=60)
        for draft in drafts
    ]
    return store, later


def test_a_page_without_open_cancellations_costs_no_statement_of_its_own():
    store, later = several(4)
    (locking,) = statements(store, later)
    assert "EXISTS" in locking  # beside what is read anyway


@pytest.mark.parametrize("count", [2, 10])
def test_many_cost_what_one_of_each_costs(count):
    store, later = several(count)
    for order in CommerceOrder.objects.all():
        request_cancellation(order_id=order.pk, reason="NoInventory")
    assert len(statements(store, later)) == 5
    states = Cancellation.objects.values_list("state", flat=True)
    assert sorted(states) == ["done"] * (count // 2) + ["refused"] * (count // 2)
    assert texts()[-1] == SHIPPED
