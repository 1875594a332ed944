"""Shipments as a CSV file: what its columns may be called, and what its cells say. No database.

Whoever exports such a file calls the columns as they like: Amazon's own template, ShipStation, a
carrier's portal, a spreadsheet by hand in English or Swedish. What a column cannot mean is left
unread and named.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware, make_aware

from orders.plain_text import visible
from orders.sentences import gettext as _
from orders.services.csv_files import (
    UnreadableFile,
    csv_lines,
    read_cells,
    trimmed,
    undefuse,
    wrong_width,
)

MAX_ROWS = 5_000

# Dates that end in the year, by what the person who chose the file says comes first in them.
YEAR_LAST = {"day": "%d/%m/%Y", "month": "%m/%d/%Y"}
TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")

# What a column may be called, without case, spaces and signs; of two that mean the same in one file
# the one that stands first here is read.
COLUMNS: dict[str, tuple[str, ...]] = {
    "number": (
        "orderid", "amazonorderid", "amazonorder", "amazonordernumber", "ordernumber", "order",
        "orderno", "ordernr", "channelorder", "commerceorder", "commerceordernumber", "reference",
        "ordernummer", "bestallningsnummer", "kundreferens", "referens",
    ),
    "tracking_number": (
        "trackingnumber", "trackingno", "trackingnr", "trackingid", "trackingcode", "tracking",
        "shipmenttrackingnumber", "parcelnumber", "consignmentnumber", "kollinummer", "kolliid",
        "sparningsnummer", "sandningsnummer", "paketnummer", "forsandelsenummer",
    ),
    "carrier": (
        "carriercode", "carrier", "shipmentcarrier", "courier", "shippingcarrier", "carriertitle",
        "transportor", "fraktbolag", "speditor", "transportorskod",
    ),
    "carrier_name": ("carriername", "transportorsnamn", "fraktbolagsnamn"),
    "shipped": (
        "shipdate", "shippeddate", "dateshipped", "dateshippeddate", "shippedat", "shippingdate",
        "dispatchdate", "skickat", "skickad", "skickatdatum", "avsandningsdatum",
        "sandningsdatum",
    ),
    "shipping_method": (
        "shippingmethod", "shipmethod", "method", "shippingservice", "shipmentservice", "service",
        "carrierserviceselected", "fraktsatt", "leveranssatt", "tjanst",
    ),
    "item": ("orderitemid", "amazonorderitemid", "item", "itemid", "orderitem", "orderrad"),
    "sku": ("sku", "sellersku", "amazonsellersku", "itemsku", "artikelnummer", "artikel",
            "artikelnr"),
    "quantity": ("quantity", "qty", "units", "quantityshipped", "antal"),
}  # fmt: skip
SAMPLE = (
    ("order-id", "carrier-code", "tracking-number", "ship-date", "order-item-id", "quantity"),
    ("702-1234567-1234567", "PostNord", "RR123456785SE", "2026-11-26", "", ""),
    ("000000042", "DHL", "3318810025", "2026-11-26T14:05+01:00", "05835637773450", "1"),
)

ACCENTS = str.maketrans("åäöéü", "aaoeu")
EXCEL_TEXT = re.compile(r'="(.*)"')  # how text is kept text in a CSV: ="00123"
# 3.70E+17, 3,7e17: the digits are gone. 1E10 may be a number of a carrier.
SHORTENED = re.compile(r"\d+[.,]\d+[eE]\+?\d+|\d+[eE]\+\d+")
DECIMAL = re.compile(r"\d+[.,]0+")  # 123.0: a number cell, not text
WHOLE = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipRow:
    """What one row says is shipped. `number` is either number of the order; `item` an order item
    id or a SKU, "" for all that is left. A `shipped` without a time is that day."""

    line: int
    number: str
    tracking_number: str
    carrier: str = ""
    carrier_name: str = ""
    shipping_method: str = ""
    shipped: datetime | date | None = None
    item: str = ""
    quantity: int | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipFile:
    """The rows of a file, and the columns nobody knows the meaning of."""

    rows: list[ShipRow] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def sample() -> Iterator[str]:
    """The lines of a file to begin with."""
    return csv_lines(SAMPLE[0], SAMPLE[1:])


def read(text: str, *, carrier: str = "", first: str = "") -> ShipFile:
    """The rows of a file, wrong ones with their problems; `carrier` where a row names none.

    `first` is of `YEAR_LAST`, or "": dates that end in the year are wrong. Raises UnreadableFile.
    """
    lines = read_cells(text, is_column=lambda cell: bool(_meaning(cell)), max_rows=MAX_ROWS)
    header = next(lines)[1]
    columns = _columns(header)
    rows = [_row(columns, header, cells, line, first) for line, cells in lines]
    if carrier:
        rows = [row if row.carrier else replace(row, carrier=carrier) for row in rows]
    unread = [name.strip() for at, name in enumerate(header) if at not in columns.values()]
    return ShipFile(rows=rows, unread=[name for name in unread if name])


def _key(cell: str) -> str:
    plain = cell.strip().lower().translate(ACCENTS)
    return re.sub(r"[\W_]+", "", plain)


def _meaning(cell: str) -> tuple[str, int] | None:
    """What a column is about, and how early its name stands among those for that."""
    key = _key(cell)
    for column, names in COLUMNS.items():
        if key in names:
            return column, names.index(key)
    return None


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Where each column is. Raises UnreadableFile when one that is needed is missing."""
    best: dict[str, tuple[int, int]] = {}
    for at, cell in enumerate(header):
        if (meaning := _meaning(cell)) is None:
            continue
        column, rank = meaning
        if (rank, at) < best.get(column, (len(COLUMNS[column]), 0)):
            best[column] = (rank, at)
    columns = {column: at for column, (_rank, at) in best.items()}
    needed = {"number": _("order number"), "tracking_number": _("tracking number")}
    if missing := [label for column, label in needed.items() if column not in columns]:
        raise UnreadableFile(
            _(
                "Line 1 has no column for the %(missing)s. "
                "It needs one called order-id and one called tracking-number, or the like."
            )
            % {"missing": _(" and the ").join(missing)}
        )
    return columns


