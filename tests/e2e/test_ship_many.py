"""Shipping many orders in a browser: a column pasted, a list without JavaScript, a file, undo."""

import pytest
from playwright.sync_api import expect

from channels.models import BulkJob
from channels.sandbox.invent import Draft, Line
from channels.sandbox.moves import request_cancel
from channels.services import bulk, order_settings
from orders.models import CommerceOrder, Package
from tests import factories, portal
from tests.e2e import axe
from tests.e2e.conftest import choose, follow

ORDERS = "/admin/channels/channelorder/"
PAGE = f"{ORDERS}ship/"
NUMBERS = ("RR123456785SE", "UA000000014SE", "RR000000031SE")
DRAFT = Draft(lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")))


@pytest.fixture
def orders(shop):
    portal.without_quota(shop.sandbox)
    return shop.order(*[DRAFT for _ in range(3)])


def ids(orders):
    return ".".join(str(order.pk) for order in orders)


def field(page, order):
    return page.get_by_label(f"Tracking number of {order.amazon_order_id}")


def numbers(page, orders):
    return [field(page, order).input_value() for order in orders]


def paste(locator, text):
    """As a person pastes what a spreadsheet copied."""
    locator.focus()
    locator.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const how = {clipboardData, bubbles: true, cancelable: true};
            field.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        text,
    )


def ship(page, carrier="PostNord"):
    page.get_by_label("Carrier", exact=True).select_option(carrier)
    follow(page, page.get_by_role("button", name="Ship", exact=True))


def work():
    """What a worker does meanwhile."""
    job = BulkJob.objects.latest("pk")
    bulk.run(job.pk)
    return job


def shown_at_amazon(shop, order):
    packages = shop.sandbox.world.order(order.amazon_order_id).packages
    return [package.tracking_number for package in packages]


