"""Shipping, taking back and telling Amazon in any order: the books, the states and Amazon agree."""

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import AmazonStore
from channels.sandbox.invent import Draft, Line
from channels.services import delivery, order_settings, proving
from orders.models import CommerceOrderLine, OutboxMessage, Package, Product
from orders.services.catalog import ProductChange, change_product
from orders.services.errors import CannotShip, CannotTakeBack
from orders.services.taking_back import take_back_package
from tests import portal
from tests.channels.delivering import connected

pytestmark = pytest.mark.django_db

UNITS = {"KET-12": 3, "MUG-3": 2}
ON_SHELF = 10

steps = st.one_of(
    st.tuples(st.just("ship"), st.sampled_from(sorted(UNITS)), st.integers(1, 2)),
    st.tuples(st.just("take_back"), st.integers(0, 3), st.none()),
    st.tuples(st.just("send"), st.none(), st.none()),
    st.tuples(st.just("prove"), st.none(), st.none()),
    st.tuples(st.just("sweep"), st.none(), st.none()),
)


class World:
    """One order at the pretend Amazon, and what people and workers do to it."""

    def __init__(self, amazon):
        self.amazon = amazon
        Product.objects.update(manage_stock=True)
        for sku in UNITS:
            change_product(ProductChange(sku=sku, manage_stock=True, quantity=ON_SHELF))
        lines = tuple(Line(sku=sku, quantity=units) for sku, units in UNITS.items())
        self.order_id = amazon.world.create_order("SE", Draft(lines=lines)).order_id
        portal.poll()
        self.linked = portal.order(self.order_id).commerce_order
        self.told = set()  # keys of the packages Amazon was told about
        self.number = 0

    def ship(self, sku, units):
        line = self.linked.lines.get(sku=sku)
        self.number += 1
        try:
            portal.ship(
                self.order_id,
                tracking=f"SE{self.number}",
                quantities={line.channel_item_id: units},
            )
        except CannotShip:
            assert units > line.quantity_left

    def take_back(self, position, _):
        packages = list(self.linked.packages.order_by("pk"))
        if position >= len(packages):
            return
        package = packages[position]
        try:
            take_back_package(package_id=package.pk)
        except CannotTakeBack:
            assert package.pk in self.told
        else:
            assert package.pk not in self.told

    def send(self, *_):
        messages = OutboxMessage.objects.filter(package__order=self.linked, state="pending")
        pks = list(messages.values_list("pk", flat=True))
        portal.hurry()
        self.told |= set(messages.values_list("package", flat=True))
        assert delivery.deliver(pks) == len(pks)

    def prove(self, *_):
        OutboxMessage.objects.filter(state="sent").update(not_before="2020-01-01T00:00Z")
        proving.prove(portal.order(self.order_id).pk)

    def sweep(self, *_):
        portal.poll()

    def check(self):
        order = portal.order(self.order_id)
        lines = list(CommerceOrderLine.objects.filter(order=self.linked))
        packages = list(self.linked.packages.prefetch_related("items__line", "messages"))
        packed = dict.fromkeys(UNITS, 0)
        for package in packages:
            assert package.message is not None
            for item in package.items.all():
                packed[item.line.sku] += item.quantity
        assert {line.sku: line.quantity_shipped for line in lines} == packed
        left = {line.sku: line.quantity_left for line in lines}
        assert left == {sku: units - packed[sku] for sku, units in UNITS.items()}
        self.check_states(order, packed=any(packed.values()), left=any(left.values()))
        for product in Product.objects.filter(sku__in=UNITS):
            assert product.quantity == ON_SHELF - packed[product.sku]
            assert _sum(product.movements, "change") == product.quantity
            ledger = product.reservations.filter(order_uid=order.uid)
            assert _sum(ledger, "quantity") == -left[product.sku]
        shown = self.amazon.world.order(self.order_id).packages
        assert {p.reference_id for p in shown} == {
            str(package.number) for package in packages if package.pk in self.told
        }

    def check_states(self, order, *, packed, left):
        if not left:
            assert (order.commerce_order.state, order.status) == ("complete", "shipped")
        else:
            assert order.commerce_order.state in ("pending", "processing")
            assert order.status == ("partially_shipped" if packed else "unshipped")

    def clean_up(self):
        """The next history begins with a shelf and a channel of its own."""
        self.send()
        for product in Product.objects.filter(sku__in=UNITS):
            change_product(ProductChange(sku=product.sku, quantity=ON_SHELF))


def _sum(rows, column):
    return rows.aggregate(sum=Sum(column))["sum"] or 0


def test_ship_take_back_and_tell_in_any_order(sandbox):
    amazon = connected(sandbox)

    order_settings.change(AmazonStore.objects.get(), {"grace_minutes": "60"})

    @given(st.lists(steps, max_size=10))
    @settings(max_examples=20)
    def run(history):
        world = World(amazon)
        for name, *values in history:
            getattr(world, name)(*values)
            world.check()
        world.send()
        world.check()
        shown = {
            (p.reference_id, p.tracking_number) for p in amazon.world.order(world.order_id).packages
        }
        ours = Package.objects.filter(order=world.linked)
        assert shown == {(str(p.number), p.tracking_number) for p in ours}
        world.clean_up()

    run()
