"""Shipments as a CSV file: columns by many names, cells, what spreadsheets do to numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.services import shipments_csv
from channels.services.shipments_csv import ShipRow, is_mangled, read, ship_date
from orders.services.csv_files import UnreadableFile, decode, defuse

ROW = ShipRow(line=2, number="702-1", tracking_number="T1")


def only(text, **options):
    (row,) = read(text, **options).rows
    return row


# Columns


@pytest.mark.parametrize(
    "header",
    [
        "order-id,tracking-number,carrier-code,ship-date",  # Amazon's template
        "Order Number;Tracking Number;Carrier;Ship Date",
        "Ordernummer\tSpårningsnummer\tTransportör\tSkickat datum",
        '"Order - Number","Shipment - Tracking Number","Shipment - Carrier","Date - Shipped Date"',
        "AMAZON ORDER ID;Kolli-ID;Fraktbolag;Avsändningsdatum",
    ],
)
def test_columns_are_found_by_many_names(header):
    delimiter = next(sign for sign in "\t;," if sign in header)
    line = delimiter.join(["702-1", "T1", "DHL", "2026-11-26"])
    expected = replace(ROW, carrier="DHL", shipped=date(2026, 11, 26))
    assert only(f"{header}\n{line}\n") == expected


def test_of_two_columns_that_mean_the_same_the_likelier_is_read():
    file = read("Commerce order,Order number,Tracking number,Notes\n000000001,702-1,T1,x\n")
    assert [row.number for row in file.rows] == ["702-1"]
    assert file.unread == ["Commerce order", "Notes"]


def test_an_item_is_named_by_its_id_or_else_its_sku():
    text = "order-id,tracking-number,order-item-id,sku,quantity\n702-1,T1,{},MUG,2\n"
    assert only(text.format("0581")) == replace(ROW, item="0581", quantity=2)
    assert only(text.format("")) == replace(ROW, item="MUG", quantity=2)


def test_a_name_without_a_code_is_what_the_carrier_is_called():
    header = "order-id,tracking-number,carrier-code,carrier-name\n"
    assert only(f"{header}702-1,T1,,Budbee") == replace(ROW, carrier="Budbee")
    other = replace(ROW, carrier="Other", carrier_name="Budbee")
    assert only(f"{header}702-1,T1,Other,Budbee") == other


def test_a_carrier_for_rows_that_name_none():
    text = "order-id,tracking-number,carrier\n702-1,T1,\n702-1,T1,DHL\n"
    assert [row.carrier for row in read(text, carrier="PostNord").rows] == ["PostNord", "DHL"]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", "no column for the order number and the tracking number"),
        ("order-id,carrier", "no column for the tracking number"),
        ("tracking-number,ship-date", "no column for the order number"),
        ("a,b,c", "no column for the order number and the tracking number"),
    ],
)
def test_what_a_file_needs(header, told):
    with pytest.raises(UnreadableFile) as refusal:
        read(f"{header}\n1,2,3\n")
    assert told in str(refusal.value)


def test_no_more_rows_than_a_person_can_look_over():
    text = "order-id,tracking-number\n" + "702-1,T1\n" * (shipments_csv.MAX_ROWS + 1)
    for language, told in (("en", "more than 5,000 rows"), ("sv", "fler än 5\xa0000 rader")):
        with translation.override(language), pytest.raises(UnreadableFile, match=told):
            read(text)


# Cells


@pytest.mark.parametrize(
    "cell",
    ["T1", " T1 ", "'T1", '"=""T1"""', "T1\u00a0", "\u2009T1"],
)
def test_what_spreadsheets_put_around_a_number_is_taken_off(cell):
    assert only(f"order-id,tracking-number\n702-1,{cell}\n") == ROW


