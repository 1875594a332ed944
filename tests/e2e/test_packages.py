"""Several packages, warnings, a cancel request and a correction, as staff meet them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from channels.models import ChannelOrder
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from orders.models import Package
from tests import portal
from tests.e2e import axe
from tests.e2e.conftest import commerce_page, follow, order_page
from tests.e2e.test_shipping import packages

TWO_LINES = Draft(lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")))
CODED = Draft(lines=(Line(sku="KET-12", programs=("TRANSPARENCY",)),))
RIGHT = "RR123456785SE"


def block(page, number):
    return page.get_by_role("group", name=f"Package {number}")


def fill(page, number, *, carrier, tracking, **units):
    package = block(page, number)
    package.get_by_label("Carrier", exact=True).select_option(carrier)
    package.get_by_label("Tracking number").fill(tracking)
    for sku, count in units.items():
        package.get_by_label(f"Ship now {sku.replace('_', '-')}").fill(str(count))


def press(page, name):
    follow(page, page.get_by_role("button", name=name, exact=True))


def clean(page, java_script):
    """axe needs scripts; what it looks at is the same page."""
    assert not java_script or axe.violations(page) == []


def test_three_packages_in_one_go(logged_in, shop, java_script):
    order = shop.order(TWO_LINES)
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    fill(page, 1, carrier="PostNord", tracking=RIGHT, KET_12=1, MUG_3=0)
    press(page, "Add another package")
    expect(block(page, 1).get_by_label("Tracking number")).to_have_value(RIGHT)
    expect(block(page, 2).get_by_label("Ship now KET-12")).to_have_value("1")
    expect(block(page, 2).get_by_label("Ship now MUG-3")).to_have_value("1")
    clean(page, java_script)
    fill(page, 2, carrier="DHL", tracking="3318810025", KET_12=1, MUG_3=0)
    press(page, "Add another package")
    fill(page, 3, carrier="DSV", tracking="D-3")
    press(page, "Ship")

    assert packages(page) == [
        ("1", RIGHT, "1 × KET-12", "Queued"),
        ("2", "3318810025", "1 × KET-12", "Queued"),
        ("3", "D-3", "1 × MUG-3", "Queued"),
    ]
    expect(page.get_by_role("heading", level=1)).to_contain_text("Complete")
    portal.deliver()
    shown = shop.sandbox.world.order(order.amazon_order_id).packages
    assert [p.tracking_number for p in shown] == [RIGHT, "3318810025", "D-3"]


def test_a_doubtful_number_and_a_second_press(logged_in, shop, java_script):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    fill(page, 1, carrier="PostNord", tracking="SE1")
    press(page, "Ship")
    expect(page.get_by_role("alert")).to_contain_text(
        "SE1 does not look like a tracking number of PostNord."
    )
    expect(page.get_by_label("Tracking number")).to_have_value("SE1")
    assert Package.objects.count() == 0
    clean(page, java_script)
    press(page, "Ship anyway")
    assert packages(page)[0][1] == "SE1"


def test_a_buyer_who_asks_to_cancel_while_the_form_is_open(logged_in, shop, java_script):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    shop.sandbox.world.change(
        order.amazon_order_id, lambda o: moves.request_cancel(o, reason="Ordered twice")
    )
    ChannelOrder.objects.update(synced_at=timezone.now() - timedelta(minutes=5))
    fill(page, 1, carrier="DSV", tracking="D-1")
    press(page, "Ship")
    expect(page.get_by_role("alert")).to_contain_text("asked to cancel it")
    expect(page.get_by_text("Ordered twice", exact=True)).to_be_visible()
    assert Package.objects.count() == 0
    clean(page, java_script)
    page.get_by_label("Ship although the buyer asked to cancel").check()
    press(page, "Ship")
    expect(page.get_by_text("Shipped although the buyer asked to cancel.")).to_be_visible()
    assert Package.objects.count() == 1


def test_an_order_canceled_while_the_form_is_open(logged_in, shop, java_script):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    shop.sandbox.world.change(
        order.amazon_order_id, lambda o: moves.cancel(o, by="BUYER", reason="x")
    )
    ChannelOrder.objects.update(synced_at=timezone.now() - timedelta(minutes=5))
    fill(page, 1, carrier="DSV", tracking="D-1")
    press(page, "Ship")
    expect(page.get_by_role("alert")).to_contain_text("was canceled meanwhile: do not ship it")
    assert Package.objects.count() == 0


def test_a_wrong_number_is_corrected(logged_in, shop, java_script):
    order = shop.order(Draft())
    portal.ship(order.amazon_order_id, tracking="WRONG")
    portal.deliver()
    page = logged_in(f"{order_page(order)}?tab=tracking", java_script=java_script)
    follow(page, page.get_by_role("link", name="Correct package 1"))
    expect(page.get_by_label("Tracking number")).to_have_value("WRONG")
    clean(page, java_script)
    page.get_by_label("Tracking number").fill("SE2")
    press(page, "Correct")
    expect(page.get_by_role("alert")).to_contain_text("SE2 does not look like")
    page.get_by_label("Tracking number").fill(RIGHT)
    press(page, "Correct")
    expect(page.get_by_text("Package 1 is corrected. Amazon is being told.")).to_be_visible()
    portal.deliver()
    (package,) = shop.sandbox.world.order(order.amazon_order_id).packages
    assert (package.reference_id, package.tracking_number) == ("1", RIGHT)
    page.reload()
    assert packages(page)[0][3] == "Proven"


def test_codes_of_units(logged_in, shop, java_script):
    order = shop.order(CODED)
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    page.get_by_label("Codes of KET-12").fill("SN0000001")
    fill(page, 1, carrier="DSV", tracking="D-1")
    clean(page, java_script)
    press(page, "Ship")
    portal.deliver()
    (package,) = shop.sandbox.world.order(order.amazon_order_id).packages
    assert package.items[0].transparency_codes == ("SN0000001",)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_carrier_of_ones_own(logged_in, shop, dark):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"), dark=dark)
    follow(page, page.get_by_role("link", name="Carrier mappings"))
    assert axe.violations(page) == []
    follow(page, page.get_by_role("link", name="Add carrier mapping"))
    assert axe.violations(page) == []
    page.get_by_label("Carrier as you call it").fill("Budet")
    page.get_by_label("Amazon's carrier code").select_option("Other")
    page.get_by_label("Carrier name").fill("Cykelbudet")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    page.goto(commerce_page(order, "ship"))
    fill(page, 1, carrier="Budet", tracking="C-1")
    press(page, "Ship")
    portal.deliver()
    (package,) = shop.sandbox.world.order(order.amazon_order_id).packages
    assert (package.carrier_code, package.carrier_name) == ("Other", "Cykelbudet")
