"""What lists share: the words of a search, and counting and finding up to a limit.

No list is ever counted to its end.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from orders.plain_text import visible

Rows = QuerySet[Any, Any]
MAX_WORDS = 200  # of a search


def search_words(text: str) -> list[str]:
    """The words of what was typed or pasted, MAX_WORDS and more; no database takes a NUL."""
    return visible(text).replace("\0", " ").replace(",", " ").replace(";", " ").split()


def capped_counts(found: Sequence[Sequence[Rows]], *, limit: int) -> list[int]:
    """How many rows each list of `found` has; more than `limit` stand for any number above it.

    A list is one or more querysets, of which one row may be in several. One statement for all;
    equal lists are counted once.
    """
    lists = [_in_one(rows, limit) for rows in found]
    counted = list(dict.fromkeys(one for one in lists if one))
    if not counted:
        return [0] * len(lists)
    # Django wrote the SQL, and values go as parameters.
    columns = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS arm)" for sql, _ in counted)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [value for _, params in counted for value in params])
        counts = dict(zip(counted, cursor.fetchone() or (), strict=True))
    return [int(counts[one]) if one else 0 for one in lists]


def _in_one(rows: Sequence[Rows], limit: int) -> tuple[str, tuple[Any, ...]] | None:
    """`limit` + 1 rows of each, each row once; None when there cannot be any."""
    arms = [arm for one in rows if (arm := _arm(one.values("pk")[: limit + 1]))]
    if len(arms) < 2:
        return arms[0] if arms else None
    union = " UNION ".join(f"SELECT arm.* FROM ({sql}) AS arm" for sql, _ in arms)  # noqa: S608
    return union, tuple(value for _, params in arms for value in params)


def capped_values(found: Sequence[Rows], *, limit: int) -> list[list[Any]]:
    """The values of one column of the first `limit` + 1 rows of each of `found`. One statement."""
    arms = [_arm(rows[: limit + 1]) for rows in found]
    values: list[list[Any]] = [[] for _ in arms]
    asked = [(n, *arm) for n, arm in enumerate(arms) if arm]
    if not asked:
        return values
    union = " UNION ALL ".join(
        f"SELECT {n}, arm.* FROM ({sql}) AS arm"  # noqa: S608  # as above
        for n, sql, _ in asked
    )
    with connection.cursor() as cursor:
        cursor.execute(union, [value for _, _, params in asked for value in params])
        for n, value in cursor.fetchall():
            values[n].append(value)
    return values


def _arm(rows: Rows) -> tuple[str, tuple[Any, ...]] | None:
    """Its SQL and parameters; None when it cannot match anything."""
    try:
        sql, params = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(params)
