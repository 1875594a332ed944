"""A document of pages on which text, lines and barcodes are put. Points, from the top left."""

import io
import re

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import pagesizes
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from channels.papers import text as texts

SIZES = {"A4": pagesizes.A4, "letter": pagesizes.letter}
MARGIN = 15 * mm
LEADING = 1.25  # of the size of the type
GRAY = 0.4
# Code 128 has the signs of ASCII. Narrower bars than this are not read from plain paper.
ENCODABLE = re.compile(r"[ -~]{1,64}")
NARROWEST_BAR, WIDEST_BAR = 0.19 * mm, 0.4 * mm


class Document:
    """Pages in order. `bytes()` ends it."""

    def __init__(self, title: str) -> None:
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pageCompression=1)
        self._canvas.setTitle(title)
        self._canvas.setCreator("Sync Portal")
        self.width = self.height = 0.0
        self.has_boxes = False

    def start_page(self, size: str) -> None:
        """The next page, of one of SIZES; it has no box yet."""
        self.width, self.height = SIZES[size]
        self._canvas.setPageSize(SIZES[size])
        self.has_boxes = False

    def end_page(self) -> None:
        self._canvas.showPage()

    def bytes(self) -> bytes:
        """The document as a file."""
        self._canvas.save()
        return self._buffer.getvalue()

    def text(
        self, x: float, y: float, text: str, size: float, *,
        bold: bool = False, right: bool = False, gray: float = 0.0,
    ) -> None:  # fmt: skip
        """One line whose base is at `y`; it begins at `x`, or ends there."""
        if right:
            x -= texts.width(text, size, bold=bold)
        pen = self._canvas.beginText(x, self.height - y)
        pen.setFillGray(gray)
        for run in texts.runs(text, bold=bold):
            self.has_boxes |= texts.BOX in run.text
            pen.setFont(run.font, size)
            pen.textOut(run.text)
        self._canvas.drawText(pen)

    def rule(
        self, y: float, *, left: float = MARGIN, right: float = 0.0, gray: float = GRAY
    ) -> None:
        """A line across the page."""
        self._canvas.setLineWidth(0.5)
        self._canvas.setStrokeGray(gray)
        self._canvas.line(left, self.height - y, right or self.width - MARGIN, self.height - y)

    def square(self, x: float, y: float, side: float) -> None:
        """An empty square to tick, its upper left corner at `x`, `y`."""
        self._canvas.setLineWidth(0.8)
        self._canvas.setStrokeGray(0)
        self._canvas.rect(x, self.height - y - side, side, side)

    def barcode(
        self, x: float, y: float, value: str, room: float, height: float, *, right: bool = False
    ) -> bool:
        """Code 128 no wider than `room`, its top at `y`; False when it could not be read."""
        if not ENCODABLE.fullmatch(value):
            return False
        # Ten modules of silence on both sides belong to the code; the page has more than that.
        code = Code128(value, barHeight=height, barWidth=1, quiet=0)
        bar = min(WIDEST_BAR, room / code.width)
        if bar < NARROWEST_BAR:
            return False
        code = Code128(value, barHeight=height, barWidth=bar, quiet=0)
        code.drawOn(self._canvas, x - code.width if right else x, self.height - y - height)
        return True

    def qr(self, x: float, y: float, value: str, side: float) -> None:
        """A QR code, its upper left corner at `x`, `y`."""
        widget = QrCodeWidget(value, barLevel="M", barBorder=0)
        left, bottom, right, top = widget.getBounds()
        drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])  # fmt: skip  # noqa: E501
        drawing.add(widget)
        renderPDF.draw(drawing, self._canvas, x, self.height - y - side)
