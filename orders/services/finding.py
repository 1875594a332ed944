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


def capped_counts(found: Sequence[Rows], *, limit: int) -> list[int]:
    """How many rows each of `found` has, `limit` + 1 at most; one statement for all.

    Equal ones are counted once.
    """
    arms = [_arm(rows.order_by().values("pk")[: limit + 1]) for rows in found]
    counted = list(dict.fromkeys(arm for arm in arms if arm))
    if not counted:
        return [0] * len(arms)
    # Django wrote the SQL, and values go as parameters.
    columns = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS arm)" for sql, _ in counted)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [value for _, params in counted for value in params])
        counts = dict(zip(counted, cursor.fetchone() or (), strict=True))
    return [int(counts[arm]) if arm else 0 for arm in arms]


def capped_values(found: Sequence[Rows], *, limit: int) -> tuple[list[int], bool]:
    """The values of one column of all of `found`, each once; and whether these are all there are.

    `limit` of each are fetched at most. One statement.
    """
    arms = [arm for rows in found if (arm := _arm(rows.order_by()[: limit + 1]))]
    if not arms:
        return [], True
    union = " UNION ALL ".join(
        f"SELECT {n}, arm.* FROM ({sql}) AS arm"  # noqa: S608  # as above
        for n, (sql, _) in enumerate(arms)
    )
    with connection.cursor() as cursor:
        cursor.execute(union, [value for _, params in arms for value in params])
        rows = cursor.fetchall()
    of_arm = [0] * len(arms)
    for arm, _ in rows:
        of_arm[arm] += 1
    return list({value for _, value in rows}), max(of_arm) <= limit


def _arm(rows: Rows) -> tuple[str, tuple[Any, ...]] | None:
    """Its SQL and parameters; None when it cannot match anything."""
    try:
        sql, params = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(params)