@pytest.mark.parametrize(
    "cell",
    [
        "1.23E+11",
        "1,23E+17",
        "3E+15",
        "1.5e+20",
        "12.5E+10",
        "3.70E17",
        "3,7e17",
        "370123.0",
        "12,00",
    ],
)
def test_a_number_that_lost_its_digits_is_an_error(cell):
    for header in ("order-id;tracking-number", "tracking-number;order-id"):
        (row,) = read(f"{header}\nX1;{cell}\n").rows
        (problem,) = row.problems
        assert f"number {cell}: the spreadsheet has turned it into a number" in problem


@pytest.mark.parametrize("number", ["12345E67", "1E10", "370123456789012345", "1Z999AA10123456784"])
def test_a_number_of_a_carrier_is_not(number):
    assert not is_mangled(number)


@pytest.mark.parametrize("mark", ["\u200e", "\u202a", "\u200b", "\ufeff", "\u00ad"])
def test_marks_that_nobody_sees_are_no_part_of_a_number(mark):
    text = f"{mark}order-id,tracking-number\n{mark}702-1{mark},{mark}T{mark}1\n"
    assert only(text) == ROW
    assert only(f'order-id,tracking-number\n{mark}="702-1",{mark}\'T1\n') == ROW


@pytest.mark.parametrize(
    "first", ["sep=;\n", "sep=;\r\n", "SEP=;\r", '"sep=;"\n', "sep=\t\n", "sep=\n"]
)
def test_a_first_line_for_excel_is_no_header(first):
    file = read(f"{first}order-id;tracking-number;note\n702-1;T1;x\n")
    assert file.rows == [replace(ROW, line=3)]
    assert file.unread == ["note"]


def test_a_file_of_a_line_for_excel_only_has_no_columns():
    for text in ("sep=;", "sep=;\n"):
        with pytest.raises(UnreadableFile, match="has no column for the order number"):
            read(text)


def test_what_is_missing_is_said():
    assert only("order-id,tracking-number,carrier\n,T1,DHL\n").problems == (
        "The order number is missing.",
    )
    assert only("order-id,tracking-number,carrier\n702-1,,DHL\n").problems == (
        "The tracking number is missing.",
    )


@pytest.mark.parametrize("cell", ["0", "-1", "1.5", "two", "²", "1234567", "1e1"])
def test_quantities_are_whole(cell):
    row = only(f"order-id,tracking-number,sku,quantity\n702-1,T1,MUG,{cell}\n")
    assert row.quantity is None
    assert row.problems == (f"Quantity {cell!r} is not a whole number of 1 or more.",)


def test_a_row_with_other_cells_than_the_first_line():
    first, second = read("order-id,tracking-number\n702-1\n702-2,T2,DHL\n").rows
    assert (first.number, first.problems) == (
        "702-1", ("The row has 1 cells, the first line has 2.",),
    )  # fmt: skip
    assert second.problems == ("The row has 3 cells, the first line has 2.",)


