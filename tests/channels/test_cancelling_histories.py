"""Whatever is asked, withdrawn, answered and shown, in any order: no unit is both shipped and
canceled, an order has at most one open cancellation, and the ledger is what is left to ship."""

from dataclasses import replace
from itertools import count
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.services.importing import import_page
from channels.services.settling import settle_stored
from orders.models import Cancellation, CommerceOrder, OutboxMessage, Product, Reservation
from orders.models.commerce_order import UNFINISHED_STATES
from orders.services.cancellation import record, request_cancellation, withdraw_cancellation
from orders.services.catalog import ProductChange, change_product
from orders.services.errors import CannotCancel, CannotHold, CannotShip
from orders.services.holding import hold_order, unhold_order
from orders.services.shipments import PackageDraft, create_shipment
from tests.channels import pages
from tests.channels.pages import Draft, Line
from tests.channels.shop import shop

pytestmark = pytest.mark.django_db

SKUS = ("MUG", "CUP")
STATUSES = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED")
OPEN = ("requested", "in_flight", "accepted")
_runs = count()

whole_or_one = st.sampled_from([None, *SKUS])
units = st.integers(0, 3)
events = st.one_of(
    st.tuples(st.just("ask"), whole_or_one),
    st.tuples(st.just("withdraw"), st.none()),
    st.tuples(st.just("answer"), st.sampled_from(["take", "postpone", "accept", "refuse"])),
    st.tuples(st.just("settle"), st.none()),
    st.tuples(st.just("ship"), st.tuples(units, units)),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("amazon"), st.tuples(st.sampled_from(STATUSES), st.booleans(), units, units)),
)


class World:
    """One shop with one order of three mugs and two cups."""

    def __init__(self):
        self.store = shop()
        self.run = next(_runs)  # tells the SKUs of one history from those of the next
        self.minutes = 1
        self.ordered = (3, 2)  # what Amazon has not canceled
        for sku in SKUS:
            change_product(ProductChange(sku=f"{sku}-{self.run}", manage_stock=True, quantity=9))
        self.amazon(("UNSHIPPED", False, 3, 2))

    @property
    def order(self):
        return CommerceOrder.objects.get(channel_order__store=self.store)

    def open(self):
        return Cancellation.objects.filter(order=self.order, state__in=OPEN).first()

    def amazon(self, told):
        status, asked, *quantities = told
        self.minutes += 1
        # What Amazon has canceled stays canceled: units never come back.
        mugs, cups = map(min, self.ordered, quantities)
        if status == "PARTIALLY_SHIPPED":  # one mug has left
            mugs = max(mugs, 1)
            if not self.ordered[0]:
                return
        self.ordered = (mugs, cups)
        lines = tuple(
            Line(sku=f"{sku}-{self.run}", quantity=quantity)
            for sku, quantity in zip(SKUS, (mugs, cups), strict=True)
        )
        draft = Draft(lines=lines, status=status, cancel_requested=asked)
        raw = pages.raw_orders([replace(draft, minutes=self.minutes)])
        now = timezone.now()
        assert import_page(self.store.account, raw, datasets=pages.DATASETS, now=now).set_aside == 0

    def ask(self, sku):
        pks = [self.order.lines.get(sku=f"{sku}-{self.run}").pk] if sku else None
        try:
            request_cancellation(order_id=self.order.pk, reason="NoInventory", line_pks=pks)
        except CannotCancel:
            return

    def withdraw(self, _):
        if found := self.open():
            try:
                withdraw_cancellation(cancellation_id=found.pk)
            except CannotCancel:
                assert found.state != "requested"

    def answer(self, name):
        """A worker's or Amazon's word, where it fits."""
        row, now = self.open(), timezone.now()
        if row is None or (name == "take") != (row.state == "requested"):
            return
        if name in ("postpone", "accept") and row.state != "in_flight":
            return
        was, claim = row.state, row.claim
        arguments = {
            "take": (uuid4(), now),
            "postpone": (now, "later"),
            "accept": (),
            "refuse": (now, "no"),
        }
        more = {"counts": True} if name == "postpone" else {}
        getattr(row, name)(*arguments[name], **more)
        assert record(row, was=was, claim=claim)

    def settle(self, _):
        if found := self.open():
            settle_stored([found.pk])

    def ship(self, amounts):
        was_open = self.open()
        lines = [self.order.lines.get(sku=f"{sku}-{self.run}") for sku in SKUS]
        quantities = {line.pk: amount for line, amount in zip(lines, amounts, strict=True)}
        package = PackageDraft(
            carrier_code="PostNord", tracking_number="UA1SE", quantities=quantities
        )
        try:
            create_shipment(order_id=self.order.pk, packages=[package])
        except CannotShip:
            return
        assert was_open is None

    def hold(self, on):
        try:
            if on:
                hold_order(order_id=self.order.pk, reason="fraud?")
            else:
                unhold_order(order_id=self.order.pk)
        except CannotHold:
            return

    def check(self):
        order = self.order
        is_open = order.state in UNFINISHED_STATES
        for line in order.lines.all():
            assert line.quantity_shipped + line.quantity_canceled <= line.quantity_ordered
            assert is_open or line.quantity_left == 0 or order.state == "complete"
            ledger = Reservation.objects.filter(product=line.product)
            reserved = ledger.aggregate(sum=Sum("quantity"))["sum"] or 0
            assert -reserved == (line.quantity_left if is_open else 0)
            shipped = sum(item.quantity for item in line.package_items.all())
            assert Product.objects.get(pk=line.product_id).quantity == 9 - shipped
        assert order.cancellations.filter(state__in=OPEN).count() <= 1
        if order.channel_order.status == "canceled":
            assert not is_open
            assert self.open() is None
            mine = OutboxMessage.objects.filter(package__order=order)
            assert not mine.filter(state__in=["pending", "sent"]).exists()
        for row in order.cancellations.filter(state="done"):
            assert all(item.line.quantity_shipped == 0 for item in row.items.all()) or (
                order.channel_order.status == "canceled"
            )


@given(st.lists(events, max_size=14))
@settings(max_examples=60)
def test_no_unit_is_both_shipped_and_canceled(history):
    world = World()
    for name, value in history:
        getattr(world, name)(value)
        world.check()
