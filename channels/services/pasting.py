"""Tracking numbers pasted from a spreadsheet: a column of them, or two with the orders' numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from orders.plain_text import visible


@dataclass(frozen=True, slots=True)
class Pasted:
    """One line. `order` is "" where only tracking numbers were pasted."""

    order: str
    tracking: str


def read_pasted(text: str) -> Iterator[Pasted]:
    """Two columns, with a tab, comma, semicolon or space between them, or one; in any mixture.

    A line without a tracking number says nothing.
    """
    for line in visible(text).splitlines():
        cells = _cells(line)
        order, tracking = (cells[0], cells[1]) if len(cells) > 1 else ("", "".join(cells))
        if tracking:
            yield Pasted(order, tracking)


def _cells(line: str) -> list[str]:
    for delimiter in "\t;,":
        if delimiter in line:
            return [cell.strip() for cell in line.split(delimiter)]
    return line.split(maxsplit=1)  # labels print tracking numbers in groups
