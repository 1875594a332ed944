"""Amazon stores in the admin: connecting, cards, activation, deleting; and the errors log."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone

from channels.admin.store_cards import PER_PAGE
from channels.amazon.marketplaces import MARKETPLACES
from channels.models import (
    AmazonStore,
    CommunicationError,
    SellerAccount,
    SyncCursor,
    SyncRun,
)
from channels.sandbox.sellers import DEMO_EU
from channels.services.sales import count_sales, sales_changed
from tests import factories
from tests.snapshot import everything
from tests.staff import orders_tab, staff, statements, superuser

pytestmark = pytest.mark.django_db

STORES = reverse("admin:channels_amazonstore_changelist")
CONNECT = reverse("admin:channels_amazonstore_add")
VIEW, CHANGE, ADD, DELETE = (
    f"channels.{verb}_amazonstore" for verb in ("view", "change", "add", "delete")
)


def page_of(store):
    return path_of(store, "change")


def dashboard_of(store):
    return path_of(store, "dashboard")


def path_of(store, name):
    return reverse(f"admin:channels_amazonstore_{name}", args=[store.pk])


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
    assert (response.status_code, response.url) == (302, dashboard_of(store))
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
    text = "".join(
        client.get(path).content.decode() for path in (STORES, page_of(store), dashboard_of(store))
    )
    for secret in store.account.credentials.values():
        assert secret not in text


# The cards


def with_cursor(**values):
    store = factories.amazon_store(**values)
    SyncCursor.objects.get_or_create(account=store.account, defaults={"watermark": timezone.now()})
    return store


def cards(client, page=1):
    """The cards of a page, top down, by the name of the store."""
    found = client.get(f"{STORES}?page={page}").context["cards"]
    return {card["store"].name: card for card in found}


def test_a_card_says_what_the_store_is_and_how_it_does():
    store = with_cursor(country="DE", name="Amazon DE", store=factories.commerce_store("de"))
    now = timezone.now()
    SyncCursor.objects.update(last_success_at=now - timedelta(minutes=5))
    factories.channel_order(
        store=store, purchase_date=now, currency="EUR", grand_total=Decimal("1234.5")
    )
    sales_changed([(store.pk, now)])
    count_sales()

    text = superuser().get(STORES).content.decode()

    for told in ("Amazon DE", "Germany", "Active", "flags/DE.svg", "1,234.50 EUR",
                 "30 days, 1 order", "5\xa0minutes ago", "No order needs attention."):  # fmt: skip
        assert told in text
    assert f'href="{dashboard_of(store)}"' in text


@pytest.mark.parametrize("marketplace", MARKETPLACES, ids=lambda m: m.country_code)
def test_every_marketplace_has_its_flag(marketplace):
    assert finders.find(f"portal/flags/{marketplace.country_code}.svg")


def test_a_marketplace_nobody_knows_has_a_card_without_a_flag():
    store = with_cursor(name="Odd")
    AmazonStore.objects.filter(pk=store.pk).update(marketplace_id="A0UNKNOWN")
    client = superuser()
    assert "A0UNKNOWN" in client.get(STORES).content.decode()
    assert client.get(dashboard_of(store)).status_code == 200
    assert client.get(page_of(store)).status_code == 200


def test_stores_with_a_problem_come_first_with_what_to_do():
    with_cursor(name="A")
    broken = with_cursor(name="B", account=factories.seller_account(problem="revoked <b>"))
    client = superuser()
    assert list(cards(client)) == ["B", "A"]
    text = client.get(STORES).content.decode()
    assert "Amazon refuses this seller account: revoked &lt;b&gt;" in text
    assert f'href="{page_of(broken)}">Renew the credentials</a>' in text
    assert "Renew the credentials" not in staff(VIEW).get(STORES).content.decode()


def test_every_page_says_which_accounts_cannot_be_read():
    """Once for all stores of an account, to everybody; the link is for those who may follow it."""
    revoked = factories.seller_account(problem="revoked <b>")
    first, _second, off = (
        factories.amazon_store(name=name, account=revoked, country=country)
        for name, country in (("A", "SE"), ("B", "DE"), ("C", "FR"))
    )
    AmazonStore.objects.filter(pk=off.pk).update(active=False)
    lapsed = factories.seller_account(authorized_at=timezone.now() - timedelta(days=366))
    factories.amazon_store(name="D", account=lapsed)
    factories.amazon_store(name="Well")
    for client in (superuser(), staff("orders.view_product")):
        text = client.get(reverse("admin:index")).content.decode()
        assert "Amazon stores A, B cannot be read" in text
        assert "Amazon refuses this seller account: revoked &lt;b&gt;" in text
        assert "Amazon store D cannot be read" in text
        assert "The yearly authorization lapsed on" in text
    assert page_of(first) not in text
    assert f'href="{page_of(first)}"' in staff(VIEW).get(STORES).content.decode()


def test_accounts_that_cannot_be_read_cost_no_statement():
    client = superuser()
    pages = (orders_tab(), reverse("admin:orders_product_changelist"))
    factories.amazon_store()
    before = [statements(client, page) for page in pages for _ in range(2)][1::2]
    factories.amazon_store(account=factories.seller_account(problem="revoked"))
    assert [statements(client, page) for page in pages] == before


def test_counts_lead_to_the_orders_they_count():
    store, other = with_cursor(), with_cursor()
    held = [
        factories.channel_order(store=store, placement="held", hold_reason="total")
        for _ in range(2)
    ]
    late = factories.channel_order(store=store, ship_by=timezone.now() - timedelta(hours=1))
    factories.channel_order(store=other, ship_by=timezone.now() - timedelta(hours=1))
    package = factories.package(order=factories.placed_order(store=store).commerce_order)
    refused = factories.outbox_message(package=package, state="refused")
    factories.outbox_message(
        package=factories.package(order=factories.placed_order(store=other).commerce_order),
        state="refused",
    )
    client = superuser()

    links = dict(cards(client)[store.name]["attention"])

    assert list(links) == ["2 cannot be imported", "1 late", "1 package not confirmed"]
    shown = [number_of(client, url) for url in list(links.values())[:2]]
    assert shown == [{o.amazon_order_id for o in held}, {late.amazon_order_id}]
    listed = client.get(links["1 package not confirmed"]).context["cl"].result_list
    assert [message.pk for message in listed] == [refused.pk]


def number_of(client, url):
    """The order numbers of the Orders tab behind a link."""
    return {order.amazon_order_id for order in client.get(url).context["cl"].result_list}


def test_counts_are_no_links_for_who_may_not_see_the_lists():
    store = with_cursor()
    factories.channel_order(store=store, placement="held", hold_reason="total")
    assert cards(staff(VIEW))[store.name]["attention"] == [("1 cannot be imported", "")]


def test_twenty_stores_cost_as_many_statements_as_one():
    client = superuser()
    with_cursor()
    client.get(STORES)
    one = statements(client, STORES)
    for number in range(19):
        store = with_cursor(account=factories.seller_account(problem="x" if number % 2 else ""))
        factories.channel_order(store=store, placement="held", hold_reason="total")
        sales_changed([(store.pk, timezone.now())])
    count_sales()
    assert statements(client, STORES) == one


def test_more_stores_than_a_page_shows():
    for number in range(PER_PAGE + 1):
        with_cursor(name=f"S{number:02d}")
    client = superuser()
    assert len(cards(client)) == PER_PAGE
    assert list(cards(client, page=2)) == [f"S{PER_PAGE:02d}"]
    for nonsense in ("0", "99", "x", ""):
        assert client.get(f"{STORES}?page={nonsense}").status_code == 200


def test_no_store_yet():
    assert "No store is connected yet." in superuser().get(STORES).content.decode()


def test_the_cards_need_the_permission():
    assert staff().get(STORES).status_code == 403
    assert staff("channels.view_channelorder").get(STORES).status_code == 403
    assert superuser().post(STORES, {"action": "delete_selected"}).status_code == 405


# Switching on and off


@pytest.mark.parametrize(("back", "url"), [("list", STORES), ("dashboard", None)])
def test_deactivate_and_activate(back, url):
    store = with_cursor()
    deactivate, activate = (path_of(store, verb) for verb in ("deactivate", "activate"))
    for _ in range(2):  # a double click
        response = staff(VIEW, CHANGE).post(deactivate, {"back": back})
        assert (response.status_code, response.url) == (302, url or dashboard_of(store))
        assert not AmazonStore.objects.get().active
    for _ in range(2):
        staff(VIEW, CHANGE).post(activate, {"back": back})
        assert AmazonStore.objects.get().active


def test_switching_needs_the_permission_and_a_post():
    store = with_cursor()
    for verb in ("deactivate", "activate"):
        assert staff(VIEW, DELETE).post(path_of(store, verb)).status_code == 403
        assert superuser().get(path_of(store, verb)).status_code == 405
        assert superuser().post(path_of(store, verb).replace(str(store.pk), "0")).status_code == 404
    assert AmazonStore.objects.get().active
    buttons = staff(VIEW).get(STORES).content.decode()
    assert "Deactivate" not in buttons
    assert "Delete" not in buttons


# Deleting


def test_a_store_without_orders_is_deleted_after_a_question():
    store = with_cursor(name="Amazon SE")
    path, client = path_of(store, "delete"), staff(VIEW, DELETE)
    asked = client.get(path).content.decode()
    assert "this is its last store" in asked
    assert AmazonStore.objects.count() == 1

    response = client.post(path, follow=True)
    assert "Amazon SE is deleted." in response.content.decode()
    assert (AmazonStore.objects.count(), SellerAccount.objects.count()) == (0, 0)
    assert client.post(path).status_code == 404  # a double click


def test_a_store_with_orders_says_why_not_and_offers_to_deactivate():
    store = with_cursor(name="Amazon SE")
    factories.channel_order(store=store)
    path, client = path_of(store, "delete"), staff(VIEW, CHANGE, DELETE)
    text = client.get(path).content.decode()
    assert "Amazon SE has orders." in text
    assert f'action="{path_of(store, "deactivate")}"' in text
    assert "Will be deleted" not in text

    response = client.post(path, follow=True)
    assert "A store that has orders cannot be deleted." in response.content.decode()
    assert AmazonStore.objects.count() == 1


def test_deleting_needs_the_permission():
    store = with_cursor()
    client = staff(VIEW, CHANGE)
    assert client.get(path_of(store, "delete")).status_code == 403
    assert client.post(path_of(store, "delete")).status_code == 403
    assert AmazonStore.objects.count() == 1


@pytest.mark.parametrize("name", ["x", "_31", "0", "9" * 30])
@pytest.mark.parametrize("page", ["change", "delete", "activate", "order-settings"])
def test_there_is_no_such_store(page, name):
    with_cursor()
    post = superuser().post(f"{STORES}{name}/{page}/", {"do": "save"}, follow=True)
    assert post.status_code == 404


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
