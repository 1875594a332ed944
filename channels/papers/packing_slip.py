"""The packing slip: what is in the parcel, for whom. One or more pages an order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.units import mm

from channels.papers import text as texts
from channels.papers.sheet import GRAY, LEADING, MARGIN, Document

BODY, SMALL, TITLE, NAME = 9.0, 7.5, 18.0, 12.0
ADDRESS_SIZES = (11.0, 9.0, 7.5, 6.0)  # the largest in which an address has a usual height
ADDRESS_HEIGHT, ADDRESS_ROOM = 60 * mm, 95 * mm
CODE_HEIGHT, CODE_ROOM, QR_SIDE = 13 * mm, 65 * mm, 18 * mm
QUANTITY_ROOM, SKU_ROOM, AMOUNT_ROOM, GAP = 17 * mm, 36 * mm, 27 * mm, 4 * mm
FOOT = 12 * mm  # left for the foot of a page
PADDING = 2 * mm
ROW_LINES = 10  # of one row; a gift message may have more


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item. `amount` is "" on a slip without prices."""

    sku: str
    title: str
    quantity: int
    ordered: int
    is_gift: bool = False
    gift_message: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One order as it is printed, in the words of the person who prints. `total` as `amount`."""

    seller: str
    store: str
    number: str  # the Commerce order's, "" when there is none
    amazon_order_id: str
    facts: Sequence[tuple[str, str]]  # what, and how it is
    address: Sequence[str]
    lines: Sequence[Line]
    remarks: Sequence[str] = ()
    total: str = ""
    reprint: int = 0
    size: str = "A4"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An item, wrapped, or (`line` is None) how its texts go on. `is_end`: with this row."""

    line: Line | None
    sku: Sequence[str]
    texts: Sequence[tuple[str, bool]]  # the title, and in bold that it is a gift
    is_end: bool

    @property
    def above(self) -> float:
        return PADDING if self.line else 0

    @property
    def height(self) -> float:
        lines = max(len(self.sku), len(self.texts), 1)
        return self.above + lines * BODY * LEADING + (PADDING if self.is_end else 0)


def packing_slips(slips: Sequence[Slip]) -> bytes:
    """All of them as one PDF."""
    document = Document(_("Packing slips"))
    for slip in slips:
        _Printer(document, slip).print()
    return document.bytes()


