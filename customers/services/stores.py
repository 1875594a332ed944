"""Commerce stores."""

from django.db import transaction

from customers.models import CommerceStore

# Stores 2 to 9 number from n00000001, as Adobe Commerce shows which store an order is from: nine
# digits, and no number occurs twice in the house. From store 10 on the numbers grow longer instead.
_NINE_DIGITS = 10**8


def get_or_create_store(code: str, *, name: str = "") -> CommerceStore:
    """The Commerce store with this code, created with its own number range when it is new."""
    with transaction.atomic():
        store, created = CommerceStore.objects.get_or_create(
            code=code, defaults={"name": name or code}
        )
        if created:
            start_numbers(store)
    return store


def start_numbers(store: CommerceStore) -> None:
    """Give a new store its own range: by how many stores there are, since none is ever deleted."""
    position = CommerceStore.objects.filter(pk__lte=store.pk).count()
    store.next_order_number = first_number(position)
    store.save(update_fields=["next_order_number"])


def first_number(position: int) -> int:
    """The first increment of the first, second, … store."""
    if position == 1:
        return 1
    return position * (_NINE_DIGITS if position < 10 else _NINE_DIGITS * 10) + 1
