"""The pages of every day without a mouse: what Tab reaches, in which order, and that it is seen."""

import pytest
from playwright.sync_api import expect

from channels.sandbox.invent import Draft, Line
from tests.e2e.conftest import commerce_page, follow, order_page

ORDERS = "/admin/channels/channelorder/"
NUMBER = """() => {
    const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const shown = [...document.querySelectorAll(controls)].filter(
        (control) => control.checkVisibility() && !control.disabled && control.type !== "hidden");
    shown.forEach((control, at) => { control.dataset.stop = at; });
    return shown.map((control) => control.outerHTML.slice(0, 120));
}"""
HERE = """() => {
    const outline = getComputedStyle(document.activeElement);
    const isSeen = outline.outlineStyle !== "none" && parseFloat(outline.outlineWidth) > 0;
    return [Number(document.activeElement.dataset.stop ?? -1), isSeen];
}"""


@pytest.fixture
def orders(shop):
    draft = Draft(lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")))
    return shop.order(draft, draft, draft)


def stops(page, key, controls):
    """Where `key` leads, one after the other, until it leaves the page; all of it is seen."""
    found, seen = [], set()
    for _ in range(5 * len(controls)):  # a date is five stops
        page.keyboard.press(key)
        at, is_seen = page.evaluate(HERE)
        if at < 0 or at in found[:-1]:
            break
        if at not in found:
            found.append(at)
        if is_seen:
            seen.add(at)
    assert [controls[at] for at in found if at not in seen] == []
    return [controls[at] for at in found]


@pytest.mark.parametrize("address", [lambda _: ORDERS, order_page, commerce_page])
def test_tab_leads_through_the_page_as_it_is_read(logged_in, orders, address):
    page = logged_in(address(orders[0]))
    controls = page.evaluate(NUMBER)
    assert stops(page, "Tab", controls) == controls
    assert "skip-to-content-link" in controls[0]


def test_what_ships_many_is_reached_backwards_too(logged_in, orders):
    """Forwards, Tab leads from one tracking number to the next."""
    page = logged_in(f"{ORDERS}ship/")
    controls = page.evaluate(NUMBER)
    page.locator(f"[data-stop='{len(controls) - 1}']").focus()
    assert stops(page, "Shift+Tab", controls) == controls[-2::-1]


def test_the_skip_link_leads_past_the_header(logged_in, orders):
    page = logged_in(ORDERS)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#content :focus")).to_have_count(1)


def test_the_menu_of_the_user(logged_in, transactional_db, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    page.locator(".user-menu summary").press("Enter")
    follow(page, page.get_by_role("button", name="Log out"))
    expect(page.get_by_text("Log in again")).to_be_visible()


def test_the_list_of_keys_opens_where_one_is(logged_in, orders):
    page = logged_in(ORDERS)
    page.set_viewport_size({"width": 1280, "height": 300})
    keys = page.get_by_role("region", name="Keyboard")
    page.keyboard.press("?")
    expect(keys).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_the_list_of_keys_opens_without_a_script(logged_in, orders):
    page = logged_in(ORDERS, java_script=False)
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("region", name="Keyboard")).to_be_visible()


def test_selected_rows_are_shipped_with_s(logged_in, orders):
    page = logged_in(ORDERS)
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ship many orders")
    expect(page.get_by_label("Tracking number of ")).to_have_count(2)
