"""Commerce order numbers: per store, nine digits, no gap and no double under concurrency."""

from collections.abc import Mapping

from django.db.models import BigIntegerField, Case, F, When

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
    if any(counts.values()):
        raised = Case(
            *(When(pk=pk, then=F("next_order_number") + n) for pk, n in counts.items()),
            default=F("next_order_number"),
            output_field=BigIntegerField(),
        )
        CommerceStore.objects.filter(pk__in=counts).update(next_order_number=raised)
    return numbers
