"""The page of an order and of its Commerce order in a browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Address, Buyer, Status
from orders.models import Product
from orders.services.comments import comment
from tests import portal
from tests.channels.correcting import correct
from tests.channels.fba import told, track
from tests.e2e.conftest import PHONE, address_page, commerce_page, fits, follow, order_page

ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")
HOME = Address(
    name="Anna Öberg",
    line1="Storgatan 1",
    postal_code="111 22",
    city="Stockholm",
    country_code="SE",
)


def next_step(page):
    return page.get_by_label("What to do next").get_by_role("paragraph")


def test_the_four_tabs_of_an_order(logged_in, shop, java_script):
    order = shop.order(
        Draft(buyer=ANNA, address=HOME, lines=(Line(sku="KET-12", title="Kettle", quantity=2),))
    )
    page = logged_in(order_page(order), java_script=java_script)

    expect(next_step(page)).to_have_text("Ship it and enter the tracking number.")
    address = page.locator("address").inner_text().strip().split("\n")
    assert address == ["Anna Öberg", "Storgatan 1", "111 22 Stockholm", "Sweden"]
    expect(page.get_by_text("k3v9x@marketplace.amazon.se")).to_be_visible()

    tabs = page.get_by_role("navigation", name="Order")
    follow(page, tabs.get_by_role("link", name="Order items"))
    cells = page.locator("tbody td").all_inner_texts()
    assert cells[0] == "KET-12"
    assert cells[2:5] == ["Kettle", "2", "0"]
    assert page.locator("tfoot td").inner_text() == f"{order.grand_total:,.2f} SEK"

    follow(page, tabs.get_by_role("link", name="Tracking"))
    expect(page.get_by_text("Nothing shipped yet.")).to_be_visible()

    follow(page, tabs.get_by_role("link", name="History"))
    expect(page.locator(".timeline li")).to_have_count(2)
    expect(page.locator(".timeline li").first).to_contain_text("Commerce order 000000001 created.")


def test_the_address_of_amazons_own_page_is_a_plain_link(logged_in, shop):
    order = shop.order(Draft())
    link = logged_in(order_page(order)).get_by_role("link", name="Open order")
    assert link.get_attribute("href").endswith(order.amazon_order_id)
    assert link.get_attribute("rel") == "noreferrer noopener"


def test_what_amazon_did_not_send_is_said_not_made_up(logged_in, shop):
    order = shop.order(Draft(status=Status.SHIPPED, fulfilled_by=AMAZON))
    page = logged_in(order_page(order))
    expect(page.get_by_text("not provided by Amazon")).to_have_count(2)  # name, e-mail
    expect(next_step(page)).to_have_text("Nothing to do: Amazon shows everything shipped.")
    expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)


def test_the_number_that_amazon_gave_a_package_of_its_own(logged_in, shop, java_script):
    at = timezone.now() - timedelta(minutes=5)
    draft = Draft(status=Status.SHIPPED, fulfilled_by=AMAZON, lines=(Line(sku="KET-12"),))
    placed = shop.sandbox.world.create_order("SE", draft, at=at)
    portal.poll()
    order = portal.order(placed.order_id)
    page = logged_in(f"{order_page(order)}?tab=tracking", java_script=java_script)
    expect(page.get_by_label("Packages", exact=True)).to_contain_text("not provided by Amazon")

    assert track().state == "done"

    ((carrier, number, _),) = told(placed)
    for path in (f"{order_page(order)}?tab=tracking", commerce_page(order)):
        page.goto(path)
        cells = page.get_by_label("Packages", exact=True).locator("tbody td")
        assert cells.all_inner_texts()[:4] == ["1", "Amazon", carrier, number]
        expect(cells.nth(6)).to_have_text("by Amazon")
    page.goto(f"{order_page(order)}?tab=history")
    newest = page.locator(".timeline li").first
    expect(newest).to_contain_text(f"Amazon shipped package 1 with {carrier} {number}.")
    page.goto(f"/admin/channels/channelorder/?q={number}")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)


def test_a_held_order_names_its_cause(logged_in, shop):
    Product.objects.create(sku="SOCK", enabled=False)
    order = shop.order(Draft(lines=(Line(sku="SOCK"),)))
    page = logged_in(order_page(order))

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{order.amazon_order_id} Error")
    expect(next_step(page)).to_contain_text("Product disabled: SOCK")
    expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)


def test_on_a_phone_what_mends_a_held_order_is_in_sight(logged_in, shop):
    Product.objects.create(sku="SOCK", enabled=False)
    shop.order(Draft(lines=(Line(sku="SOCK"),)))
    page = logged_in("/admin/channels/channelorder/held/", size=PHONE)
    expect(page.get_by_role("button", name="Enable product")).to_be_in_viewport(ratio=1)
    page.goto("/admin/orders/product/")
    banner = page.get_by_role("link", name="has 1 order that cannot be imported")
    expect(banner).to_be_in_viewport(ratio=1)
    assert fits(page.locator("ul.banner li"))


def test_on_a_phone_the_items_of_an_order_are_lines_not_columns_of_words(logged_in, shop):
    title = "Enamel camping kettle 1.2 l, blue"
    order = shop.order(Draft(lines=(Line(sku="KET-12", title=title),)))
    page = logged_in(commerce_page(order), size=PHONE)
    row = page.get_by_label("Items", exact=True).locator("tbody tr")
    expect(row).to_contain_text(title)
    assert row.bounding_box()["height"] < 50  # two lines


def test_a_cancel_request_is_seen_before_it_is_shipped(logged_in, shop):
    order = shop.order(Draft())
    shop.sandbox.world.change(order.amazon_order_id, moves.request_cancel)
    portal.poll()

    page = logged_in(order_page(order))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancel requested")
    expect(next_step(page)).to_contain_text("The buyer asked to cancel.")


def test_the_commerce_order_page(logged_in, shop, java_script):
    order = shop.order(
        Draft(buyer=ANNA, address=HOME, lines=(Line(sku="KET-12", title="Kettle", quantity=2),))
    )
    page = logged_in(commerce_page(order), java_script=java_script)

    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Pending")
    assert page.locator("tbody td").all_inner_texts()[:5] == ["KET-12", "Kettle", "2", "0", "0"]
    expect(page.get_by_text("Guest")).to_be_visible()
    expect(page.get_by_text("Nothing shipped yet.")).to_be_visible()

    follow(page, page.get_by_role("link", name=order.amazon_order_id))
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.amazon_order_id)


def test_a_comment_and_whose_entries_are_shown(logged_in, shop, java_script):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order), java_script=java_script)
    page.get_by_label("Comment", exact=True).fill("Called the carrier")
    follow(page, page.get_by_role("button", name="Add comment"))
    expect(page.get_by_text("The comment is in the history.")).to_be_visible()
    newest = page.locator(".timeline li").first
    expect(newest).to_contain_text("merchant")
    expect(newest).to_contain_text("Comment: Called the carrier")

    whose = page.get_by_role("navigation", name="Whose entries")
    follow(page, whose.get_by_role("link", name="Amazon"))
    expect(page.locator(".timeline li")).to_have_count(1)
    expect(page.locator(".timeline li")).to_contain_text("Unshipped at Amazon: ready to ship.")


def test_held_and_released_from_the_channel_order(logged_in, shop, java_script):
    order = shop.order(Draft())
    page = logged_in(order_page(order), java_script=java_script)
    page.get_by_text("Hold", exact=True).click()
    page.get_by_label("Reason, for the order's history").fill("Recount")
    follow(page, page.get_by_role("button", name="Put on hold"))
    expect(next_step(page)).to_have_text("On hold: Recount")
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.amazon_order_id)
    follow(page, page.get_by_role("button", name="Unhold"))
    expect(next_step(page)).to_have_text("Ship it and enter the tracking number.")
    follow(page, page.get_by_role("link", name="History"))
    expect(page.locator(".timeline li").first).to_contain_text("Commerce order: On Hold")


def test_the_list_of_commerce_orders_by_pasted_numbers_and_filters(logged_in, shop, java_script):
    first, second, third = shop.order(Draft(), Draft(), Draft())
    portal.ship(third.amazon_order_id)
    page = logged_in("/admin/orders/commerceorder/", java_script=java_script)
    rows = page.locator("#result_list tbody tr")
    page.get_by_label("Search").fill(f"{first.amazon_order_id} {second.commerce_order.number}")
    follow(page, page.get_by_role("button", name="Show"))
    expect(rows).to_have_count(2)
    follow(page, page.get_by_role("link", name="Clear all"))
    page.locator("summary", has_text="Any").click()
    page.get_by_label("Complete").check()
    follow(page, page.get_by_role("button", name="Show"))
    expect(rows).to_have_count(1)
    follow(page, page.get_by_role("link", name="Status: Complete"))
    expect(rows).to_have_count(3)


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_of_an_order_scrolls_sideways(logged_in, shop, width):
    long = "A very long title without an end, " * 12
    order = shop.order(Draft(buyer=Buyer(name="N" * 60), lines=(Line(sku="S" * 40, title=long),)))
    correct(order, line1="W" * 200)
    comment(order_id=order.commerce_order_id, text="W" * 500, user="u" * 150)
    size = {"width": width, "height": 800}
    page = logged_in(order_page(order), size=size)
    for path in (
        order_page(order),
        order_page(order) + "?tab=items",
        order_page(order) + "?tab=tracking",
        order_page(order) + "?tab=history",
        address_page(order),
        commerce_page(order),
        commerce_page(order, "ship"),
        "/admin/orders/commerceorder/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
