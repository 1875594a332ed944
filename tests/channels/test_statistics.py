"""Both databases know how large their tables are; SQLite has to be told to look."""

import re

import pytest
from django.db import connection

from channels.models import ChannelOrder
from channels.models.order_status import ASKED_TO_CANCEL, MERCHANT_SHIPS, ON_THE_TAB
from channels.services import statistics
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
@pytest.mark.parametrize(
    ("condition", "index"),
    [
        (ON_THE_TAB, "channelorder_tab"),
        (MERCHANT_SHIPS, "channelorder_to_ship"),
        (ASKED_TO_CANCEL, "channelorder_cancel_asked"),
    ],
)
def test_the_words_of_a_partial_index_stand_in_the_statement(condition, index):
    """SQLite uses it only then, and in the same order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [index])
        ((made,),) = cursor.fetchall()
    (words,) = re.findall(r"IN \([^)]*\)", made)
    asked, _params = ChannelOrder.objects.filter(condition).query.sql_with_params()
    assert words in asked
