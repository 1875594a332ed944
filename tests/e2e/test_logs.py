"""The errors log and the sales channel settings in a browser; the portal as a Viewer sees it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from channels.models import CommunicationError, SalesChannelSettings, SellerAccount
from channels.sandbox.invent import Draft
from channels.sandbox.records import Buyer
from channels.services import channel_settings
from tests import factories, portal
from tests.e2e import axe
from tests.e2e.conftest import SIZE, commerce_page, follow, order_page

LIST = "/admin/channels/communicationerror/"
SETTINGS = "/admin/channels/saleschannelsettings/"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def aside(shop):
    """An order that was set aside, and is well at Amazon by now."""
    buyer = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")
    shop.sandbox.world.create_order("SE", Draft(buyer=buyer))
    shop.sandbox.world.faults.push("malformed_order", "search")
    portal.poll()
    return CommunicationError.objects.get(resolved_at=None)


def test_an_order_that_was_set_aside_is_found_read_about_and_tried_again(
    logged_in, aside, java_script
):
    page = logged_in(LIST, java_script=java_script)
    page.get_by_label("State").select_option("Open")
    follow(page, page.get_by_role("button", name="Show"))
    expect(page.get_by_text("State: Open")).to_be_visible()
    follow(page, page.locator("#result_list tbody tr").get_by_role("link").first)

    expect(page.get_by_role("heading", level=1)).to_have_text("Import of an order Open")
    expect(page.get_by_text("in a shape the portal cannot read")).to_be_visible()
    expect(page.get_by_text("Anna Öberg")).to_have_count(0)
    follow(page, page.get_by_role("link", name="Show what Amazon sent"))
    expect(page.get_by_text("Anna Öberg")).to_be_visible()

    follow(page, page.get_by_role("button", name="Try again"))
    expect(page.get_by_text("The order could be read.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import of an order Resolved")
    follow(page, page.get_by_role("link", name=aside.amazon_order_id))
    expect(page.get_by_role("heading", level=1)).to_contain_text(aside.amazon_order_id)


def test_errors_are_dismissed_from_the_list(logged_in, shop):
    for number in range(2):
        factories.communication_error(
            account=SellerAccount.objects.get(), operation="import", amazon_order_id=f"?{number}"
        )
    page = logged_in(LIST)
    for box in page.locator("#result_list tbody input[type=checkbox]").all():
        box.check()
    page.locator("select[name=action]").select_option(label="Dismiss")
    follow(page, page.get_by_role("button", name="Go"))
    expect(page.get_by_text("2 errors dismissed.")).to_be_visible()
    expect(page.locator("#result_list").get_by_text("Dismissed")).to_have_count(2)


def test_logs_are_set(logged_in, java_script):
    page = logged_in(SETTINGS, java_script=java_script)
    page.get_by_label("Log retention").select_option("1 week")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Log retention")).to_have_value("7")
    follow(page, page.get_by_role("button", name="Switch debug logging on"))
    expect(page.get_by_text("It ends by itself: ")).to_be_visible()
    follow(page, page.get_by_role("button", name="Switch debug logging off"))
    assert SalesChannelSettings.objects.get().debug_until is None
    expect(page.locator(".timeline li")).to_have_count(3)


@pytest.mark.parametrize(
    ("dark", "size"),
    [(False, SIZE), (True, SIZE), (False, PHONE)],
    ids=["light", "dark", "phone"],
)
def test_the_pages_are_accessible_and_fit(logged_in, aside, dark, size):
    now = timezone.now()
    factories.communication_error(
        account=aside.account, at=now, resolved_at=now, resolved_by="kim", message="x" * 300
    )
    factories.communication_error(
        account=aside.account, at=now - timedelta(days=1), amazon_order_id="?0", operation="import"
    )
    channel_settings.change({"debug_logging": "on"}, user="")
    dismissed = CommunicationError.objects.exclude(resolved_by="").get()
    page = logged_in(LIST, dark=dark, size=size)
    for path in (
        LIST,
        f"{LIST}?open=yes&store={aside.store_id}&q=x",
        f"{LIST}{aside.pk}/change/?raw=1",
        f"{LIST}{dismissed.pk}/change/",
        SETTINGS,
        "/admin/auth/user/",
    ):
        page.goto(path)
        assert axe.violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide or path == "/admin/auth/user/", path


def test_a_viewer_sees_orders_masked_and_nothing_to_press(
    logged_in, shop, staff, django_user_model
):
    order = shop.order(Draft(buyer=Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")))
    staff.is_superuser = False
    staff.save()
    staff.groups.add(Group.objects.get(name="Viewer"))
    page = logged_in()
    expect(page.get_by_text("A••• Ö•••").first).to_be_visible()
    for path in (order_page(order), commerce_page(order)):
        page.goto(path)
        expect(page.get_by_text("Öberg")).to_have_count(0)
        expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)
        expect(page.locator("#content").get_by_role("button")).to_have_count(0)
