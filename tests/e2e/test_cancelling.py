"""Cancelling and holding in the browser, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from orders.models import Cancellation, CommerceOrder
from tests import portal
from tests.e2e import axe
from tests.e2e.conftest import commerce_page, follow, order_page

ORDERS = "/admin/channels/channelorder/"
COMMERCE_ORDERS = "/admin/orders/commerceorder/"
TWO_LINES = Draft(lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")))


def at_amazon(shop, order, move, **more):
    shop.sandbox.world.change(order.amazon_order_id, lambda o: move(o, **more))
    portal.poll()


def states(page):
    """Reason, items and state of the cancellations shown."""
    rows = page.locator("h2:text-is('Cancellations') + .scroll tbody tr")
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    return [(c[2], c[3], c[4].split("\n")[0]) for c in cells]


def test_from_the_buyers_request_to_canceled(logged_in, shop, java_script):
    order, _other = shop.order(TWO_LINES, Draft())
    at_amazon(shop, order, moves.request_cancel)
    page = logged_in(ORDERS, java_script=java_script)
    page.get_by_label("Cancel requested").select_option("yes")
    follow(page, page.get_by_role("button", name="Show"))
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    follow(page, page.get_by_role("link", name=order.amazon_order_id))
    expect(page.get_by_role("link", name="Ship anyway")).to_be_visible()

    follow(page, page.get_by_role("link", name="Cancel the order"))
    expect(page.get_by_label("Reason")).to_have_value("BuyerCanceled")
    follow(page, page.get_by_role("button", name="Cancel at Amazon"))
    expect(page.get_by_text("Cancellation requested. The order is canceled")).to_be_visible()
    assert states(page) == [("The buyer asked to cancel", "All", "Requested")]
    expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)

    at_amazon(shop, order, moves.cancel, by="MERCHANT")
    page.reload()
    assert states(page) == [("The buyer asked to cancel", "All", "Done")]
    expect(page.get_by_role("heading", level=1)).to_contain_text("Canceled")


def test_one_line_and_taken_back(logged_in, shop, java_script):
    order = shop.order(TWO_LINES)
    page = logged_in(commerce_page(order), java_script=java_script)
    follow(page, page.get_by_role("link", name="Cancel order"))
    page.get_by_label("Cancel KET-12").uncheck()
    follow(page, page.get_by_role("button", name="Cancel at Amazon"))
    expect(page.get_by_role("alert")).to_have_text("This field is required.")
    expect(page.get_by_label("Cancel KET-12")).not_to_be_checked()
    page.get_by_label("Reason").select_option("NoInventory")
    follow(page, page.get_by_role("button", name="Cancel at Amazon"))
    assert states(page) == [("Out of stock", "1 × MUG-3", "Requested")]

    follow(page, page.get_by_role("button", name="Take the cancellation back"))
    assert states(page) == [("Out of stock", "1 × MUG-3", "Taken back")]
    expect(page.get_by_role("link", name="Ship", exact=True)).to_be_visible()


def test_where_it_is_not_possible(logged_in, shop):
    order = shop.order(TWO_LINES)
    portal.ship(order.amazon_order_id, quantities={order.items.first().order_item_id: 1})
    page = logged_in(commerce_page(order, "cancel"))
    expect(page.get_by_role("alert")).to_contain_text("is partially shipped at Amazon")
    link = page.get_by_role("link", name="Open in Seller Central")
    assert link.get_attribute("href").endswith(order.amazon_order_id)
    assert Cancellation.objects.count() == 0


def test_hold_and_unhold(logged_in, shop, java_script):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order), java_script=java_script)
    page.get_by_text("Hold", exact=True).click()
    page.get_by_label("Reason, for the order's history").fill("Address looks odd")
    follow(page, page.get_by_role("button", name="Put on hold"))
    expect(page.locator(".next p")).to_have_text("On hold: Address looks odd")
    expect(page.get_by_role("heading", level=1)).to_contain_text("On Hold")
    follow(page, page.get_by_role("button", name="Unhold"))
    expect(page.get_by_role("link", name="Ship", exact=True)).to_be_visible()


def test_many_held_from_the_list(logged_in, shop, java_script):
    shop.order(Draft(), Draft())
    page = logged_in(COMMERCE_ORDERS, java_script=java_script)
    for box in page.locator("#result_list tbody input.action-select").all():
        box.check()
    page.get_by_label("Action:").select_option(label="Hold")
    follow(page, page.get_by_role("button", name="Go"))
    page.get_by_label("Reason").fill("Recount")
    follow(page, page.get_by_role("button", name="Put on hold"))
    expect(page.get_by_text("2 of 2 orders changed.")).to_be_visible()
    assert CommerceOrder.objects.filter(state="on_hold").count() == 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_checker_has_no_complaint(logged_in, shop, dark):
    open_order, asked, held, partly = shop.order(TWO_LINES, TWO_LINES, TWO_LINES, TWO_LINES)
    portal.ship(partly.amazon_order_id, quantities={partly.items.first().order_item_id: 1})
    page = logged_in(commerce_page(open_order), dark=dark)
    assert axe.violations(page) == []
    page.get_by_text("Hold", exact=True).click()
    assert axe.violations(page) == []
    page.goto(commerce_page(open_order, "cancel"))
    assert axe.violations(page) == []
    follow(page, page.get_by_role("button", name="Cancel at Amazon"))
    assert axe.violations(page) == []
    page.get_by_label("Reason").select_option("PricingError")
    follow(page, page.get_by_role("button", name="Cancel at Amazon"))
    assert axe.violations(page) == []
    at_amazon(shop, asked, moves.request_cancel)
    page.goto(commerce_page(held))
    page.get_by_text("Hold", exact=True).click()
    page.get_by_label("Reason, for the order's history").fill("Address looks odd")
    follow(page, page.get_by_role("button", name="Put on hold"))
    assert axe.violations(page) == []
    for path in (
        order_page(open_order),
        f"{order_page(open_order)}?tab=history",
        order_page(asked),
        order_page(held),
        order_page(partly),
        commerce_page(partly, "cancel"),
        f"{ORDERS}?cancel_requested=yes",
        "/admin/orders/cancellation/",
        f"/admin/orders/cancellation/{Cancellation.objects.get().pk}/change/",
    ):
        page.goto(path)
        assert axe.violations(page) == [], path
