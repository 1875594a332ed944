"""Many rows in one transaction, and when that fails the bad one alone is left out."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

Row = TypeVar("Row")
Result = TypeVar("Result")


def bisect(
    rows: Sequence[Row],
    do: Callable[[Sequence[Row]], Result],
    give_up: Callable[[Row, Exception], Result],
) -> list[Result]:
    """`do(rows)`; where that fails its halves, down to the row that is the cause: `give_up(row)`.

    `do` is one transaction. The results of the parts that were done, in order.
    """
    if not rows:
        return []
    try:
        return [do(rows)]
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise  # the database is ill, somebody was in the way, time is up: no row is the cause
    except Exception as exc:  # noqa: BLE001  # `give_up` decides what is told of it
        if len(rows) == 1:
            return [give_up(rows[0], exc)]
    middle = len(rows) // 2
    return [*bisect(rows[:middle], do, give_up), *bisect(rows[middle:], do, give_up)]
