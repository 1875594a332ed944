"""Pages by key: every row once, in order, from both ends, whatever is equal or missing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.signing import Signer
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.admin.sorts import SORTS
from channels.models import ChannelOrder
from orders.admin.keyset import END, Keyset, Segment, nullable, plain
from orders.services.finding import capped_counts, capped_values
from tests import factories

pytestmark = pytest.mark.django_db

SIZE = 3


def every_row(keyset, *parts, backward=False):
    """The pks page by page, from one end to the other, as links lead."""
    parts = parts or (ChannelOrder.objects.all(),)
    page = keyset.page(*parts, size=SIZE, before=END if backward else "")
    seen = []
    while True:
        pks = [row.pk for row in page.rows]
        seen = pks + seen if backward else seen + pks
        token = page.before if backward else page.after
        if not token:
            return seen
        page = keyset.page(*parts, size=SIZE, **{"before" if backward else "after": token})


@pytest.fixture
def orders():
    """Eleven orders with equal dates, equal totals, and some without total or ship-by."""
    store, other = factories.amazon_store(), factories.amazon_store()
    day = timedelta(days=1)
    for n in range(11):
        make = factories.placed_order if n % 3 else factories.channel_order
        order = make(
            store=other if n % 4 == 0 else store,
            purchase_date=factories.PURCHASED - day * (n // 2),
            ship_by=None if n % 5 == 0 else factories.PURCHASED + day * (n % 2),
        )
        total = None if n in (4, 7) else Decimal(n % 3)
        ChannelOrder.objects.filter(pk=order.pk).update(grand_total=total)
    return ChannelOrder.objects.order_by("pk")


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", SORTS)
def test_pages_from_both_ends_are_the_whole_list(orders, key, descending):
    keyset = Keyset(SORTS[key].columns, SORTS[key].segments, descending)
    forward = every_row(keyset)
    assert sorted(forward) == sorted(orders.values_list("pk", flat=True))
    assert every_row(keyset, backward=True) == forward
    assert list(keyset.ordered(orders).values_list("pk", flat=True)) == forward


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", SORTS)
def test_pages_of_a_list_in_parts_are_those_of_the_whole(orders, key, descending):
    keyset = Keyset(SORTS[key].columns, SORTS[key].segments, descending)
    pks = list(orders.values_list("pk", flat=True))
    parts = [orders.filter(pk__in=some) for some in (pks[:4], pks[2:7], pks[2:3], pks[7:])]
    assert every_row(keyset, *parts) == every_row(keyset)
    assert every_row(keyset, *parts, backward=True) == every_row(keyset)


@given(totals=st.lists(st.none() | st.decimals(0, 3, places=1), max_size=9), down=st.booleans())
@settings(max_examples=25)
def test_any_values_in_any_direction(totals, down):
    ChannelOrder.objects.all().delete()
    store = factories.amazon_store()
    for total in totals:
        factories.channel_order(store=store, grand_total=total)
    keyset = Keyset(("grand_total",), nullable("grand_total").segments, down)
    forward = every_row(keyset)
    assert len(forward) == len(totals) == len(set(forward))
    assert every_row(keyset, backward=True) == forward
    by_pk = dict(ChannelOrder.objects.values_list("pk", "grand_total"))
    shown = [by_pk[pk] for pk in forward]
    known = [value for value in shown if value is not None]
    assert known == sorted(known, reverse=down)
    assert shown == known + [None] * (len(shown) - len(known))


def test_a_row_that_goes_or_comes_moves_nothing_else(orders):
    keyset = Keyset(("purchase_date",), plain("purchase_date").segments, True)
    first = keyset.page(orders, size=SIZE)
    gone = first.rows[-1]
    ChannelOrder.objects.filter(pk=gone.pk).update(purchase_date=factories.PURCHASED + timedelta(9))
    second = keyset.page(orders, size=SIZE, after=first.after)
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}


def test_microseconds_are_part_of_the_place():
    moment = factories.PURCHASED.replace(microsecond=123_456)
    pks = [
        factories.channel_order(purchase_date=moment + timedelta(microseconds=n)).pk
        for n in range(7)
    ]
    assert every_row(plain("purchase_date")) == pks


@pytest.mark.parametrize(
    "token", ["", "nonsense", "%00", "WzAsMV0", "\0", "\ud800", "a:b", ":", "W10:", "x" * 10_000]
)
def test_nonsense_is_the_first_page(orders, token):
    keyset = plain("purchase_date")
    assert keyset.page(orders, size=SIZE, after=token) == keyset.page(orders, size=SIZE)


DAY = "2026-03-02T10:00:00Z"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("purchase_date", [0, DAY, 10**30]),
        ("purchase_date", [0, "0001-01-01T00:00:00+14:00", 1]),
        ("purchase_date", [0, "9999-12-31T23:59:59-12:00", 1]),
        ("number", [0, "a\0", 1]),
        ("number", [0, "\ud800", 1]),
        ("number", [0, [1], 1]),
        ("status", [0, {"a": 1}, DAY, 1]),
        ("total", [0, "1e400", 1]),
        ("total", [0, "NaN", 1]),
        ("total", [-1, 1]),
        ("total", [10**30, 1]),
    ],
)
def test_a_token_that_somebody_made_up_is_nonsense(orders, key, values):
    keyset = SORTS[key]
    made_up = Signer(key="a guess").sign_object(values)
    for token in (made_up, made_up.rpartition(":")[0], made_up + "x"):
        assert keyset.page(orders, size=SIZE, after=token) == keyset.page(orders, size=SIZE)
        assert keyset.page(orders, size=SIZE, before=token) == keyset.page(orders, size=SIZE)


def test_a_token_written_under_another_key_is_nonsense(orders, settings):
    keyset = plain("purchase_date")
    first = keyset.page(orders, size=SIZE)
    settings.SECRET_KEY = "another"
    page = keyset.page(orders, size=SIZE, after=first.after)
    assert page.rows == first.rows


@pytest.mark.parametrize("column", ["grand_total", "ship_by", "commerce_order__number"])
def test_where_nulls_go_is_said_only_of_columns_that_have_some(orders, column):
    keyset = Keyset((column,), nullable(column).segments, descending=True)
    assert str(keyset.ordered(orders).query).count("NULLS LAST") == 1
    newest = Keyset(("purchase_date",), plain("purchase_date").segments, descending=True)
    assert "NULLS LAST" not in str(newest.ordered(orders).query)


def test_the_token_of_another_order_is_nonsense(orders):
    token = plain("purchase_date").page(orders, size=SIZE).after
    by_total = nullable("grand_total")
    assert by_total.page(orders, size=SIZE, after=token) == by_total.page(orders, size=SIZE)


def test_a_list_of_nothing_has_no_other_page():
    page = plain("purchase_date").page(ChannelOrder.objects.none(), size=SIZE, before=END)
    assert (page.rows, page.before, page.after) == ([], "", "")


def test_a_page_skips_no_rows(orders):
    """What makes a late page cost what the first one costs: a comparison instead of OFFSET."""
    keyset = plain("purchase_date")
    token = keyset.page(orders, size=SIZE).after
    with CaptureQueriesContext(connection) as captured:
        keyset.page(orders, size=SIZE, after=token)
    (statement,) = captured
    assert "OFFSET" not in statement["sql"]
    assert '"purchase_date" >= ' in statement["sql"].split(" IN (SELECT ")[1]


def test_an_empty_segment_is_passed_over(orders):
    none = Segment(Q(pk__in=[-1]))
    everything = Segment(Q(), ("purchase_date",))
    keyset = Keyset(("purchase_date",), (none, everything, none))
    assert every_row(keyset) == every_row(plain("purchase_date"))
    assert every_row(keyset, backward=True) == every_row(plain("purchase_date"))


# Rows that went meanwhile


@pytest.mark.parametrize("key", SORTS)
def test_when_all_rows_behind_a_token_are_gone_the_last_page_is_shown(orders, key):
    keyset = Keyset(SORTS[key].columns, SORTS[key].segments)
    first = keyset.page(orders, size=SIZE)
    left = orders.filter(pk__in=[row.pk for row in first.rows])
    page = keyset.page(left, size=SIZE, after=first.after)
    assert (page.rows, page.before, page.after) == (first.rows, "", "")


@pytest.mark.parametrize("key", SORTS)
def test_when_all_rows_before_a_token_are_gone_the_first_page_is_shown(orders, key):
    keyset = Keyset(SORTS[key].columns, SORTS[key].segments, descending=True)
    last = keyset.page(orders, size=SIZE, before=END)
    left = orders.filter(pk__in=[row.pk for row in last.rows])
    page = keyset.page(left, size=SIZE, before=last.before)
    assert (page.rows, page.before, page.after) == (last.rows, "", "")


def test_when_all_rows_are_gone_there_is_no_page(orders):
    keyset = plain("purchase_date")
    first = keyset.page(orders, size=SIZE)
    page = keyset.page(orders.filter(pk=-1), size=SIZE, after=first.after)
    assert (page.rows, page.before, page.after) == ([], "", "")


# Counting and finding up to a limit


def test_counts_stop_at_the_limit_in_one_statement(orders):
    found = [orders, orders.filter(grand_total=None), orders.none(), orders.filter(pk=-1)]
    with CaptureQueriesContext(connection) as captured:
        assert capped_counts([[rows] for rows in found], limit=5) == [6, 2, 0, 0]
    assert len(captured) == 1


def test_equal_lists_are_counted_once(orders):
    orders = orders.order_by()
    found = [[orders], [orders.filter(grand_total=None)], [orders.all()]]
    with CaptureQueriesContext(connection) as captured:
        assert capped_counts(found, limit=20) == [11, 2, 11]
    assert captured[0]["sql"].count("COUNT(*)") == 2


def test_a_row_of_several_parts_of_a_list_is_counted_once(orders):
    pks = list(orders.values_list("pk", flat=True))
    first, last = orders.filter(pk__in=pks[:4]), orders.filter(pk__in=pks[2:7])
    assert capped_counts([[first, last, orders.none()]], limit=20) == [7]
    assert capped_counts([[orders, orders]], limit=5) == [6]


def test_nothing_to_count_asks_nothing():
    with CaptureQueriesContext(connection) as captured:
        assert capped_counts([[ChannelOrder.objects.none()]], limit=5) == [0]
        assert capped_values([ChannelOrder.objects.none()], limit=5) == [[]]
    assert len(captured) == 0


def test_the_first_values_of_several_in_one_statement(orders):
    pks = list(orders.values_list("pk", flat=True))
    first, last = orders.filter(pk__in=pks[:3]).values("pk"), orders.order_by("-pk").values("pk")
    with CaptureQueriesContext(connection) as captured:
        found = capped_values([first, orders.none(), last], limit=3)
    assert (found, len(captured)) == ([pks[:3], [], pks[:-5:-1]], 1)
