"""Excel workbooks as a stream: a row is compressed and sent before the next one is read.

Nothing is kept in memory, and nothing on disk, where buyers' names would lie in clear: that is why
no library writes them (docs/dependencies.md). Office Open XML, ECMA-376: text cells are inline
strings, so none of them is ever a formula.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MAX_ROWS = 1_048_576  # of a sheet, in Excel
MAX_SHEET_BYTES = 1024**3  # above 2 GiB a part needs ZIP64, which Excel does not read from a stream
MAX_TEXT = 32_767  # characters of a cell
PIECE = 16 * 1024  # compressed bytes that are sent at once
EPOCH = datetime(1899, 12, 30, tzinfo=UTC)  # day 0, given that Excel has a 29 February 1900
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A
# Positions in `cellXfs` below
PLAIN, HEAD, MOMENT, WHOLE, CENTS, MILLS = range(6)
STYLE_OF_DECIMALS = {0: WHOLE, 3: MILLS}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = f"""{_XML}<styleSheet xmlns="{_MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>
<numFmt numFmtId="165" formatCode="#,##0.000"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="6">
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `width` in characters."""

    label: str
    width: int = 16


def workbook(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> Iterator[bytes]:
    """The file in pieces. Cells: text, int, Decimal, datetime (shown as UTC) or None.

    Rows that are too many for one sheet go on in the next one.
    """
    out = _Out()
    waiting = _Ahead(rows)
    names: list[str] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        while waiting.has_more or not names:
            names.append(f"{title} {len(names) + 1}" if names else title)
            with package.open(f"xl/worksheets/sheet{len(names)}.xml", "w") as part:
                for piece in _sheet(columns, waiting):
                    part.write(piece)
                    if out.size > PIECE:
                        yield out.take()
        for name, text in _parts(names):
            package.writestr(name, text)
    yield out.take()


class _Out:
    """Where the archive is written to; it cannot go back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """Nor is there anything to end."""

    def take(self) -> bytes:
        pieces, self._pieces, self.size = self._pieces, [], 0
        return b"".join(pieces)


class _Ahead:
    """Rows, of which one is read ahead: whether there is a next one decides about a next sheet."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    @property
    def has_more(self) -> bool:
        return self._next is not None

    def take(self) -> Sequence[Any]:
        row, self._next = self._next, next(self._rows, None)
        assert row is not None
        return row


def _sheet(columns: Sequence[Column], rows: _Ahead) -> Iterator[bytes]:
    """One sheet, its first row frozen."""
    letters = [_letters(position) for position in range(1, len(columns) + 1)]
    widths = "".join(
        f'<col min="{position}" max="{position}" width="{column.width}" customWidth="1"/>'
        for position, column in enumerate(columns, 1)
    )
    head = "".join(
        _text(f"{letter}1", column.label, HEAD)
        for letter, column in zip(letters, columns, strict=True)
    )
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f'</sheetView></sheetViews><cols>{widths}</cols><sheetData><row r="1">{head}</row>'
    ).encode()
    number, size = 1, 0
    while rows.has_more and number < MAX_ROWS and size < MAX_SHEET_BYTES:
        number += 1
        cells = zip(letters, rows.take(), strict=True)
        row = "".join(_cell(f"{letter}{number}", value) for letter, value in cells)
        piece = f'<row r="{number}">{row}</row>'.encode()
        size += len(piece)
        yield piece
    yield b"</sheetData></worksheet>"


def _letters(position: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _cell(place: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _text(place, value)
    if isinstance(value, datetime):
        days = (value - EPOCH).total_seconds() / 86_400
        return f'<c r="{place}" s="{MOMENT}"><v>{days:.10f}</v></c>'
    if isinstance(value, Decimal):
        decimals = max(0, -int(value.as_tuple().exponent))
        style = STYLE_OF_DECIMALS.get(decimals, CENTS)
        return f'<c r="{place}" s="{style}"><v>{value:f}</v></c>'
    return f'<c r="{place}"><v>{int(value)}</v></c>'


def _text(place: str, text: str, style: int = PLAIN) -> str:
    """As text, whatever it looks like."""
    text = ESCAPED.sub("_x005F_", UNPRINTABLE.sub("\ufffd", text[:MAX_TEXT]))
    return (
        f'<c r="{place}" s="{style}" t="inlineStr">'
        f'<is><t xml:space="preserve">{escape(text)}</t></is></c>'
    )


def _parts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The parts that say what the others are, written last: then the sheets are counted."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{overrides}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    )
    yield (
        "_rels/.rels",
        _relationships(_relation(1, "officeDocument", "xl/workbook.xml")),
    )
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"<sheets>{sheets}</sheets></workbook>",
    )
    relations = "".join(_relation(n, "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    yield (
        "xl/_rels/workbook.xml.rels",
        _relationships(relations + _relation(len(names) + 1, "styles", "styles.xml")),
    )
    yield "xl/styles.xml", _STYLES


def _relation(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'


def _relationships(relations: str) -> str:
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>'
