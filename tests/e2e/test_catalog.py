"""Products: counting stock, CSV out and in again, mapping a Seller SKU, as staff do it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from orders.models import Product
from orders.services.catalog import ProductChange, change_product
from tests import factories
from tests.e2e.conftest import follow

PRODUCTS = "/admin/orders/product/"


@pytest.fixture
def mugs(transactional_db):
    """Ten mugs and an order of three."""
    product = factories.product("MUG", quantity=10)
    factories.placed_order(items=[factories.item("MUG", quantity=3)])
    return product


def preview(page, content):
    file = {"name": "products.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("CSV file").set_input_files(file)
    follow(page, page.get_by_role("button", name="Preview"))


def rows(page, heading):
    """The cells of the table below a heading."""
    table = page.locator(f"h2:text-is('{heading}') + .scroll tbody tr")
    return [row.locator("td").all_inner_texts() for row in table.all()]


def test_from_the_preview_to_what_was_done(logged_in, mugs, java_script):
    page = logged_in(PRODUCTS, java_script=java_script)
    follow(page, page.get_by_role("link", name="Import CSV"))
    preview(page, b"sku;quantity;enabled\nMUG;2;no\nCUP;4;\nJUG;1.000;maybe\n")

    assert rows(page, "Changed") == [
        ["2", "MUG", "enabled", "yes", "no"],
        ["2", "MUG", "quantity", "10", "2"],
    ]
    assert rows(page, "New") == [["3", "CUP", "quantity: 4"]]
    wrong = ["4", "JUG", "quantity: '1.000' is not a whole number. enabled: 'maybe' is not yes"]
    assert rows(page, "Wrong, left out") == [[*wrong[:2], f"{wrong[2]} or no."]]

    follow(page, page.get_by_role("button", name="Apply 2 rows"))
    expect(page.get_by_role("status")).to_have_text("Added: 1. Changed: 1. Left out: 1.")
    assert len(rows(page, "Wrong, left out")) == 1
    follow(page, page.locator("section").get_by_role("link", name="Products"))
    expect(page.get_by_text("Oversold by 1")).to_be_visible()


def test_what_changed_after_the_preview_is_left_out(logged_in, mugs, java_script):
    page = logged_in(f"{PRODUCTS}import/", java_script=java_script)
    preview(page, b"sku,quantity\nMUG,2\n")
    change_product(ProductChange(sku="MUG", quantity=7))
    follow(page, page.get_by_role("button", name="Apply 1 row"))
    expect(page.get_by_role("heading", name="changed since the preview")).to_be_visible()
    assert Product.objects.get().quantity == 7


def test_an_export_read_back_changes_nothing(logged_in, mugs, java_script):
    change_product(ProductChange(sku="=1+1", name="@ Ö"))
    page = logged_in(PRODUCTS, java_script=java_script)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    content = Path(download.value.path()).read_bytes()
    assert "'=1+1,'@ Ö,yes,no,0,0,0" in content.decode("utf-8-sig")

    page.goto(f"{PRODUCTS}import/")
    preview(page, content)
    expect(page.get_by_text("There is nothing to apply.")).to_be_visible()


def test_a_file_that_cannot_be_read(logged_in, transactional_db, java_script):
    page = logged_in(f"{PRODUCTS}import/", java_script=java_script)
    preview(page, b"sku,colour\nMUG,red\n")
    expect(page.get_by_role("alert")).to_contain_text("there is no column 'colour'")


def test_counting_stock_explains_itself(logged_in, mugs, java_script):
    page = logged_in(f"{PRODUCTS}{mugs.pk}/change/", java_script=java_script)
    page.get_by_label("Quantity").fill("2")
    follow(page, page.get_by_role("button", name="Save and continue editing"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Oversold by 1")
    assert [row[1:] for row in rows(page, "Stock movements")] == [
        ["Set by hand", "merchant", "-8", "2"],
        ["Set by hand", "–", "+10", "10"],
    ]
    assert [row[1:] for row in rows(page, "Reservations")] == [
        ["Order placed", "000000001", "-3", "-3"]
    ]
    follow(page, page.get_by_role("link", name="000000001").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("000000001")


def test_mapping_a_seller_sku_from_the_product(logged_in, mugs, java_script):
    page = logged_in(f"{PRODUCTS}{mugs.pk}/change/", java_script=java_script)
    follow(page, page.get_by_role("link", name="Map an Amazon Seller SKU"))
    expect(page.get_by_label("SKU of the product")).to_have_value("MUG")
    page.get_by_label("Amazon store").select_option(index=1)
    page.get_by_label("Amazon Seller SKU").fill("AMZ-MUG")
    follow(page, page.get_by_role("button", name="Save", exact=True))

    page.goto(f"{PRODUCTS}{mugs.pk}/change/")
    assert [row[1] for row in rows(page, "Amazon Seller SKUs")] == ["AMZ-MUG"]
