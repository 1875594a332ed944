"""Stock: what is salable, and that the ledger always adds up."""

from uuid import UUID, uuid4

import pytest
from django.db.models import Sum
from django_fsm import can_proceed
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import AmazonStore, ChannelOrder
from channels.services.closing import close_canceled
from channels.services.importing import write
from channels.services.merging import Merged
from orders.models import ChangeEvent, CommerceOrderLine, Product, Reservation
from orders.services.errors import CannotShip
from orders.services.inventory import Event, Need, give_back, order_key, settle, with_salable
from orders.services.shipments import PackageDraft, create_shipment
from tests import factories
from tests.factories import NOW, item

pytestmark = pytest.mark.django_db


def salable(product: Product) -> int:
    return with_salable(Product.objects.filter(pk=product.pk)).get().salable


def need(order: UUID, units: dict[int, int], event: Event = Event.PLACED) -> Need:
    return Need(order_uid=order, event=event, object_key=order_key(order), units=units)


def reserved(product: Product, units: int, *, order: UUID | None = None) -> UUID:
    """Reserve units for an order; its timeline."""
    order = order or uuid4()
    held = Reservation.objects.filter(order_uid=order).values_list("product_id", "quantity")
    settle([need(order, {**{pk: -quantity for pk, quantity in held}, product.pk: units})])
    return order


def cancel_reservations(orders: list[UUID]) -> None:
    give_back(orders, Event.CANCELED)


def shipped(product: Product, units: int, *, order: UUID) -> None:
    """The ledger line of a shipment."""
    Reservation.objects.create(
        product=product, event="shipped", order_uid=order, object_key=str(uuid4()), quantity=units
    )


def ledger_of(order: UUID) -> list[tuple[str, str, int]]:
    return list(
        Reservation.objects.filter(order_uid=order)
        .order_by("pk")
        .values_list("product__sku", "event", "quantity")
    )


# Salable


def test_without_orders_all_on_the_shelf_is_salable():
    assert salable(factories.product(quantity=10)) == 10


def test_what_orders_need_is_not_salable():
    product = factories.product(quantity=10)
    reserved(product, 3)
    reserved(product, 4)
    assert salable(product) == 3


def test_more_than_there_is_can_be_reserved():
    product = factories.product(quantity=1)
    reserved(product, 3)
    assert salable(product) == -2


def test_products_do_not_share_their_stock():
    mug, cup = factories.product("MUG", quantity=5), factories.product("CUP", quantity=7)
    reserved(mug, 2)
    by_sku = {p.sku: p.salable for p in with_salable(Product.objects.all())}
    assert by_sku == {"MUG": 3, "CUP": 7}
    assert salable(cup) == 7


def test_what_is_salable_is_read_with_one_statement(django_assert_num_queries):
    for number in range(3):
        reserved(factories.product(f"P{number}", quantity=5), 1)
    with django_assert_num_queries(1):
        assert [p.salable for p in with_salable(Product.objects.all())] == [4, 4, 4]


# Reserving


def test_a_reservation_is_a_negative_line_of_the_ledger():
    product = factories.product(quantity=10)
    order = reserved(product, 3)
    assert ledger_of(order) == [("MUG", "placed", -3)]
    assert Product.objects.get().quantity == 10


@pytest.mark.parametrize("count", [1, 5])
def test_reserving_takes_two_statements_however_many_orders(django_assert_num_queries, count):
    products = [factories.product(f"P{number}", quantity=5) for number in range(3)]
    units = {product.pk: 2 for product in products}
    needs = [need(uuid4(), units) for _ in range(count)]
    with django_assert_num_queries(2):
        settle(needs)
    assert Reservation.objects.count() == 3 * count


def test_the_ledger_follows_what_an_order_needs():
    product, other = factories.product(quantity=10), factories.product("CUP", quantity=10)
    order = reserved(product, 3)
    settle([need(order, {product.pk: 3})])  # twice writes once
    settle(
        [
            Need(
                order_uid=order,
                event=Event.ADJUSTED,
                object_key="update:1",
                units={product.pk: 1, other.pk: 2},
            )
        ]
    )
    assert ledger_of(order) == [
        ("MUG", "placed", -3),
        ("MUG", "adjusted", 2),
        ("CUP", "adjusted", -2),
    ]
    assert (salable(product), salable(other)) == (9, 8)


def test_what_becomes_free_is_told():
    product = factories.product(quantity=10)
    order = reserved(product, 3)
    assert not ChangeEvent.objects.exists()
    cancel_reservations([order])
    assert list(ChangeEvent.objects.values_list("topic", "object_id")) == [
        ("product.changed", product.pk)
    ]


# Giving back


