"""Excel workbooks: what is written is what openpyxl reads, piece by piece."""

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import xlsx
from channels.xlsx import Column, workbook

NOON = datetime(2026, 3, 2, 12, 0, 15, tzinfo=UTC)
COLUMNS = [Column("A"), Column("B", 30)]


def read(pieces):
    """The sheets by name, each a list of rows."""
    book = openpyxl.load_workbook(io.BytesIO(b"".join(pieces)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def rows(values):
    return read(workbook("Orders", COLUMNS, [[value, None] for value in values]))["Orders"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Åsa & <田中> \"'", "Åsa & <田中> \"'"),
        (" two  spaces ", " two  spaces "),
        ("=1+1", "=1+1"),
        ("two\nlines", "two\nlines"),
        (7, 7),
        (-3, -3),
        (Decimal("249.50"), 249.5),
        (Decimal(1000), 1000),
        (Decimal("1E+3"), 1000),
        (Decimal("0.005"), 0.005),
        (NOON, NOON.replace(tzinfo=None)),  # Excel knows no zones
        (None, None),
        ("", None),
    ],
)
def test_a_cell(written, shown):
    assert rows([written, "the next"])[1][0] == shown


def test_no_text_is_a_formula():
    pieces = b"".join(workbook("Orders", COLUMNS, [["=cmd()", "@SUM(1)"]]))
    sheet = openpyxl.load_workbook(io.BytesIO(pieces))["Orders"]
    assert [cell.value for cell in sheet[2]] == ["=cmd()", "@SUM(1)"]
    assert {cell.data_type for cell in sheet[2]} <= {"s", "inlineStr"}  # "f" is a formula
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(pieces)).read("xl/worksheets/sheet1.xml")


def test_what_xml_has_no_sign_for_is_replaced():
    assert rows(["a\x00b\x1f\ud800c"])[1][0] == "a\ufffdb\ufffd\ufffdc"


def test_what_excel_would_unescape_is_escaped():
    assert rows(["_x0041_ and _x"])[1][0] == "_x005F_x0041_ and _x"


def test_a_text_is_cut_where_a_cell_ends():
    assert len(rows(["x" * 40_000])[1][0]) == 32_767


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)))
def test_any_text_comes_back(texts):
    shown = [row[0] for row in rows([f"#{text}" for text in texts])[1:]]
    assert [text.replace("_x005F_", "_") for text in shown] == [f"#{text}" for text in texts]


def test_the_head_is_bold_and_stays():
    book = openpyxl.load_workbook(io.BytesIO(b"".join(workbook("Orders", COLUMNS, []))))
    sheet = book["Orders"]
    assert [cell.value for cell in sheet[1]] == ["A", "B"]
    assert sheet["A1"].font.b
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["B"].width == 30


def test_numbers_are_shown_as_their_currency_writes_them():
    cells = [
        Decimal("1234.50"),
        Decimal(1000),
        Decimal("1.250"),
        datetime(2026, 3, 2, tzinfo=UTC),
    ]
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(workbook("Orders", [Column("A")], [[cell] for cell in cells])))
    )
    formats = [row[0].number_format for row in book["Orders"].iter_rows(min_row=2)]
    assert formats == ["#,##0.00", "#,##0", "#,##0.000", r"yyyy\-mm\-dd\ hh:mm"]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (2, [2]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])]
)
def test_a_full_sheet_is_followed_by_the_next(monkeypatch, count, sizes):
    monkeypatch.setattr(xlsx, "MAX_ROWS", 4)
    found = read(workbook("Orders", COLUMNS, [[n, None] for n in range(count)]))
    assert list(found) == ["Orders", "Orders 2", "Orders 3"][: len(sizes)]
    assert [len(sheet) - 1 for sheet in found.values()] == sizes
    assert all(sheet[0] == ("A", "B") for sheet in found.values())
    numbers = [row[0] for sheet in found.values() for row in sheet[1:]]
    assert numbers == list(range(count))


def test_a_sheet_that_is_too_large_is_followed_by_the_next(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_SHEET_BYTES", 100)
    assert len(read(workbook("Orders", COLUMNS, [["x" * 200, None]] * 3))) == 3


def test_columns_beyond_z():
    columns = [Column(str(n)) for n in range(60)]
    (found,) = read(workbook("Orders", columns, [range(60)])).values()
    assert found[1] == tuple(range(60))


def test_rows_are_sent_as_they_come():
    """Nothing waits for the last row, and no memory is kept for those that are gone."""
    read_so_far = 0

    def many():
        nonlocal read_so_far
        for read_so_far in range(30_000):
            yield [f"text {read_so_far * 7919}", read_so_far]

    pieces = workbook("Orders", COLUMNS, many())
    tracemalloc.start()
    size = len(next(pieces))
    assert 0 < read_so_far < 20_000
    for piece in pieces:
        size += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 250_000
    assert peak < 2_000_000


def test_a_file_that_broke_off_is_no_workbook():
    """A failure in the middle must not look like a short file."""

    def broken():
        yield ["one", 1]
        yield ["two", 2]
        raise RuntimeError

    received = []
    with pytest.raises(RuntimeError):
        received.extend(workbook("Orders", COLUMNS, broken()))
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(received)))
