"""Packing slips, pick lists and exports as staff download them."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Buyer
from orders.services.holding import hold_order
from tests.channels.papers.reading import text
from tests.e2e import axe
from tests.e2e.conftest import choose, commerce_page, download, follow

ORDERS = "/admin/channels/channelorder/"
ANNA = Buyer(name="Anna O'Brien-Öberg", email="k3v9x@marketplace.amazon.se")
DRAFTS = (
    Draft(buyer=ANNA, lines=(Line(sku="KET-12", quantity=2, gift_message="Grattis, 田中!"),)),
    Draft(lines=(Line(sku="KET-12"), Line(sku="MUG-3"))),
    Draft(),
)


@pytest.fixture
def orders(shop):
    """A gift, an order of two items, and one that is on hold."""
    found = shop.order(*DRAFTS)
    hold_order(order_id=found[2].commerce_order_id, reason="fraud?")
    return found


def content(file):
    return Path(file.path()).read_bytes()


def test_slips_of_a_selection(logged_in, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    choose(page, "Packing slips", *orders)
    expect(page.get_by_text("2 orders are ready to be packed.")).to_be_visible()
    expect(page.get_by_role("heading", name="1 order is left out")).to_be_visible()
    expect(page.get_by_role("row", name=orders[2].amazon_order_id)).to_contain_text("fraud?")

    page.get_by_label("With prices").check()
    file = download(page, "Download PDF")
    assert file.suggested_filename.startswith("packing-slips-")
    found = text(content(file))
    assert orders[0].amazon_order_id in found
    assert orders[1].amazon_order_id in found
    assert orders[2].amazon_order_id not in found
    assert "Grattis, 田中!" in found

    page.get_by_label("Print the orders that are left out, too").check()
    found = text(content(download(page, "Download PDF")))
    assert orders[2].amazon_order_id in found
    assert "Reprint 1" in found


def test_a_pick_list(logged_in, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    choose(page, "Pick list", *orders[:2])
    file = download(page, "Download PDF")
    assert file.suggested_filename.startswith("pick-list-")
    found = text(content(file))
    assert "4 units · 2 orders" in found
    assert f"{orders[0].commerce_order.number} × 2" in found


def test_the_slip_of_a_commerce_order(logged_in, orders, java_script):
    page = logged_in(commerce_page(orders[1]), java_script=java_script)
    follow(page, page.get_by_role("link", name="Packing slip"))
    assert orders[1].commerce_order.number in text(content(download(page, "Download PDF")))


def test_the_filtered_list_as_csv(logged_in, orders, java_script):
    page = logged_in(f"{ORDERS}?q=MUG-3", java_script=java_script)
    follow(page, page.get_by_role("link", name="Export", exact=True))
    page.get_by_label("Format").select_option("CSV (UTF-8)")
    page.get_by_label("SKUs").check()
    page.get_by_label("Order notes").uncheck()
    file = download(page, "Download")
    assert file.suggested_filename.endswith(".csv")
    rows = list(csv.reader(io.StringIO(content(file).decode("utf-8-sig"))))
    assert len(rows) == 2
    row = dict(zip(*rows, strict=True))
    assert row["Order number"] == orders[1].amazon_order_id
    assert row["SKUs"] == "KET-12; MUG-3"
    assert "Order notes" not in row


def test_a_selection_as_excel(logged_in, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    choose(page, "Export", orders[0], orders[2])
    file = download(page, "Download")
    sheet = openpyxl.load_workbook(io.BytesIO(content(file)))["Orders"]
    head, *rows = sheet.iter_rows(values_only=True)
    at = head.index("Order number")
    assert {row[at] for row in rows} == {orders[0].amazon_order_id, orders[2].amazon_order_id}
    assert "Anna O'Brien-Öberg" in str(rows)


def test_the_questions_can_be_read_by_everybody(logged_in, orders):
    page = logged_in(ORDERS)
    for action in ("Packing slips", "Pick list", "Export"):
        choose(page, action, *orders)
        assert axe.found_on(page) == []
        page.goto(ORDERS)