# Dates


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("2026-11-26", date(2026, 11, 26)),
        ("2026-11-26 14:05", datetime(2026, 11, 26, 14, 5, tzinfo=UTC)),
        ("2026-11-26T14:05:06Z", datetime(2026, 11, 26, 14, 5, 6, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("language", ["en", "sv", "de"])
def test_dates(text, found, language):
    with translation.override(language):
        moment, wrong = ship_date(text)
    assert (moment, wrong) == (found, "")


def test_a_moment_without_a_zone_is_of_those_who_work_here():
    with timezone.override("Europe/Stockholm"):
        moment, _wrong = ship_date("2026-11-26 14:05")
    assert moment == datetime(2026, 11, 26, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "found"),
    [
        ("10/11/2026", "day", date(2026, 11, 10)),
        ("10/11/2026", "month", date(2026, 10, 11)),
        ("26.11.2026", "day", date(2026, 11, 26)),
        ("1-2-2026", "month", date(2026, 1, 2)),
        ("26.11.2026 14:05", "day", datetime(2026, 11, 26, 14, 5, tzinfo=UTC)),
        ("11/26/2026 2:05:06 PM", "month", datetime(2026, 11, 26, 14, 5, 6, tzinfo=UTC)),
        ("2026-11-26", "month", date(2026, 11, 26)),
    ],
)
def test_dates_that_end_in_the_year_are_read_as_the_person_says(text, first, found):
    assert ship_date(text, first) == (found, "")


@pytest.mark.parametrize("text", ["26/11/2026", "10/11/26", "10/11", "10/11/2026 25:00", "1/1/0"])
def test_what_is_no_such_date_is_wrong(text):
    assert ship_date(text, "month")[1].startswith(f"Ship date {text!r} is not of the form")


def test_a_moment_with_an_offset():
    moment, _wrong = ship_date("2026-11-26T14:05:06+02:00")
    assert moment == datetime(2026, 11, 26, 12, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(("text", "hour"), [("14:05", 13), ("14:05Z", 14), ("14:05+03:00", 11)])
def test_a_moment_without_a_zone_is_on_the_clock_of_those_who_work_here(text, hour):
    with timezone.override("Europe/Stockholm"):
        moment, _wrong = ship_date(f"2026-11-26T{text}")
    assert moment == datetime(2026, 11, 26, hour, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "10/11/2026",  # of which nobody knows the month
        "11/26/2026",
        "5/11/26",
        "26.11.2026",
        "26.11.2026 14:05",
        "2026-02-30",
        "2026-11-26T25:00",
        "0001-01-01T00:00+14:00",
        "9999-99-99",
        "yesterday",
        "45987",
    ],
)
@pytest.mark.parametrize("language", ["en", "sv", "de"])
def test_what_is_no_date_of_iso_8601(text, language):
    with translation.override(language):
        found, wrong = ship_date(text)
    assert found is None
    assert all(part in wrong for part in (repr(text), "2026-11-26 ", "2026-11-26T14:05+01:00"))


def test_a_row_with_a_date_nobody_can_tell_says_so():
    row = only("order-id,tracking-number,ship-date\n702-1,T1,10/11/2026\n")
    assert row.problems == (
        "Ship date '10/11/2026' is not of the form 2026-11-26 or 2026-11-26T14:05+01:00. "
        "Where dates end in the year, say what they begin with.",
    )


# Any file

cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\0"), max_size=20
)


@settings(max_examples=60)
@given(st.lists(st.tuples(cells, cells, cells, cells, cells), max_size=4), st.sampled_from(",;\t"))
def test_any_cells_give_a_row_or_a_problem(rows, delimiter):
    header = ["order-id", "tracking-number", "ship-date", "quantity", "carrier-code"]
    quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in [header, *rows])
    text = "\r\n".join(delimiter.join(row) for row in quoted)
    said = [row for row in rows if any(cell.strip() for cell in row)]
    found = read(text).rows
    assert len(found) == len(said)
    for row in found:
        assert (row.number and row.tracking_number) or row.problems
        assert row.quantity is None or row.quantity > 0


numbers = st.from_regex(r"[A-Z0-9][A-Z0-9 -]{0,20}[A-Z0-9]", fullmatch=True).filter(
    lambda text: not is_mangled(text)
)


@settings(max_examples=60)
@given(numbers, numbers, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
def test_a_number_is_read_as_it_was_written_in_every_encoding(order, tracking, encoding):
    text = f"Ordernummer;Spårningsnummer\n{defuse(order)};{defuse(tracking)}\n"
    row = only(decode(text.encode(encoding))[0])
    assert (row.number, row.tracking_number) == (
        " ".join(order.split()), " ".join(tracking.split()),
    )  # fmt: skip


def test_the_sample_can_be_read():
    rows = read("".join(shipments_csv.sample())).rows
    assert [row.problems for row in rows] == [(), ()]
    assert [row.carrier for row in rows] == ["PostNord", "DHL"]
    moment = datetime(2026, 11, 26, 13, 5, tzinfo=UTC)
    assert [row.shipped for row in rows] == [date(2026, 11, 26), moment]