def test_from_ticked_orders_and_a_pasted_column_to_proof(logged_in, shop, orders):
    page = logged_in(ORDERS)
    choose(page, "Ship…", *orders)

    shown = [line.input_value().split(":")[0] for line in page.locator("input[name=order]").all()]
    order_of = {str(order.pk): order for order in orders}
    lines = [order_of[pk] for pk in shown]
    paste(field(page, lines[0]), "\r\n".join(NUMBERS) + "\r\n")
    assert numbers(page, lines) == list(NUMBERS)
    expect(page.locator("#ship-said")).to_have_text("Filled in: 3.")

    ship(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ship #")
    work()
    expect(page.get_by_role("status")).to_have_text("Finished")
    portal.deliver()
    assert [shown_at_amazon(shop, order) for order in lines] == [[n] for n in NUMBERS]
    page.goto(ORDERS)
    expect(page.locator("#result_list .badge.good", has_text="Completed")).to_have_count(3)


def test_two_columns_find_their_lines(logged_in, orders):
    page = logged_in(f"{PAGE}?orders={ids(orders)}")
    commerce_number = orders[0].commerce_order.number.lstrip("0")
    text = f"\u200e{orders[2].amazon_order_id}\tT3\n702-1\tT9\n{commerce_number}\tT1\n"
    paste(field(page, orders[1]), text)
    assert numbers(page, orders) == ["T1", "", "T3"]
    expect(page.locator("#ship-said")).to_have_text("Filled in: 2. Not on this page: 702-1.")


def test_a_number_of_two_stores_is_not_guessed(logged_in, orders):
    store = factories.amazon_store(store=factories.commerce_store("other"))
    other = factories.placed_order(store=store)
    number = orders[0].commerce_order.number
    CommerceOrder.objects.filter(pk=other.commerce_order_id).update(number=number)
    page = logged_in(f"{PAGE}?orders={ids([orders[0], other])}")
    paste(field(page, orders[0]), f"{number}\tT1\n{other.amazon_order_id}\tT2")
    assert numbers(page, [orders[0], other]) == ["", "T2"]
    expect(page.locator("#ship-said")).to_have_text(f"Filled in: 1. Not on this page: {number}.")


SEVERAL = (
    "Several tracking numbers for one order go in by a file; only the first is filled in for: "
)


def two_parcels(orders):
    """A list of three numbers, two of them for the first order, and one without an order."""
    one, two, _three = (order.amazon_order_id for order in orders)
    return f"{one}\tT1\n{one}\tT9\n{two}\tT2\n{two}\tt2\n\tT3\n"


def test_of_several_numbers_for_one_order_the_first_is_pasted(logged_in, orders):
    page = logged_in(f"{PAGE}?orders={ids(orders)}")
    paste(field(page, orders[0]), two_parcels(orders))
    assert numbers(page, orders) == ["T1", "T2", "T3"]
    told = f"Filled in: 3. {SEVERAL}{orders[0].amazon_order_id}."
    expect(page.locator("#ship-said")).to_have_text(told)


def test_of_several_numbers_for_one_order_the_server_fills_in_the_first(
    logged_in, orders, java_script
):
    page = logged_in(f"{PAGE}?orders={ids(orders)}", java_script=java_script)
    page.get_by_text("Paste a list").click()
    page.get_by_label("Order number and tracking number").fill(two_parcels(orders))
    follow(page, page.get_by_role("button", name="Fill in"))
    assert numbers(page, orders) == ["T1", "T2", "T3"]
    expect(page.get_by_text("3 tracking numbers filled in.")).to_be_visible()
    expect(page.get_by_text(f"{SEVERAL}{orders[0].amazon_order_id}")).to_be_visible()


def test_the_keyboard_leads_from_number_to_number(logged_in, orders):
    page = logged_in(f"{PAGE}?orders={ids(orders)}")
    expect(field(page, orders[0])).to_be_focused()
    page.keyboard.type("T1")
    page.keyboard.press("Tab")
    expect(field(page, orders[1])).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label(f"Other carrier of {orders[1].amazon_order_id}")).to_be_focused()
    field(page, orders[1]).focus()
    page.keyboard.type("T2")
    page.keyboard.press("Enter")  # as a scanner sends it
    expect(field(page, orders[2])).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Ship", exact=True)).to_be_focused()
    assert numbers(page, orders) == ["T1", "T2", ""]
    assert not BulkJob.objects.exists()


