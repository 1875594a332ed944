"""Jobs in a browser: each action of the Orders tab, and watching what becomes of it."""

import pytest
from playwright.sync_api import expect

from channels.models import BulkJob, ChannelOrder
from channels.sandbox.invent import Draft, Line
from channels.services import bulk
from orders.models import CommerceOrder, Product
from tests import portal
from tests.e2e import axe
from tests.e2e.conftest import choose, follow
from tests.orders.shipping import notes_of

ORDERS = "/admin/channels/channelorder/"
JOBS = "/admin/channels/bulkjob/"


@pytest.fixture
def orders(shop):
    portal.without_quota(shop.sandbox)
    return shop.order(*[Draft() for _ in range(3)])


def work():
    """What a worker would do meanwhile."""
    job = BulkJob.objects.latest("pk")
    bulk.run(job.pk)
    return BulkJob.objects.get(pk=job.pk)


def rows(page):
    """State and message of each row, as they are shown."""
    return [
        tuple(cell.inner_text() for cell in row.locator("td").all()[:2])
        for row in page.locator(".job-rows tbody tr").all()
    ]


def see_done(page, java_script, said="Finished"):
    """Without JavaScript one has to ask."""
    if not java_script:
        follow(page, page.get_by_role("link", name="Refresh"))
    expect(page.get_by_role("status")).to_have_text(said)


def test_holding_asks_why_and_is_watched(logged_in, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    choose(page, "Hold…", *orders[:2])
    expect(page.get_by_text("2 orders: nothing of them is shipped")).to_be_visible()
    follow(page, page.get_by_role("button", name="Put on hold"))
    expect(page.get_by_role("alert")).to_have_text("This field is required.")
    page.get_by_label("Reason").fill("recount")
    follow(page, page.get_by_role("button", name="Put on hold"))

    expect(page.get_by_role("status")).to_have_text("Queued")
    expect(page.get_by_text("0 of 2 orders")).to_be_visible()
    assert rows(page) == [("Waiting", "")] * 2
    work()
    see_done(page, java_script)
    assert rows(page) == [("Done", "On hold.")] * 2
    expect(page.get_by_role("button", name="Stop the rest")).to_have_count(0)
    assert CommerceOrder.objects.filter(state="on_hold").count() == 2

    follow(page, page.get_by_role("link", name=orders[0].amazon_order_id))
    expect(page.get_by_text("On hold: recount")).to_be_visible()


def test_an_answer_that_fails_for_a_moment_does_not_end_the_watching(logged_in, orders, pages):
    page = logged_in(ORDERS)
    choose(page, "Unhold", orders[0])
    with page.expect_response(lambda answer: answer.status == 502):
        page.route("**/change/", lambda route: route.fulfill(status=502), times=1)
    work()
    see_done(page, java_script=True, said="Finished, 1 refused")
    assert all("502" in problem for problem in pages.problems)
    pages.problems.clear()


def test_a_job_that_is_gone_is_not_asked_for_again(logged_in, orders, pages):
    page = logged_in(ORDERS)
    choose(page, "Unhold", orders[0])
    asked = []
    with page.expect_response(lambda answer: answer.status == 404):
        page.route("**/change/", lambda route: asked.append(1) or route.fulfill(status=404))
    page.wait_for_timeout(3_000)  # it would be asked for every two seconds
    assert asked == [1]
    pages.problems.clear()


def test_releasing_tells_what_was_refused_and_tries_it_again(logged_in, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    choose(page, "Unhold", orders[0])
    work()
    see_done(page, java_script, "Finished, 1 refused")
    number = orders[0].commerce_order.number
    assert rows(page) == [("Refused", f"Order {number} is Pending: it is not on hold.")]
    follow(page, page.get_by_role("button", name="Try 1 order again"))
    expect(page.get_by_role("status")).to_have_text("Queued")
    assert BulkJob.objects.count() == 2


def test_retrying_creates_the_commerce_order(logged_in, shop):
    Product.objects.create(sku="GONE", enabled=False)
    order = shop.order(Draft(lines=(Line(sku="GONE"),)))
    Product.objects.update(enabled=True)
    page = logged_in(ORDERS)
    choose(page, "Retry", order)
    work()
    see_done(page, java_script=True)
    assert rows(page) == [("Done", "Commerce order 000000001 created.")]


def test_fetching_again_brings_what_changed(logged_in, shop, orders):
    ChannelOrder.objects.filter(pk=orders[0].pk).update(
        digest=b"", last_updated="2020-01-01T00:00Z"
    )
    page = logged_in(ORDERS)
    choose(page, "Fetch again from Amazon", *orders[:2])
    work()
    see_done(page, java_script=True)
    assert sorted(rows(page)) == [("Done", "Changed."), ("Done", "Nothing new at Amazon.")]


def test_a_note_is_written_on_every_order(logged_in, orders, java_script):
    page = logged_in(ORDERS, java_script=java_script)
    choose(page, "Add note…", *orders)
    page.get_by_label("Note").fill("Call the carrier")
    follow(page, page.get_by_role("button", name="Add note"))
    work()
    see_done(page, java_script)
    assert {notes_of(order)[-1] for order in orders} == {"Comment: Call the carrier"}


def test_the_rest_is_stopped(logged_in, orders, monkeypatch):
    page = logged_in(ORDERS)
    choose(page, "Unhold", *orders)
    monkeypatch.setattr(bulk, "TURN", 0)
    work()
    expect(page.get_by_text("1 of 3 orders")).to_be_visible()  # by itself
    follow(page, page.get_by_role("button", name="Stop the rest"))
    expect(page.get_by_text("Stopped: 2 orders were not touched.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Stopped")
    follow(page, page.get_by_role("link", name="Not done 2"))
    assert [state for state, _ in rows(page)] == ["Not done"] * 2


def test_what_somebody_is_in_with_the_keyboard_changes_when_they_leave(logged_in, orders):
    page = logged_in(ORDERS)
    choose(page, "Unhold", *orders)
    stop = page.get_by_role("button", name="Stop the rest")
    stop.focus()
    work()
    see_done(page, java_script=True, said="Finished, 3 refused")
    expect(stop).to_be_focused()
    page.wait_for_timeout(3_000)  # it is asked for every two seconds
    expect(stop).to_be_focused()
    stop.blur()
    expect(page.get_by_role("button", name="Try 3 orders again")).to_be_visible()
    expect(stop).to_have_count(0)


def test_jobs_are_listed_with_how_far_they_are(logged_in, orders):
    page = logged_in(ORDERS)
    choose(page, "Unhold", *orders)
    page.goto(JOBS)
    expect(page.get_by_text("0 of 3")).to_be_visible()
    follow(page, page.get_by_role("link", name="Unhold #"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unhold #")


def test_no_violations(logged_in, orders, monkeypatch):
    page = logged_in(ORDERS)
    choose(page, "Hold…", *orders)
    assert axe.found_on(page) == []
    page.get_by_label("Reason").fill("recount")
    follow(page, page.get_by_role("button", name="Put on hold"))
    monkeypatch.setattr(bulk, "TURN", 0)
    job = work()
    for path in (f"{JOBS}{job.pk}/change/", JOBS):
        page.goto(path)
        assert axe.found_on(page) == []
