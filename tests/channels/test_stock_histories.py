"""Whatever happens to orders and stock, in any order: the ledger is what open orders need.

Invariants: of every product whose stock is managed the ledger's sum is minus the units that open
orders and reserved Pending orders still need, of the others it is zero; the movements add up to
the quantity; more is promised than there is by flagged orders only, or where people took some away.
"""

from dataclasses import replace

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import ChannelOrder
from channels.services import order_settings
from channels.services.importing import import_page
from channels.services.releasing import release_held
from channels.services.reserving import release_expired
from orders.models import CommerceOrder, CommerceOrderLine, Product, Reservation
from orders.models.commerce_order import UNFINISHED_STATES
from orders.services.catalog import ProductChange, change_product
from orders.services.errors import CannotShip
from orders.services.inventory import with_salable
from orders.services.shipments import PackageDraft, create_shipment
from tests.channels import pages
from tests.channels.pages import Draft, Line
from tests.channels.shop import shop

pytestmark = pytest.mark.django_db

SKUS = ("MUG", "CUP")
STATUSES = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED")

numbers = st.integers(1, 3)
events = st.one_of(
    st.tuples(st.just("amazon"), numbers, st.sampled_from(STATUSES), st.integers(0, 3)),
    st.tuples(st.just("ship"), numbers, st.sampled_from(SKUS), st.integers(1, 3)),
    st.tuples(st.just("stock"), st.sampled_from(SKUS), st.integers(0, 4), st.just(0)),
    st.tuples(st.just("managed"), st.sampled_from(SKUS), st.booleans(), st.just(0)),
    st.tuples(st.just("setting"), st.sampled_from(["oversell", "hold"]), st.just(0), st.just(0)),
    st.tuples(st.just("pending"), st.sampled_from(["ignore", "reserve"]), st.just(0), st.just(0)),
    st.tuples(st.just("expire"), st.just(0), st.just(0), st.just(0)),
)


class World:
    """One shop, three orders, two products."""

    def __init__(self, run):
        self.store = shop(out_of_stock="oversell")
        self.run = run  # tells the SKUs of one history from those of the next
        self.minutes = 1
        self.stock_was_taken = False
        for sku in SKUS:
            change_product(ProductChange(sku=self.sku(sku), manage_stock=True, quantity=4))

    def sku(self, name):
        return f"{name}-{self.run}"

    def amazon(self, number, status, units):
        """Amazon sends the order: of the first item so many units, of the second two."""
        self.minutes += 1
        units = max(units, int(status == "PARTIALLY_SHIPPED"))  # one of each has left
        lines = (Line(sku=self.sku("MUG"), quantity=units), Line(sku=self.sku("CUP"), quantity=2))
        draft = Draft(number=number, lines=lines, status=status)
        raw = pages.raw_orders([replace(draft, minutes=self.minutes)])
        datasets = pages.DATASETS
        result = import_page(self.store.account, raw, datasets=datasets, now=timezone.now())
        assert result.set_aside == 0

    def ship(self, number, sku, units):
        line = CommerceOrderLine.objects.filter(
            order__store=self.store.commerce_store_id,
            order__channel_order__store=self.store,
            order__channel_number=Draft(number=number).amazon_order_id,
            sku=self.sku(sku),
        ).first()
        if line is None:
            return
        package = PackageDraft(
            carrier_code="PostNord", tracking_number="UA1SE", quantities={line.pk: units}
        )
        try:
            create_shipment(order_id=line.order_id, packages=[package])
        except CannotShip:
            return

    def stock(self, sku, quantity, _):
        before = Product.objects.get(sku=self.sku(sku)).quantity
        self.stock_was_taken |= quantity < before
        change_product(ProductChange(sku=self.sku(sku), quantity=quantity))

    def managed(self, sku, managed, _):
        # What was promised while nobody counted may be more than there is.
        self.stock_was_taken = True
        change_product(ProductChange(sku=self.sku(sku), manage_stock=managed))

    def setting(self, value, *_):
        order_settings.change(self.store, {"out_of_stock": value})

    def pending(self, value, *_):
        order_settings.change(self.store, {"pending_orders": value})

    def expire(self, *_):
        ChannelOrder.objects.filter(store=self.store, holds_stock=True).update(
            reserved_until=timezone.now()
        )
        release_expired(now=timezone.now())

    def check(self):
        for product in with_salable(Product.objects.filter(sku__endswith=f"-{self.run}")):
            ledger = product.reservations.aggregate(sum=Sum("quantity"))["sum"] or 0
            needed = self.needed(product) if product.manage_stock else 0
            assert ledger == -needed, (product, ledger, needed)
            moved = product.movements.aggregate(sum=Sum("change"))["sum"] or 0
            assert product.quantity == moved
            if product.manage_stock and product.salable < 0 and not self.stock_was_taken:
                orders = CommerceOrder.objects.filter(lines__product=product, oversold=True)
                assert orders.exists()

    def needed(self, product):
        lines = CommerceOrderLine.objects.filter(
            product=product, order__state__in=UNFINISHED_STATES
        )
        open_orders = sum(line.quantity_left for line in lines)
        pending = ChannelOrder.objects.filter(store=self.store, holds_stock=True)
        kept = Reservation.objects.filter(order_uid__in=pending.values("uid"), product=product)
        held = -(kept.aggregate(sum=Sum("quantity"))["sum"] or 0)
        assert held >= 0
        return open_orders + held


@given(st.lists(events, max_size=14))
@settings(max_examples=60)
def test_the_ledger_is_what_open_orders_need(history):
    world = World(ChannelOrder.objects.count() + Product.objects.count())
    for name, *values in history:
        getattr(world, name)(*values)
        world.check()
        release_held()
        world.check()
