"""Commerce order numbers: per store, nine digits, no gap and no double under concurrency."""

from collections.abc import Mapping

from customers.bulk import update_rows
from customers.models import CommerceStore


def take_numbers(counts: Mapping[int, int]) -> dict[int, list[str]]:
    """Take `counts[store pk]` increments of each store, inside the caller's transaction.

    The store rows stay locked until it ends: a rollback gives its numbers back, and no number is
    given twice. Two statements, however many stores. Also serialises what happens once per store.
    """
    stores = CommerceStore.objects.select_for_update(no_key=True).in_bulk(sorted(counts))
    numbers = {
        pk: [f"{n:09d}" for n in range(first, first + counts[pk])]
        for pk, first in ((pk, store.next_order_number) for pk, store in stores.items())
    }
    taken = [store for pk, store in stores.items() if counts[pk]]
    for store in taken:
        store.next_order_number += counts[store.pk]
    update_rows(taken, ["next_order_number"])
    return numbers
