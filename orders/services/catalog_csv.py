"""Products as a CSV file: how one is written, and read back. No database here.

A file that was written and is read back unchanged says what was written: the round trip is the
identity.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.services.errors import Refusal
from orders.spreadsheets import csv_lines, undefuse

WRITTEN = ("sku", "name", "enabled", "manage_stock", "quantity", "reserved", "salable")
DERIVED = {"reserved", "salable"}  # for people; what follows from the rest is not read back
MAX_BYTES = 5 * 1024**2
MAX_ROWS = 20_000
DELIMITERS = ",;\t"
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class UnreadableFile(Refusal):
    """The file as a whole cannot be read; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file. `parts` holds what its cells say; an empty cell says nothing."""

    line: int
    sku: str
    parts: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def write(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a file with these rows: name and SKU as text, yes or no as bool."""
    return csv_lines(WRITTEN, rows)


def decode(content: bytes) -> tuple[str, bool]:
    """The text of a file, and whether its encoding had to be guessed. Raises UnreadableFile."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_("The file is larger than 5 MB: split it."))
    if b"\0" in content:
        raise UnreadableFile(_("The file is not text: save it as CSV (UTF-8)."))
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), True  # what Excel writes in Western Europe
    except UnicodeDecodeError:
        raise UnreadableFile(_("The file is neither UTF-8 nor Windows-1252 text.")) from None


def read(text: str) -> list[Row]:
    """The rows of a file, wrong ones with their problems. Raises UnreadableFile."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[Row] = []
    try:
        header = _header(next(reader, []))
        start = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(header, cells, start))
            start = reader.line_num + 1
            if len(rows) > MAX_ROWS:
                raise UnreadableFile(_("The file has more than 20,000 rows: split it."))
    except csv.Error as exc:
        raise UnreadableFile(
            _("Line %(line)s is no CSV: %(problem)s.") % {"line": reader.line_num, "problem": exc}
        ) from None
    _mark_repeated(rows)
    return rows


def _delimiter(text: str) -> str:
    """The one that finds most of our columns in the first line."""
    first = next(io.StringIO(text), "")
    return max(
        DELIMITERS,
        key=lambda delimiter: len({_column(cell) for cell in first.split(delimiter)} & {*WRITTEN}),
    )


def _column(cell: str) -> str:
    return cell.strip().strip('"').strip().lower().replace(" ", "_")


def _header(cells: Sequence[str]) -> list[str]:
    names = [_column(cell) for cell in _trimmed(cells)]
    problems = [
        *(
            _("there is no column %(name)r") % {"name": name}
            for name in names
            if name not in WRITTEN
        ),
        *(
            _("column %(name)s is there twice") % {"name": name}
            for name in WRITTEN
            if names.count(name) > 1
        ),
        *([_("column sku is missing")] if "sku" not in names else []),
    ]
    if problems:
        raise UnreadableFile(
            _("Line 1: %(problems)s. Columns: %(columns)s.")
            % {"problems": "; ".join(problems), "columns": ", ".join(WRITTEN)}
        )
    return names


def _trimmed(cells: Sequence[str], longest: int = 0) -> list[str]:
    """Without the empty cells that spreadsheets leave at the end."""
    kept = list(cells)
    while len(kept) > longest and not kept[-1].strip():
        kept.pop()
    return kept


def _row(header: Sequence[str], cells: Sequence[str], line: int) -> Row:
    cells = _trimmed(cells, len(header))
    if len(cells) != len(header):
        wrong = _("The row has %(count)s cells, the first line has %(columns)s.") % {
            "count": len(cells),
            "columns": len(header),
        }
        return Row(line=line, sku=_at(cells, header.index("sku")), problems=[wrong])
    row = dict(zip(header, cells, strict=True))
    parts: dict[str, Any] = {}
    problems = []
    for column, cell in row.items():
        if column == "sku" or column in DERIVED or not cell.strip():
            continue
        try:
            parts[column] = PARSERS[column](cell)
        except ValueError:
            problems.append(
                _("%(column)s: %(cell)r is not %(expected)s.")
                % {"column": column, "cell": cell.strip()[:40], "expected": EXPECTED[column]}
            )
    return Row(line=line, sku=undefuse(row["sku"]), parts=parts, problems=problems)


def _at(cells: Sequence[str], index: int) -> str:
    return undefuse(cells[index]) if index < len(cells) else ""


def _switch(cell: str) -> bool:
    if (word := cell.strip().lower()) not in SWITCH:
        raise ValueError
    return SWITCH[word]


def _whole_number(cell: str) -> int:
    """No thousands separators and no decimals: 1.000 is a thousand here and one there."""
    if not WHOLE_NUMBER.fullmatch(word := cell.strip()):
        raise ValueError
    return int(word)


PARSERS = {
    "name": undefuse,
    "enabled": _switch,
    "manage_stock": _switch,
    "quantity": _whole_number,
}
EXPECTED = {
    "enabled": gettext_lazy("yes or no"),
    "manage_stock": gettext_lazy("yes or no"),
    "quantity": gettext_lazy("a whole number"),
}


def _mark_repeated(rows: Sequence[Row]) -> None:
    """Which of two rows is meant, nobody knows: both are wrong."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.sku:
            lines[row.sku].append(row.line)
    for row in rows:
        if len(found := lines[row.sku]) > 1:
            row.problems.append(
                _("The SKU is there more than once: lines %(lines)s.") % {"lines": _listed(found)}
            )


def _listed(lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:5])
    return f"{shown} …" if len(lines) > 5 else shown
