"""Every way to sort the Orders tab is read from an index, both ways, and what is counted is read in
the order of one; PostgreSQL says so."""

import re

import pytest
from django.db import connection
from django.db.models import Q
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import timezone

from channels.admin.lists import filtered
from channels.admin.sorts import SORTS, keyset
from channels.models import ChannelOrder, ChannelOrderItem
from channels.models.order_status import HIDDEN_STATUSES
from channels.services.attention import needing_attention, with_order
from channels.services.held import stores_with_held
from orders.admin.keyset import END
from orders.models import OutboxMessage
from tests import factories

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans in its own way"),
]
WAYS = [sign + key for key in (*SORTS, "store") for sign in ("", "-")]
# The whole list has rows without a value last, which no index has; pages have segments for it.
NEVER_NULL = ("purchase_date", "number", "status", "fulfilled_by")


@pytest.fixture
def orders():
    """As the tab lists them. What can be read in order is: no other plan is left."""
    store = factories.amazon_store()
    for _ in range(5):
        factories.placed_order(store=store)
    with connection.cursor() as cursor:
        for node in ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{node} = off")
    return ChannelOrder.objects.exclude(status__in=HIDDEN_STATUSES)


def sorts(queryset):
    """Whether rows are sorted; those of one number by their key do not count."""
    return "Sort  (" in queryset.explain().replace("Incremental Sort  (", "")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["first", "after", "before", "last"])
def test_no_page_sorts(orders, way, place):
    how = keyset(way, {order.store for order in orders})
    places = {
        "first": {},
        "after": {"after": how.page(orders, size=2).after},
        "before": {"before": how.page(orders, size=2, before=END).before},
        "last": {"before": END},
    }
    asked = []
    how.page(orders, size=2, dress=lambda rows: asked.append(rows) or rows, **places[place])
    assert asked
    for rows in asked:
        assert not sorts(rows), rows.explain()


@pytest.mark.parametrize("way", [sign + key for key in NEVER_NULL for sign in ("", "-")])
def test_a_whole_list_is_read_in_order_where_no_value_is_missing(orders, way):
    assert not sorts(keyset(way, ()).ordered(orders))


# Which of several indexes a planner takes for a small table is its mood: the words are compared.


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("status=unshipped&fulfilled_by=merchant", "channelorder_to_ship"),
        ("fulfilled_by=amazon", "channelorder_by_fulfiller"),
        ("store={store}", "channelorder_store_newest"),
    ],
)
def test_what_is_counted_stands_in_the_order_of_an_index(orders, query, index):
    """Else the table would be read from its beginning, and what is open is at its end."""
    params = dict(QueryDict(query.format(store=orders[0].store_id)).lists())
    request = RequestFactory().get("/")
    (rows,) = filtered(request, ChannelOrder.objects.all(), params)
    order = rows.query.order_by
    columns = index_of(ChannelOrder, index).fields[-len(order) :]
    assert order in (tuple(columns), tuple(backward(column) for column in columns))


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("seller_sku", "channelorderitem_sku_order"),
        ("asin", "channelorderitem_asin_order"),
    ],
)
def test_an_index_alone_tells_the_orders_with_a_product(column, index):
    items = ChannelOrderItem.objects.order_by().filter(**{column: "MUG"}).values("order")
    assert index_of(ChannelOrderItem, index).fields == [column, "order"]
    assert columns_of(items, '"channels_channelorderitem"') == {column, "order_id"}


def test_held_orders_are_counted_without_reading_them():
    index = index_of(ChannelOrder, "channelorder_held")
    assert (index.fields[0], index.condition) == ("store", Q(placement="held"))
    assert columns_of(stores_with_held(), "U0") == {"store_id", "placement"}


def index_of(model, name):
    (found,) = (index for index in model._meta.indexes if index.name == name)
    return found


def backward(column):
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def columns_of(rows, table):
    """The columns of this table that its statement names."""
    return set(re.findall(rf'{table}\."(\w+)"', str(rows.query)))


def test_open_confirmations_are_looked_up_one_by_one(orders):
    """Joined, three thousand of them would have all packages read."""
    messages = needing_attention(with_order(OutboxMessage.objects.all()), timezone.now())
    plan = messages.order_by().explain()
    assert "SubPlan" in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan
