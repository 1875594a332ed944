"""People who cancel, take back, ship and hold the same order at the same moment."""

from dataclasses import replace
from functools import partial

import pytest
from django.utils import timezone

from channels.services import cancelling
from channels.services.importing import import_page
from orders.models import Cancellation, CommerceOrder, Package
from orders.services.cancellation import record, request_cancellation, withdraw_cancellation
from orders.services.errors import CannotCancel, CannotShip
from orders.services.holding import hold_order
from tests import factories
from tests.channels import pages
from tests.channels.shop import UNSHIPPED, bring, shop
from tests.orders.shipping import ship
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def ask(order):
    return request_cancellation(order_id=order.commerce_order_id, reason="NoInventory")


def kinds(results):
    return sorted(type(result).__name__ for result in results)


def test_of_people_who_cancel_at_once_one_wins():
    order = factories.placed_order()
    results = in_parallel([partial(ask, order)] * 4)
    assert kinds(results) == ["Cancellation"] + ["CannotCancel"] * 3
    assert Cancellation.objects.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_one_ships_while_another_cancels(turn):
    order = factories.placed_order()
    results = in_parallel([partial(ship, order), partial(ask, order)])
    (refusal,) = [result for result in results if isinstance(result, Exception)]
    assert isinstance(refusal, (CannotShip, CannotCancel))
    assert Package.objects.count() + Cancellation.objects.count() == 1


def test_one_takes_it_back_while_a_worker_takes_it():
    cancellation = ask(factories.placed_order())

    def take():
        row = Cancellation.objects.get(pk=cancellation.pk)
        if row.state != "requested":
            return False
        row.take("00000000-0000-4000-8000-000000000001", timezone.now())
        return record(row, was="requested")

    taken, withdrawn = in_parallel(
        [take, partial(withdraw_cancellation, cancellation_id=cancellation.pk)]
    )
    state = Cancellation.objects.get().state
    assert state == ("in_flight" if taken else "withdrawn")
    assert isinstance(withdrawn, CannotCancel) == bool(taken)


def test_one_holds_while_another_ships():
    order = factories.placed_order()
    results = in_parallel(
        [partial(hold_order, order_id=order.commerce_order_id, reason="x"), partial(ship, order)]
    )
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert CommerceOrder.objects.get().state == ("on_hold", "complete")[Package.objects.count()]


@pytest.mark.parametrize("turn", range(3))
def test_one_cancels_while_amazon_has(turn):
    """Whoever is first, nothing is left open once Amazon's word is in and what is due is sent."""
    store = shop()
    bring(store, UNSHIPPED)
    order = CommerceOrder.objects.get().channel_order
    raw = pages.raw_orders([replace(UNSHIPPED, status="CANCELLED", minutes=60)])
    sweep = partial(import_page, store.account, raw, datasets=pages.DATASETS, now=factories.NOW)
    swept, asked = in_parallel([sweep, partial(ask, order)])
    assert not isinstance(swept, Exception)
    if isinstance(asked, Exception):
        assert isinstance(asked, CannotCancel)
        return
    cancelling.send_due(timezone.now())
    assert Cancellation.objects.get().state == "done"
