"""The filters, the search and the sorting of the Orders tab, and nonsense in its address."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db.models import Q

from channels.admin.columns import COLUMNS
from channels.admin.sorts import keyset
from channels.models import ChannelOrder
from tests import factories
from tests.staff import listed, orders_tab, statements, superuser

pytestmark = pytest.mark.django_db

ORDERS = orders_tab()
PURCHASED = factories.PURCHASED
S = ChannelOrder.Status


@pytest.fixture
def orders():
    """One order of every kind the filters tell apart."""
    store = factories.amazon_store(name="Amazon SE")
    other = factories.amazon_store(name="Amazon DE", country="DE")
    return {
        "unshipped": factories.placed_order(store=store, items=[factories.item("A", asin="B0A")]),
        "german": factories.placed_order(store=other, purchase_date=PURCHASED - timedelta(days=3)),
        "fba": factories.placed_order(
            store=store, fulfilled_by="amazon", status=S.SHIPPED, amazon_status="SHIPPED",
            proven_at=factories.NOW,
        ),
        "held": factories.channel_order(store=store, placement="held", hold_reason="total"),
        "canceled": factories.channel_order(store=store, status=S.CANCELED),
        "pending": factories.channel_order(store=store, status=S.PENDING),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": ["unshipped"]}, {"unshipped", "german"}),
        ({"status": ["unshipped", "error"]}, {"unshipped", "german", "held"}),
        ({"status": ["error"]}, {"held"}),
        ({"status": ["completed"]}, {"fba"}),
        ({"status": ["shipped"]}, set()),
        ({"status": ["canceled", "pending"]}, {"canceled", "pending"}),
        ({"status": ["unshipped"], "fulfilled_by": "merchant"}, {"unshipped", "german"}),
        ({"status": ["error"], "fulfilled_by": "merchant"}, {"held"}),
        (
            {"status": ["unshipped", "error"], "fulfilled_by": "merchant"},
            {"unshipped", "german", "held"},
        ),
        ({"fulfilled_by": "amazon"}, {"fba"}),
        ({"fulfilled_by": "merchant"}, {"unshipped", "german", "held", "canceled"}),
        ({"from": "2026-03-02"}, {"unshipped", "fba", "held", "canceled"}),
        ({"to": "2026-03-01"}, {"german"}),
        ({"from": "2026-03-02", "to": "2026-03-02"}, {"unshipped", "fba", "held", "canceled"}),
        ({"from": "2026-02-27", "to": "2026-02-27"}, {"german"}),
        ({"status": ["unshipped"], "to": "2026-03-01"}, {"german"}),
    ],
)
def test_filters(orders, query, expected):
    names = {order.amazon_order_id: name for name, order in orders.items()}
    assert {names[number] for number in listed(superuser(), **query)} == expected


def test_the_store_filter(orders):
    german = orders["german"]
    assert listed(superuser(), store=german.store.pk) == [german.amazon_order_id]


def test_every_filter_gives_a_chip_that_takes_it_away(orders):
    query = {"status": ["unshipped", "error"], "from": "2026-03-01", "sort": "total"}
    response = superuser().get(f"{ORDERS}?{urlencode(query, doseq=True)}")
    chips = {chip["label"]: chip["url"] for chip in response.context["cl"].chips()}
    assert chips == {
        "Status: Unshipped": "?from=2026-03-01&sort=total&status=error",
        "Status: Error": "?from=2026-03-01&sort=total&status=unshipped",
        "Purchased from: 2026-03-01": "?sort=total&status=unshipped&status=error",
    }


def test_search_by_every_kind_of_number(orders):
    factories.package(order=orders["german"].commerce_order, tracking_number="UA1")
    client = superuser()
    for query, name in (
        (orders["unshipped"].amazon_order_id, "unshipped"),
        (orders["german"].commerce_order.number, "german"),
        ("A", "unshipped"),
        ("B0A", "unshipped"),
        ("UA1", "german"),
        (orders["pending"].amazon_order_id, "pending"),
    ):
        assert orders[name].amazon_order_id in listed(client, q=query), query


def test_many_pasted_numbers(orders):
    wanted = [orders[name].amazon_order_id for name in ("unshipped", "fba", "pending")]
    pasted = f" {wanted[0]},\n{wanted[1]}\t\t{wanted[2]} 999-0000000-0000000,"
    assert set(listed(superuser(), q=pasted)) == set(wanted)
    unknown = "No order has these numbers: 999-0000000-0000000"
    assert unknown in superuser().get(ORDERS, {"q": pasted}).content.decode()
    assert unknown not in superuser().get(ORDERS, {"q": " ".join(wanted)}).content.decode()


def test_what_is_not_searched_is_said(orders):
    response = superuser().get(ORDERS, {"q": " ".join(str(n) for n in range(1000))})
    assert "Only the first 200 words were searched." in response.content.decode()


def test_a_part_of_a_number_finds_nothing(orders):
    assert listed(superuser(), q=orders["unshipped"].amazon_order_id[:8]) == []


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense", "status=unshipped&status=nonsense", "store=abc", "store=%C2%B2",
        "store=99999999999999999999999", "store=-1", "fulfilled_by=nonsense", "from=2026-99-99",
        "from=nonsense", "from=0001-01-01", "to=9999-12-31", "to=20260301", "from=2026-03-01T00:00",
        "o=99", "o=abc", "o=-99.1.1", "p=9999", "p=-1", "p=abc", "q=" + "x" * 10_000,
        "q=" + "x%20" * 5_000, "e=1", "all=", "nonsense=1", "status__in=unshipped",
        "q=%F0%9F%98%80", "sort=nonsense", "sort=--total", "digest=aa", "after=nonsense",
        "after=bnVsbA",
        "after=WzAsMV0", "after=WzksMV0", "before=nonsense", "before=end", "find=nonsense",
        "view=nonsense", "view=99", "due=nonsense", "attention=no", "total_from=nonsense",
        "total_from=1e9", "total_to=-1", "total_to=99999999999999999999", "total_from=1,2,3.4",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_does_no_harm(query):
    factories.placed_order()
    response = superuser().get(f"{ORDERS}?{query}", follow=True)
    assert response.status_code == 200
    assert response.context["cl"] is not None


@pytest.mark.parametrize("column", [column.key for column in COLUMNS])
def test_every_column_sorts_or_stays(column, orders):
    client = superuser()
    up, down = listed(client, sort=column), listed(client, sort=f"-{column}")
    assert sorted(up) == sorted(down)
    assert len(up) == 5


def test_the_order_of_equal_rows_is_fixed():
    same = [factories.channel_order().amazon_order_id for _ in range(5)]
    assert listed(superuser(), sort="-status") == same[::-1]
    assert listed(superuser(), sort="status") == same


def test_stores_stand_as_the_database_sorts_their_names():
    """Which need not be as Python does: Å and Ä, or small letters."""
    beta, aas = (factories.amazon_store(name=name) for name in ("Beta", "Åas"))
    for stores in ([aas, beta], [beta, aas]):
        assert [part.condition for part in keyset("store", stores).segments] == [
            Q(store=store) for store in stores
        ]
        assert [part.condition for part in keyset("-store", stores).segments] == [
            Q(store=store) for store in reversed(stores)
        ]


def test_thirty_orders_cost_as_many_statements_as_one():
    store = factories.amazon_store()
    client = superuser()
    factories.placed_order(store=store)
    client.get(ORDERS)  # what is remembered from the first time is no matter
    one = statements(client, ORDERS)
    for _ in range(29):
        factories.placed_order(store=store)
    assert len(listed(client)) == 30
    assert statements(client, ORDERS) == one
