"""Correcting an address, as staff do it."""

from dataclasses import replace

from playwright.sync_api import expect

from channels.models import ChannelOrder
from channels.sandbox.invent import Draft
from channels.sandbox.records import Address
from tests import portal
from tests.channels.correcting import correct
from tests.e2e.conftest import address_page, commerce_page, follow, order_page

HOME = Address(
    name="Anna Öberg",
    line1="Storgatan 1",
    postal_code="111 22",
    city="Stockholm",
    country_code="SE",
)


def versions(page):
    """Label, ours and Amazon's, of the rows that differ."""
    rows = page.locator(".versions tbody tr", has_text="differs")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_correct_an_address_and_see_both(logged_in, shop, java_script):
    order = shop.order(Draft(address=HOME))
    page = logged_in(order_page(order), java_script=java_script)
    follow(page, page.get_by_role("link", name="Correct address"))
    expect(page.get_by_label("Address line 1")).to_have_value("Storgatan 1")
    page.get_by_label("Address line 1").fill("Storgatan 11")
    page.get_by_label("Phone").fill("070-1 ext. 2")
    follow(page, page.get_by_role("button", name="Save address"))

    expect(page.get_by_text("The shipping address is saved.")).to_be_visible()
    assert page.url.endswith(order_page(order))
    assert versions(page) == [
        ["Address line 1", "Storgatan 11 differs", "Storgatan 1"],
        ["Phone", "070-1 ext. 2 differs", "–"],
    ]
    expect(page.get_by_text("Corrected by merchant")).to_be_visible()

    page.goto(commerce_page(order))
    expect(page.get_by_role("heading", name="Shipping address")).to_contain_text("Corrected")
    expect(page.locator("address")).to_contain_text("Storgatan 11")


def test_amazon_changes_its_address_afterwards(logged_in, shop, java_script):
    order = shop.order(Draft(address=HOME))
    correct(order, line1="Storgatan 11")
    moved = replace(HOME, city="Uppsala")
    shop.sandbox.world.change(order.amazon_order_id, lambda o: replace(o, address=moved))
    portal.poll()

    page = logged_in(order_page(order), java_script=java_script)
    warning = page.get_by_text("Amazon changed its address after this correction.")
    expect(warning).to_be_visible()
    assert [row[0] for row in versions(page)] == ["Address line 1", "City"]

    follow(page, page.get_by_role("button", name="Use Amazon's address"))
    expect(page.get_by_text("Amazon's address is used.")).to_be_visible()
    expect(warning).to_have_count(0)
    expect(page.locator("address")).to_contain_text("Uppsala")


def test_what_is_wrong_is_said_and_what_was_typed_stays(logged_in, shop, java_script):
    order = shop.order(Draft(address=HOME))
    page = logged_in(address_page(order), java_script=java_script)
    page.get_by_label("Country code").fill("Sweden")
    page.get_by_label("City").fill("Uppsala")
    follow(page, page.get_by_role("button", name="Save address"))
    expect(page.get_by_role("alert")).to_have_text("The country code is two letters, such as SE.")
    expect(page.get_by_label("City")).to_have_value("Uppsala")
    assert ChannelOrder.objects.get().corrected_address is None


def test_two_people_at_one_address(logged_in, shop):
    order = shop.order(Draft(address=HOME))
    page = logged_in(address_page(order))
    correct(order, line1="Lillgatan 2")
    page.get_by_label("Address line 1").fill("Storgatan 11")
    follow(page, page.get_by_role("button", name="Save address"))
    expect(page.get_by_role("alert")).to_contain_text("was changed meanwhile")
    expect(page.get_by_label("Address line 1")).to_have_value("Lillgatan 2")
