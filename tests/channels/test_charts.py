"""Numbers to geometry: nothing leaves the frame, whatever the numbers are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.charts import Bar, axis, bar_chart, sparkline

amounts = st.decimals(-(10**15), 10**15, places=3)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], [0]),
        ([0, 0], [0]),
        ([4], [4, 3, 2, 1, 0]),
        ([99], [100, 50, 0]),
        ([1250, 0], [1500, 1000, 500, 0]),
        ([Decimal("0.03")], [Decimal("0.03"), Decimal("0.02"), Decimal("0.01"), 0]),
        ([-10, 30], [30, 20, 10, 0, -10]),
        ([-7], [0, -2, -4, -6, -8]),
        ([Decimal("1e15")], [Decimal("1e15"), Decimal("5e14"), 0]),
    ],
)
def test_ticks_are_round_numbers_and_zero_is_one_of_them(values, ticks):
    assert axis([Decimal(value) for value in values]).ticks == ticks


@given(st.lists(amounts, max_size=40))
def test_an_axis_holds_every_value_in_a_handful_of_ticks(values):
    scale = axis(values)
    assert all(scale.low <= value <= scale.high for value in values)
    assert 0 in scale.ticks
    assert scale.ticks[0] == scale.high
    assert scale.ticks[-1] == scale.low
    assert len(scale.ticks) <= 7


def test_bars_stand_on_zero():
    chart = bar_chart([Decimal(0), Decimal(50), Decimal(100)], width=300, height=100)
    assert chart.bars == [
        Bar("12.5", "100", "75", "0"),
        Bar("112.5", "50", "75", "50"),
        Bar("212.5", "0", "75", "100"),
    ]
    assert (chart.zero, chart.ticks, chart.grid) == ("100", [100, 50, 0], ["0", "50", "100"])


def test_what_is_below_zero_hangs():
    chart = bar_chart([Decimal(10), Decimal(-10)], width=80, height=100)
    assert chart.bars == [Bar("5", "0", "30", "50"), Bar("45", "50", "30", "50")]
    assert chart.zero == "50"


@pytest.mark.parametrize("values", [[], [Decimal(0)], [Decimal(0)] * 30])
def test_nothing_sold_is_a_flat_chart(values):
    chart = bar_chart(values)
    assert [bar.height for bar in chart.bars] == ["0"] * len(values)
    assert (chart.zero, chart.ticks, chart.grid) == ("200", [0], ["200"])


@given(st.lists(amounts, max_size=40))
def test_everything_is_within_the_frame(values):
    chart = bar_chart(values)
    assert len(chart.bars) == len(values)
    for bar in chart.bars:
        x, y, width, height = (float(text) for text in (bar.x, bar.y, bar.width, bar.height))
        assert x >= 0
        assert x + width <= chart.width
        assert y >= 0
        assert y + height <= chart.height + 0.01
    line = sparkline(values)
    for point in f"{line.points} {line.area}".split():
        x, y = (float(text) for text in point.split(","))
        assert 0 <= x <= line.width
        assert 0 < y < line.height


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([], "0,39 240,39"),
        ([0], "0,39 240,39"),
        ([7], "0,1 240,1"),
        ([0, 5, 10], "0,39 120,20 240,1"),
        ([-1, 1], "0,39 240,1"),
    ],
)
def test_a_sparkline_goes_from_edge_to_edge(values, points):
    line = sparkline([Decimal(value) for value in values])
    assert line.points == points


def test_the_area_of_a_sparkline_ends_on_zero():
    assert sparkline([Decimal(-1), Decimal(1)]).area == "0,20 0,39 240,1 240,20"
