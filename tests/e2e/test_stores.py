"""Connecting a store through the form, the cards, the dashboard, and a store's settings."""

import pytest
from playwright.sync_api import expect

from channels.models import AmazonStore, SellerAccount
from channels.sandbox.invent import Draft
from channels.sandbox.sellers import DEMO_EU
from channels.services.sales import count_sales
from tests import portal
from tests.e2e.conftest import fits, follow

STORES = "/admin/channels/amazonstore/"


def fill(page, sandbox, **other):
    values = {
        "Store name": "Amazon SE",
        "Seller id": DEMO_EU.seller_id,
        "LWA client id": DEMO_EU.client_id,
        "LWA client secret": DEMO_EU.client_secret,
        "Refresh token": DEMO_EU.refresh_token,
        "SP-API endpoint": sandbox.url,
        "LWA endpoint": sandbox.url,
        **other,
    }
    if not page.get_by_label("LWA endpoint").is_visible():
        page.locator("summary", has_text="Another address").click()
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Marketplace").select_option("SE")
    follow(page, page.get_by_role("button", name="Test and connect"))


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("LWA client secret", "The LWA client id or client secret is wrong."),
        ("Refresh token", "The refresh token is wrong, revoked, or made for another client id."),
    ],
)
def test_what_is_wrong_is_named_then_the_right_one_connects(
    logged_in, sandbox, java_script, field, told
):
    page = logged_in(STORES, java_script=java_script)
    follow(page, page.get_by_role("link", name="Connect an Amazon store"))
    fill(page, sandbox, **{field: "mistaken"})

    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.get_by_label("Store name")).to_have_value("Amazon SE")
    expect(page.get_by_label("LWA client secret")).to_have_value("")
    expect(page.get_by_label("Refresh token")).to_have_value("")
    assert SellerAccount.objects.count() == 0

    fill(page, sandbox)
    expect(page.get_by_text("Store Amazon SE is connected.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Amazon SE")
    assert AmazonStore.objects.get().account.credentials["client_secret"] == DEMO_EU.client_secret


@pytest.fixture
def two_stores(shop):
    """Amazon SE with an order that was added up, Amazon DE without any."""
    german = portal.connect(shop.sandbox, name="Amazon DE", country_code="DE")
    shop.order(Draft())
    count_sales()
    return german


def card(page, name):
    return page.get_by_role("article", name=name)


def test_a_card_leads_to_the_dashboard_and_the_dashboard_to_everything_else(
    logged_in, two_stores, java_script
):
    page = logged_in(STORES, java_script=java_script)
    expect(card(page, "Amazon DE")).to_contain_text("Nothing sold in the last 30 days.")
    expect(card(page, "Amazon SE")).to_contain_text("30 days, 1 order")
    expect(card(page, "Amazon SE").locator("svg.spark")).to_be_visible()
    follow(page, card(page, "Amazon SE").get_by_role("link", name="View store Amazon SE"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Amazon SE")
    expect(page.get_by_role("img", name="Bars, one a day")).to_be_visible()
    assert fits(page.get_by_role("region", name="Recent orders"))
    page.locator("summary", has_text="The chart as a table").click()
    expect(page.locator("details table tbody tr")).to_have_count(30)
    expect(page.locator("details table tfoot")).to_contain_text("SEK")

    follow(
        page, page.get_by_role("navigation", name="Store").get_by_role("link", name="All orders")
    )
    expect(page.locator(".chip")).to_contain_text("Store: Amazon SE")


def test_a_store_is_switched_off_and_on_again(logged_in, two_stores, java_script):
    page = logged_in(STORES, java_script=java_script)
    follow(page, card(page, "Amazon DE").get_by_role("button", name="Deactivate"))
    expect(page.get_by_text("Amazon DE is inactive")).to_be_visible()
    expect(card(page, "Amazon DE")).to_contain_text("Inactive")

    follow(page, card(page, "Amazon DE").get_by_role("link", name="Amazon DE", exact=True))
    expect(page.get_by_text("Inactive: nothing is read from Amazon.")).to_be_visible()
    follow(page, page.get_by_role("button", name="Activate"))
    expect(page.get_by_text("Amazon DE is active")).to_be_visible()
    assert AmazonStore.objects.get(name="Amazon DE").active


def test_only_a_store_without_orders_is_deleted(logged_in, two_stores):
    page = logged_in(STORES)
    follow(page, card(page, "Amazon SE").get_by_role("link", name="Delete Amazon SE"))
    expect(page.get_by_text("Amazon SE has orders.")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)

    page.goto(STORES)
    follow(page, card(page, "Amazon DE").get_by_role("link", name="Delete Amazon DE"))
    expect(page.get_by_text("which has other stores")).to_be_visible()
    follow(page, page.get_by_role("button", name="Delete"))
    expect(page.get_by_text("Amazon DE is deleted.")).to_be_visible()
    assert [store.name for store in AmazonStore.objects.all()] == ["Amazon SE"]


def test_credentials_are_tested_and_renewed(logged_in, two_stores, java_script):
    page = logged_in(f"{STORES}{two_stores.pk}/", java_script=java_script)
    follow(page, page.get_by_role("link", name="Store integration settings"))
    follow(page, page.get_by_role("button", name="Test", exact=True))
    expect(page.get_by_text("Amazon lets this store in")).to_be_visible()

    page.get_by_label("Refresh token").fill("mistaken")
    follow(page, page.get_by_role("button", name="Test and renew"))
    expect(page.get_by_role("alert")).to_contain_text("The refresh token is wrong")
    expect(page.get_by_label("Refresh token")).to_have_value("")

    page.get_by_label("Refresh token").fill(DEMO_EU.refresh_token)
    follow(page, page.get_by_role("button", name="Test and renew"))
    expect(page.get_by_text("Amazon accepts the new credentials")).to_be_visible()
