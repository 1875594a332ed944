"""The countdown to the ship-by moment, on the clock of the store."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from channels.ship_by import Due, countdown, due, span
from channels.templatetags.channel_ui import due_text

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ship_by", "zone", "expected"),
    [
        (NOW - timedelta(seconds=1), STOCKHOLM, (Due.LATE, 0, "m")),
        (NOW - timedelta(hours=49), STOCKHOLM, (Due.LATE, 2, "d")),
        (NOW, STOCKHOLM, (Due.TODAY, 0, "m")),
        (NOW + timedelta(minutes=59), STOCKHOLM, (Due.TODAY, 59, "m")),
        (datetime(2026, 3, 2, 22, 59, tzinfo=UTC), STOCKHOLM, (Due.TODAY, 12, "h")),
        (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), STOCKHOLM, (Due.TOMORROW, 13, "h")),
        (datetime(2026, 3, 2, 14, 59, tzinfo=UTC), TOKYO, (Due.TODAY, 4, "h")),
        (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), TOKYO, (Due.TOMORROW, 5, "h")),
        (NOW + timedelta(days=3), STOCKHOLM, (Due.LATER, 3, "d")),
    ],
)
def test_how_long_there_is(ship_by, zone, expected):
    left = countdown(ship_by, NOW, zone)
    assert (left.due, left.amount, left.unit) == expected


@pytest.mark.parametrize(
    ("language", "left", "expected"),
    [
        ("en", timedelta(hours=3), "Today 14:00 · 3 h"),
        ("sv", timedelta(hours=3), "Idag 14:00 · 3 tim"),
        ("sv", timedelta(hours=-3), "2026-03-02 · 3 tim sen"),
        ("sv", timedelta(days=3), "2026-03-05 · 3 d"),
    ],
)
def test_a_countdown_in_the_readers_language(language, left, expected):
    ship_by = NOW + left
    with translation.override(language):
        words = due_text(countdown(ship_by, NOW, STOCKHOLM), ship_by.astimezone(STOCKHOLM))
    assert words == expected


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-12-31", 24)],
)
def test_tomorrow_is_as_long_as_the_clock_makes_it(day, hours):
    """Summer time begins and ends in the night; the year ends, too."""
    noon_before = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=STOCKHOLM) - timedelta(
        days=1
    )
    start, end = span(Due.TOMORROW, noon_before.astimezone(UTC), STOCKHOLM)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


def test_the_spans_are_the_days_that_due_names():
    for minutes in range(0, 4 * 24 * 60, 37):
        ship_by = NOW + timedelta(minutes=minutes)
        inside = [d for d in (Due.TODAY, Due.TOMORROW) if _within(ship_by, span(d, NOW, TOKYO))]
        named = due(ship_by, NOW, TOKYO)
        assert inside == ([named] if named in (Due.TODAY, Due.TOMORROW) else [])


def _within(moment, ends):
    return ends[0] <= moment < ends[1]