def test_a_canceled_order_gives_back_what_it_holds():
    product = factories.product(quantity=10)
    order = reserved(product, 3)
    cancel_reservations([order])
    assert ledger_of(order) == [("MUG", "placed", -3), ("MUG", "canceled", 3)]
    assert salable(product) == 10


def test_canceling_twice_gives_back_once():
    product = factories.product(quantity=10)
    order = reserved(product, 3)
    cancel_reservations([order])
    cancel_reservations([order])
    assert ledger_of(order) == [("MUG", "placed", -3), ("MUG", "canceled", 3)]


def test_the_same_order_twice_in_one_call_gives_back_once():
    order = reserved(factories.product(quantity=10), 3)
    cancel_reservations([order, order])
    assert ledger_of(order) == [("MUG", "placed", -3), ("MUG", "canceled", 3)]


def test_what_was_shipped_is_not_given_back():
    product = factories.product(quantity=10)
    order = reserved(product, 3)
    shipped(product, 2, order=order)
    cancel_reservations([order])
    assert ledger_of(order)[-1] == ("MUG", "canceled", 1)


def test_an_order_that_was_shipped_whole_gives_nothing_back():
    product = factories.product(quantity=10)
    order = reserved(product, 3)
    shipped(product, 3, order=order)
    cancel_reservations([order])
    assert ledger_of(order) == [("MUG", "placed", -3), ("MUG", "shipped", 3)]


def test_every_product_of_an_order_is_given_back():
    order = uuid4()
    for sku, units in (("MUG", 1), ("CUP", 2)):
        reserved(factories.product(sku, quantity=5), units, order=order)
    cancel_reservations([order])
    assert ledger_of(order)[2:] == [("MUG", "canceled", 1), ("CUP", "canceled", 2)]


def test_other_orders_keep_what_they_hold():
    product = factories.product(quantity=10)
    gone, kept = reserved(product, 3), reserved(product, 4)
    cancel_reservations([gone])
    assert ledger_of(kept) == [("MUG", "placed", -4)]
    assert salable(product) == 6


@pytest.mark.parametrize("orders", [[], [UUID(int=1)]])
def test_orders_that_hold_nothing_give_nothing_back(orders):
    cancel_reservations(orders)
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("count", [1, 5])
def test_giving_back_takes_three_statements_however_many_orders(django_assert_num_queries, count):
    product = factories.product(quantity=10)
    orders = [reserved(product, 1) for _ in range(count)]
    with django_assert_num_queries(3):  # read, write, tell
        cancel_reservations(orders)
    assert salable(product) == 10


# Whatever happens

SHELF = 10


def place(product: Product, units: int) -> ChannelOrder:
    return factories.placed_order(
        store=AmazonStore.objects.get(), items=[item(product.sku, quantity=units)]
    )


def ship(order: ChannelOrder, units: int) -> int:
    """Ship some units of the order's only line; how many left the house."""
    line = CommerceOrderLine.objects.get(order=order.commerce_order_id)
    package = PackageDraft(
        carrier_code="PostNord", tracking_number="UA1SE", quantities={line.pk: units}
    )
    try:
        create_shipment(order_id=order.commerce_order_id, packages=[package])
    except CannotShip:
        return 0
    return units


def cancel(order: ChannelOrder) -> None:
    """Amazon shows the order Canceled, whatever became of it here."""
    order = ChannelOrder.objects.select_related("commerce_order").get(pk=order.pk)
    for move in (order.amazon_canceled, order.amazon_canceled_before_confirmation):
        if can_proceed(move):
            move()
    merged = Merged(order, list(order.items.all()), is_new=False)
    close_canceled([merged], now=NOW)
    write([merged])


def needed(product: Product) -> int:
    """Units that orders still have to send, counted on their lines."""
    return sum(line.quantity_left for line in CommerceOrderLine.objects.filter(product=product))


which = st.integers(0, 2)
histories = st.lists(
    st.one_of(
        st.tuples(st.just("ship"), which, st.integers(1, 3)),
        st.tuples(st.just("cancel"), which, st.just(0)),
    ),
    max_size=8,
)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), histories)
@settings(max_examples=25)
def test_the_ledger_adds_up_whatever_happens(quantities, history):
    if not AmazonStore.objects.exists():
        factories.amazon_store()
    product = factories.product(f"P{uuid4().hex}", quantity=SHELF)
    orders = [place(product, units) for units in quantities]
    left_the_house = 0
    for what, position, units in history:
        order = orders[position % len(orders)]
        if what == "ship":
            left_the_house += ship(order, units)
        else:
            cancel(order)
        assert Product.objects.get(pk=product.pk).quantity == SHELF - left_the_house
        assert salable(product) == SHELF - left_the_house - needed(product)
    balances = Reservation.objects.filter(product=product).order_by().values("order_uid")
    assert all(row["balance"] <= 0 for row in balances.annotate(balance=Sum("quantity")))