class _Printer:
    """Puts one slip on as many pages as it takes."""

    def __init__(self, document: Document, slip: Slip) -> None:
        self.document, self.slip = document, slip
        document.start_page(slip.size)
        self.right = document.width - MARGIN
        self.bottom = document.height - MARGIN - FOOT
        self.has_amounts = bool(slip.total)
        self.title_x = MARGIN + QUANTITY_ROOM + SKU_ROOM + 2 * GAP
        self.ordered_x = self.right - (AMOUNT_ROOM if self.has_amounts else 0)
        self.title_room = self.ordered_x - QUANTITY_ROOM - GAP - self.title_x

    def print(self) -> None:
        top = self._head()
        pages = self._pages([row for line in self.slip.lines for row in self._rows(line)], top)
        for number, rows in enumerate(pages, 1):
            if number > 1:
                self.document.start_page(self.slip.size)
                top = self._short_head()
            y = self._table(rows, top)
            if number == len(pages):
                self._end(y)
            self._foot(number, len(pages))
            self.document.end_page()

    def _pages(self, rows: Sequence[_Row], top: float) -> list[list[_Row]]:
        """The rows page by page; the end needs some room after the last one."""
        remarks = sum(len(self._wrapped(remark)) for remark in self.slip.remarks)
        end = (remarks + 3) * BODY * LEADING + 2 * PADDING
        pages: list[list[_Row]] = [[]]
        y = top + 2 * BODY * LEADING
        for row in rows:
            if y + row.height > self.bottom:
                pages.append([])
                y = MARGIN + (NAME + 2 * BODY) * LEADING + 2 * PADDING
            pages[-1].append(row)
            y += row.height
        if y + end > self.bottom and pages[-1]:
            pages.append([])
        return pages

    def _rows(self, line: Line) -> Iterator[_Row]:
        """One row, and more below it where much is to be said."""
        gift = _("Gift") if line.is_gift else ""
        if line.gift_message:
            gift = _("Gift message: %(text)s") % {"text": line.gift_message}
        told = [(part, False) for part in texts.wrap(line.title, self.title_room, BODY)]
        told += [(part, True) for part in texts.wrap(gift, self.title_room, BODY, bold=True)]
        sku = texts.wrap(line.sku, SKU_ROOM, BODY, bold=True)
        for start in range(0, max(len(told), 1), ROW_LINES):
            end = start + ROW_LINES
            yield _Row(
                line=None if start else line,
                sku=() if start else sku,
                texts=told[start:end],
                is_end=end >= len(told),
            )

    def _wrapped(self, text: str) -> list[str]:
        return texts.wrap(text, self.right - MARGIN, BODY)

    # The head

    def _head(self) -> float:
        """Seller, title, address, codes, facts; where it ends."""
        slip, document = self.slip, self.document
        y = MARGIN + TITLE
        document.text(self.right, y, _("Packing slip"), TITLE, bold=True, right=True)
        if slip.reprint:
            told = _("Reprint %(count)d") % {"count": slip.reprint}
            document.text(self.right, y + NAME * LEADING, told, NAME, bold=True, right=True)
        for line in texts.wrap(slip.seller, ADDRESS_ROOM, NAME, bold=True):
            document.text(MARGIN, y, line, NAME, bold=True)
            y += NAME * LEADING
        if slip.store != slip.seller:
            document.text(MARGIN, y, slip.store, BODY, gray=GRAY)
        y += 6 * mm
        return self._facts(max(self._address(y), self._codes(y)) + 6 * mm)

    def _address(self, y: float) -> float:
        self.document.text(MARGIN, y, _("Ship to"), SMALL, gray=GRAY)
        given = self.slip.address or [_("not provided by Amazon")]
        for size in ADDRESS_SIZES:
            lines = [
                (part, position == 0)
                for position, line in enumerate(given)
                for part in texts.wrap(line, ADDRESS_ROOM, size, bold=position == 0)
            ]
            if len(lines) * size * LEADING <= ADDRESS_HEIGHT:
                break
        y += 1.5 * mm
        for line, is_name in lines:
            y += size * LEADING
            self.document.text(MARGIN, y, line, size, bold=is_name)
        return y

    def _codes(self, y: float) -> float:
        """The Commerce order's number as a barcode, Amazon's as a QR code."""
        slip, document = self.slip, self.document
        side = self.right - QR_SIDE - GAP
        document.qr(self.right - QR_SIDE, y, slip.amazon_order_id, QR_SIDE)
        room = min(CODE_ROOM, side - MARGIN - ADDRESS_ROOM)
        if slip.number:
            document.barcode(side, y, slip.number, room, CODE_HEIGHT, right=True)
            document.text(side, y + CODE_HEIGHT + BODY * LEADING, slip.number, BODY, right=True)
        return y + QR_SIDE

    def _facts(self, y: float) -> float:
        """The numbers and dates, side by side between two rules."""
        self.document.rule(y)
        widths = [
            max(texts.width(label, SMALL), texts.width(value, BODY, bold=True))
            for label, value in self.slip.facts
        ]
        space = self.right - MARGIN - GAP * (len(widths) - 1)
        x, lowest = MARGIN, y
        for (label, value), wanted in zip(self.slip.facts, widths, strict=True):
            room = space * wanted / sum(widths)
            self.document.text(x, y + 4 * mm, label, SMALL, gray=GRAY)
            for row, line in enumerate(texts.wrap(value, room, BODY, bold=True)):
                base = y + 4 * mm + (row + 1.2) * BODY * LEADING
                self.document.text(x, base, line, BODY, bold=True)
                lowest = max(lowest, base)
            x += room + GAP
        return lowest + 6 * mm

    def _short_head(self) -> float:
        """The head of the second page and on."""
        slip = self.slip
        y = MARGIN + NAME
        numbers = " · ".join(filter(None, (slip.number, slip.amazon_order_id)))
        self.document.text(MARGIN, y, numbers, NAME, bold=True)
        self.document.text(self.right, y, _("Packing slip"), BODY, right=True, gray=GRAY)
        return y + 2 * PADDING

    # The items

    def _table(self, rows: Sequence[_Row], y: float) -> float:
        if not rows:
            return y
        document = self.document
        y += BODY * LEADING
        heads = ((MARGIN + QUANTITY_ROOM, _("Quantity"), True),
                 (MARGIN + QUANTITY_ROOM + GAP, _("SKU"), False),
                 (self.title_x, _("Item"), False),
                 (self.ordered_x, _("Ordered"), True))  # fmt: skip
        for x, label, right in heads:
            document.text(x, y, label, SMALL, right=right, gray=GRAY)
        if self.has_amounts:
            document.text(self.right, y, _("Amount"), SMALL, right=True, gray=GRAY)
        document.rule(y + PADDING)
        y += PADDING
        for position, row in enumerate(rows):
            if row.line and position:
                document.rule(y, gray=0.8)
            self._draw(row, y)
            y += row.height
        document.rule(y, gray=0.8)
        return y

    def _draw(self, row: _Row, y: float) -> None:
        document, line = self.document, row.line
        first = y + row.above + BODY
        step = BODY * LEADING
        x = MARGIN + QUANTITY_ROOM
        if line:
            document.text(x, first + 1, str(line.quantity), NAME, bold=True, right=True)
            document.text(self.ordered_x, first, str(line.ordered), BODY, right=True)
            document.text(self.right, first, line.amount, BODY, right=True)
        for position, part in enumerate(row.sku):
            document.text(x + GAP, first + position * step, part, BODY, bold=True)
        for position, (part, is_gift) in enumerate(row.texts):
            document.text(self.title_x, first + position * step, part, BODY, bold=is_gift)

    def _end(self, y: float) -> None:
        """How many units there are, the total, what else is to say."""
        units = sum(line.quantity for line in self.slip.lines)
        in_all = ngettext("unit in all", "units in all", units)
        y += BODY * LEADING + PADDING
        self.document.text(MARGIN + QUANTITY_ROOM, y, str(units), NAME, bold=True, right=True)
        self.document.text(MARGIN + QUANTITY_ROOM + GAP, y, in_all, BODY)
        if self.has_amounts:
            told = f"{_('Grand total')}  {self.slip.total}"
            self.document.text(self.right, y, told, BODY, bold=True, right=True)
        y += PADDING
        for remark in self.slip.remarks:
            for line in self._wrapped(remark):
                y += BODY * LEADING
                self.document.text(MARGIN, y, line, BODY)

    def _foot(self, number: int, count: int) -> None:
        document, y = self.document, self.document.height - MARGIN
        told = _("Page %(number)d of %(count)d") % {"number": number, "count": count}
        document.text(self.right, y, told, SMALL, right=True, gray=GRAY)
        left = self.slip.amazon_order_id
        if document.has_boxes:
            left = _("□ stands for a sign that cannot be printed.")
        document.text(MARGIN, y, left, SMALL, gray=GRAY)