def _row(
    columns: dict[str, int], header: Sequence[str], cells: list[str], line: int, first: str
) -> ShipRow:
    cells = trimmed(cells, len(header))
    said = {name: _cell(cells[at]) for name, at in columns.items() if at < len(cells)}
    number, tracking = said.get("number", ""), said.get("tracking_number", "")
    if wrong := wrong_width(cells, header):
        return ShipRow(line=line, number=number, tracking_number=tracking, problems=(wrong,))
    problems = [
        *_number_problems(_("order number"), number),
        *_number_problems(_("tracking number"), tracking),
    ]
    quantity, wrong_quantity = _quantity(said.get("quantity", ""))
    shipped, wrong_date = ship_date(said.get("shipped", ""), first)
    carrier, name = said.get("carrier", ""), said.get("carrier_name", "")
    return ShipRow(
        line=line,
        number=number,
        tracking_number=tracking,
        carrier=carrier or name,  # a file may know the name only
        carrier_name=name if carrier else "",
        shipping_method=said.get("shipping_method", ""),
        shipped=shipped,
        item=said.get("item", "") or said.get("sku", ""),
        quantity=quantity,
        problems=tuple(filter(None, [*problems, wrong_quantity, wrong_date])),
    )


def _cell(text: str) -> str:
    """What a cell says, without what spreadsheets put around it to keep it text."""
    text = " ".join(undefuse(visible(text)).split())
    if match := EXCEL_TEXT.fullmatch(text):
        text = match[1].strip()
    return text.removeprefix("'")


def _number_problems(label: str, text: str) -> Iterator[str]:
    """A number that a spreadsheet took for one to calculate with is not shipped."""
    if not text:
        yield _("The %(label)s is missing.") % {"label": label}
    elif is_mangled(text):
        yield _(
            "%(label)s %(text)s: the spreadsheet has turned it into a number and lost digits. "
            "Format the column as text, and enter it again."
        ) % {"label": label.capitalize(), "text": text[:40]}


def is_mangled(text: str) -> bool:
    """Whether a spreadsheet made this out of a long number."""
    return bool(SHORTENED.fullmatch(text) or DECIMAL.fullmatch(text))


def _quantity(text: str) -> tuple[int | None, str]:
    """The units and "", or None and what is wrong."""
    if not text:
        return None, ""
    if not WHOLE.fullmatch(text) or int(text) == 0:
        return None, _("Quantity %(text)r is not a whole number of 1 or more.") % {
            "text": text[:40]
        }
    return int(text), ""


def ship_date(text: str, first: str = "") -> tuple[datetime | date | None, str]:
    """A day or a moment in ISO 8601, and what is wrong with it.

    A moment without a zone is on the clock of those who work here, as where one is typed.
    10/11/2026 is another day in London than in New York: it is read where `first` says which.
    """
    if not text:
        return None, ""
    try:
        found = parse_date(text) or parse_datetime(text)
        if found is None and first:
            found = _year_last(text, first)
        if isinstance(found, datetime):
            return (found if is_aware(found) else make_aware(found)).astimezone(UTC), ""
        if found:
            return found, ""
    except (ValueError, OverflowError):  # of the right form, and no day of any month
        pass
    wrong = _("Ship date %(text)r is not of the form 2026-11-26 or 2026-11-26T14:05+01:00.") % {
        "text": text[:40]
    }
    hint = "" if first else _("Where dates end in the year, say what they begin with.")
    return None, f"{wrong} {hint}".strip()


def _year_last(text: str, first: str) -> datetime | date | None:
    """``26/11/2026``, ``11.26.2026 2:05 PM``"""
    day, _space, clock = re.sub(r"(?<=\d)[.-](?=\d)", "/", text).partition(" ")
    for form in TIMES if clock else ("",):
        with suppress(ValueError):
            found = datetime.strptime(f"{day} {clock}", f"{YEAR_LAST[first]} {form}")  # noqa: DTZ007
            return found if clock else found.date()
    return None
