"""Orders as CSV and Excel files."""

import csv
import gc
import io
import weakref
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from channels.models import ChannelOrder
from channels.services import exporting
from channels.services.export_columns import COLUMNS
from channels.services.exporting import CONTENT_TYPES, export, is_personal
from orders.services.notes import add_note
from tests import factories
from tests.channels.correcting import correct
from tests.channels.packing import to_pack

pytestmark = pytest.mark.django_db

USUAL = (  # the columns that the Orders tab shows
    "purchase_date", "number", "status", "buyer", "total", "currency", "commerce_order",
    "ship_by", "fulfilled_by", "store", "note",
)  # fmt: skip


def orders():
    return ChannelOrder.objects.order_by("pk")


def content(keys, file_format, *, of=None, reveal=lambda orders: None):
    queryset = orders() if of is None else of
    return b"".join(export(queryset, keys, file_format=file_format, reveal=reveal))


def as_csv(*keys, **more):
    """The rows of the file, the head first."""
    return list(csv.reader(io.StringIO(content(keys, "csv", **more).decode("utf-8-sig"))))


def as_xlsx(*keys, **more):
    book = openpyxl.load_workbook(io.BytesIO(content(keys, "xlsx", **more)))
    return list(book["Orders"].iter_rows(values_only=True))


def cell(key):
    """What stands in the one row of the one column."""
    ((_,), (value,)) = as_csv(key)
    return value


def test_the_columns_of_the_tab():
    order = to_pack(ship_by=factories.NOW)
    add_note(order.uid, "A note.")
    assert as_csv(*USUAL) == [
        [
            "Purchase date (UTC)", "Order number", "Status", "Buyer's name", "Grand total",
            "Currency", "Commerce order", "Ship by (UTC)", "Fulfilled by", "Store", "Order notes",
        ],
        [
            "2026-03-02T09:30:00+00:00", order.amazon_order_id, "Unshipped", "Åsa Öberg", "100.00",
            "SEK", order.commerce_order.number, "2026-03-03T12:00:00+00:00", "Merchant",
            order.store.name, "A note.",
        ],
    ]  # fmt: skip


def test_numbers_are_numbers_and_dates_are_dates_in_excel():
    to_pack(items=[factories.item(price="249.50", quantity=2)])
    assert as_xlsx("purchase_date", "total", "units_ordered", "number", "ship_by")[1] == (
        datetime(2026, 3, 2, 9, 30),  # noqa: DTZ001  # Excel knows no zones: the head names it
        499,
        2,
        ChannelOrder.objects.get().amazon_order_id,
        None,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("buyer_email", "asa@marketplace.amazon.se"),
        ("city", "Stockholm"),
        ("postal_code", "114 55"),
        ("country", "SE"),
        ("service_level", "STANDARD"),
        ("items", "2 × Product KET; 1 × Product MUG; 1 × Product MUG"),
        ("skus", "KET; MUG"),
        ("asins", "B000000001"),
        ("units_ordered", "4"),
        ("units_shipped", "1"),
        ("item_amount", "400.00"),
        ("shipping_amount", "49.00"),
        ("tax_amount", ""),
        ("status", "Unshipped"),
    ],
)
def test_the_other_columns(key, value):
    items = [
        factories.item("KET", quantity=2, asin="B000000001", quantity_shipped=1),
        factories.item("MUG", shipping_amount=Decimal(49), total=Decimal(149)),
        factories.item("MUG"),
    ]
    to_pack(items=items, service_level="STANDARD")
    assert cell(key) == value


def test_every_column_can_be_exported_of_an_order_that_has_next_to_nothing():
    factories.channel_order(
        buyer=None, recipient=None, currency="", grand_total=None, items=[],
    )  # fmt: skip
    head, row = as_csv(*COLUMNS)
    assert len(head) == len(row) == len(COLUMNS)
    empty = dict(zip(COLUMNS, row, strict=True))
    assert [key for key, value in empty.items() if value] == [
        "purchase_date", "number", "status", "fulfilled_by", "store", "updated", "units_ordered",
        "units_shipped",
    ]  # fmt: skip
    assert len(as_xlsx(*COLUMNS)) == 2


def test_amounts_have_the_decimals_of_their_currency():
    to_pack(currency="JPY", items=[factories.item(price="1000", currency="JPY")])
    assert (cell("total"), cell("item_amount"), cell("currency")) == ("1000", "1000", "JPY")


def test_tracking_numbers_are_ours_where_there_are_any():
    order = to_pack(
        packages=[
            {
                "reference": "1",
                "carrier": "DHL",
                "tracking_number": "AT-AMAZON",
                "shipped_at": None,
                "items": [],
            }
        ]
    )
    assert (cell("tracking"), cell("carriers")) == ("AT-AMAZON", "DHL")
    for number in ("ONE", "TWO"):
        factories.package(order=order.commerce_order, tracking_number=number)
    assert (cell("tracking"), cell("carriers")) == ("ONE; TWO", "PostNord")


