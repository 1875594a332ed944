"""Store integration settings: saving, testing, renewing; nothing secret comes back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.amazon.usage_plan import GET_MARKETPLACE_PARTICIPATIONS
from channels.models import AmazonStore, OrderSettings, OrderSettingsChange, SellerAccount
from channels.sandbox.sellers import DEMO_EU
from channels.services import errors_log, quota
from channels.services.integration import (
    NewCredentials,
    change_integration,
    renew_credentials,
)
from customers.models import CommerceStore
from tests import factories, portal
from tests.snapshot import everything
from tests.staff import staff, statements, superuser

pytestmark = pytest.mark.django_db

VIEW, CHANGE = "channels.view_amazonstore", "channels.change_amazonstore"
CREDENTIALS = "channels.change_selleraccount"
LONG_AGO = timezone.now() - timedelta(days=300)


def page_of(store):
    return reverse("admin:channels_amazonstore_change", args=[store.pk])


def post(store, do, client=None, **data):
    client = client or staff(VIEW, CHANGE, CREDENTIALS)
    return client.post(page_of(store), {"do": do, **data}, follow=True)


def said(response):
    return response.content.decode()


@pytest.fixture
def connected(sandbox):
    """A store that works, authorized long ago."""
    store = portal.connect(sandbox)
    SellerAccount.objects.update(authorized_at=LONG_AGO)
    return AmazonStore.objects.select_related("account").get(pk=store.pk)


def account():
    return SellerAccount.objects.get()


# Looking


def test_the_page_shows_the_account_and_none_of_its_secrets():
    store = factories.amazon_store(country="SE", name="Amazon SE")
    for client in (superuser(), staff(VIEW)):
        text = said(client.get(page_of(store)))
        for told in ("Sweden (SE)", "Cannot be changed", store.account.seller_id,
                     "sellingpartnerapi-eu.amazon.com", "Lapses"):  # fmt: skip
            assert told in text
        for secret in store.account.credentials.values():
            assert secret not in text


def test_who_may_only_look_has_no_buttons_and_cannot_post():
    store = factories.amazon_store()
    client = staff(VIEW)
    text = said(client.get(page_of(store)))
    assert "<button" not in text.split("<main")[1]
    before = everything()
    for do in ("save", "test", "renew", ""):
        assert client.post(page_of(store), {"do": do, "name": "x"}).status_code == 403
    assert everything() == before
    assert staff().get(page_of(store)).status_code == 403


@pytest.mark.parametrize(
    ("permission", "refused"), [(CHANGE, ["renew"]), (CREDENTIALS, ["save", "test", ""])]
)
def test_credentials_have_a_permission_of_their_own(permission, refused):
    store = factories.amazon_store()
    client = staff(VIEW, permission)
    text = said(client.get(page_of(store)))
    for do in ("save", "test", "renew"):
        assert (f'value="{do}"' in text) is (do not in refused)
    before = everything()
    for do in refused:
        assert client.post(page_of(store), {"do": do, "name": "x"}).status_code == 403
    assert everything() == before


def test_the_page_costs_the_same_with_many_commerce_stores():
    store = factories.amazon_store()
    client = superuser()
    client.get(page_of(store))
    one = statements(client, page_of(store))
    for number in range(5):
        factories.commerce_store(f"c{number}")
    assert statements(client, page_of(store)) == one


# Saving


def save(store, client=None, **changes):
    values = {
        "name": store.name,
        "commerce_store": store.commerce_store_id,
        "poll_interval": store.account.poll_interval,
    }
    return post(store, "save", client, **values | changes)


def test_name_and_poll_interval_are_saved():
    store = factories.amazon_store()
    assert "Saved." in said(save(store, name=" Nordic ", poll_interval=600))
    assert (AmazonStore.objects.get().name, account().poll_interval) == ("Nordic", 600)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"name": "Taken"}, "Amazon store with this Name already exists."),
        ({"poll_interval": 4}, "greater than or equal to 5"),
        ({"poll_interval": 86_401}, "less than or equal to 86400"),
        ({"poll_interval": "soon"}, "Enter a whole number."),
        ({"commerce_store": 0}, "Select a valid choice."),
        ({"commerce_store": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(changes, told):
    factories.amazon_store(name="Taken")
    store = factories.amazon_store(name="Mine")
    client = staff(VIEW, CHANGE)
    client.get(page_of(store))
    before = everything()
    text = said(save(store, client, **changes))
    assert told in text
    assert "Store integration settings of Mine" in text
    assert everything() == before


def test_the_marketplace_and_the_account_cannot_be_changed():
    store = factories.amazon_store(country="SE")
    other = factories.amazon_store(country="DE")
    save(store, marketplace_id=other.marketplace_id, account=other.account_id, active="")
    found = AmazonStore.objects.get(pk=store.pk)
    assert found.marketplace_id == store.marketplace_id
    assert (found.account_id, found.active) == (store.account_id, True)


def test_order_settings_that_import_into_the_stores_own_follow():
    store, new = factories.amazon_store(), factories.commerce_store("new")
    save(store, commerce_store=new.pk)
    assert AmazonStore.objects.get().commerce_store == new
    assert OrderSettings.objects.get().commerce_store == new
    change = OrderSettingsChange.objects.get()
    assert change.changes == {"commerce_store": ["main", "new"]}
    assert change.user_name.startswith("staff-")
    save(AmazonStore.objects.get(), commerce_store=new.pk)  # saved again
    assert OrderSettingsChange.objects.count() == 1


def test_order_settings_that_import_elsewhere_stay():
    store, elsewhere = factories.amazon_store(), factories.commerce_store("elsewhere")
    OrderSettings.objects.update(commerce_store=elsewhere)
    save(store, commerce_store=factories.commerce_store("new").pk)
    assert OrderSettings.objects.get().commerce_store == elsewhere
    assert OrderSettingsChange.objects.count() == 0


def test_a_name_taken_meanwhile_is_refused_by_the_database():
    store, other = factories.amazon_store(name="A"), factories.amazon_store(name="B")
    with pytest.raises(Exception, match=r"(?i)unique"):
        change_integration(
            store.pk,
            name=other.name,
            commerce_store=CommerceStore.objects.get(),
            poll_interval=60,
            user="",
        )


# Testing


def break_it(**credentials):
    row = account()
    row.credentials = {**row.credentials, **credentials}
    row.save()


def test_a_test_that_succeeds_ends_what_was_wrong(connected):
    SellerAccount.objects.update(problem="revoked", problem_at=LONG_AGO)
    errors_log.log_error(
        account(), operation="LWA token", code="x", message="x", now=timezone.now()
    )
    assert "Amazon lets this store in" in said(post(connected, "test"))
    row = account()
    assert (row.problem, row.problem_at, row.authorized_at) == ("", None, LONG_AGO)
    assert not row.communication_errors.filter(resolved_at=None).exists()
    assert row.cursor.due_at <= timezone.now()


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ({"client_id": "amzn1.mistaken"}, "The LWA client id or client secret is wrong."),
        ({"client_secret": "mistaken"}, "The LWA client id or client secret is wrong."),
        ({"refresh_token": "mistaken"}, "The refresh token is wrong, revoked, or made for another"),
    ],
)
def test_a_test_names_what_is_wrong(connected, credentials, told):
    break_it(**credentials)
    text = said(post(connected, "test"))
    assert told in text
    assert "mistaken" not in text.replace("amzn1.mistaken", "")


def test_a_test_names_the_marketplace(connected):
    AmazonStore.objects.update(marketplace_id="A1VC38T7YXB528")
    text = said(post(connected, "test"))
    assert "The seller account does not sell on marketplace JP" in text


def test_a_test_never_trusts_a_token_of_before(connected):
    portal.poll()  # its token is kept
    break_it(client_secret="mistaken")
    assert "client secret is wrong" in said(post(connected, "test"))


def test_amazon_cannot_be_reached():
    store = factories.amazon_store(
        account=factories.seller_account(
            endpoint="http://127.0.0.1:1", lwa_endpoint="http://127.0.0.1:1"
        )
    )
    assert "Amazon could not be reached." in said(post(store, "test"))


def test_testing_again_and_again_waits_for_the_quota(connected):
    for _ in range(15):
        quota.take(connected.account, GET_MARKETPLACE_PARTICIPATIONS, interactive=True)
    text = said(post(connected, "test"))
    assert "Amazon&#x27;s quota is used up" in text


# Renewing


def stored():
    return account().credentials


def test_a_new_refresh_token_begins_a_new_year(connected):
    SellerAccount.objects.update(problem="revoked", problem_at=LONG_AGO)
    before = stored()
    break_it(refresh_token="an old one")
    text = said(post(connected, "renew", refresh_token=f" {DEMO_EU.refresh_token} "))
    assert "Amazon accepts the new credentials" in text
    assert (stored(), account().problem) == (before, "")
    assert account().authorized_at > LONG_AGO


def test_another_secret_renews_no_authorization(connected):
    break_it(client_secret="an old one")
    post(connected, "renew", client_secret=DEMO_EU.client_secret)
    assert stored()["client_secret"] == DEMO_EU.client_secret
    assert account().authorized_at == LONG_AGO


def test_what_somebody_else_renewed_meanwhile_stays(connected):
    break_it(refresh_token="somebody else's")
    renew_credentials(connected, NewCredentials(client_secret=DEMO_EU.client_secret))
    assert stored()["refresh_token"] == "somebody else's"
    assert account().authorized_at == LONG_AGO


@pytest.mark.parametrize("field", ["client_id", "client_secret", "refresh_token"])
def test_what_amazon_refuses_is_not_kept_and_not_repeated(connected, field):
    client = staff(VIEW, CREDENTIALS)
    client.get(page_of(connected))
    before = everything()
    text = said(post(connected, "renew", client, **{field: "mistaken"}))
    assert "is wrong" in text
    assert everything() == before
    if field != "client_id":
        assert "mistaken" not in text


def test_nothing_was_pasted(connected):
    text = said(post(connected, "renew", client_id=" "))
    assert "Paste what is new: at least one of the three." in text


def test_nonsense_does_nothing(connected):
    client = staff(VIEW, CHANGE)
    client.get(page_of(connected))
    before = everything()
    assert post(connected, "explode", client).status_code == 200
    assert everything() == before
