"""The ship-by moment as people read it: late, today, tomorrow, or in so many days. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

HOUR, DAY = 3600, 86_400


class Due(StrEnum):
    """On which day of the store an order must be shipped."""

    LATE = "late"
    TODAY = "today"
    TOMORROW = "tomorrow"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """`amount` `unit`s ("m", "h" or "d") are left; of a late order they are over."""

    due: Due
    amount: int
    unit: str


def countdown(ship_by: datetime, now: datetime, zone: ZoneInfo) -> Countdown:
    """How long there is until `ship_by`. Days are those of `zone`, whatever their length."""
    seconds = abs((ship_by - now).total_seconds())
    if seconds < HOUR:
        amount, unit = int(seconds // 60), "m"
    elif seconds < 2 * DAY:
        amount, unit = int(seconds // HOUR), "h"
    else:
        amount, unit = int(seconds // DAY), "d"
    return Countdown(due=due(ship_by, now, zone), amount=amount, unit=unit)


def due(ship_by: datetime, now: datetime, zone: ZoneInfo) -> Due:
    """The day of `ship_by` as it looks in `zone` now."""
    if ship_by < now:
        return Due.LATE
    days = (ship_by.astimezone(zone).date() - now.astimezone(zone).date()).days
    return {0: Due.TODAY, 1: Due.TOMORROW}.get(days, Due.LATER)


def span(day: Due, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until before when orders are due `day`, Today or Tomorrow, in `zone`."""
    first = now.astimezone(zone).date() + timedelta(days=day is Due.TOMORROW)
    start = datetime.combine(first, time.min, zone)
    end = datetime.combine(first + timedelta(days=1), time.min, zone)
    return (max(start, now) if day is Due.TODAY else start), end
