"""Every way to sort the Orders tab is read from an index, both ways; PostgreSQL says so."""

import pytest
from django.db import connection

from channels.admin.sorts import SORTS, keyset
from channels.models import ChannelOrder
from channels.models.order_status import HIDDEN_STATUSES
from orders.admin.keyset import END
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
