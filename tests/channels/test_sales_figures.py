"""Revenue as the dashboard and the cards tell it: what counts, which days, and against what."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.models import ChannelOrder
from channels.services.sales import count_sales, sales_changed
from channels.services.sales_figures import Sold, Trend, orders_by_status, revenue_of, series_of
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)  # 13:00 in Stockholm
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def sell(store, *ago, total="10.00", **values):
    """An order for each time span before NOW."""
    for span in ago:
        values = {"currency": "SEK", **values}
        factories.channel_order(
            store=store, purchase_date=NOW - span, grand_total=Decimal(total), **values
        )
        sales_changed([(store.pk, NOW - span)])


def revenue(store, now=NOW):
    count_sales()
    (only,) = revenue_of(store, now)
    return only


@pytest.fixture
def store():
    return factories.amazon_store(country="SE")


def test_periods_end_now_and_begin_with_whole_days(store):
    sell(store, HOUR, 6 * DAY, 7 * DAY, 29 * DAY, 30 * DAY, 400 * DAY)
    found = revenue(store)
    assert found.today == Sold(1, 10)
    assert (found.week.sold, found.month.sold) == (Sold(2, 20), Sold(4, 40))
    assert (found.lifetime, found.since) == (Sold(6, 60), date(2025, 2, 13))


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("unshipped", True),
        ("partially_shipped", True),
        ("shipped", True),
        ("pending_availability", False),
        ("pending", False),
        ("canceled", False),
        ("unfulfillable", False),
        ("unknown", False),
    ],
)
def test_what_counts_as_revenue(store, status, counts):
    sell(store, HOUR, status=status)
    count_sales()
    assert bool(revenue_of(store, NOW)) is counts


def test_every_status_was_asked_about():
    (marker,) = (m for m in test_what_counts_as_revenue.pytestmark if m.name == "parametrize")
    assert {status for status, _counts in marker.args[1]} == set(ChannelOrder.Status.values)


def test_the_period_before_ends_at_the_same_hour(store):
    sell(store, HOUR)
    sell(store, 7 * DAY + HOUR, total="3.00")  # a week ago, before this hour
    sell(store, 7 * DAY - HOUR, total="5.00")  # a week ago, after it: in neither
    sell(store, 13 * DAY, total="2.00")
    sell(store, 14 * DAY, total="100.00")  # the day before the period before
    found = revenue(store).week
    assert (found.sold, found.before, found.percent) == (Sold(1, 10), 5, 100)


def test_hours_are_those_of_the_marketplace():
    store = factories.amazon_store(country="US")  # 05:00 in Los Angeles
    now, late = NOW, datetime(2026, 3, 20, 6, 30, tzinfo=UTC)  # the 19th, 23:30 there
    factories.channel_order(store=store, purchase_date=late, currency="USD", grand_total=10)
    sales_changed([(store.pk, late)])
    found = revenue(store, now)
    assert (found.today, found.week.sold) == (Sold(), Sold(1, 10))


def test_a_period_across_the_change_of_clocks_is_as_long():
    store = factories.amazon_store(country="SE")
    now = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)  # noon in summer; a week ago 10:00 UTC was 11
    for moment, total in (
        (datetime(2026, 3, 25, 10, 30, tzinfo=UTC), 1),  # 11:30 on the clock: before noon
        (datetime(2026, 3, 25, 11, 30, tzinfo=UTC), 2),  # 12:30: after
    ):
        factories.channel_order(store=store, purchase_date=moment, grand_total=total)
        sales_changed([(store.pk, moment)])
    count_sales()
    assert revenue_of(store, now)[0].week.before == 1


@pytest.mark.parametrize(
    ("amount", "before", "percent"),
    [
        (110, 100, 10),
        (50, 100, -50),
        (0, 100, -100),
        (100, 0, None),
        (0, 0, None),
        (1, 10**12, -100),
        (100, -5, None),
    ],
)
def test_the_trend_in_percent(amount, before, percent):
    assert Trend(7, Sold(1, Decimal(amount)), Decimal(before)).percent == percent


def test_currencies_are_never_added(store):
    sell(store, HOUR)
    sell(store, HOUR, 2 * DAY, total="7.00", currency="EUR")
    sell(store, HOUR, total="1.00", currency="DKK")
    count_sales()
    found = {each.series.currency: each.week.sold for each in revenue_of(store, NOW)}
    assert found == {"SEK": Sold(1, 10), "DKK": Sold(1, 1), "EUR": Sold(2, 14)}
    assert list(found) == ["SEK", "DKK", "EUR"]  # the marketplace's own first


def test_other_stores_are_others(store):
    other = factories.amazon_store(country="SE")
    sell(store, HOUR)
    sell(other, HOUR, total="99.00")
    assert revenue(store).lifetime == Sold(1, 10)


def test_the_series_has_every_day_and_ends_today(store):
    sell(store, HOUR, 29 * DAY, 30 * DAY)
    count_sales()
    (series,) = series_of([store], NOW)[store.pk]
    days = [day for day, _sold in series.days]
    assert (days[0], days[-1], len(set(days))) == (date(2026, 2, 19), date(2026, 3, 20), 30)
    assert [sold.orders for _day, sold in series.days] == [1, *[0] * 28, 1]
    assert series.total == Sold(2, 20)


def test_stores_that_live_on_different_days_end_on_their_own(store):
    japan = factories.amazon_store(country="JP")
    evening = datetime(2026, 3, 20, 20, 0, tzinfo=UTC)  # the 21st in Tokyo
    for each, currency in ((store, "SEK"), (japan, "JPY")):
        factories.channel_order(store=each, purchase_date=evening, currency=currency, grand_total=5)
        sales_changed([(each.pk, evening)])
    count_sales()
    found = series_of([store, japan], evening)
    assert found[store.pk][0].days[-1] == (date(2026, 3, 20), Sold(1, 5))
    assert found[japan.pk][0].days[-1] == (date(2026, 3, 21), Sold(1, 5))


def test_nothing_sold(store):
    assert revenue_of(store, NOW) == []
    assert series_of([store], NOW) == {store.pk: []}
    assert orders_by_status(store, NOW) == []
    assert series_of([], NOW) == {}


def test_orders_by_status(store):
    sell(store, HOUR, 40 * DAY, status="shipped")
    sell(store, HOUR, status="pending")
    count_sales()
    assert orders_by_status(store, NOW) == [("pending", 1, 1), ("shipped", 1, 2)]


def test_held_orders_are_an_error_and_nothing_else(store):
    held = {"placement": "held", "hold_reason": "total"}
    sell(store, HOUR, 40 * DAY, status="unshipped", **held)
    sell(store, HOUR, status="unshipped")
    count_sales()
    found = [("unshipped", 1, 1), ("error", 1, 2)]
    assert orders_by_status(store, NOW) == found
    sell(store, HOUR, status="shipped", **held)  # not in the sums yet
    assert orders_by_status(store, NOW) == [found[0], ("error", 2, 3)]


def test_revenue_costs_the_same_whatever_was_sold(store):
    def cost():
        count_sales()
        with CaptureQueriesContext(connection) as captured:
            revenue_of(store, NOW)
        return len(captured)

    sell(store, HOUR)
    one = cost()
    sell(store, *(n * DAY for n in range(40)), currency="EUR")
    assert cost() == one == 3
