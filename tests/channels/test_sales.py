"""Sums of days: whatever happened to the orders, they are what the orders add up to."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.amazon.marketplaces import MARKETPLACES
from channels.amazon.types import instant_text
from channels.amazon.wire_2026_01_01 import split_page
from channels.models import ChannelOrder, DailySales, SalesChange
from channels.services import sales
from channels.services.sales import bounds, count_sales, day_of, sales_changed
from orders.models import Package
from orders.services.errors import CannotShip
from orders.services.taking_back import take_back_package
from tests import factories, portal
from tests.channels import pages
from tests.channels.pages import Draft, Line
from tests.channels.shop import bring, bring_raw, shop

pytestmark = pytest.mark.django_db

STATUSES = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED")


def sums():
    rows = DailySales.objects.values_list(
        "store_id", "day", "status", "currency", "orders", "amount"
    )
    return sorted(rows)


def straight_sums():
    """The same from the orders, one by one."""
    counts, amounts = Counter(), Counter()
    for order in ChannelOrder.objects.select_related("store"):
        day = day_of(order.purchase_date, order.store.zone)
        key = (order.store_id, day, order.status, order.currency)
        counts[key] += 1
        amounts[key] += order.grand_total or 0
    return sorted((*key, counts[key], amounts[key]) for key in counts)


def sold(store, at, total="10.00", **values):
    """A stored order, and the mark that whoever writes one leaves."""
    order = factories.channel_order(
        store=store, purchase_date=at, grand_total=total and Decimal(total), **values
    )
    sales_changed([(store.pk, at)])
    return order


# Days


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(sorted({marketplace.time_zone for marketplace in MARKETPLACES})),
)
def test_a_moment_is_within_its_day(moment, zone):
    zone = ZoneInfo(zone)
    start, end = bounds(day_of(moment, zone), zone)
    assert start.astimezone(UTC) <= moment < end.astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Stockholm", date(2026, 3, 29), 23),
        ("Europe/Stockholm", date(2026, 10, 25), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # where midnight itself is left out
        ("Asia/Kolkata", date(2026, 4, 24), 24),
    ],
)
def test_days_on_which_clocks_change(zone, day, hours):
    start, end = (moment.astimezone(UTC) for moment in bounds(day, ZoneInfo(zone)))
    assert end - start == timedelta(hours=hours)


def test_an_order_belongs_to_the_day_of_its_marketplace():
    japan, america = factories.amazon_store(country="JP"), factories.amazon_store(country="US")
    night = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    sold(japan, night, currency="JPY")
    sold(america, night, currency="USD")
    count_sales()
    days = dict(DailySales.objects.values_list("store_id", "day"))
    assert days == {japan.pk: date(2026, 3, 3), america.pk: date(2026, 3, 2)}


def test_a_zone_half_an_hour_off_has_both_its_days_counted():
    india = factories.amazon_store(country="IN")
    for minute in (15, 45):  # midnight in Kolkata is 18:30 UTC
        sold(india, datetime(2026, 3, 2, 18, minute, tzinfo=UTC), currency="INR")
    count_sales()
    assert list(DailySales.objects.order_by("day").values_list("day", "orders")) == [
        (date(2026, 3, 2), 1),
        (date(2026, 3, 3), 1),
    ]


# Counting


def test_what_is_shipped_here_and_taken_back_is_counted_as_such():
    order = factories.placed_order(store=factories.amazon_store(grace_minutes=60))

    def counted():
        count_sales()
        return list(DailySales.objects.values_list("status", "orders", "amount"))

    assert counted() == [("unshipped", 1, 100)]
    portal.ship(order.amazon_order_id)
    assert counted() == [("shipped", 1, 100)]
    take_back_package(package_id=Package.objects.get().pk)
    assert counted() == [("unshipped", 1, 100)]


def test_an_order_without_an_amount_counts_and_adds_nothing():
    store = factories.amazon_store()
    sold(store, factories.PURCHASED, None)
    sold(store, factories.PURCHASED, "12.50")
    count_sales()
    row = DailySales.objects.get()
    assert (row.orders, row.amount) == (2, Decimal("12.50"))


def test_counting_again_changes_nothing_and_asks_once():
    store = factories.amazon_store()
    sold(store, factories.PURCHASED)
    assert count_sales() == 1
    before = sums()
    with CaptureQueriesContext(connection) as captured:
        assert count_sales() == 0
    assert [q["sql"] for q in captured if "SELECT" in q["sql"]][1:] == []
    assert sums() == before


def test_a_day_that_is_empty_now_is_gone():
    store = factories.amazon_store()
    order = sold(store, factories.PURCHASED)
    count_sales()
    order.items.all().delete()
    order.delete()
    sales_changed([(store.pk, factories.PURCHASED)])
    count_sales()
    assert sums() == []


def test_what_was_not_committed_is_not_counted():
    store = factories.amazon_store()

    def fail():
        with transaction.atomic():
            sold(store, factories.PURCHASED)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    count_sales()
    assert (sums(), SalesChange.objects.count()) == ([], 0)


def test_a_count_that_dies_is_made_up_for(monkeypatch):
    store = factories.amazon_store()
    sold(store, factories.PURCHASED)
    with monkeypatch.context() as patch:
        patch.setattr(sales, "_sum", lambda store, day: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            count_sales()
    count_sales()
    assert sums() == straight_sums()


def test_more_changes_than_fit_a_batch(monkeypatch):
    monkeypatch.setattr(sales, "BATCH", 3)
    store = factories.amazon_store()
    for hour in range(10):
        sold(store, factories.PURCHASED + timedelta(hours=6 * hour))
    count_sales()
    assert (sums(), SalesChange.objects.count()) == (straight_sums(), 0)


def test_the_ends_of_the_calendar_stop_nobody():
    store = factories.amazon_store(country="US")
    for year in (1, 9999):
        sold(store, datetime(year, 1, 1, tzinfo=UTC))
    sold(store, factories.PURCHASED, "999999999999")
    sold(store, factories.PURCHASED, "999999999999")
    count_sales()
    assert DailySales.objects.get().amount == Decimal(1999999999998)


def test_orders_of_before_the_upgrade_are_added_up():
    for country, currency in (("IN", "INR"), ("US", "USD")):
        store = factories.amazon_store(country=country)
        for minutes in (0, 20, 700, 1500):
            at = factories.PURCHASED + timedelta(minutes=minutes)
            factories.channel_order(store=store, purchase_date=at, currency=currency)
    import_module("channels.migrations.0009_stores").count_what_is_there(apps, None)
    count_sales()
    assert sums() == straight_sums() != []


# Histories

numbers = st.integers(1, 5)
steps = st.one_of(
    st.tuples(st.just("import"), numbers, st.sampled_from(STATUSES), st.integers(0, 50), numbers),
    st.tuples(st.just("move"), numbers, st.integers(-40, 40)),
    st.tuples(st.just("ship"), numbers),
    st.tuples(st.just("purge"), numbers),
    st.tuples(st.just("count")),
)


@settings(max_examples=25)
@given(st.lists(steps, min_size=1, max_size=12))
def test_sums_are_what_the_orders_add_up_to_after_any_history(history):
    with transaction.atomic():
        store = shop()
        for step in history:
            take(step, store)
        count_sales()
        try:
            assert sums() == straight_sums()
        finally:
            transaction.set_rollback(True)


def take(step, store):
    """One step: what Amazon says of some orders, in whatever order it comes."""
    kind, *values = step
    if kind == "count":
        count_sales()
        return
    number, *rest = values
    draft = Draft(number=number)
    if kind == "import":
        status, minutes, quantity = rest
        draft = Draft(
            number=number, status=status, minutes=minutes, lines=(Line(quantity=quantity),)
        )
        bring(store, draft)
    elif kind == "ship":
        order = portal.order(draft.amazon_order_id)
        if order and order.commerce_order:
            with suppress(CannotShip):
                portal.ship(draft.amazon_order_id)
    elif kind == "purge":
        for order in ChannelOrder.objects.filter(
            amazon_order_id=draft.amazon_order_id, commerce_order=None
        ):
            sales_changed([(order.store_id, order.purchase_date)])
            order.items.all().delete()
            order.delete()
    else:
        move(store, draft, hours=rest[0])


def move(store, draft, *, hours):
    """Amazon corrects the purchase date: two days have changed."""
    moved = pages.PURCHASED + timedelta(hours=hours)
    order = pages.wire_order(draft) | {"createdTime": instant_text(moved)}
    bring_raw(store, split_page(pages.body([order]), pages.DATASETS).orders)
