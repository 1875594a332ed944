"""Charts as geometry: numbers in, coordinates out; the pages draw them as SVG.

Coordinates are text, ready for an attribute: a page would write 1.5 as 1,5 for a Swedish reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

STEPS = 4  # parts of an axis, about
NICE = (1, 2, 5, 10)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high` in equal steps, of which one is zero; all zero for no values."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def ticks(self) -> list[Decimal]:
        """What stands beside it, from the top."""
        count = int((self.high - self.low) / self.step) if self.step else 0
        return [self.high - number * self.step for number in range(count + 1)]

    def y(self, value: Decimal, height: int) -> Decimal:
        """From the top, of an axis that is `height` long."""
        if self.high == self.low:
            return Decimal(height)
        return (self.high - value) / (self.high - self.low) * height


@dataclass(frozen=True, slots=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """`grid`: the heights of the ticks; `zero`: the height the bars stand on."""

    width: int
    height: int
    bars: list[Bar]
    ticks: list[Decimal]
    grid: list[str]
    zero: str


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`points` of the line; `area`: the same, closed along zero."""

    width: int
    height: int
    points: str
    area: str


def axis(values: Sequence[Decimal]) -> Axis:
    """The shortest axis in nice steps that has all values and zero on it."""
    low, high = min(ZERO, *values, ZERO), max(ZERO, *values, ZERO)
    if low == high:
        return Axis(ZERO, ZERO, ZERO)
    step = _nice((high - low) / STEPS)
    return Axis(
        (low / step).to_integral_value(ROUND_FLOOR) * step,
        (high / step).to_integral_value(ROUND_CEILING) * step,
        step,
    )


def _nice(least: Decimal) -> Decimal:
    """The smallest of 1, 2, 5, 10, 20, … and 0.5, 0.2, … that is not below `least`."""
    unit = Decimal(1).scaleb(least.adjusted())
    return next(unit * factor for factor in NICE if unit * factor >= least)


def bar_chart(values: Sequence[Decimal], *, width: int = 900, height: int = 200) -> BarChart:
    """A bar per value, a quarter of its room left free; those below zero hang."""
    scale = axis(values)
    zero = scale.y(ZERO, height)
    room = Decimal(width) / max(len(values), 1)
    bars = []
    for number, value in enumerate(values):
        top, bottom = sorted((scale.y(value, height), zero))
        x = room * number + room / 8
        bars.append(Bar(_text(x), _text(top), _text(room * 3 / 4), _text(bottom - top)))
    grid = [_text(scale.y(tick, height)) for tick in scale.ticks]
    return BarChart(width, height, bars, scale.ticks, grid, _text(zero))


def sparkline(values: Sequence[Decimal], *, width: int = 240, height: int = 40) -> Sparkline:
    """A line through all values, the first at the left edge and the last at the right one.

    A stroke's width is left free above and below.
    """
    low, high = min(ZERO, *values, ZERO), max(ZERO, *values, ZERO)
    scale, inner = Axis(low, high, ZERO), height - 2
    heights = [scale.y(value, inner) + 1 for value in values] or [Decimal(inner + 1)]
    if len(heights) == 1:
        heights *= 2
    across = Decimal(width) / (len(heights) - 1)
    line = " ".join(f"{_text(across * n)},{_text(y)}" for n, y in enumerate(heights))
    zero = _text(scale.y(ZERO, inner) + 1)
    return Sparkline(width, height, line, f"0,{zero} {line} {width},{zero}")


def _text(number: Decimal) -> str:
    """Two decimals at most, never an exponent."""
    short = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if short in {"-0", ""} else short
