"""Order settings in the browser: what depends on what, trying out, saving, who changed what."""

import pytest
from playwright.sync_api import expect

from channels.models import AmazonStore, ChannelOrder, OrderSettings
from channels.sandbox.invent import Draft
from channels.sandbox.records import AMAZON, Status
from tests.e2e.conftest import follow


@pytest.fixture
def settings_page(shop):
    """The path of the page; the store has two orders."""
    shop.order(Draft(), Draft(status=Status.SHIPPED, fulfilled_by=AMAZON))
    return f"/admin/channels/amazonstore/{AmazonStore.objects.get().pk}/order-settings/"


def test_try_out_then_save(logged_in, settings_page, java_script):
    page = logged_in(settings_page, java_script=java_script)
    page.get_by_label("FBA orders", exact=True).select_option("Do not create")
    page.get_by_label("Customer creation").select_option("Build New Customer Account")
    follow(page, page.get_by_role("button", name="Preview"))

    preview = page.get_by_role("region", name="Preview: nothing is saved yet")
    expect(preview).to_contain_text("Of the last 2 orders of this store")
    expect(preview.get_by_role("row", name="Created as Complete 1 0")).to_be_visible()
    expect(preview.get_by_role("row", name="No Commerce order 0 1")).to_be_visible()
    fba = ChannelOrder.objects.get(fulfilled_by="amazon")
    expect(preview).to_contain_text(fba.amazon_order_id)
    assert OrderSettings.objects.get().fba_orders == "create"

    expect(page.get_by_label("FBA orders", exact=True)).to_have_value("ignore")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved.")).to_be_visible()
    settings = OrderSettings.objects.get()
    assert (settings.fba_orders, settings.customer_creation) == ("ignore", "new")
    history = page.get_by_role("list").filter(
        has_text="FBA orders: Create as Complete → Do not create"
    )
    expect(history).to_contain_text("merchant")


def test_what_has_no_effect_is_disabled_at_once(logged_in, settings_page):
    page = logged_in(settings_page)
    status = page.get_by_label("Processing order status")
    expect(status).to_be_disabled()
    page.get_by_label("Order status", exact=True).select_option("Custom")
    expect(status).to_be_enabled()
    page.get_by_label("Import Amazon orders").select_option("Disabled")
    expect(status).to_be_disabled()
    expect(page.get_by_label("Unknown SKU")).to_be_disabled()
    follow(page, page.get_by_role("button", name="Save"))
    assert OrderSettings.objects.get().import_amazon_orders is False
    expect(page.get_by_label("Unknown SKU")).to_be_disabled()
