"""Taking a package back, read-only mode, and what is refused, as staff see and mend it."""

import pytest
from playwright.sync_api import expect

from channels.models import AmazonStore
from channels.sandbox import moves
from channels.sandbox.invent import Draft
from channels.services import order_settings, read_only
from orders.models import OutboxMessage, Package
from tests import portal
from tests.e2e import axe
from tests.e2e.conftest import commerce_page, follow, order_page

CONFIRMATIONS = "/admin/orders/outboxmessage/"
SETTINGS = "/admin/channels/saleschannelsettings/"


def grace(minutes):
    order_settings.change(AmazonStore.objects.get(), {"grace_minutes": str(minutes)})


@pytest.fixture
def refused(shop):
    """An order whose package Amazon said no to."""
    order = shop.order(Draft())
    portal.ship(order.amazon_order_id)
    shop.sandbox.world.change(order.amazon_order_id, moves.await_checks)
    portal.deliver()
    assert OutboxMessage.objects.get().state == "refused"
    return order


def test_a_package_is_taken_back(logged_in, shop, java_script):
    grace(30)
    order = shop.order(Draft())
    portal.ship(order.amazon_order_id, tracking="SE-WRONG")
    page = logged_in(commerce_page(order), java_script=java_script)
    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Complete")
    expect(page.get_by_text("min left")).to_be_visible()

    follow(page, page.get_by_role("button", name="Take back package 1"))

    expect(page.get_by_text("Taken back. Amazon is not told")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Processing")
    expect(page.get_by_role("link", name="Ship", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing shipped yet.")).to_be_visible()
    expect(page.get_by_text("Package 1 taken back: ")).to_be_visible()
    portal.deliver()
    assert shop.sandbox.world.order(order.amazon_order_id).packages == ()


def test_after_its_grace_period_it_cannot_be_taken_back(logged_in, shop, java_script):
    grace(30)
    order = shop.order(Draft())
    portal.ship(order.amazon_order_id)
    page = logged_in(f"{order_page(order)}?tab=tracking", java_script=java_script)
    portal.deliver()
    follow(page, page.get_by_role("button", name="Take back package 1"))
    expect(page.get_by_text("the grace period is over")).to_be_visible()
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}{order_page(order)}?tab=tracking")
    assert Package.objects.count() == 1


def test_a_refused_confirmation_is_found_explained_and_sent_again(
    logged_in, shop, refused, java_script
):
    page = logged_in("/admin/channels/channelorder/", java_script=java_script)
    follow(page, page.get_by_role("link", name="1 package is not confirmed at Amazon"))
    expect(page.get_by_text("Amazon is verifying the payment again.")).to_be_visible()
    expect(page.get_by_text("The order is PENDING and cannot be confirmed.")).to_be_visible()
    shop.sandbox.world.change(refused.amazon_order_id, moves.verify)
    follow(page, page.get_by_role("link", name="000000001"))

    follow(page, page.get_by_role("button", name="Send again package 1"))

    expect(page.get_by_text("The confirmation will be sent again.")).to_be_visible()
    expect(page.get_by_role("list", name="Problems")).to_have_count(0)
    portal.deliver()
    page.reload()
    expect(page.locator("td .badge", has_text="Proven")).to_be_visible()


def test_a_refused_confirmation_is_dismissed_with_a_reason(logged_in, refused, java_script):
    page = logged_in(f"{CONFIRMATIONS}?attention=yes", java_script=java_script)
    page.locator("#result_list tbody input[type=checkbox]").check()
    page.locator("select[name=action]").select_option("dismiss")
    follow(page, page.get_by_role("button", name="Go"))
    expect(page.get_by_text("Their orders stay Shipped")).to_be_visible()
    follow(page, page.get_by_role("button", name="Dismiss"))
    expect(page.get_by_role("alert")).to_have_text("This field is required.")

    page.get_by_label("Reason").fill("Confirmed in Seller Central")
    follow(page, page.get_by_role("button", name="Dismiss"))

    expect(page.get_by_text("1 confirmation dismissed.")).to_be_visible()
    expect(page.get_by_role("list", name="Problems")).to_have_count(0)
    expect(page.get_by_text("merchant: Confirmed in Seller Central")).to_be_visible()


def test_read_only_mode_keeps_what_is_shipped_until_it_is_switched_off(
    logged_in, shop, java_script
):
    order = shop.order(Draft())
    page = logged_in(SETTINGS, java_script=java_script)
    follow(page, page.get_by_role("button", name="Switch read-only mode on"))
    portal.ship(order.amazon_order_id)
    portal.deliver(rounds=2)
    assert OutboxMessage.objects.get().state == "pending"
    page.goto("/admin/channels/channelorder/")
    follow(page, page.get_by_role("link", name="What is kept"))
    expect(page.get_by_role("link", name="000000001")).to_be_visible()

    page.get_by_label("Send the 1 message that is kept to Amazon.").check()
    follow(page, page.get_by_role("button", name="Switch read-only mode off"))

    expect(page.get_by_text("what was kept goes to Amazon now")).to_be_visible()
    portal.deliver()
    assert len(shop.sandbox.world.order(order.amazon_order_id).packages) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_pages_are_accessible(logged_in, shop, refused, dark, settings):
    grace(30)
    taken = shop.order(Draft())
    portal.ship(taken.amazon_order_id)
    settings.SITE_URL, settings.SITE_URL_GIVEN = "https://portal.example", True
    read_only.guard_site()
    settings.SITE_URL = "https://copy.example"
    read_only.guard_site()
    page = logged_in(dark=dark)
    message = OutboxMessage.objects.order_by("pk").first()
    for path in (
        SETTINGS,
        CONFIRMATIONS,
        f"{CONFIRMATIONS}?attention=yes",
        f"{CONFIRMATIONS}dismiss/?ids={message.pk}",
        commerce_page(refused),
        commerce_page(taken),
    ):
        page.goto(path)
        assert axe.violations(page) == [], path
