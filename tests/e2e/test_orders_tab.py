"""The Orders tab in a browser: columns, filters, chips, search, and the hidden pending orders."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Buyer, Status
from tests import portal
from tests.e2e.conftest import PASSWORD, USER, fits, follow

ORDERS = "/admin/channels/channelorder/"
ANNA = Buyer(name="Anna O'Brien-Öberg", email="k3v9x@marketplace.amazon.se")
COLUMNS = [
    "Purchase date",
    "Order number",
    "Status",
    "Buyer's name",
    "Grand total",
    "Commerce order",
    "Ship by",
    "Fulfilled by",
    "Store",
    "Order notes",
]


def numbers(page):
    """The order numbers that are listed, top down."""
    return page.locator("#result_list tbody th.field-number").all_inner_texts()


def cells(page, number):
    row = page.locator("#result_list tbody tr", has_text=number)
    return {
        cell.get_attribute("class").split("field-")[1].split()[0]: cell.inner_text().strip()
        for cell in row.locator("[class*=field-]").all()
    }


def ship_by(order):
    """As the store's clock has it, and how long it is from now."""
    there = order.ship_by.astimezone(order.store.zone)
    left = (order.ship_by - timezone.now()).total_seconds()
    return f"{there:%Y-%m-%d} · {int(left // 86_400)} d"


def show(page):
    follow(page, page.get_by_role("button", name="Show"))


def test_logging_in_leads_to_the_orders_tab(pages, staff):
    page = pages.open("/")
    page.get_by_label("Username:").fill(USER)
    page.get_by_label("Password:").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_url(f"{pages.url}{ORDERS}")
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()


def test_every_column_of_an_order(logged_in, shop, java_script):
    order = shop.order(Draft(buyer=ANNA, lines=(Line(sku="KET-12"),)))

    page = logged_in(ORDERS, java_script=java_script)

    headings = page.locator("#result_list thead th[class^=column-]").all_inner_texts()
    assert [heading.removesuffix(" ▼") for heading in headings] == COLUMNS
    assert cells(page, order.amazon_order_id) == {
        "purchase_date": f"{order.purchase_date:%Y-%m-%d %H:%M}",
        "number": order.amazon_order_id,
        "status": "Unshipped",
        "buyer": "Anna O'Brien-Öberg",
        "total": f"{order.grand_total:.2f} SEK",
        "commerce_order": "000000001",
        "ship_by": ship_by(order),
        "fulfilled_by": "Merchant",
        "store": "Amazon SE",
        "note": "Commerce order 000000001 created.",
    }


def test_the_numbers_lead_to_the_order_and_its_commerce_order(logged_in, shop):
    order = shop.order(Draft())
    page = logged_in(ORDERS)

    follow(page, page.get_by_role("link", name=order.amazon_order_id))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{order.amazon_order_id} Unshipped")
    follow(page, page.get_by_role("link", name="000000001"))
    expect(page.get_by_role("heading", level=1)).to_have_text("000000001 Pending")


def test_pending_orders_are_counted_and_one_click_away(logged_in, shop, java_script):
    pending, shown = shop.order(Draft(status=Status.PENDING), Draft())

    page = logged_in(ORDERS, java_script=java_script)
    assert numbers(page) == [shown.amazon_order_id]

    follow(page, page.get_by_role("link", name="Pending at Amazon 1"))
    assert numbers(page) == [pending.amazon_order_id]


@pytest.fixture
def one_of_each(shop):
    """An order to ship, one shipped by Amazon, one canceled; by what they are."""
    orders = shop.order(
        Draft(),
        Draft(status=Status.SHIPPED, fulfilled_by=AMAZON),
        Draft(status=Status.CANCELLED),
    )
    keys = ("unshipped", "fba", "canceled")
    return {key: order.amazon_order_id for key, order in zip(keys, orders, strict=True)}


