"""Reading CSV files as people save them, and writing cells that no spreadsheet runs. No database.

Cells that a spreadsheet would run as a formula are written with an apostrophe before them, which
reading takes off again (OWASP, "CSV Injection").
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.utils.formats import number_format

from orders.sentences import gettext as _
from orders.services.errors import Refusal

BOM = "\ufeff"  # tells spreadsheets that the file is UTF-8
MAX_BYTES = 5 * 1024**2
DELIMITERS = ",;\t"
FOR_EXCEL = re.compile(r'"?sep=[^\r\n]{0,2}(\r\n|\r|\n)', re.IGNORECASE)  # what comes is no header
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001  # wide ones count, too, in Japan
DEFUSED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


class UnreadableFile(Refusal):
    """The file as a whole cannot be read; the sentence says why."""


# Writing


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


# Reading


def decode(content: bytes) -> tuple[str, bool]:
    """The text of a file, and whether its encoding had to be guessed. Raises UnreadableFile."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_("The file is larger than 5 MB: split it."))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), False  # Excel's "Unicode text"
        except UnicodeDecodeError:
            raise UnreadableFile(_("The file begins as UTF-16 but is not.")) from None
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


def read_cells(
    text: str, *, is_column: Callable[[str], bool], max_rows: int
) -> Iterator[tuple[int, list[str]]]:
    """The header, then every row that says something, each with the line on which it begins.

    The delimiter is the one that finds most columns (`is_column`) in the header. A line before it
    that tells Excel its delimiter is skipped. Raises UnreadableFile.
    """
    skipped = FOR_EXCEL.match(text)
    delimiter = _delimiter(text[skipped.end() :] if skipped else text, is_column)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = 0
    try:
        if skipped:
            next(reader)
        yield reader.line_num + 1, trimmed(next(reader, []))
        start = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows += 1
                yield start, cells
            start = reader.line_num + 1
            if rows > max_rows:
                raise UnreadableFile(
                    _("The file has more than %(count)s rows: split it.")
                    % {"count": number_format(max_rows, force_grouping=True)}
                )
    except csv.Error as exc:
        raise UnreadableFile(
            _("Line %(line)s is no CSV: %(problem)s.") % {"line": reader.line_num, "problem": exc}
        ) from None


def _delimiter(text: str, is_column: Callable[[str], bool]) -> str:
    first = next(io.StringIO(text), "")
    return max(
        DELIMITERS,
        key=lambda delimiter: len(
            {cell for cell in first.split(delimiter) if is_column(cell.strip().strip('"'))}
        ),
    )


def trimmed(cells: Sequence[str], longest: int = 0) -> list[str]:
    """Without the empty cells that spreadsheets leave at the end."""
    kept = list(cells)
    while len(kept) > longest and not kept[-1].strip():
        kept.pop()
    return kept


def wrong_width(cells: Sequence[str], header: Sequence[str]) -> str:
    """What is wrong with a row that has not as many cells as the header; "" when it has."""
    if len(cells) == len(header):
        return ""
    return _("The row has %(count)s cells, the first line has %(columns)s.") % {
        "count": len(cells),
        "columns": len(header),
    }


def listed(lines: Sequence[int]) -> str:
    """``2, 4, 5``: the first five, and whether there are more."""
    shown = ", ".join(str(line) for line in lines[:5])
    return f"{shown} …" if len(lines) > 5 else shown
