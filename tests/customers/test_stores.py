"""Commerce stores and their number ranges."""

from itertools import pairwise

import pytest

from customers.models import CommerceStore
from customers.services.stores import first_number, get_or_create_store

ORDERS_A_STORE = 99_999_999  # what fits below the next store


def last_number(position: int) -> int:
    return first_number(position) + ORDERS_A_STORE - 1


@pytest.mark.parametrize(
    ("position", "first"),
    [
        (1, 1),
        (2, 200_000_001),
        (9, 900_000_001),
        (10, 10_000_000_001),
        (30, 30_000_000_001),
    ],
)
def test_the_first_number_shows_the_store(position, first):
    assert first_number(position) == first


def test_the_number_ranges_of_thirty_stores_never_overlap():
    ranges = sorted((first_number(position), last_number(position)) for position in range(1, 31))
    assert len(ranges) == 30
    assert all(last < first for (_, last), (first, _) in pairwise(ranges))


@pytest.mark.parametrize("position", range(1, 10))
def test_the_first_nine_stores_have_nine_digits_to_the_end(position):
    assert len(f"{first_number(position):09d}") == 9
    assert len(f"{last_number(position):09d}") == 9


@pytest.mark.django_db
def test_a_new_store_starts_its_own_range():
    store = get_or_create_store("se", name="Sweden")
    assert (store.code, store.name) == ("se", "Sweden")
    assert store.next_order_number == first_number(1)
    assert CommerceStore.objects.get().next_order_number == first_number(1)


@pytest.mark.django_db
def test_a_store_without_a_name_is_called_by_its_code():
    assert get_or_create_store("se").name == "se"


@pytest.mark.django_db
def test_a_known_store_keeps_its_name_and_its_numbers():
    store = get_or_create_store("se", name="Sweden")
    CommerceStore.objects.update(next_order_number=store.next_order_number + 7)
    again = get_or_create_store("se", name="Other")
    assert again.pk == store.pk
    assert again.name == "Sweden"
    assert again.next_order_number == first_number(1) + 7


@pytest.mark.django_db
def test_two_stores_number_apart():
    one, other = get_or_create_store("se"), get_or_create_store("de")
    assert one.next_order_number != other.next_order_number
