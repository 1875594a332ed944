"""Rows of a report laid over the packages of FBA orders."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.amazon.fulfilled_shipments import ShippedRow
from channels.services.fba_packages import Outcome, fill_packages, known_rows
from orders.models import (
    OrderNote,
    OutboxMessage,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
    StockMovement,
)
from tests import factories
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

LEFT = datetime(2026, 3, 2, 18, tzinfo=UTC)


def fba_order(*quantities, store=None, **overrides):
    """An FBA order, its items A, B … with these quantities, all shipped."""
    items = [
        factories.item(sku, quantity=units, quantity_shipped=units, order_item_id=sku)
        for sku, units in zip("ABCDE", quantities, strict=False)
    ]
    overrides = {"status": "shipped", "amazon_status": "SHIPPED", **overrides}
    return factories.placed_order(store=store, items=items, fulfilled_by="amazon", **overrides)


def row(order, item="A", units=1, number="T1", **more):
    values = {
        "amazon_order_id": order.amazon_order_id,
        "order_item_id": item,
        "quantity": units,
        "tracking_number": number,
        "shipment_id": "D1",
        "shipped_at": LEFT,
        "carrier": "UPS",
        **more,
    }
    values.setdefault("shipment_item_id", f"{item}-{values['shipment_id']}-{number}")
    return ShippedRow(**values)


def fill(order, *rows):
    return fill_packages(order.account, {order.amazon_order_id: rows})


def shown(order):
    """number, carrier, tracking number, units by item."""
    packages = order.commerce_order.packages.prefetch_related("items__line")
    return [
        (
            p.number,
            p.carrier_name,
            p.tracking_number,
            {item.line.channel_item_id: item.quantity for item in p.items.all()},
        )
        for p in packages
    ]


def notes(order):
    texts = [str(note) for note in OrderNote.objects.filter(timeline=order.uid).order_by("id")]
    return [text for text in texts if text.startswith("Amazon shipped package")]


def everything():
    """All that a report may change."""
    return [
        list(Package.objects.order_by("pk").values()),
        list(PackageItem.objects.order_by("pk").values()),
        list(OrderNote.objects.order_by("pk").values()),
    ]


def test_the_package_without_a_number_is_filled():
    order = fba_order(2, 1)
    assert shown(order) == [(1, "", "", {"A": 2, "B": 1})]
    before = Package.objects.get().pk

    outcome = fill(order, row(order, "A", 2), row(order, "B"))

    assert shown(order) == [(1, "UPS", "T1", {"A": 2, "B": 1})]
    package = Package.objects.get()
    assert (package.pk, package.shipped_at, package.carrier_code) == (before, LEFT, "")
    assert (package.shipment.by, package.confirmation) == (Shipment.By.AMAZON, "by_amazon")
    assert outcome == Outcome(changed=1)
    assert notes(order) == ["Amazon shipped package 1 with UPS T1."]
    assert OrderNote.objects.latest("pk").actor == "amazon"


def test_nothing_else_is_touched():
    product = factories.product("A", quantity=5)
    order = fba_order(2)
    ledger = list(StockMovement.objects.values()), list(Reservation.objects.values())

    fill(order, row(order, units=2))

    assert ledger == (list(StockMovement.objects.values()), list(Reservation.objects.values()))
    assert Product.objects.get(pk=product.pk).quantity == 5
    assert not OutboxMessage.objects.exists()
    assert order.commerce_order.lines.get().quantity_shipped == 2


def test_one_package_per_shipment_and_tracking_number():
    order = fba_order(3, 1)
    later = {"shipped_at": LEFT + timedelta(days=1)}

    fill(
        order,
        row(order, "B", 1, "T2"),
        row(order, "A", 2, "T1"),
        row(order, "A", 1, "T1", shipment_id="D2", **later),
    )

    assert shown(order) == [
        (1, "UPS", "T1", {"A": 2}),
        (2, "UPS", "T2", {"B": 1}),
        (3, "UPS", "T1", {"A": 1}),
    ]
    assert len(notes(order)) == 3


def test_units_no_row_accounts_for_stay_in_a_package_without_a_number():
    order = fba_order(3, 1)
    fill(order, row(order, "A", 2))
    assert shown(order) == [(1, "UPS", "T1", {"A": 2}), (2, "", "", {"A": 1, "B": 1})]

    fill(order, row(order, "A", 1, "T2"), row(order, "B", 1, "T2"))
    assert shown(order) == [(1, "UPS", "T1", {"A": 2}), (2, "UPS", "T2", {"A": 1, "B": 1})]
    assert notes(order) == [f"Amazon shipped package {n} with UPS T{n}." for n in (1, 2)]


def test_a_report_that_does_not_reach_back_takes_nothing_away():
    order = fba_order(2, 1)
    fill(order, row(order, "A", 2))
    fill(order, row(order, "B", 1, "T2"))
    assert shown(order) == [(1, "UPS", "T1", {"A": 2}), (2, "UPS", "T2", {"B": 1})]


def test_a_corrected_report_corrects_the_package():
    order = fba_order(2)
    fill(order, row(order, "A", 1, carrier="", shipped_at=None))
    assert shown(order) == [(1, "", "T1", {"A": 1}), (2, "", "", {"A": 1})]

    assert fill(order, row(order, "A", 2)).changed == 1

    assert shown(order) == [(1, "UPS", "T1", {"A": 2})]  # the one without a number is gone
    assert Package.objects.get().shipped_at == LEFT
    assert len(notes(order)) == 1


def test_what_a_row_leaves_out_blanks_nothing():
    order = fba_order(1)
    fill(order, row(order))
    before = everything()
    assert fill(order, row(order, carrier="", shipped_at=None)) == Outcome()
    assert everything() == before


@pytest.mark.parametrize("order_of_rows", list(permutations(range(3))))
def test_the_same_rows_in_any_order_change_nothing_the_second_time(order_of_rows):
    order = fba_order(4, 2)
    rows = [row(order, "A", 2), row(order, "A", 2, "T1", shipment_id="D2"), row(order, "B", 2)]
    fill(order, *rows)
    before = everything()

    assert fill(order, *(rows[n] for n in order_of_rows)) == Outcome()

    assert everything() == before


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([{"units": 3}], Outcome(too_many=1)),
        ([{"item": "Z"}], Outcome(unknown=1)),
        ([{"number": ""}], Outcome()),  # says nothing new
    ],
)
def test_rows_that_say_nothing_write_nothing(rows, outcome):
    order = fba_order(2)
    before = everything()
    assert fill(order, *(row(order, **changes) for changes in rows)) == outcome
    assert everything() == before


def test_units_beyond_what_was_ordered_are_ignored_row_by_row():
    order = fba_order(2)
    outcome = fill(order, row(order, units=2), row(order, units=1, number="T2"))
    assert outcome == Outcome(changed=1, too_many=1)
    assert shown(order) == [(1, "UPS", "T1", {"A": 2})]


def test_a_row_twice_counts_once():
    order = fba_order(2)
    fill(order, row(order), row(order))
    assert shown(order)[0] == (1, "UPS", "T1", {"A": 1})


def test_two_items_of_one_shipment_that_look_alike_are_two():
    order = fba_order(2)
    fill(order, row(order, shipment_item_id="I1"), row(order, shipment_item_id="I2"))
    assert shown(order) == [(1, "UPS", "T1", {"A": 2})]


def test_words_that_are_too_long_are_cut():
    order = fba_order(1)
    long = row(order, number="T" * 100, carrier="C" * 100)
    fill(order, long)
    before = everything()
    assert shown(order) == [(1, "C" * 64, "T" * 64, {"A": 1})]
    assert fill(order, long) == Outcome()
    assert everything() == before


def test_orders_of_others_are_not_touched():
    order, other = fba_order(1), fba_order(1)
    fbm = factories.placed_order(store=order.store, items=[factories.item(order_item_id="A")])
    before = everything()
    rows = {o.amazon_order_id: [row(o)] for o in (other, fbm)}

    assert fill_packages(order.account, rows) == Outcome(unknown=2)

    assert everything() == before


@settings(max_examples=40,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    st.lists(
        st.tuples(st.sampled_from("ABZ"), st.integers(1, 4), st.sampled_from(["", "T1", "T2"]),
                  st.sampled_from(["D1", "D2"])),
        max_size=6,
    ),
    st.integers(0, 6),
)  # fmt: skip
def test_whatever_reports_say_units_add_up_and_again_changes_nothing(drawn, cut):
    order = fba_order(3, 2)
    rows = [
        row(order, item, units, number, shipment_id=shipment, shipment_item_id=str(n))
        for n, (item, units, number, shipment) in enumerate(drawn)
    ]
    fill(order, *rows[:cut])
    fill(order, *rows)
    units = {"A": 0, "B": 0}
    for _, _, _, contents in shown(order):
        assert contents
        for item, count in contents.items():
            units[item] += count
    assert units == {"A": 3, "B": 2}
    assert len([n for _, _, n, _ in shown(order) if not n]) <= 1

    before = everything()
    assert fill(order, *rows).changed == 0
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_lay_the_same_rows_write_them_once():
    order = fba_order(2, 1)
    rows = [row(order, "A", 2), row(order, "B", 1, "T2")]

    outcomes = in_parallel([lambda: fill(order, *rows)] * 4)

    assert sorted(outcome.changed for outcome in outcomes) == [0, 0, 0, 1]
    assert shown(order) == [(1, "UPS", "T1", {"A": 2}), (2, "UPS", "T2", {"B": 1})]
    assert len(notes(order)) == 2


# Which rows are ours


def test_rows_are_sorted_by_order_and_the_rest_is_counted():
    order = fba_order(2, 1)
    waiting = factories.channel_order(store=order.store, fulfilled_by="amazon", status="shipped")
    stranger = fba_order(1)
    own = [row(order, "A"), row(order, "B")]
    rows = [
        own[0],
        row(waiting),
        row(stranger),
        replace(row(order), amazon_order_id="S01-1234567-1234567"),
        own[1],
    ]

    found, outcome = known_rows(order.account, iter(rows))

    assert found == {order.amazon_order_id: own}
    assert outcome == Outcome(unknown=2, multi_channel=1)


# Statements


def statements(store, count):
    """SQL of laying three parcels over each of so many orders; and of doing it again."""
    orders = [fba_order(3, 1, store=store) for _ in range(count)]
    rows = {
        o.amazon_order_id: [row(o, "A", 2), row(o, "A", 1, "T2"), row(o, "B", 1, "T3")]
        for o in orders
    }
    made = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            outcome = fill_packages(store.account, rows)
        made.append(len(captured))
    assert outcome == Outcome()
    assert Package.objects.filter(order__channel_order__in=orders).count() == 3 * count
    return made


def test_a_hundred_orders_cost_as_many_statements_as_one():
    store = factories.amazon_store()
    one, again = statements(store, 1)
    assert statements(store, 100) == [one, again]
    assert one <= 14
    assert again <= 6


def test_the_rows_of_a_thousand_orders_are_looked_up_with_one_statement(
    django_assert_num_queries,
):
    order = fba_order(1)
    rows = [replace(row(order), amazon_order_id=f"702-{n}") for n in range(1000)]
    account = order.account
    with django_assert_num_queries(1):
        assert known_rows(account, rows) == ({}, Outcome(unknown=1000))
