"""CSV for spreadsheets: how rows become lines, and how a cell is kept from being a formula.

Text that a spreadsheet would run as a formula is written with an apostrophe before it, which
reading takes off again (OWASP, "CSV Injection").
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BOM = "\ufeff"  # tells spreadsheets that the file is UTF-8
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001  # wide ones count, too, in Japan
DEFUSED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A file line by line: text as text, yes or no as bool, what is None as an empty cell."""
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([_cell(name) for name in header])
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


class _Echo:
    """Gives the writer's line back to it, so that `writerow` returns it."""

    def write(self, line: str) -> str:
        return line


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return defuse(value) if isinstance(value, str) else value


def defuse(text: str) -> str:
    """With an apostrophe where a spreadsheet would run it, or where one stands there already."""
    return f"'{text}" if FORMULA.match(text) else text


def undefuse(text: str) -> str:
    """What was given to `defuse`."""
    return text[1:] if DEFUSED.match(text) else text
