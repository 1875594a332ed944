"""Commerce order numbers: per store, nine digits, no gap and no double under concurrency."""

from collections.abc import Mapping

from django.db import connection

TAKE = (
    "UPDATE customers_commercestore SET next_order_number = next_order_number + %s"
    " WHERE id = %s RETURNING next_order_number"
)


def take_numbers(counts: Mapping[int, int]) -> dict[int, list[str]]:
    """Take `counts[store pk]` increments of each store, inside the caller's transaction.

    The store rows stay locked until it ends: a rollback gives its numbers back, and no number is
    given twice. One statement a store. Also serialises what happens once per store.
    """
    numbers = {}
    with connection.cursor() as cursor:
        for pk, count in sorted(counts.items()):
            cursor.execute(TAKE, [count, pk])
            (following,) = cursor.fetchone()
            numbers[pk] = [f"{n:09d}" for n in range(following - count, following)]
    return numbers
