"""The table of order settings as it lands in the database: order, state, reserved units."""

from itertools import product

import pytest
from django.db import transaction

from channels.models import ChannelOrder
from channels.services.importing import write
from channels.services.merging import Merged
from channels.services.placing import place
from orders.models import CommerceOrder, Product, Reservation
from tests import factories
from tests.factories import NOW, item

pytestmark = pytest.mark.django_db

S = ChannelOrder.Status
ORDERED, SHIPPED = 3, 1  # units; of a partially shipped order
STOCK = {"in": 10, "out": 0, "n/m": None}
ANY = ("in", "out", "n/m")

NOTHING_YET = ("awaiting", None, 0)
NEVER = ("ignored", None, 0)
HELD = ("held", None, 0)
COMPLETE = ("placed", "complete", 0)
TABLE = [
    # fulfilled by, stock, Amazon's status, (placement, state of the Commerce order, reserved)
    (
        "amazon",
        ANY,
        (S.PENDING, S.PENDING_AVAILABILITY, S.UNSHIPPED, S.PARTIALLY_SHIPPED),
        NOTHING_YET,
    ),
    ("amazon", ANY, (S.CANCELED, S.UNFULFILLABLE), NEVER),
    ("amazon", ANY, (S.SHIPPED,), COMPLETE),
    ("merchant", ANY, (S.PENDING, S.PENDING_AVAILABILITY), NOTHING_YET),
    ("merchant", ANY, (S.CANCELED, S.UNFULFILLABLE), NEVER),
    ("merchant", ("in",), (S.UNSHIPPED,), ("placed", "pending", ORDERED)),
    ("merchant", ("in",), (S.PARTIALLY_SHIPPED,), ("placed", "pending", ORDERED - SHIPPED)),
    ("merchant", ("n/m",), (S.UNSHIPPED, S.PARTIALLY_SHIPPED), ("placed", "pending", 0)),
    ("merchant", ("out",), (S.UNSHIPPED, S.PARTIALLY_SHIPPED), HELD),
    ("merchant", ANY, (S.SHIPPED,), COMPLETE),
]
CASES = [
    (fulfilled_by, stock, status, outcome)
    for fulfilled_by, stocks, statuses, outcome in TABLE
    for stock, status in product(stocks, statuses)
]
UNITS_SHIPPED = {S.PARTIALLY_SHIPPED: SHIPPED, S.SHIPPED: ORDERED}


def arrive(fulfilled_by: str, stock: str, status: str, **settings: str) -> ChannelOrder:
    """An order of three units is decided about and written, as the import does it."""
    factories.product(quantity=STOCK[stock])
    store = factories.amazon_store(**settings)
    row = item(quantity=ORDERED, quantity_shipped=UNITS_SHIPPED.get(status, 0))
    order = factories.unsaved_channel_order(
        store=store,
        items=[row],
        fulfilled_by=fulfilled_by,
        status=status,
        amazon_status=status.upper(),
    )
    row.order = order
    merged = Merged(order, [row], is_new=True)
    with transaction.atomic():
        place([merged], {store.pk: store}, now=NOW)
        write([merged])
    return ChannelOrder.objects.select_related("commerce_order").get()


def reserved() -> int:
    return -sum(Reservation.objects.values_list("quantity", flat=True))


@pytest.mark.parametrize(("fulfilled_by", "stock", "status", "outcome"), CASES)
def test_the_table(fulfilled_by, stock, status, outcome):
    order = arrive(
        fulfilled_by,
        stock,
        status,
        unknown_sku="hold",
        product_disabled="hold",
        out_of_stock="hold",
    )
    commerce_order = order.commerce_order
    state = commerce_order.state if commerce_order else None
    assert (order.placement, state, reserved()) == outcome
    assert CommerceOrder.objects.count() == (state is not None)
    assert Product.objects.get().quantity == (STOCK[stock] or 0)


def test_the_table_has_every_case_once():
    cases = [(fulfilled_by, stock, status) for fulfilled_by, stock, status, _ in CASES]
    assert len(cases) == len(set(cases))
    known = set(ChannelOrder.Status) - {S.UNKNOWN}
    assert set(cases) == set(product(("amazon", "merchant"), STOCK, known))


@pytest.mark.parametrize(
    ("status", "units"), [(S.UNSHIPPED, ORDERED), (S.PARTIALLY_SHIPPED, ORDERED - SHIPPED)]
)
def test_out_of_stock_is_oversold_when_order_settings_say_so(status, units):
    order = arrive("merchant", "out", status, out_of_stock="oversell")
    assert (order.placement, order.commerce_order.state, reserved()) == (
        "placed",
        "pending",
        units,
    )


@pytest.mark.parametrize("fulfilled_by", ["amazon", "merchant"])
@pytest.mark.parametrize("stock", ANY)
def test_shipped_lines_are_counted_as_shipped(fulfilled_by, stock):
    order = arrive(fulfilled_by, stock, S.SHIPPED)
    line = order.commerce_order.lines.get()
    assert (line.quantity_ordered, line.quantity_shipped, line.quantity_left) == (3, 3, 0)
    assert order.commerce_order.completed_at == NOW
    assert order.proven_at == NOW
