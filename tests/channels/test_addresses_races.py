"""Two people at one address, and a person while a sweep runs."""

from functools import partial
from threading import Event

import pytest
from django.db import transaction

from channels.models import ChannelOrder
from channels.services.addresses import CannotCorrect, changed_at_amazon, version
from channels.services.reconsidering import reconsider
from customers.models import CustomerAddress
from tests import factories
from tests.channels.correcting import (
    EMAIL,
    again,
    bring_address,
    commerce_address,
    correct,
    drop,
    notes_of,
)
from tests.channels.pages import Draft
from tests.channels.shop import shop
from tests.channels.test_following_addresses import HOME, OURS, OURS_AT_WORK, WARNING, WORK
from tests.orders.shipping import ship
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order():
    bring_address(shop(), HOME)
    return ChannelOrder.objects.select_related("commerce_order", "store").get()


def test_of_people_who_correct_at_once_one_wins(order):
    seen = version(order)
    lines = ["Box 1", "Box 2", "Box 3", "Box 4"]
    results = in_parallel([partial(correct, order, line1=line, seen=seen) for line in lines])

    refused = [result for result in results if result is not None]
    assert [type(refusal).__mro__[1] for refusal in refused] == [CannotCorrect] * 3
    (winner,) = [lines[n] for n, result in enumerate(results) if result is None]
    assert commerce_address(order) == ("staff", OURS | EMAIL | {"line1": winner})
    assert again(order).corrected_address["address"]["line1"] == winner
    assert sum(text.startswith("Shipping address corrected") for text in notes_of(order)) == 1


def test_one_corrects_while_another_drops(order):
    correct(order, line1="Box 1")
    seen = version(again(order))
    results = in_parallel(
        [partial(correct, order, line1="Box 2", seen=seen), partial(drop, order, seen=seen)]
    )
    assert sum(result is None for result in results) == 1
    stored = again(order).corrected_address
    line = stored["address"]["line1"] if stored else "Storgatan 1"
    assert commerce_address(order)[1]["line1"] == line == ("Box 2" if stored else "Storgatan 1")


@pytest.mark.parametrize("sweep_first", [True, False])
def test_a_sweep_waits_for_the_person_and_the_person_for_the_sweep(order, sweep_first):
    """Whoever is first writes; the other one sees it."""
    written, overtaken = Event(), Event()

    def sweep():
        bring_address(order.store, WORK, Draft(minutes=60))

    def person():
        correct(order, line1="Box 1", seen=version(order))

    def first():
        with transaction.atomic():
            (sweep if sweep_first else person)()
            written.set()
            overtaken.wait(0.3)  # never set, unless the other did not wait

    def second():
        written.wait(10)
        (person if sweep_first else sweep)()
        overtaken.set()

    results = in_parallel([first, second])
    assert results[0] is None
    stored = again(order)
    assert stored.recipient == OURS_AT_WORK
    if sweep_first:  # the person saw an address that is not there any more
        assert isinstance(results[1], CannotCorrect)
        assert stored.corrected_address is None
        assert commerce_address(order) == ("amazon", OURS_AT_WORK | EMAIL)
    else:
        assert results[1] is None
        assert changed_at_amazon(stored)
        assert commerce_address(order) == ("staff", OURS | EMAIL | {"line1": "Box 1"})
        assert notes_of(order)[-1] == WARNING


def test_an_order_that_is_being_placed_goes_where_it_was_corrected_to_or_nothing_is_saved():
    order = factories.channel_order(placement="held", hold_reason="total")
    placed, overtaken = Event(), Event()

    def place():
        with transaction.atomic():
            assert reconsider(order.account_id, [order.pk]) == 1
            placed.set()
            overtaken.wait(0.3)  # never set, unless the other did not wait

    def person():
        placed.wait(10)
        correct(order, line1="Box 1", seen=version(order))
        overtaken.set()

    _, refusal = in_parallel([place, person])
    saved = again(order).corrected_address is not None
    assert saved is (refusal is None)
    assert refusal is None or "was created meanwhile" in str(refusal)
    assert commerce_address(order)[1]["line1"] == ("Box 1" if saved else "Storgatan 1")


def test_shipping_sweeping_and_correcting_at_once_end_in_one_truth(order):
    results = in_parallel(
        [
            partial(ship, order),
            partial(bring_address, order.store, WORK, Draft(minutes=60)),
            partial(correct, order, line1="Box 1", seen=version(order)),
        ]
    )
    assert not isinstance(results[0], Exception)
    assert results[1] is None
    stored = again(order)
    assert stored.recipient == OURS_AT_WORK
    assert CustomerAddress.objects.count() == 1
    source, content = commerce_address(order)
    if stored.corrected_address:
        assert (source, content["line1"]) == ("staff", "Box 1")
    else:
        assert isinstance(results[2], CannotCorrect)
        assert (source, content) in (("amazon", OURS | EMAIL), ("amazon", OURS_AT_WORK | EMAIL))
