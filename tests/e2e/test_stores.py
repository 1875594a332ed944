"""Connecting a store through the form, and the list."""

import pytest
from playwright.sync_api import expect

from channels.models import AmazonStore, SellerAccount
from channels.sandbox.sellers import DEMO_EU
from tests import portal
from tests.e2e.conftest import follow

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
    expect(page.get_by_role("heading", level=1)).to_have_text("Amazon SE")
    assert AmazonStore.objects.get().account.credentials["client_secret"] == DEMO_EU.client_secret


def test_the_list_leads_to_the_orders_of_a_store(logged_in, shop):
    portal.connect(shop.sandbox, name="Amazon DE", country_code="DE")
    page = logged_in(STORES)
    follow(page, page.get_by_role("row", name="Amazon DE").get_by_role("link", name="View orders"))
    expect(page.locator(".chip")).to_contain_text("Store: Amazon DE")
