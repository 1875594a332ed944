"""Choosing a language, before and after logging in; the pages in Swedish fit and are accessible."""

import pytest
from playwright.sync_api import expect

from channels.sandbox.invent import Draft
from tests.e2e import axe
from tests.e2e.conftest import SIZE, commerce_page, follow, order_page

ORDERS = "/admin/channels/channelorder/"
PHONE = {"width": 390, "height": 844}


def test_the_language_is_chosen_in_the_header(logged_in, shop, java_script):
    shop.order(Draft())
    page = logged_in(ORDERS, java_script=java_script)
    follow(page, page.get_by_role("button", name="Svenska"))
    expect(page).to_have_url(page.url.split("/admin")[0] + ORDERS)
    expect(page.get_by_role("heading", name="Ordrar")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.goto("/admin/orders/product/")  # it is remembered
    expect(page.get_by_role("heading", name="Produkter")).to_be_visible()
    follow(page, page.get_by_role("button", name="English"))
    expect(page.get_by_role("heading", name="Products")).to_be_visible()


def test_the_language_is_chosen_before_logging_in(pages, staff):
    page = pages.open("/admin/login/")
    brand, button = page.locator("#site-name"), page.get_by_role("button", name="Svenska")
    box, other = brand.bounding_box(), button.bounding_box()
    assert other["x"] - (box["x"] + box["width"]) >= 8  # beside it, not upon it
    assert abs(other["y"] + other["height"] / 2 - box["y"] - box["height"] / 2) < 2
    follow(page, button)
    expect(page.get_by_role("button", name="Logga in")).to_be_visible()


@pytest.mark.parametrize(
    ("dark", "size"),
    [(False, SIZE), (True, SIZE), (False, PHONE)],
    ids=["light", "dark", "phone"],
)
def test_swedish_pages(logged_in, shop, dark, size):
    order = shop.order(Draft())
    page = logged_in(ORDERS, dark=dark, size=size)
    follow(page, page.get_by_role("button", name="Svenska"))
    store = f"/admin/channels/amazonstore/{order.store_id}"
    for path in (
        ORDERS,
        f"{ORDERS}ship/",
        f"{ORDERS}export/",
        order_page(order),
        commerce_page(order),
        commerce_page(order, "ship"),
        "/admin/channels/amazonstore/",
        f"{store}/",
        f"{store}/order-settings/",
        "/admin/channels/communicationerror/",
        "/admin/channels/saleschannelsettings/",
    ):
        page.goto(path)
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
