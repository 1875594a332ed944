"""Products as a CSV file: how one is written, and read back. No database here.

A file that was written and is read back unchanged says what was written: the round trip is the
identity.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

from orders.sentences import gettext as _
from orders.services.csv_files import (
    UnreadableFile,
    csv_lines,
    listed,
    read_cells,
    trimmed,
    undefuse,
    wrong_width,
)

WRITTEN = ("sku", "name", "enabled", "manage_stock", "quantity", "reserved", "salable")
DERIVED = {"reserved", "salable"}  # for people; what follows from the rest is not read back
MAX_ROWS = 20_000
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


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


def read(text: str) -> list[Row]:
    """The rows of a file, wrong ones with their problems. Raises UnreadableFile."""
    lines = read_cells(text, is_column=lambda cell: _column(cell) in WRITTEN, max_rows=MAX_ROWS)
    header = _header(next(lines)[1])
    rows = [_row(header, cells, line) for line, cells in lines]
    _mark_repeated(rows)
    return rows


def _column(cell: str) -> str:
    return cell.strip().strip('"').strip().lower().replace(" ", "_")


def _header(cells: Sequence[str]) -> list[str]:
    names = [_column(cell) for cell in cells]
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


def _row(header: Sequence[str], cells: Sequence[str], line: int) -> Row:
    cells = trimmed(cells, len(header))
    if wrong := wrong_width(cells, header):
        return Row(line=line, sku=_at(cells, header.index("sku")), problems=[wrong])
    row = dict(zip(header, cells, strict=True))
    parts: dict[str, Any] = {}
    problems: list[str] = []
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
                _("The SKU is there more than once: lines %(lines)s.") % {"lines": listed(found)}
            )
