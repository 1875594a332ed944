"""Feeds in a browser: from a feed to its messages and on to the order."""

from channels.sandbox import moves
from channels.sandbox.invent import Draft
from tests import portal
from tests.channels.feeding import check, submit
from tests.e2e.conftest import follow


def test_from_a_feed_to_what_amazon_said_about_an_order(shop, logged_in):
    kept, refused = shop.order(Draft(), Draft())
    portal.without_quota(shop.sandbox)
    for order in (kept, refused):
        portal.ship(order.amazon_order_id)
    shop.sandbox.world.change(refused.amazon_order_id, moves.await_checks)
    submit()
    check()

    page = logged_in("/admin/channels/feed/")
    assert "Processed" in page.inner_text("#result_list")
    follow(page, page.locator("#result_list .field-messages_column a"))
    rows = page.locator("#result_list tbody tr")
    assert rows.count() == 2
    assert "The order is PENDING and cannot be confirmed." in rows.nth(1).inner_text()
    follow(page, rows.nth(1).locator(".field-order_column a"))
    assert refused.amazon_order_id in page.inner_text("body")
