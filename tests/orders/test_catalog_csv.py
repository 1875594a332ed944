"""The CSV file of products: written, read back, and everything that can be wrong with one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.services import catalog_csv
from orders.services.catalog_csv import read
from orders.services.csv_files import UnreadableFile, decode, defuse


def rows(text):
    return [(row.line, row.sku, row.parts, row.problems) for row in read(text)]


def only(text):
    (row,) = read(text)
    return row


# The round trip

cells = st.text("'=+-@\t\r\n＝＋－＠a ;,\"", max_size=6)  # noqa: RUF001
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
products = st.lists(
    st.tuples(
        st.one_of(cells, names).filter(str.strip),
        st.one_of(cells, names),
        st.booleans(),
        st.booleans(),
        st.integers(-(10**9), 10**9),
    ),
    unique_by=lambda row: row[0],
    max_size=5,
)


@given(products)
def test_what_was_written_is_read_back(products):
    written = "".join(catalog_csv.write([*row, 1, 2] for row in products))
    text, guessed = decode(written.encode())
    assert not guessed
    found = read(text)
    assert [(row.sku, row.problems) for row in found] == [(row[0], []) for row in products]
    for row, (_, name, *others) in zip(found, products, strict=True):
        assert ("name" in row.parts) is bool(defuse(name).strip())  # else it stays as it is
        assert row.parts.pop("name", name) == name
        assert list(row.parts.values()) == others


def test_what_is_written():
    lines = list(catalog_csv.write([["=A", "Mug, blue", True, False, -3, 0, -3]]))
    assert lines == [
        "\ufeffsku,name,enabled,manage_stock,quantity,reserved,salable\r\n",
        '\'=A,"Mug, blue",yes,no,-3,0,-3\r\n',
    ]


# Reading


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter):
    text = "quantity,SKU,Manage stock\n3,MUG,yes\n".replace(",", delimiter)
    assert rows(text) == [(2, "MUG", {"quantity": 3, "manage_stock": True}, [])]


def test_cells_that_say_nothing_leave_a_part_as_it_is():
    assert only("sku,name,enabled,quantity,reserved,salable\nMUG,, ,,x,y\n").parts == {}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(newline):
    text = newline.join(["sku,name", 'A,"two', 'lines"', "", "B,x", ",,", "C,y"])
    assert [(row.line, row.sku) for row in read(text)] == [(2, "A"), (5, "B"), (7, "C")]


def test_empty_cells_at_the_end_are_what_spreadsheets_leave():
    assert rows("sku,name,,\nMUG,A mug,,\n") == [(2, "MUG", {"name": "A mug"}, [])]


@pytest.mark.parametrize(
    ("word", "value"),
    [("yes", True), ("NO", False), ("TRUE", True), (" false ", False), ("1", True), ("0", False)],
)
def test_yes_and_no(word, value):
    assert only(f"sku,enabled\nMUG,{word}").parts == {"enabled": value}


@pytest.mark.parametrize(("cell", "value"), [(" 7 ", 7), ("-2", -2), ("+3", 3), ("007", 7)])
def test_whole_numbers(cell, value):
    assert only(f"sku,quantity\nMUG,{cell}").parts == {"quantity": value}


@pytest.mark.parametrize("cell", ["1.000", "5.0", "1e3", "1 000", "ten", "²", "٣", "--1", "9" * 13])
def test_what_is_no_whole_number(cell):
    row = only(f"sku;quantity\nMUG;{cell}")
    assert row.parts == {}
    assert row.problems == [f"quantity: {cell!r} is not a whole number."]


def test_a_decimal_comma_is_no_number_either():
    assert only("sku;quantity\nMUG;1,5").problems == ["quantity: '1,5' is not a whole number."]


def test_every_problem_of_a_row_is_named():
    row = only("sku,enabled,manage_stock,quantity\nMUG,maybe,ja,x")
    assert row.problems == [
        "enabled: 'maybe' is not yes or no.",
        "manage_stock: 'ja' is not yes or no.",
        "quantity: 'x' is not a whole number.",
    ]


@pytest.mark.parametrize(("row", "count"), [("MUG", 1), ("MUG,a,b", 3)])
def test_a_row_with_other_cells_than_the_first_line(row, count):
    told = f"The row has {count} cells, the first line has 2."
    assert rows(f"sku,name\n{row}\nCUP,x") == [
        (2, "MUG", {}, [told]),
        (3, "CUP", {"name": "x"}, []),
    ]


def test_of_a_sku_that_is_there_twice_nobody_knows_which_is_meant():
    told = ["The SKU is there more than once: lines 2, 4."]
    assert [row.problems for row in read("sku\nMUG\nmug\nMUG")] == [told, [], told]


# Files that cannot be read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Line 1: column sku is missing."),
        ("name,quantity\nA,1", "Line 1: column sku is missing."),
        ("sku,prise\nA,1", "Line 1: there is no column 'prise'. Columns: sku, name, "),
        ("sku,name,SKU\nA,1,2", "Line 1: column sku is there twice."),
        ('sku,name\nA,"open\nB,x', "Line 3 is no CSV: "),
        ('sku,name\nA,"x"y', "Line 2 is no CSV: "),
        ("sku\n" + "A\n" * 20_001, "The file has more than 20,000 rows: split it."),
    ],
)
def test_a_file_that_cannot_be_read(text, told):
    with pytest.raises(UnreadableFile) as refusal:
        read(text)
    assert told in str(refusal.value)