def test_several_statuses_at_once_and_their_chips(logged_in, one_of_each, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    page.locator("summary", has_text="Any").click()
    page.get_by_label("Unshipped").check()
    page.get_by_label("Canceled").check()
    show(page)

    assert set(numbers(page)) == {one_of_each["unshipped"], one_of_each["canceled"]}
    chips = page.locator(".chip")
    expect(chips).to_have_count(2)

    follow(page, page.get_by_role("link", name="Status: Canceled"))
    assert numbers(page) == [one_of_each["unshipped"]]
    expect(chips).to_have_count(1)

    follow(page, page.get_by_role("link", name="Clear all"))
    assert set(numbers(page)) == set(one_of_each.values())
    expect(chips).to_have_count(0)


def test_fulfilled_by(logged_in, one_of_each, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    page.locator("#bar-fulfilled_by").select_option("Amazon")
    show(page)

    assert numbers(page) == [one_of_each["fba"]]
    expect(page.locator("#bar-fulfilled_by")).to_have_value("amazon")


def test_on_a_phone_filters_are_closed_and_the_chips_say_what_is_applied(logged_in, one_of_each):
    page = logged_in(f"{ORDERS}?status=canceled", size={"width": 390, "height": 844})
    expect(page.get_by_label("Total from")).to_be_hidden()
    expect(page.get_by_role("link", name="Status: Canceled")).to_be_visible()
    expect(page.get_by_role("link", name=one_of_each["canceled"])).to_be_in_viewport()


def test_a_note_is_read_without_scrolling(logged_in, one_of_each):
    page = logged_in(ORDERS)
    assert fits(page.locator(".results"))
    note = page.locator(".field-note", has_text="Commerce order 0000").first
    assert fits(note)
    assert note.locator("span").evaluate("it => it.scrollHeight <= it.clientHeight")


def test_completed_is_a_status_of_its_own(logged_in, one_of_each):
    page = logged_in(f"{ORDERS}?status=completed")
    assert numbers(page) == [one_of_each["fba"]]
    page.goto(f"{ORDERS}?status=shipped")
    assert numbers(page) == []


def test_one_store(logged_in, shop):
    portal.connect(shop.sandbox, name="Amazon DE", country_code="DE")
    swedish = shop.order(Draft())
    german = shop.order(Draft(), country="DE")
    page = logged_in(ORDERS)
    assert set(numbers(page)) == {swedish.amazon_order_id, german.amazon_order_id}

    page.locator("#bar-store").select_option("Amazon DE")
    show(page)
    assert numbers(page) == [german.amazon_order_id]
    expect(page.locator(".chip")).to_have_text("Store: Amazon DE × remove")


def test_a_range_of_purchase_dates(logged_in, shop, java_script):
    now = timezone.now()
    days = [now - timedelta(days=age) for age in (9, 6, 3)]
    orders = shop.order(*(Draft(created=day) for day in days))
    old, middle, new = (order.amazon_order_id for order in orders)
    page = logged_in(ORDERS, java_script=java_script)
    assert numbers(page) == [new, middle, old]

    page.get_by_label("Purchased from").fill(f"{days[1]:%Y-%m-%d}")
    show(page)
    assert numbers(page) == [new, middle]

    page.get_by_label("Purchased to").fill(f"{days[1]:%Y-%m-%d}")
    show(page)
    assert numbers(page) == [middle]
    expect(page.locator(".chip")).to_have_count(2)


def test_pasted_numbers_of_every_kind(logged_in, shop, java_script):
    first, second, third, other = shop.order(
        Draft(), Draft(), Draft(lines=(Line(sku="ONLY-ONE"),)), Draft()
    )
    page = logged_in(ORDERS, java_script=java_script)

    pasted = f" {first.amazon_order_id}, {second.commerce_order.number}\tONLY-ONE "
    page.get_by_label("Search").fill(pasted)
    follow(page, page.get_by_role("button", name="Search"))

    found = {order.amazon_order_id for order in (first, second, third)}
    assert set(numbers(page)) == found
    follow(page, page.get_by_role("link", name="Clear all"))
    assert set(numbers(page)) == found | {other.amazon_order_id}


def test_a_buyer_is_found_by_name_and_not_in_the_address(logged_in, shop, java_script):
    anna, _ = shop.order(Draft(buyer=ANNA), Draft())
    page = logged_in(ORDERS, java_script=java_script)
    page.get_by_label("Search").fill("oberg ann")
    follow(page, page.get_by_role("button", name="Search"))

    assert numbers(page) == [anna.amazon_order_id]
    assert "berg" not in page.url
    expect(page.locator(".chip")).to_contain_text("Search: oberg ann")
    follow(page, page.get_by_role("link", name="Grand total"))
    assert numbers(page) == [anna.amazon_order_id]


def test_a_saved_view_and_chosen_columns(logged_in, shop, java_script):
    order, _ = shop.order(Draft(), Draft(status=Status.CANCELLED))
    page = logged_in(f"{ORDERS}?status=unshipped", java_script=java_script)
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Items").check()
    page.get_by_label("Order notes").uncheck()
    follow(page, page.get_by_role("button", name="Show these columns"))
    expect(page.locator("th.column-items")).to_be_visible()
    expect(page.locator("th.column-note")).to_have_count(0)

    page.locator("summary", has_text="Save as view").click()
    page.get_by_label("Name", exact=True).fill("Mine")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.locator(".views a[aria-current=page]")).to_have_text("Mine 1")
    assert numbers(page) == [order.amazon_order_id]

    page.locator("summary", has_text="Save as view").click()
    follow(page, page.get_by_role("button", name="Delete Mine"))
    expect(page.get_by_role("link", name="Mine 1")).to_have_count(0)


def test_the_keyboard(logged_in, shop):
    first, second = shop.order(Draft(), Draft())
    page = logged_in(f"{ORDERS}?sort=number")
    listed = numbers(page)
    assert set(listed) == {first.amazon_order_id, second.amazon_order_id}

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=listed[1])).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name=listed[0])).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_label(f"Select {listed[0]}")).to_be_checked()
    page.keyboard.press("x")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("j?")  # in a field they are letters
    expect(page.get_by_label("Search")).to_have_value("j?")
    page.get_by_label("Search").blur()
    page.keyboard.press("?")
    expect(page.get_by_text("next, previous order")).to_be_visible()
    page.get_by_role("link", name=listed[0]).focus()
    with page.expect_navigation():
        page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ship")


