"""Text on paper: which font has which character, how wide it is, where lines break.

No font has all the names of the world, so a line is drawn in runs: kanji as in Japan, and what only
Chinese has as in China. What no font has is drawn as a box. So are scripts written from right to
left: without shaping they would be printed wrong, and so would those of India, which have no font.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
JAPANESE, CHINESE = "NotoSansJP-Regular", "NotoSansSC-Regular"
BOX = "\N{WHITE SQUARE}"
# A letter and its accents; recomposed alone, since NFC would unify variants of kanji in names.
ACCENTED = re.compile(r".[\u0300-\u036f\u3099\u309a]+")
# Variants of the sign before them, joiners, marks of direction: nothing to see.
INVISIBLE = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
# Where a line may break: after a space, and beside every sign of a script without spaces.
_SPACELESS = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
PIECES = re.compile(rf"\s+|[{_SPACELESS}]|[^\s{_SPACELESS}]+")

_loading = threading.Lock()


class Run(NamedTuple):
    """Text of one font."""

    font: str
    text: str


class Glyph(NamedTuple):
    """A sign as it is drawn: `sign` is BOX when no font has it. `width` in units of the size."""

    sign: str
    font: str
    width: float


@lru_cache(maxsize=8)
def _font(name: str) -> TTFont:
    with _loading:  # two objects of one font would be two fonts with one name in a document
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
        font = pdfmetrics.getFont(name)
    assert isinstance(font, TTFont)
    return font


def _has(font: str, sign: str) -> bool:
    return ord(sign) in _font(font).face.charToGlyph


@lru_cache(maxsize=20_000)
def glyph(sign: str, *, bold: bool = False, after: str = "") -> Glyph:
    """How a sign is drawn; what is no letter stays in the font `after`, if that has it."""
    if after and not sign.isalpha() and _has(after, sign):
        return _glyph(sign, after)
    if unicodedata.bidirectional(sign) not in ("R", "AL"):
        for font in (BOLD if bold else REGULAR, JAPANESE, CHINESE):
            if _has(font, sign):
                return _glyph(sign, font)
    return _glyph(BOX, BOLD if bold else REGULAR)


def _glyph(sign: str, font: str) -> Glyph:
    return Glyph(sign, font, pdfmetrics.stringWidth(sign, font, 1))


def plain(text: str) -> str:
    """`text` as one line that can be drawn sign by sign."""
    composed = ACCENTED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return " ".join(INVISIBLE.sub("", composed).split())


def _glyphs(text: str, bold: bool) -> Iterator[Glyph]:
    font = ""
    for sign in text:
        drawn = glyph(sign, bold=bold, after=font)
        font = drawn.font
        yield drawn


def is_printable(text: str) -> bool:
    """Whether every sign of it is in a font."""
    return all(drawn.sign != BOX for drawn in _glyphs(plain(text), bold=False))


def runs(text: str, *, bold: bool = False) -> list[Run]:
    """A line in the fonts that have its signs."""
    found: list[Run] = []
    for drawn in _glyphs(plain(text), bold):
        if found and found[-1].font == drawn.font:
            found[-1] = Run(drawn.font, found[-1].text + drawn.sign)
        else:
            found.append(Run(drawn.font, drawn.sign))
    return found


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is, in points."""
    return size * sum(drawn.width for drawn in _glyphs(plain(text), bold))


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines no wider than `room` points; a word that is wider is broken. Line feeds are kept."""
    return [
        line
        for paragraph in text.splitlines()
        for line in _wrapped(plain(paragraph), room, size, bold)
    ]


def _wrapped(text: str, room: float, size: float, bold: bool) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, room, size, bold):
        if line and width(line + piece, size, bold=bold) > room:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line:
        yield line.rstrip()


def _pieces(text: str, room: float, size: float, bold: bool) -> Iterator[str]:
    """What may not be broken, as far as it fits into a line."""
    for piece in PIECES.findall(text):
        start = 0
        for end in range(1, len(piece) + 1):
            if end - start > 1 and width(piece[start:end], size, bold=bold) > room:
                yield piece[start : end - 1]
                start = end - 1
        yield piece[start:]
