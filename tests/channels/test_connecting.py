"""Connecting a store: what is created, what is renewed, and each refusal with nothing written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from channels.amazon.errors import AuthorizationRevoked
from channels.models import (
    AmazonStore,
    Backfill,
    CommunicationError,
    OrderSettings,
    SellerAccount,
    SyncCursor,
)
from channels.sandbox.sellers import DEMO_EU, DEMO_NA
from channels.services import fetching
from channels.services.connecting import CannotConnect, Connection, connect_store
from customers.services.stores import get_or_create_store
from tests import portal

pytestmark = pytest.mark.django_db

SINCE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def connection(sandbox):
    """All that is right."""
    return Connection(
        name="Amazon SE",
        region="eu",
        country_code="SE",
        seller_id=DEMO_EU.seller_id,
        client_id=DEMO_EU.client_id,
        client_secret=DEMO_EU.client_secret,
        refresh_token=DEMO_EU.refresh_token,
        endpoint=sandbox.url,
        lwa_endpoint=sandbox.url,
        import_since=SINCE,
    )


def test_a_store_with_its_account_settings_and_cursor(connection, sandbox):
    store = connect_store(connection)

    assert (store.name, store.marketplace_id, store.active) == ("Amazon SE", "A2NODRKZP88ZB9", True)
    account = store.account
    assert (account.region, account.seller_id) == ("eu", DEMO_EU.seller_id)
    assert (account.endpoint, account.lwa_endpoint) == (sandbox.url, sandbox.url)
    assert account.credentials == {
        "client_id": DEMO_EU.client_id,
        "client_secret": DEMO_EU.client_secret,
        "refresh_token": DEMO_EU.refresh_token,
    }
    assert (account.poll_interval, account.problem) == (180, "")
    settings = store.order_settings
    assert settings.import_since == SINCE
    assert settings.commerce_store == store.commerce_store
    assert (store.commerce_store.code, store.commerce_store.name) == ("amazon-se", "Amazon SE")
    cursor = SyncCursor.objects.get(account=account)
    assert timezone.now() - timedelta(minutes=11) < cursor.watermark < timezone.now()
    assert cursor.due_at <= timezone.now()


def test_orders_from_now_on_come_by_sweeps_and_those_before_by_a_backfill(connection):
    store = connect_store(connection)

    watermark = SyncCursor.objects.get().watermark
    backfill = Backfill.objects.get()
    assert (backfill.store, backfill.since, backfill.reached) == (store, SINCE, backfill.until)
    assert watermark < backfill.until < timezone.now() - timedelta(minutes=2)
    assert backfill.due_at <= timezone.now()


def test_nothing_older_than_the_connection_unless_a_date_is_given(connection):
    before = timezone.now()
    store = connect_store(replace(connection, import_since=None))
    assert before <= store.order_settings.import_since <= timezone.now()
    assert SyncCursor.objects.get().watermark < store.order_settings.import_since
    assert not Backfill.objects.exists()


def test_it_may_share_a_commerce_store_that_exists(connection):
    shared = get_or_create_store("nordic", name="Nordic")
    store = connect_store(replace(connection, commerce_store="nordic"))
    assert store.commerce_store == shared
    assert store.order_settings.commerce_store == shared


def test_a_second_marketplace_joins_the_account_and_its_sweep(connection):
    swedish = connect_store(connection)
    SyncCursor.objects.update(
        watermark=SINCE, next_token="abc", due_at=timezone.now() + timedelta(hours=1)
    )

    german = connect_store(replace(connection, name="Amazon DE", country_code="DE"))

    assert SellerAccount.objects.get().stores.count() == 2
    assert german.marketplace_id == "A1PA6795UKMFR9"
    cursor = SyncCursor.objects.get()
    assert (cursor.watermark, cursor.next_token) == (SINCE, "")
    assert cursor.due_at <= timezone.now()
    assert list(Backfill.objects.order_by("id").values_list("store", "since")) == [
        (swedish.pk, SINCE),
        (german.pk, SINCE),
    ]


def test_again_with_the_same_is_harmless(connection):
    first = connect_store(connection)
    before = list(Backfill.objects.values()), SyncCursor.objects.get().watermark
    second = connect_store(replace(connection, import_since=SINCE - timedelta(days=1)))
    assert first.pk == second.pk
    assert (list(Backfill.objects.values()), SyncCursor.objects.get().watermark) == before
    assert AmazonStore.objects.count() == OrderSettings.objects.count() == 1


def test_renewed_credentials_bring_everything_back_at_once(connection, sandbox):
    store = connect_store(connection)
    sandbox.world.revoke(DEMO_EU.seller_id, consent=True)
    portal.poll()
    with pytest.raises(AuthorizationRevoked):
        fetching.import_order(AmazonStore.objects.get(), "302-0000000-0000001")
    assert SellerAccount.objects.get().problem != ""
    assert SyncCursor.objects.get().due_at > timezone.now()
    watermark = SyncCursor.objects.get().watermark

    sandbox.world.add_seller(replace(DEMO_EU, refresh_token="Atzr|renewed"))
    again = connect_store(replace(connection, refresh_token="Atzr|renewed", poll_interval=60))

    assert again.pk == store.pk
    account = SellerAccount.objects.get()
    assert account.credentials["refresh_token"] == "Atzr|renewed"
    assert (account.problem, account.problem_at, account.poll_interval) == ("", None, 60)
    assert not CommunicationError.objects.filter(resolved_at=None).exists()
    assert SyncCursor.objects.get().due_at <= timezone.now()
    assert SyncCursor.objects.get().watermark == watermark  # where it was
    assert portal.poll().outcome == "complete"


# Refusals


def refusal(connection):
    """The refusal, which wrote nothing."""
    before = list(AmazonStore.objects.values()), list(SellerAccount.objects.values())
    with pytest.raises(CannotConnect) as caught:
        connect_store(connection)
    assert (list(AmazonStore.objects.values()), list(SellerAccount.objects.values())) == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "The store name is missing."),
        ({"seller_id": ""}, "The seller id is missing."),
        ({"client_id": ""}, "The LWA client id is missing."),
        ({"client_secret": ""}, "The LWA client secret is missing."),
        ({"refresh_token": ""}, "The refresh token is missing."),
        ({"name": "N" * 65}, "The store name is longer than 64 characters."),
        ({"region": "asia"}, "Region 'asia' is not one of na, eu, fe."),
        ({"country_code": "XX"}, "There is no Amazon marketplace 'XX'."),
        ({"country_code": "US"}, "Marketplace US belongs to region na, not to eu."),
        (
            {"country_code": "FR"},
            "The seller account does not sell on marketplace FR (A13V1IB3VIYZZH).",
        ),
        (
            {"endpoint": "http://sellingpartnerapi.example"},
            "endpoint must be https, or http to this machine, "
            "not 'http://sellingpartnerapi.example'.",
        ),
    ],
)
def test_what_cannot_be_right_is_named(connection, changes, sentence):
    assert refusal(replace(connection, **changes)) == sentence


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        (
            {"client_secret": "wrong-secret-1"},
            "The LWA client id or client secret is wrong. (LWA token: invalid_client: ",
        ),
        (
            {"client_id": "wrong-client-1"},
            "The LWA client id or client secret is wrong. (LWA token: invalid_client: ",
        ),
        (
            {"refresh_token": "Atzr|wrong-token-1"},
            "The refresh token is wrong, revoked, or made for another client id. "
            "(LWA token: invalid_grant: ",
        ),
    ],
)
def test_credentials_amazon_refuses_are_named_and_not_shown(connection, changes, beginning):
    sentence = refusal(replace(connection, **changes))
    assert sentence.startswith(beginning)
    assert not [value for value in changes.values() if value in sentence]


@pytest.mark.parametrize(
    ("operation", "kind", "beginning"),
    [
        ("token", "503", "Amazon could not be reached. (LWA token: HTTP 503 "),
        ("participations", "drop", "Amazon could not be reached. (getMarketplaceParticipations: "),
        ("participations", "stall", "Amazon could not be reached. (getMarketplaceParticipations: "),
        (
            "participations",
            "html",
            "Amazon's answer to the test was not as expected. (getMarketplaceParticipations: "
            "the body is HTML or XML, not JSON",
        ),
    ],
)
def test_an_amazon_that_is_ill_is_named(connection, sandbox, settings, operation, kind, beginning):
    if kind == "stall":
        settings.AMAZON_TIMEOUT = (1.0, 0.3)
    sandbox.world.faults.push(kind, operation, seconds=30.0)
    assert refusal(connection).startswith(beginning)


def test_another_region_than_the_tokens_is_named(connection):
    wrong = replace(connection, refresh_token=DEMO_NA.refresh_token)
    sentence = "The seller account does not sell on marketplace SE (A2NODRKZP88ZB9)."
    assert refusal(wrong) == sentence


def test_a_store_stays_with_its_marketplace_and_seller(connection):
    connect_store(connection)
    sentence = (
        "Store 'Amazon SE' exists with another seller account or marketplace, "
        "which cannot be changed afterwards."
    )
    assert refusal(replace(connection, country_code="DE")) == sentence
    assert refusal(replace(connection, seller_id="ANOTHER")) == sentence


def test_a_marketplace_is_connected_once(connection):
    connect_store(connection)
    assert refusal(replace(connection, name="Sweden", poll_interval=5)) == (
        "Marketplace SE of this seller account is connected already, as store 'Amazon SE'."
    )


def test_secrets_are_not_in_the_repr(connection):
    assert DEMO_EU.client_secret not in repr(connection)
    assert DEMO_EU.refresh_token not in repr(connection)
