"""Every action of the Orders tab without JavaScript: on ticked rows, and on all that match.

What matches is a search for a buyer, sealed in the address; no row is ticked for it. Pages that
ask first have to keep both.
"""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Buyer
from tests.channels.papers.reading import text
from tests.e2e.conftest import choose, download, follow

ORDERS = "/admin/channels/channelorder/"
ANNA = Buyer(name="Anna O'Brien-Öberg", email="k3v9x@marketplace.amazon.se")


@pytest.fixture
def orders(shop):
    """Two of Anna's, one of somebody else."""
    hers = Draft(buyer=ANNA, lines=(Line(sku="KET-12"),))
    return shop.order(hers, hers, Draft(lines=(Line(sku="MUG-3"),)))


def asked(field, answer, button):
    """Answer the page that asks first."""

    def on(page):
        page.get_by_label(field).fill(answer)
        follow(page, page.get_by_role("button", name=button))
        return in_job(page)

    return on


def in_job(page):
    """What the job whose page this is has taken on."""
    expect(page.get_by_role("status")).to_have_text("Queued")
    return page.locator(".job-rows").inner_text()


def on_the_page(page):
    return page.locator(".ship-lines").inner_text()


def in_pdf(page):
    return text(Path(download(page, "Download PDF").path()).read_bytes())


def in_csv(page):
    page.get_by_label("Format").select_option("CSV (UTF-8)")
    return Path(download(page, "Download").path()).read_text("utf-8-sig")


def number(order):
    return order.amazon_order_id


ACTIONS = {
    "Ship…": (on_the_page, number),
    "Hold…": (asked("Reason", "recount", "Put on hold"), number),
    "Unhold": (in_job, number),
    "Retry": (in_job, number),
    "Fetch again from Amazon": (in_job, number),
    "Add note…": (asked("Note", "Call the carrier", "Add note"), number),
    "Packing slips": (in_pdf, number),
    "Pick list": (in_pdf, lambda order: order.commerce_order.number),
    "Export": (in_csv, number),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_on_ticked_rows_and_on_all_that_match(logged_in, orders, action):
    read, name = ACTIONS[action]

    def reached(page):
        found = read(page)
        return [order for order in orders if name(order) in found]

    page = logged_in(ORDERS, java_script=False)
    choose(page, action, orders[0], orders[2])
    assert reached(page) == [orders[0], orders[2]]

    page.goto(ORDERS)
    page.get_by_label("Search").fill("oberg ann")
    follow(page, page.get_by_role("button", name="Search"))
    assert "find=" in page.url
    page.get_by_label("all 2 that match").check()
    choose(page, action)
    assert reached(page) == orders[:2]


def test_every_action_is_tried(logged_in, orders):
    page = logged_in(ORDERS)
    options = page.get_by_label("Action:").locator("option").all_inner_texts()
    assert options == ["---------", *ACTIONS]


@pytest.mark.parametrize("action", ["Hold…", "Packing slips", "Export"])
def test_back_from_a_question_is_back_in_the_search(logged_in, orders, action):
    page = logged_in(f"{ORDERS}?q=MUG-3", java_script=False)
    choose(page, action, orders[2])
    follow(page, page.get_by_role("link", name="Back"))
    assert page.url.endswith(f"{ORDERS}?q=MUG-3")