def test_the_corrected_address_is_where_it_goes():
    correct(to_pack(), city="Uppsala")
    assert cell("city") == "Uppsala"


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "＝1"])  # noqa: RUF001
def test_no_cell_is_a_formula(text):
    to_pack(buyer={"name": text})
    assert cell("buyer") == f"'{text}"
    assert as_xlsx("buyer")[1] == (text,)


def test_what_is_negative_stays_a_number():
    to_pack(items=[factories.item(discount_amount=Decimal("-5.50"))], grand_total=Decimal(100))
    assert cell("discount_amount") == "-5.50"
    assert as_xlsx("discount_amount")[1] == (-5.5,)


def test_names_of_every_script():
    names = ["Åsa", "Νίκος", "Жанна", '田中, "太郎"\n様', "김철수", "محمد"]
    for name in names:
        to_pack(buyer={"name": name})
    assert [row[0] for row in as_csv("buyer")[1:]] == names
    assert [row[0] for row in as_xlsx("buyer")[1:]] == names


@pytest.mark.parametrize("read", [as_csv, as_xlsx])
def test_the_rows_come_in_the_order_of_the_list(monkeypatch, read):
    monkeypatch.setattr(exporting, "CHUNK", 2)
    numbers = [to_pack().amazon_order_id for _ in range(5)]
    found = read("number", of=ChannelOrder.objects.order_by("-pk"))
    assert [row[0] for row in found[1:]] == numbers[::-1]


@pytest.mark.parametrize("read", [as_csv, as_xlsx])
def test_no_order(read):
    assert [list(row) for row in read("number")] == [["Order number"]]


def test_an_order_that_is_gone_meanwhile_is_left_out(monkeypatch):
    first, second = factories.channel_order(items=[]), factories.channel_order(items=[])
    monkeypatch.setattr(exporting, "CHUNK", 1)

    def delete(seen):
        ChannelOrder.objects.filter(pk=second.pk).delete()

    found = as_csv("number", "buyer", reveal=delete)
    assert [row[0] for row in found[1:]] == [first.amazon_order_id]


def test_the_file_speaks_the_language_of_who_asked():
    """Though it is made after the view has ended."""
    factories.channel_order(items=[factories.item(price="249.50")])
    keys = ["fulfilled_by", "total"]
    with translation.override("sv"):
        pieces = export(orders(), keys, file_format="csv", reveal=lambda seen: None)
    with translation.override("en"):
        text = b"".join(pieces).decode("utf-8-sig")
        assert translation.get_language() == "en"
    # Numbers are those of machines in every language.
    assert text.splitlines() == ["Skickas av,Totalsumma", "Handlaren,249.50"]


# Personal data


def test_personal_columns_are_known():
    assert [key for key in COLUMNS if is_personal([key])] == [
        "buyer",
        "buyer_email",
        "postal_code",
    ]


def test_what_is_revealed_is_told_chunk_by_chunk(monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 2)
    pks = [to_pack().pk for _ in range(3)]
    told = []
    as_csv("number", "buyer_email", reveal=lambda seen: told.append([o.pk for o in seen]))
    assert told == [pks[:2], pks[2:]]
    told.clear()
    as_csv("number", "city", reveal=told.append)
    assert told == []


# Size


def statements(*keys):
    with CaptureQueriesContext(connection) as captured:
        as_csv(*keys)
    return len(captured)


def test_statements_grow_with_the_chunks_only(monkeypatch):
    store = factories.amazon_store()
    to_pack(store=store)
    of_one = statements(*COLUMNS)
    for _ in range(9):
        factories.package(order=to_pack(store=store).commerce_order)
    assert statements(*COLUMNS) <= of_one + 1  # packages, of which the first had none
    assert of_one <= 6

    of_ten = statements(*COLUMNS)
    monkeypatch.setattr(exporting, "CHUNK", 5)
    assert statements(*COLUMNS) <= 2 * of_ten
    assert statements("number") == 3


@pytest.mark.parametrize("file_format", CONTENT_TYPES)
def test_orders_are_read_when_their_turn_comes_and_then_forgotten(monkeypatch, file_format):
    monkeypatch.setattr(exporting, "CHUNK", 10)
    store = factories.amazon_store()
    for _ in range(60):
        factories.channel_order(store=store)
    held = weakref.WeakSet()
    most = []

    def count(seen):
        held.update(seen)
        gc.collect()
        most.append(len(held))

    keys = ["number", "buyer", "items"]
    pieces = export(orders(), keys, file_format=file_format, reveal=count)
    assert most == []
    for _ in pieces:
        pass
    assert len(most) == 6
    assert max(most) <= 20  # the chunk that is written and the one that was just read
