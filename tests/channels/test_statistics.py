"""Both databases know how large their tables are; SQLite has to be told to look."""

import pytest
from django.db import connection

from channels.models import ChannelOrder
from channels.models.order_status import ON_THE_TAB
from channels.services import statistics
from channels.services.shortlists import due_on
from channels.ship_by import Due
from tests import factories

pytestmark = pytest.mark.django_db
ON_SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks by itself")


def test_it_is_safe_anywhere_and_again():
    factories.channel_order()
    statistics.refresh()
    statistics.refresh()


@ON_SQLITE
def test_sqlite_knows_its_tables_afterwards():
    factories.channel_order()
    statistics.refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'channelorder_tab'")
        assert cursor.fetchall() == [("1 1 1",)]


@ON_SQLITE
def test_what_is_due_and_the_newest_orders_are_read_from_their_partial_indexes():
    """SQLite uses one only where the words of its condition stand in the statement."""
    store = factories.amazon_store()
    orders = ChannelOrder.objects.order_by("-purchase_date", "-id").filter(ON_THE_TAB)
    assert "channelorder_tab" in orders[:100].explain()
    for n in range(30):
        factories.channel_order(store=store, status="shipped" if n else "unshipped")
    statistics.refresh()
    due = due_on(ChannelOrder.objects.order_by(), Due.TODAY, [store], factories.NOW)
    assert "channelorder_to_ship" in due.explain()
