"""Papers as a test reads them back."""

import io

from pypdf import PdfReader


def pages(pdf):
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def text(pdf):
    return "\n".join(pages(pdf))


def sizes(pdf):
    """Width and height of each page, in whole points."""
    boxes = [page.mediabox for page in PdfReader(io.BytesIO(pdf)).pages]
    return [(int(box.width), int(box.height)) for box in boxes]


def embedded_fonts(pdf):
    """The fonts whose letters are in the file itself."""
    found = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            if "/FontFile2" in font.get_object().get("/FontDescriptor", {}):
                found.add(font["/BaseFont"].partition("+")[2])
    return found


def lowest(pdf):
    """How far above the lower edge of its page the lowest text stands, in points."""
    heights = []
    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, *_: text.strip() and heights.append(tm[5])
        )
    return min(heights)
