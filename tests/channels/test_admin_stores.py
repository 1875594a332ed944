"""Amazon stores in the admin: connecting, activation; and the errors log."""

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.models import (
    AmazonStore,
    CommunicationError,
    SellerAccount,
    SyncCursor,
    SyncRun,
)
from channels.sandbox.sellers import DEMO_EU
from tests import factories
from tests.snapshot import everything
from tests.staff import orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

STORES = reverse("admin:channels_amazonstore_changelist")
CONNECT = reverse("admin:channels_amazonstore_add")
VIEW, CHANGE, ADD = (f"channels.{verb}_amazonstore" for verb in ("view", "change", "add"))


def page_of(store):
    return reverse("admin:channels_amazonstore_change", args=[store.pk])


# Connecting


def connection(url="http://127.0.0.1:1", **changes):
    return {
        "name": "Amazon SE",
        "country_code": "SE",
        "seller_id": DEMO_EU.seller_id,
        "client_id": DEMO_EU.client_id,
        "client_secret": DEMO_EU.client_secret,
        "refresh_token": DEMO_EU.refresh_token,
        "endpoint": url,
        "lwa_endpoint": url,
        **changes,
    }


def test_the_form_connects_a_store(sandbox):
    response = superuser().post(CONNECT, connection(sandbox.url))
    store = AmazonStore.objects.get()
    assert (response.status_code, response.url) == (302, page_of(store))
    assert (store.name, store.account.region, store.commerce_store.code) == (
        "Amazon SE",
        "eu",
        "amazon-se",
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Amazon could not be reached."),
        ({"endpoint": "http://example.com"}, "must be https, or http to this machine"),
        ({"country_code": "XX"}, "XX is not one of the available choices."),
        ({"country_code": ""}, "This field is required."),
        ({"client_secret": ""}, "This field is required."),
        ({"commerce_store": "no code!"}, "Enter a valid “slug”"),
        ({"commerce_store": "c" * 33}, "The Commerce store code is longer than 32 characters."),
    ],
)
def test_what_is_wrong_is_said_and_secrets_are_not_repeated(changes, told):
    response = superuser().post(CONNECT, connection(**changes))
    text = response.content.decode()
    assert response.status_code == 200
    assert told in text
    assert DEMO_EU.client_secret not in text
    assert DEMO_EU.refresh_token not in text
    assert SellerAccount.objects.count() == 0


def test_a_wrong_secret_is_named(sandbox):
    response = superuser().post(CONNECT, connection(sandbox.url, client_secret="mistaken"))
    text = response.content.decode()
    assert "The LWA client id or client secret is wrong." in text
    assert "mistaken" not in text


def test_connecting_needs_the_permission():
    client = staff(VIEW, CHANGE)
    assert client.get(CONNECT).status_code == 403
    assert client.post(CONNECT, connection()).status_code == 403
    assert "Connect an Amazon store" not in client.get(STORES).content.decode()
    assert "Connect an Amazon store" in staff(VIEW, ADD).get(STORES).content.decode()


def test_credentials_are_on_no_page():
    store = factories.amazon_store()
    client = superuser()
    text = "".join(client.get(path).content.decode() for path in (STORES, page_of(store)))
    for secret in store.account.credentials.values():
        assert secret not in text


# The list


def test_deactivate_and_activate():
    store = factories.amazon_store()
    SyncCursor.objects.create(account=store.account, watermark=timezone.now())
    data = {"action": "deactivate", "_selected_action": [store.pk]}
    staff(VIEW).post(STORES, data)
    assert AmazonStore.objects.get().active

    client = staff(VIEW, CHANGE)
    client.post(STORES, data)
    assert not AmazonStore.objects.get().active
    client.post(STORES, data | {"action": "activate"})
    assert AmazonStore.objects.get().active


def test_orders_that_cannot_be_imported_are_counted_and_linked():
    store = factories.amazon_store()
    for _ in range(2):
        factories.channel_order(store=store, placement="held", hold_reason="total")
    factories.placed_order(store=store)
    text = superuser().get(STORES).content.decode()
    assert f'<a href="{orders_tab()}?store={store.pk}&amp;status=error">2</a>' in text


def test_ten_stores_cost_as_many_statements_as_one():
    client = superuser()
    factories.amazon_store()
    client.get(STORES)
    one = statements(client, STORES)
    for _ in range(9):
        factories.amazon_store()
    assert statements(client, STORES) == one


def test_a_store_is_never_deleted():
    store = factories.amazon_store()
    path = reverse("admin:channels_amazonstore_delete", args=[store.pk])
    assert superuser().post(path, {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [store.pk], "post": "yes"}
    superuser().post(STORES, data)
    assert AmazonStore.objects.count() == 1


# What machines write


def test_the_errors_log_shows_no_payload():
    account = factories.seller_account()
    error = CommunicationError.objects.create(
        account=account, operation="searchOrders", code="malformed", message="<b>no total</b>",
        at=timezone.now(), payload="Anna Öberg, Storgatan 1",
    )  # fmt: skip
    client = superuser()
    listed = client.get(reverse("admin:channels_communicationerror_changelist"))
    page = client.get(reverse("admin:channels_communicationerror_change", args=[error.pk]))
    for text in (listed.content.decode(), page.content.decode()):
        assert "&lt;b&gt;no total&lt;/b&gt;" in text
        assert "Öberg" not in text


@pytest.mark.parametrize("name", ["backfill", "channelorder", "communicationerror", "syncrun"])
def test_nobody_adds_changes_or_deletes_what_machines_write(name):
    account = factories.seller_account()
    rows = {
        "backfill": factories.backfill,
        "channelorder": factories.channel_order,
        "communicationerror": lambda: CommunicationError.objects.create(
            account=account, operation="getOrder", code="x", message="x", at=timezone.now()
        ),
        "syncrun": lambda: SyncRun.objects.create(account=account, started_at=timezone.now()),
    }
    row = rows[name]()
    client = superuser()
    before = everything()
    base = reverse(f"admin:channels_{name}_changelist")
    assert client.get(f"{base}add/").status_code == 403
    assert client.post(f"{base}add/", {}).status_code == 403
    assert client.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{base}{row.pk}/change/", {"message": "x", "status": "canceled"})
    client.post(base, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert everything() == before
