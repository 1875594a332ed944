"""The pick list: what to fetch from the shelves for many orders, a line a SKU. No personal data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.units import mm

from channels.papers import text as texts
from channels.papers.sheet import GRAY, LEADING, MARGIN, Document

BODY, SMALL, TITLE, COUNT = 9.0, 7.5, 18.0, 14.0
TICK, QUANTITY_ROOM, SHELF_ROOM, ORDERS_ROOM, GAP = 4 * mm, 18 * mm, 20 * mm, 44 * mm, 4 * mm
CODE_HEIGHT, CODE_ROOM = 8 * mm, 42 * mm
PADDING, FOOT = 2 * mm, 8 * mm
HEAD = MARGIN + TITLE + 10 * mm + PADDING  # where the rows begin
ORDER_LINES = 10  # of one row


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A SKU. `orders` are numbers with units; `on_hand` is None where stock is not managed."""

    sku: str
    name: str
    quantity: int
    orders: Sequence[tuple[str, int]]
    on_hand: int | None = None


def pick_list(picks: Sequence[Pick], *, about: str, size: str = "A4") -> bytes:
    """The list as a PDF; `about` says what it is of."""
    document = Document(_("Pick list"))
    _Printer(document, size, about).print(picks)
    return document.bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A pick in lines, or (`pick` is None) orders of the one above that have no room beside it."""

    pick: Pick | None
    sku: Sequence[str] = ()
    name: Sequence[str] = ()
    orders: Sequence[str] = ()

    @property
    def height(self) -> float:
        lines = max(len(self.name) * BODY, len(self.orders) * SMALL) * LEADING
        code = CODE_HEIGHT + PADDING + len(self.sku) * BODY * LEADING if self.pick else 0
        return max(lines, code) + 2 * PADDING


class _Printer:
    """Puts rows on pages."""

    def __init__(self, document: Document, size: str, about: str) -> None:
        self.document, self.size, self.about = document, size, about
        document.start_page(size)
        self.right = document.width - MARGIN
        self.quantity_x = MARGIN + TICK + QUANTITY_ROOM
        self.sku_x = self.quantity_x + GAP
        self.name_x = self.sku_x + CODE_ROOM + GAP
        self.orders_x = self.right - ORDERS_ROOM
        self.shelf_x = self.orders_x - GAP
        self.name_room = self.shelf_x - SHELF_ROOM - self.name_x

    def print(self, picks: Sequence[Pick]) -> None:
        pages = self._pages([row for pick in picks for row in self._rows(pick)])
        for number, rows in enumerate(pages, 1):
            if number > 1:
                self.document.start_page(self.size)
            y = self._head(picks)
            for position, row in enumerate(rows):
                if row.pick and position:
                    self.document.rule(y, gray=0.8)
                self._draw(row, y)
                y += row.height
            told = _("Page %(number)d of %(count)d") % {"number": number, "count": len(pages)}
            foot = self.document.height - MARGIN
            self.document.text(self.right, foot, told, SMALL, right=True, gray=GRAY)
            self.document.end_page()

    def _pages(self, rows: Sequence[_Row]) -> list[list[_Row]]:
        bottom = self.document.height - MARGIN - FOOT
        pages: list[list[_Row]] = [[]]
        y = HEAD
        for row in rows:
            if y + row.height > bottom:
                pages.append([])
                y = HEAD
            pages[-1].append(row)
            y += row.height
        return pages

    def _rows(self, pick: Pick) -> Iterator[_Row]:
        """One row, and more below it where many orders want the same."""
        told = ", ".join(f"{n} × {units}" if units > 1 else n for n, units in pick.orders)
        beside, below = texts.wrap(told, ORDERS_ROOM, SMALL), list[str]()
        if len(beside) > ORDER_LINES:
            below = texts.wrap(told, self.right - self.sku_x, SMALL)
            count = len(pick.orders)
            beside = [ngettext("%(count)d order", "%(count)d orders", count) % {"count": count}]
        yield _Row(
            pick=pick,
            sku=texts.wrap(pick.sku, CODE_ROOM, BODY, bold=True),
            name=texts.wrap(pick.name, self.name_room, BODY),
            orders=beside,
        )
        for start in range(0, len(below), ORDER_LINES):
            yield _Row(pick=None, orders=below[start : start + ORDER_LINES])

    def _head(self, picks: Sequence[Pick]) -> float:
        document, y = self.document, MARGIN + TITLE
        document.text(MARGIN, y, _("Pick list"), TITLE, bold=True)
        units = sum(pick.quantity for pick in picks)
        told = ngettext("%(count)d unit", "%(count)d units", units) % {"count": units}
        document.text(self.right, y, f"{told} · {self.about}", BODY, right=True)
        y = HEAD - PADDING
        heads = ((self.quantity_x, _("Quantity"), True), (self.sku_x, _("SKU"), False),
                 (self.name_x, _("Name"), False), (self.shelf_x, _("On hand"), True),
                 (self.orders_x, _("Orders"), False))  # fmt: skip
        for x, label, right in heads:
            document.text(x, y, label, SMALL, right=right, gray=GRAY)
        document.rule(HEAD)
        return HEAD

    def _draw(self, row: _Row, y: float) -> None:
        y += PADDING
        if row.pick:
            self._draw_pick(row.pick, row, y)
        x = self.orders_x if row.pick else self.sku_x
        for position, part in enumerate(row.orders):
            self.document.text(x, y + BODY + position * SMALL * LEADING, part, SMALL)

    def _draw_pick(self, pick: Pick, row: _Row, y: float) -> None:
        document, first, step = self.document, y + BODY, BODY * LEADING
        document.square(MARGIN, y, TICK)
        document.text(self.quantity_x, first + 2, str(pick.quantity), COUNT, bold=True, right=True)
        code = document.barcode(self.sku_x, y, pick.sku, CODE_ROOM, CODE_HEIGHT)
        below = CODE_HEIGHT + PADDING if code else 0
        for position, part in enumerate(row.sku):
            document.text(self.sku_x, first + below + position * step, part, BODY, bold=True)
        for position, part in enumerate(row.name):
            document.text(self.name_x, first + position * step, part, BODY)
        if pick.on_hand is not None:
            short = pick.on_hand < pick.quantity
            told = f"{pick.on_hand} !" if short else str(pick.on_hand)
            document.text(self.shelf_x, first, told, BODY, bold=short, right=True)
