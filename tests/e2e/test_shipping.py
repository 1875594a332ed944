"""From the Ship form to Completed, as staff do it."""

from playwright.sync_api import expect

from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Status
from orders.models import Package
from tests import portal
from tests.e2e.conftest import commerce_page, follow, order_page

ORDERS = "/admin/channels/channelorder/"
TWO_LINES = Draft(lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")))


def fill(page, *, carrier="DSV", tracking="SE123", **fields):
    page.get_by_label("Carrier", exact=True).select_option(carrier)
    page.get_by_label("Tracking number").fill(tracking)
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)


def send(page):
    follow(page, page.get_by_role("button", name="Ship"))


def packages(page):
    """The packages shown: number, tracking number, items, confirmation."""
    rows = page.locator("h2:text-is('Packages') + .scroll tbody tr")
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    return [(c[0], c[3], c[5], c[6]) for c in cells]


def test_from_the_orders_tab_to_completed(logged_in, shop, java_script):
    order = shop.order(TWO_LINES)
    page = logged_in(ORDERS, java_script=java_script)
    follow(page, page.get_by_role("link", name=order.amazon_order_id))
    follow(page, page.get_by_role("link", name="Ship", exact=True))

    fill(page, tracking="SE123")
    send(page)
    expect(page.get_by_text("Shipped. Amazon is being told")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Complete")
    assert packages(page) == [("1", "SE123", "2 × KET-12, 1 × MUG-3", "Queued")]
    expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)

    portal.deliver()
    assert shop.sandbox.world.order(order.amazon_order_id).status is Status.SHIPPED
    page.reload()
    assert packages(page) == [("1", "SE123", "2 × KET-12, 1 × MUG-3", "Proven")]
    page.goto(ORDERS)
    expect(page.locator("#result_list .field-status")).to_have_text("Completed")
    expect(page.locator("#result_list .field-note")).to_have_text(
        "Amazon shows everything shipped."
    )


def test_a_part_and_then_the_rest(logged_in, shop, java_script):
    order = shop.order(TWO_LINES)
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    page.get_by_label("Ship now KET-12").fill("1")
    page.get_by_label("Ship now MUG-3").fill("0")
    fill(page, tracking="SE1")
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Processing")

    follow(page, page.get_by_role("link", name="Ship", exact=True))
    expect(page.get_by_label("Ship now KET-12")).to_have_value("1")
    expect(page.get_by_label("Ship now MUG-3")).to_have_value("1")
    fill(page, tracking="SE2")
    send(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Complete")
    assert packages(page) == [
        ("1", "SE1", "1 × KET-12", "Queued"),
        ("2", "SE2", "1 × KET-12, 1 × MUG-3", "Queued"),
    ]


def test_what_was_typed_stays_when_something_is_wrong(logged_in, shop, java_script):
    order = shop.order(TWO_LINES)
    page = logged_in(commerce_page(order, "ship"), java_script=java_script)
    page.get_by_label("Ship now KET-12").fill("3")
    page.get_by_label("Ship date").fill("2031-01-02T03:04")
    fill(page, carrier="Other", tracking="T-9")
    send(page)

    alerts = page.get_by_role("alert").all_inner_texts()
    assert alerts == [
        "Ensure this value is less than or equal to 2.",
        "Carrier Other needs the carrier's name.",
    ]
    expect(page.get_by_label("Ship now KET-12")).to_have_value("3")
    expect(page.get_by_label("Carrier", exact=True)).to_have_value("Other")
    expect(page.get_by_label("Tracking number")).to_have_value("T-9")
    expect(page.get_by_label("Ship date")).to_have_value("2031-01-02T03:04")

    page.get_by_label("Ship now KET-12").fill("2")
    page.get_by_label("Carrier name").fill("Cykelbudet")
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("lies in the future")
    expect(page.get_by_label("Carrier name")).to_have_value("Cykelbudet")
    assert Package.objects.count() == 0


def test_carrier_other_goes_out_under_its_name(logged_in, shop):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"))
    fill(page, carrier="Other", tracking="C-1", Carrier_name="Cykelbudet")
    send(page)
    portal.deliver()

    (package,) = shop.sandbox.world.order(order.amazon_order_id).packages
    assert (package.carrier_code, package.carrier_name) == ("Other", "Cykelbudet")
    expect(page.locator("td", has_text="Cykelbudet")).to_have_count(1)


def test_a_missing_tracking_number_is_named(logged_in, shop):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"))
    fill(page, tracking="")
    send(page)

    expect(page.get_by_role("alert")).to_have_text("This field is required.")
    assert Package.objects.count() == 0


def test_two_people_ship_the_same_order(logged_in, shop):
    order = shop.order(Draft())
    page = logged_in(commerce_page(order, "ship"))
    portal.ship(order.amazon_order_id, tracking="FIRST")

    fill(page, tracking="SECOND")
    send(page)

    expect(page.get_by_text("There is nothing left to ship.")).to_be_visible()
    assert Package.objects.get().tracking_number == "FIRST"


def test_the_tracking_tab_shows_our_packages_and_amazons(logged_in, shop):
    order = shop.order(Draft())
    portal.ship(order.amazon_order_id, tracking="SE-5")
    page = logged_in(f"{order_page(order)}?tab=tracking")
    expect(page.get_by_text("SE-5")).to_have_count(1)
    expect(page.get_by_text("None.")).to_be_visible()

    portal.deliver()
    page.reload()
    expect(page.get_by_text("SE-5")).to_have_count(2)
