"""Every page through axe-core, in light, in dark and on a phone, and none scrolls sideways."""

import pytest

from channels.sandbox.invent import Draft
from orders.models import Product
from tests.e2e import axe, tour
from tests.e2e.conftest import address_page, commerce_page, follow

PARTS = 4  # of the tour: a machine that is busy may take a minute for one
STORES = "/admin/channels/amazonstore/"


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page(logged_in, shop, staff, client, part):
    paths = tour.addresses(shop, staff)
    page = logged_in()
    paths += tour.other_pages(client, paths)
    found = []
    for path in paths[part::PARTS]:
        page.goto(path)
        found += [f"{path}: {line}" for line in axe.found_on(page)]
    assert "\n".join(found) == ""


def test_what_stands_where_a_page_would(pages, logged_in):
    for open_page, way_back in ((logged_in, "Back to: Orders"), (pages.open, "Log in")):
        page = open_page("/nothing")
        page.get_by_role("link", name=way_back).wait_for()
        assert axe.found_on(page) == []
    pages.problems.clear()  # the two pages that are not there


def test_forms_that_were_refused(logged_in, shop):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"))
    page.get_by_role("button", name="Ship", exact=True).click()
    page.get_by_role("alert").first.wait_for()
    assert axe.found_on(page) == []

    page.goto(address_page(order))
    page.get_by_label("Country code").fill("Sweden")
    page.get_by_role("button", name="Save address").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.found_on(page) == []

    page.goto(f"{STORES}{order.store_id}/order-settings/")
    page.get_by_label("Order status", exact=True).select_option("Custom")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.found_on(page) == []
    page.get_by_label("Order status", exact=True).select_option("Default (Pending)")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("region", name="Preview").wait_for()
    assert axe.found_on(page) == []

    page.goto(f"{STORES}add/")
    page.evaluate("document.querySelector('form.panel').noValidate = true")
    page.get_by_role("button", name="Test and connect").click()
    page.get_by_role("alert").first.wait_for()
    assert axe.found_on(page) == []


def test_importing_products(logged_in):
    Product.objects.create(sku="MUG")
    page = logged_in("/admin/orders/product/import/")
    content = "sku,name,quantity\nMUG,Blå mugg,5\nCUP,,1\nJUG,,x\n".encode("cp1252")
    file = {"name": "products.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("CSV file").set_input_files(file)
    for button in ("Preview", "Apply 2 rows"):
        follow(page, page.get_by_role("button", name=button))
        assert axe.found_on(page) == []


def test_the_menu_of_the_user(logged_in):
    page = logged_in(STORES)
    page.locator(".user-menu summary").click()
    assert axe.found_on(page) == []


def test_the_login_page(pages, transactional_db):
    assert axe.found_on(pages.open("/admin/login/")) == []


def test_the_checker_finds_what_is_wrong(pages, transactional_db):
    page = pages.open("/admin/login/")
    page.evaluate("document.querySelector('label[for=id_username]').remove()")
    page.evaluate("document.body.style.width = '2000px'")
    assert [line.split(":")[0] for line in axe.found_on(page)] == [
        "label",
        "wider than 390",
        "wider than 1280",
    ]
