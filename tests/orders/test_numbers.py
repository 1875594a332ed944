"""Commerce order numbers: no gap and no double."""

from functools import partial

import pytest
from django.db import transaction

from customers.models import CommerceStore
from orders.services.numbers import take_numbers
from tests import factories
from tests.threads import in_parallel

THREADS, ROUNDS, BATCH = 4, 8, 3


@pytest.fixture
def store(db):
    return factories.commerce_store("se")


def next_number(store: CommerceStore) -> int:
    return CommerceStore.objects.get(pk=store.pk).next_order_number


def numbers_from(first: int, count: int) -> list[str]:
    return [f"{number:09d}" for number in range(first, first + count)]


def test_numbers_have_nine_digits_and_follow_each_other(store):
    CommerceStore.objects.update(next_order_number=1)
    assert take_numbers({store.pk: 3}) == {store.pk: ["000000001", "000000002", "000000003"]}
    assert take_numbers({store.pk: 1}) == {store.pk: ["000000004"]}
    assert next_number(store) == 5


def test_numbers_grow_longer_when_nine_digits_are_used_up(store):
    CommerceStore.objects.update(next_order_number=999_999_999)
    assert take_numbers({store.pk: 2}) == {store.pk: ["999999999", "1000000000"]}


def test_stores_number_by_themselves(store):
    other = factories.commerce_store("de")
    first, other_first = next_number(store), next_number(other)
    assert take_numbers({store.pk: 2, other.pk: 1}) == {
        store.pk: numbers_from(first, 2),
        other.pk: numbers_from(other_first, 1),
    }
    assert (next_number(store), next_number(other)) == (first + 2, other_first + 1)


def test_a_store_that_is_not_asked_keeps_its_next_number(store):
    other = factories.commerce_store("de")
    before = next_number(other)
    take_numbers({store.pk: 2})
    assert next_number(other) == before


def test_none_are_taken_when_none_are_wanted(store):
    before = next_number(store)
    assert take_numbers({store.pk: 0}) == {store.pk: []}
    assert take_numbers({}) == {}
    assert next_number(store) == before


def test_one_store_wants_some_and_another_none(store):
    other = factories.commerce_store("de")
    before = next_number(other)
    assert take_numbers({store.pk: 1, other.pk: 0})[other.pk] == []
    assert next_number(other) == before


@pytest.mark.parametrize("count", [1, 500])
def test_it_takes_one_statement_a_store_however_many_numbers(db, django_assert_num_queries, count):
    counts = {factories.commerce_store(f"s{n}").pk: count for n in range(2)}
    with django_assert_num_queries(2):
        take_numbers(counts)


def test_a_rollback_gives_the_numbers_back(store):
    first = next_number(store)
    with transaction.atomic():
        assert take_numbers({store.pk: 3}) == {store.pk: numbers_from(first, 3)}
        transaction.set_rollback(True)
    assert take_numbers({store.pk: 3}) == {store.pk: numbers_from(first, 3)}


def take_batches(store_pk: int, *, give_back: bool) -> list[str]:
    """Take a batch of numbers again and again; every second batch is given back if asked."""
    taken = []
    for turn in range(ROUNDS):
        with transaction.atomic():
            numbers = take_numbers({store_pk: BATCH})[store_pk]
            if give_back and turn % 2:
                transaction.set_rollback(True)
            else:
                taken += numbers
    return taken


@pytest.mark.django_db(transaction=True)
def test_threads_leave_no_gap_and_no_double():
    store = factories.commerce_store("se")
    first = next_number(store)
    taken = in_parallel([partial(take_batches, store.pk, give_back=False)] * THREADS)
    count = THREADS * ROUNDS * BATCH
    assert sorted(number for numbers in taken for number in numbers) == numbers_from(first, count)
    assert next_number(store) == first + count


@pytest.mark.django_db(transaction=True)
def test_threads_that_roll_back_leave_no_gap():
    store = factories.commerce_store("se")
    first = next_number(store)
    taken = in_parallel(
        [partial(take_batches, store.pk, give_back=bool(n % 2)) for n in range(THREADS)]
    )
    count = THREADS * ROUNDS * BATCH * 3 // 4
    assert sorted(number for numbers in taken for number in numbers) == numbers_from(first, count)
    assert next_number(store) == first + count