def test_a_list_is_filled_in_by_the_server(logged_in, shop, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    follow(page, page.get_by_role("link", name="Ship many"))
    page.get_by_text("Paste a list").click()
    text = "\n".join(f"{o.amazon_order_id} {n}" for o, n in zip(orders, NUMBERS, strict=True))
    page.get_by_label("Order number and tracking number").fill(text)
    follow(page, page.get_by_role("button", name="Fill in"))
    expect(page.get_by_text("3 tracking numbers filled in.")).to_be_visible()
    assert numbers(page, orders) == list(NUMBERS)

    ship(page)
    work()
    portal.deliver()
    assert [shown_at_amazon(shop, order) for order in orders] == [[n] for n in NUMBERS]


def test_a_doubtful_number_needs_a_tick(logged_in, orders, java_script):
    page = logged_in(f"{PAGE}?orders={ids(orders)}", java_script=java_script)
    field(page, orders[0]).fill("SE1")
    field(page, orders[1]).fill(NUMBERS[1])
    ship(page)
    expect(page.get_by_role("alert")).to_have_text(
        "Nothing is shipped yet: look at the lines that are marked."
    )
    expect(page.get_by_text("SE1 does not look like a tracking number")).to_be_visible()
    assert numbers(page, orders) == ["SE1", NUMBERS[1], ""]
    anyway = page.get_by_label(f"Ship anyway {orders[0].amazon_order_id}")
    anyway.check()
    if java_script:
        paste(field(page, orders[0]), f"{orders[0].amazon_order_id}\tSE2")
        expect(anyway).not_to_be_checked()
        anyway.check()  # of SE1 still
        ship(page)
        expect(page.get_by_text("SE2 does not look like a tracking number")).to_be_visible()
        expect(anyway).not_to_be_checked()
        anyway.check()
    follow(page, page.get_by_role("button", name="Ship", exact=True))
    work()
    assert Package.objects.count() == 2


def upload(page, content):
    file = {"name": "shipments.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("CSV file").set_input_files(file)
    follow(page, page.get_by_role("button", name="Preview"))


def rows(page, heading):
    table = page.locator(f"h2:text-is('{heading}') + .scroll tbody tr")
    return [row.locator("td").all_inner_texts() for row in table.all()]


def test_from_a_file_to_proof(logged_in, shop, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    follow(page, page.get_by_role("link", name="Import shipments"))
    one, two, three = orders
    lines = [
        "order-id\tsku\tquantity\tcarrier-code\ttracking-number",  # as Amazon's template
        f"{one.amazon_order_id}\tKET-12\t1\tPostNord\t{NUMBERS[0]}",
        f"{one.amazon_order_id}\tMUG-3\t1\tPostNord\t{NUMBERS[0]}",
        f"{two.commerce_order.number}\t\t\tPostNord\t{NUMBERS[1]}",
        f"{three.amazon_order_id}\t\t\tPostNord\t3.70E+17",
    ]
    upload(page, "\r\n".join(lines).encode("utf-16"))
    assert [row[:5] for row in rows(page, "To ship")] == [
        ["2", one.amazon_order_id, "1 × KET-12", "PostNord", NUMBERS[0]],
        ["3", one.amazon_order_id, "1 × MUG-3", "PostNord", NUMBERS[0]],
        ["4", two.commerce_order.number, "2 × KET-12, 1 × MUG-3", "PostNord", NUMBERS[1]],
    ]
    (wrong,) = rows(page, "Wrong, left out")
    assert wrong[:3] == ["5", three.amazon_order_id, "3.70E+17"]

    follow(page, page.get_by_role("button", name="Ship what is right"))
    work()
    portal.deliver()
    assert [shown_at_amazon(shop, order) for order in orders] == [[NUMBERS[0]], [NUMBERS[1]], []]
    page.reload()
    expect(page.get_by_role("status")).to_have_text("Finished")


def test_a_job_is_taken_back_in_time(logged_in, shop, orders, java_script):
    order_settings.change(orders[0].store, {"grace_minutes": "60"})
    page = logged_in(f"{PAGE}?orders={ids(orders)}", java_script=java_script)
    for order, number in zip(orders, NUMBERS, strict=True):
        field(page, order).fill(number)
    ship(page)
    work()
    page.reload()
    follow(page, page.get_by_role("button", name="Take back all that Amazon has not been told"))
    expect(page.get_by_text("3 orders taken back. Amazon is not told.")).to_be_visible()
    assert not Package.objects.exists()
    portal.deliver()
    assert [shown_at_amazon(shop, order) for order in orders] == [[], [], []]


def test_no_violations(logged_in, shop, orders):
    number = orders[2].amazon_order_id
    shop.sandbox.world.change(number, lambda order: request_cancel(order, reason="x"))
    portal.poll()
    page = logged_in(f"{PAGE}?orders={ids(orders)}")
    found = [axe.found_on(page)]
    field(page, orders[0]).fill("SE1")
    field(page, orders[1]).fill("3.70E+17")
    ship(page)
    found.append(axe.found_on(page))
    page.goto(f"{PAGE}import/")
    found.append(axe.found_on(page))
    upload(
        page, f"order-id,tracking-number,carrier\n{orders[0]},SE1,PostNord\n702-1,T,x\n".encode()
    )
    found.append(axe.found_on(page))
    page.get_by_label("Ship the row with a warning, too").check()
    follow(page, page.get_by_role("button", name="Ship what is right"))
    work()
    page.reload()
    found.append(axe.found_on(page))
    assert found == [[]] * 5
