"""Faults on demand, without sockets; what a client sees of broken connections is in test_server."""

import pytest

from channels.sandbox.records import Status
from tests.channels.sandbox.api import SEARCH


@pytest.fixture
def orders(world):
    return [world.create_order("SE").order_id for _ in range(3)]


def page(amazon, token=None, size=2):
    """Ids and next token of one page."""
    document = amazon.search(maxResultsPerPage=size, paginationToken=token).json()
    ids = [order["orderId"] for order in document["orders"]]
    return ids, document.get("pagination", {}).get("nextToken")


@pytest.mark.parametrize(
    ("kind", "code"),
    [("429", "QuotaExceeded"), ("500", "InternalFailure"), ("503", "ServiceUnavailable")],
)
def test_a_failure_happens_once_and_only_to_its_operation(amazon, world, kind, code):
    world.faults.push(kind, "get")

    assert amazon.search().status == 200
    failed = amazon.get("302-0000000-0000000")
    assert (failed.status, failed.error[0]) == (int(kind), code)
    assert failed.headers["x-amzn-RequestId"]
    assert "x-amzn-RateLimit-Limit" not in failed.headers
    assert amazon.get("302-0000000-0000000").status == 404
    assert [call.fault for call in world.calls] == [None, None, kind, None]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", "temporarily_unavailable"),
        ("500", "server_error"),
        ("503", "temporarily_unavailable"),
    ],
)
def test_the_token_endpoint_fails_in_its_own_words(amazon, world, kind, error):
    world.faults.push(kind, "token")

    answer = amazon.log_in()

    assert (answer.status, answer.json()["error"]) == (int(kind), error)
    assert world.tokens == {}


def test_without_an_operation_the_next_call_meets_it(amazon, world):
    world.faults.push("500", times=2)

    assert amazon.log_in().status == 500
    assert amazon.log_in().status == 500
    assert amazon.log_in().status == 200


@pytest.mark.parametrize("status", [200, 403, 502])
def test_an_html_page_in_place_of_json(amazon, world, orders, status):
    world.faults.push("html", "confirm", status=status)

    answer = amazon.confirm(world.order(orders[0]))

    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html")
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert world.order(orders[0]).status == Status.UNSHIPPED


def test_an_empty_body(amazon, world):
    world.faults.push("empty", "search")
    world.faults.push("empty", "search", status=503)

    first, second = amazon.search(), amazon.search()

    assert (first.status, first.body) == (200, b"")
    assert (second.status, second.body) == (503, b"")


@pytest.mark.parametrize(("kind", "status"), [("drop", "UNSHIPPED"), ("lost_reply", "SHIPPED")])
def test_a_connection_that_breaks_before_or_after_it_is_applied(
    amazon, world, orders, kind, status
):
    world.faults.push(kind, "confirm")

    with pytest.raises(ConnectionAbortedError):
        amazon.confirm(world.order(orders[0]))

    assert world.order(orders[0]).status == status
    assert world.calls[-1].status is None


def test_a_truncated_body_is_applied_and_ends_half_way(amazon, world, orders):
    world.faults.push("truncated", "search")

    with pytest.raises(ConnectionAbortedError):
        amazon.search()

    assert world.calls[-1].status == 200


def test_a_stall_answers_in_the_end(amazon, world, orders):
    world.closing.set()  # the server is stopping: nobody waits
    world.faults.push("stall", "search", seconds=3600)

    assert amazon.search().status == 200


def test_a_duplicate_page_shows_the_same_orders_again(amazon, world, orders):
    world.faults.push("duplicate_page", "search")

    first, token = page(amazon)
    again, token = page(amazon, token)
    last, end = page(amazon, token)

    assert (first, again, last, end) == (orders[:2], orders[:2], orders[2:], None)


def test_a_repeated_token_waits_for_a_later_page(amazon, world):
    orders = [world.create_order("SE").order_id for _ in range(3)]
    world.faults.push("repeated_token", "search")

    first, token = page(amazon, size=1)
    second, same = page(amazon, token, size=1)
    again, other = page(amazon, same, size=1)

    assert (first, second, again) == (orders[:1], orders[1:2], orders[1:2])
    assert same == token
    assert other != token


def test_an_order_that_changes_between_pages_comes_twice_with_a_newer_stamp(amazon, world, orders):
    before = world.order(orders[0])
    world.faults.push("changing_page", "search")

    first, token = page(amazon)
    second, end = page(amazon, token)

    assert (first, second, end) == (orders[:2], [orders[2], orders[0]], None)
    assert world.order(orders[0]).updated > before.updated


@pytest.mark.parametrize("operation", ["search", "get"])
def test_one_malformed_order(amazon, world, orders, operation):
    world.faults.push("malformed_order", operation)

    if operation == "search":
        shapes = [type(order["orderItems"]) for order in amazon.search().json()["orders"]]
        assert shapes == [str, list, list]
    else:
        assert amazon.shown(orders[0])["orderItems"] == "unavailable"
    assert amazon.shown(orders[0])["orderItems"] != "unavailable"


@pytest.mark.parametrize("operation", ["search", "get", "confirm"])
def test_stale_reads_show_what_was_before_the_confirmation(amazon, world, orders, operation):
    order = world.order(orders[0])
    if operation == "confirm":
        world.faults.push("stale", "confirm", seconds=30)
        amazon.confirm(order)
    else:
        amazon.confirm(order)
        world.faults.push("stale", operation, seconds=30)
        amazon.get(orders[0]) if operation == "get" else amazon.search()

    def status():
        found = amazon.search(includedData="FULFILLMENT").json()["orders"]
        (searched,) = [o for o in found if o["orderId"] == orders[0]]
        shown = amazon.shown(orders[0])
        assert (
            searched["fulfillment"]["fulfillmentStatus"]
            == (shown["fulfillment"]["fulfillmentStatus"])
        )
        return shown["fulfillment"]["fulfillmentStatus"]

    assert status() == "UNSHIPPED"
    assert world.order(orders[0]).status == Status.SHIPPED
    world.clock.advance(31)
    assert status() == "SHIPPED"


def test_random_faults_come_at_their_rate_and_are_repeatable(amazon, world):
    world.faults.at_random(1.0, ["503"])
    assert {amazon.log_in().status for _ in range(5)} == {503}

    world.faults.at_random(0.5, ["500"])
    statuses = [amazon.log_in().status for _ in range(200)]
    assert 60 < statuses.count(500) < 140

    world.faults.clear()
    assert {amazon.log_in().status for _ in range(20)} == {200}


def test_random_kinds_that_cannot_happen_to_a_call_are_passed_over(amazon, world):
    world.faults.at_random(1.0, ["malformed_order"])

    assert amazon.log_in().status == 200


@pytest.mark.parametrize(
    ("push", "message"),
    [
        (("explosion",), "There is no fault 'explosion'"),
        (("malformed_order", "token"), "The fault malformed_order cannot happen to 'token'."),
        (("500", "feeds"), "The fault 500 cannot happen to 'feeds'."),
    ],
)
def test_faults_that_make_no_sense_are_refused(world, push, message):
    with pytest.raises(ValueError, match=message):
        world.faults.push(*push)

    assert world.faults.waiting == ()


def test_faults_do_not_hit_calls_that_are_refused_anyway(amazon, world):
    world.faults.push("500", "search")
    answer = amazon.request("GET", SEARCH, headers={"x-amz-access-token": "Atza|made-up"})

    assert answer.status == 403
    assert [fault.kind for fault in world.faults.waiting] == ["500"]