def test_a_tracking_number_finds_its_order(logged_in, shop):
    order, _ = shop.order(Draft(), Draft())
    portal.ship(order.amazon_order_id, tracking="SE-77")
    assert numbers(logged_in(f"{ORDERS}?q=SE-77")) == [order.amazon_order_id]


def test_sorting_keeps_the_filter_and_the_filter_keeps_the_sorting(logged_in, shop):
    cheap, dear = shop.order(
        Draft(lines=(Line(sku="MUG-3", unit_price=Decimal(10)),)),
        Draft(lines=(Line(sku="KET-12", unit_price=Decimal(1000)),)),
    )
    page = logged_in(f"{ORDERS}?status=unshipped")
    follow(page, page.get_by_role("link", name="Grand total"))
    assert numbers(page) == [cheap.amazon_order_id, dear.amazon_order_id]
    expect(page.locator(".chip")).to_have_count(1)

    page.locator("#bar-fulfilled_by").select_option("Merchant")
    show(page)
    assert numbers(page) == [cheap.amazon_order_id, dear.amazon_order_id]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_does_not_scroll_sideways(logged_in, shop, width):
    """The table may, inside its own frame."""
    shop.order(Draft(buyer=Buyer(name="A very long name " * 8), lines=(Line(sku="X" * 40),)))
    page = logged_in(ORDERS, size={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
