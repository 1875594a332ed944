"""The report of FBA shipments: columns by name, rows that say something, rows that do not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.fulfilled_shipments import (
    NEEDED,
    OPTIONAL,
    FulfilledShipments,
    ShippedRow,
)

PERSONAL = (
    "buyer-email", "buyer-name", "buyer-phone-number", "recipient-name", "ship-address-1",
    "ship-city", "ship-postal-code", "ship-phone-number", "bill-address-1",
)  # fmt: skip
VALUES = {
    "amazon-order-id": "302-5510047-8830219",
    "amazon-order-item-id": "40211877100355",
    "quantity-shipped": "2",
    "tracking-number": "TBA000000001",
    "shipment-id": "D1",
    "shipment-item-id": "I1",
    "shipment-date": "2026-08-12T21:00:00+09:00",
    "carrier": "AMZN_DE",
}
ROW = ShippedRow(
    amazon_order_id="302-5510047-8830219",
    order_item_id="40211877100355",
    quantity=2,
    tracking_number="TBA000000001",
    shipment_id="D1",
    shipment_item_id="I1",
    shipped_at=datetime(2026, 8, 12, 12, tzinfo=UTC),
    carrier="AMZN_DE",
)


def line(columns, **changes):
    values = VALUES | {name.replace("_", "-"): value for name, value in changes.items()}
    return "\t".join(values.get(name, "x") for name in columns)


def read(*lines, columns=tuple(VALUES)):
    shipments = FulfilledShipments(["\t".join(columns), *lines])
    return list(shipments), shipments


def test_a_row():
    rows, shipments = read(line(VALUES))
    assert rows == [ROW]
    assert (shipments.read, shipments.bad, shipments.problem) == (1, 0, "")


class Untouchable(str):
    """A cell that must not be looked at."""

    def strip(self, *args):
        raise AssertionError("A personal column was read.")


@given(st.permutations([*VALUES, *PERSONAL, "points-granted"]), st.data())
def test_columns_may_stand_anywhere_and_be_missing(columns, data):
    missing = data.draw(st.sets(st.sampled_from(OPTIONAL)))
    columns = [name for name in columns if name not in missing]
    rows, shipments = read(line(columns), columns=columns)
    (row,) = rows
    absent = {"shipment-id": "", "shipment-item-id": "", "shipment-date": None, "carrier": ""}
    got = {"shipment-id": row.shipment_id, "shipment-item-id": row.shipment_item_id,
           "shipment-date": row.shipped_at, "carrier": row.carrier}  # fmt: skip
    whole = {"shipment-id": "D1", "shipment-item-id": "I1",
             "shipment-date": ROW.shipped_at, "carrier": "AMZN_DE"}  # fmt: skip
    assert got == whole | {name: absent[name] for name in missing}
    assert (row.order_item_id, row.quantity, row.tracking_number) == (
        ROW.order_item_id,
        2,
        ROW.tracking_number,
    )
    assert shipments.bad == 0


def test_personal_columns_are_never_read():
    class Line(str):
        def split(self, *args):
            return [
                Untouchable(cell) if name in PERSONAL else cell
                for name, cell in zip(columns, str.split(self, *args), strict=True)
            ]

    columns = [*PERSONAL, *VALUES]
    assert read(Line(line(columns)), columns=columns)[0] == [ROW]


def test_names_of_columns_are_taken_as_they_come():
    columns = [name.upper() + " " for name in VALUES]
    assert list(FulfilledShipments(["\t".join(columns), line(VALUES)])) == [ROW]


@pytest.mark.parametrize("missing", NEEDED)
def test_without_a_column_that_is_needed_it_is_no_such_report(missing):
    columns = [name for name in VALUES if name != missing]
    with pytest.raises(UnexpectedPayload, match=f"the column {missing} is missing"):
        read(line(columns), columns=columns)


@pytest.mark.parametrize("lines", [[], [""], ["  "]])
def test_an_empty_document_is_no_such_report(lines):
    with pytest.raises(UnexpectedPayload, match="the document is empty"):
        list(FulfilledShipments(lines))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"amazon_order_id": ""}, "amazon-order-id is empty"),
        ({"amazon_order_item_id": " "}, "amazon-order-item-id is empty"),
        ({"amazon_order_id": "302\x00"}, "amazon-order-id is unreadable"),
        ({"tracking_number": "T\x07"}, "tracking-number is unreadable"),
        ({"carrier": "\ud800"}, "carrier is unreadable"),
        *(
            ({"quantity_shipped": units}, "quantity-shipped is not a number of units")
            for units in ("", "0", "-1", "1.0", "two", "²", "1000000", "0x1")
        ),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_read(changes, problem):
    rows, shipments = read(line(VALUES), line(VALUES, **changes), "", line(VALUES))
    assert rows == [ROW, ROW]
    assert (shipments.read, shipments.bad) == (3, 1)
    assert shipments.problem == f"row 2: {problem}"


def test_a_row_that_is_cut_off_is_a_bad_one():
    _, shipments = read(line(VALUES).split("\t")[0])
    assert shipments.bad == 1


def test_the_first_problem_is_told():
    _, shipments = read(line(VALUES, quantity_shipped="x"), line(VALUES, amazon_order_id=""))
    assert (shipments.bad, shipments.problem[:6]) == (2, "row 1:")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-08-12T12:00:00Z", ROW.shipped_at),
        ("2026-08-12T12:00:00+00:00", ROW.shipped_at),
        ("2026-08-12T05:00:00-07:00", ROW.shipped_at),
        ("2026-08-12T12:00:00", None),  # whose noon?
        ("12.08.2026", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_ship_date_is_a_moment_or_not_known(text, moment):
    ((row,), _) = read(line(VALUES, shipment_date=text))
    assert row.shipped_at == moment


@pytest.mark.parametrize(
    ("order_id", "is_multi"), [("S01-1234567-1234567", True), ("302-1", False)]
)
def test_multi_channel_orders_are_known_by_their_number(order_id, is_multi):
    ((row,), _) = read(line(VALUES, amazon_order_id=order_id))
    assert row.is_multi_channel is is_multi


@given(st.lists(st.text(max_size=40), max_size=5))
def test_whatever_a_line_holds_it_is_counted_and_never_fatal(lines):
    rows, shipments = read(*lines)
    assert len(rows) + shipments.bad == shipments.read <= len(lines)
