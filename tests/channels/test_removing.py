"""Deleting a store: only one without orders, with all that hangs on it, and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.models import (
    AmazonStore,
    Backfill,
    ChannelOrder,
    CommunicationError,
    OrderSettings,
    SellerAccount,
    SkuMapping,
    SyncCursor,
)
from channels.services import order_settings, removing
from channels.services.removing import CannotDelete, delete_store
from channels.services.sku_mapping import map_sku
from customers.models import CommerceStore
from tests import factories
from tests.snapshot import everything
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


def settled_store(**values):
    """A store with everything but orders."""
    store = factories.amazon_store(**values)
    SyncCursor.objects.get_or_create(account=store.account, defaults={"watermark": factories.NOW})
    factories.backfill(store=store)
    map_sku(store=store, seller_sku="AMZ-1", product=factories.product(f"P{store.pk}"))
    order_settings.change(store, {"grace_minutes": "5"})
    CommunicationError.objects.create(
        account=store.account, store=store, operation="x", code="x", message="x", at=factories.NOW
    )
    factories.feed(account=store.account)
    return store


def test_the_last_store_of_an_account_takes_the_account_with_it():
    store = settled_store()
    delete_store(store.pk)
    for model in (AmazonStore, SellerAccount, SyncCursor, OrderSettings, Backfill, SkuMapping):
        assert model.objects.count() == 0
    assert CommunicationError.objects.count() == 0
    assert CommerceStore.objects.count() == 1


def test_an_account_with_another_store_stays():
    store = settled_store()
    other = factories.amazon_store(account=store.account, country="DE")
    delete_store(store.pk)
    assert list(AmazonStore.objects.all()) == [other]
    assert SyncCursor.objects.count() == 1
    assert OrderSettings.objects.count() == 1


def test_a_store_with_an_order_stays_whole():
    store = settled_store()
    factories.channel_order(store=store, status="canceled", amazon_status="CANCELLED")
    before = everything()
    with pytest.raises(CannotDelete, match="that has orders cannot be deleted"):
        delete_store(store.pk)
    assert everything() == before


def test_refusing_reads_no_orders():
    store = factories.amazon_store()
    for _ in range(5):
        factories.channel_order(store=store)

    def refuse():
        with CaptureQueriesContext(connection) as captured, pytest.raises(CannotDelete):
            delete_store(store.pk)
        return [q["sql"] for q in captured if '"buyer"' in q["sql"]]

    assert refuse() == []


def test_an_order_that_comes_in_after_the_look_is_seen_by_the_database(monkeypatch):
    store = settled_store()
    factories.channel_order(store=store)
    before = everything()
    monkeypatch.setattr(removing, "has_orders", lambda store: False)
    with pytest.raises(CannotDelete):
        delete_store(store.pk)
    assert everything() == before


def test_twice_is_harmless():
    store = settled_store()
    delete_store(store.pk)
    delete_store(store.pk)


@pytest.mark.django_db(transaction=True)
def test_two_people_delete_at_once():
    store = settled_store()
    assert in_parallel([lambda: delete_store(store.pk)] * 3) == [None] * 3
    assert (AmazonStore.objects.count(), ChannelOrder.objects.count()) == (0, 0)
