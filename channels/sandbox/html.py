"""A few lines of HTML building: everything that is not markup already gets escaped."""

from collections.abc import Iterable
from html import escape
from typing import Any


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: Any) -> Markup:
    """Any value as HTML; None and "" become a dash."""
    if isinstance(value, Markup):
        return value
    return Markup(escape(str(value))) if value not in (None, "") else Markup("–")


def tag(element: str, /, *content: Any, **attributes: str) -> Markup:
    """An element; ``class_`` stands for class, and an underscore inside a name for a hyphen."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{element}{pairs}>{''.join(map(text, content))}</{element}>")


def joined(parts: Iterable[Markup]) -> Markup:
    """Several elements one after the other."""
    return Markup("".join(parts))


def table(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> Markup:
    """A table with a heading row; scrolls by itself on narrow screens."""
    head = tag("tr", *(tag("th", heading, scope="col") for heading in headings))
    body = joined(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", body)), class_="scroll")


def facts(pairs: Iterable[tuple[str, Any]]) -> Markup:
    """Terms and their values."""
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", value)) for term, value in pairs))
