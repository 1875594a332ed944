"""Amazon changes an order after its Commerce order was created: it follows, and stock with it."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from orders.models import CommerceOrder, CommerceOrderLine, OrderNote, Product, Reservation
from orders.services.holding import hold_order
from orders.services.inventory import with_salable
from tests import factories, portal
from tests.channels import pages
from tests.channels.shop import bring, shop

pytestmark = pytest.mark.django_db

LINES = (
    Line(sku="MUG", quantity=2, unit_price=Decimal("100.00")),
    Line(sku="CUP", quantity=3, unit_price=Decimal("50.00")),
)


def imported(sandbox):
    """An Unshipped order of two lines, in both worlds."""
    for sku in ("MUG", "CUP"):
        factories.product(sku, quantity=10)
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", Draft(lines=LINES))
    portal.poll()
    return amazon.order_id


def cancel(sandbox, order_id, *items):
    """The buyer gets no more of these items."""
    ids = [item.order_item_id for item in items]
    sandbox.world.change(
        order_id, lambda order: moves.cancel(order, by="BUYER", reason="x", order_item_ids=ids)
    )


def salable() -> dict[str, int]:
    return dict(with_salable(Product.objects.all()).values_list("sku", "salable"))


def lines() -> dict[str, tuple[int, int, int]]:
    """Ordered, shipped, canceled by SKU."""
    columns = ("sku", "quantity_ordered", "quantity_shipped", "quantity_canceled")
    return {sku: rest for sku, *rest in CommerceOrderLine.objects.values_list(*columns)}


def notes() -> list[str]:
    return [str(note) for note in OrderNote.objects.order_by("pk")]


def test_a_line_canceled_at_amazon_is_not_shipped_and_its_stock_is_free(sandbox):
    order_id = imported(sandbox)
    assert salable() == {"MUG": 8, "CUP": 7}
    item = sandbox.world.order(order_id).items[1]
    cancel(sandbox, order_id, item)
    portal.poll()
    assert lines() == {"MUG": [2, 0, 0], "CUP": [3, 0, 3]}
    assert salable() == {"MUG": 8, "CUP": 10}
    order = CommerceOrder.objects.get()
    assert order.state == "pending"
    assert order.grand_total == ChannelOrder.objects.get().grand_total
    assert "Amazon changed the quantity of CUP from 3 to 0." in notes()
    portal.poll()  # again: nothing more
    assert Reservation.objects.count() == 3


def test_the_rest_canceled_after_a_partial_shipment_completes_the_order(sandbox):
    order_id = imported(sandbox)
    mug, cup = sandbox.world.order(order_id).items
    portal.ship(order_id, quantities={mug.order_item_id: 2})
    portal.deliver()
    cancel(sandbox, order_id, cup)
    portal.poll()
    assert lines() == {"MUG": [2, 2, 0], "CUP": [3, 0, 3]}
    assert CommerceOrder.objects.get().state == "complete"
    assert ChannelOrder.objects.get().tab_status[0] == "completed"
    assert salable() == {"MUG": 8, "CUP": 10}


def test_what_has_left_beats_a_hold_when_the_rest_is_canceled(sandbox):
    order_id = imported(sandbox)
    mug, cup = sandbox.world.order(order_id).items
    portal.ship(order_id, quantities={mug.order_item_id: 2})
    portal.deliver()
    hold_order(order_id=CommerceOrder.objects.get().pk, reason="address?")
    cancel(sandbox, order_id, cup)
    portal.poll()
    order = CommerceOrder.objects.get()
    assert (order.state, order.status_id, order.state_before_hold) == ("complete", "complete", "")
    assert order.completed_at is not None
    assert salable() == {"MUG": 8, "CUP": 10}


# Page by page, without a sandbox


def mugs(*units, minutes=30, **more):
    """An order of so many units of MUG, CUP, HAT."""
    skus = ("MUG", "CUP", "HAT")
    lines = tuple(
        pages.Line(sku=sku, quantity=count, price="100.00")
        for sku, count in zip(skus, units, strict=False)
    )
    return pages.Draft(lines=lines, minutes=minutes, **more)


@pytest.mark.parametrize(
    ("after", "left", "total"),
    [
        ((1, 2), {"MUG": 9, "CUP": 8}, "300.00"),
        ((5, 2), {"MUG": 5, "CUP": 8}, "700.00"),
        ((2, 2), {"MUG": 8, "CUP": 8}, "400.00"),
    ],
)
def test_quantities_and_amounts_follow_while_the_order_is_open(after, left, total):
    for sku in ("MUG", "CUP"):
        factories.product(sku, quantity=10)
    store = shop()
    bring(store, mugs(2, 2))
    bring(store, mugs(*after, minutes=60))
    assert salable() == left
    order = CommerceOrder.objects.get()
    assert order.grand_total == order.subtotal == Decimal(total)
    assert sum(line.row_total for line in order.lines.all()) == Decimal(total)
    changed = "Amazon changed the quantity of MUG from 2 to"
    assert any(text.startswith(changed) for text in notes()) is (after[0] != 2)


def test_an_item_that_came_later_has_a_line():
    factories.product("HAT", quantity=10)
    store = shop()
    bring(store, mugs(1, 1))
    bring(store, mugs(1, 1, 3, minutes=60))
    assert lines()["HAT"] == [3, 0, 0]
    assert salable()["HAT"] == 7
    assert CommerceOrder.objects.get().grand_total == Decimal("500.00")
    assert "Amazon changed the quantity of HAT from 0 to 3." in notes()


def test_units_that_left_the_house_are_not_canceled():
    store = shop()
    bring(store, mugs(3, 1))
    order = ChannelOrder.objects.get()
    portal.ship(order.amazon_order_id, quantities={mugs(3).item_id(0): 2})
    bring(store, mugs(1, 1, minutes=60))  # Amazon does not know of the two yet
    assert lines()["MUG"] == [3, 2, 1]


def test_an_order_on_hold_follows_and_stays_on_hold():
    store = shop()
    bring(store, mugs(3))
    order = CommerceOrder.objects.get()
    order.hold()
    order.save()
    bring(store, mugs(1, minutes=60))
    assert CommerceOrder.objects.get().state == "on_hold"
    assert lines()["MUG"] == [3, 0, 2]


def test_a_finished_order_keeps_its_books_and_says_so_once():
    store = shop()
    bring(store, mugs(1, status="SHIPPED"))
    for minutes in (60, 90):
        bring(store, mugs(2, status="SHIPPED", minutes=minutes))
    order = CommerceOrder.objects.get()
    assert (order.grand_total, order.state) == (Decimal("100.00"), "complete")
    kept = "Amazon's total is now 200.00 SEK; Commerce order 000000001 keeps 100.00."
    assert notes().count(kept) == 1
    assert ChannelOrder.objects.get().grand_total == Decimal("200.00")


def test_amounts_that_do_not_add_up_are_not_taken_over():
    store = shop()
    bring(store, mugs(1))
    for minutes in (60, 90):
        bring(store, mugs(1, grand_total="99.00", minutes=minutes))
    assert CommerceOrder.objects.get().grand_total == Decimal("100.00")
    told = [text for text in notes() if "do not add up to it" in text]
    assert len(told) == 1
    assert "99.00 SEK" in told[0]


def test_nothing_is_noted_when_nothing_changed():
    store = shop()
    bring(store, mugs(2))
    before = notes()
    bring(store, mugs(2, minutes=60, cancel_requested=True))
    assert notes() == [*before, "The buyer asked to cancel this order."]


def test_following_costs_the_same_for_any_number_of_orders():
    factories.product("MUG", quantity=1000)
    store = shop()
    counts = []
    for numbers in (range(1, 2), range(10, 40)):
        bring(store, *(mugs(3, 1, number=n) for n in numbers))
        with CaptureQueriesContext(connection) as captured:
            bring(store, *(mugs(1, 1, 1, number=n, minutes=60) for n in numbers))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_completing_held_orders_costs_the_same_for_any_number():
    store = shop()
    counts = []
    for numbers in (range(1, 2), range(10, 40)):
        drafts = [mugs(1, 1, number=n) for n in numbers]
        bring(store, *drafts)
        orders = CommerceOrder.objects.exclude(state="complete")
        CommerceOrderLine.objects.filter(order__in=orders, sku="MUG").update(quantity_shipped=1)
        orders.update(state="on_hold", status="on_hold", state_before_hold="processing")
        with CaptureQueriesContext(connection) as captured:
            bring(store, *(mugs(1, 0, number=n, minutes=60) for n in numbers))
        counts.append(len(captured))
        assert not orders.exists()
    assert counts[0] == counts[1]
