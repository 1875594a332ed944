"""Amazon changes an order after its Commerce order was created: it follows, and stock with it."""

from decimal import Decimal

import pytest

from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from orders.models import CommerceOrder, CommerceOrderLine, OrderNote, Product, Reservation
from orders.services.inventory import with_salable
from tests import factories, portal

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
