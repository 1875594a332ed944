"""Feeds: documents, processing, what is applied, and the report about it."""

from xml.etree import ElementTree

import pytest

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Status
from channels.sandbox.sellers import DEMO_EU, DEMO_NA
from channels.sandbox.world import Settings
from tests.channels.sandbox.api import FEEDS, FULFILLMENT, SWEDEN, XML, Api

ACKNOWLEDGEMENT = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
HEAD = (
    "<AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>"
    "<MerchantIdentifier>{seller}</MerchantIdentifier></Header><MessageType>{kind}</MessageType>"
)


def envelope(*bodies, kind="OrderFulfillment", seller=DEMO_EU.seller_id):
    messages = "".join(
        f"<Message><MessageID>{number}</MessageID>{body}</Message>"
        for number, body in enumerate(bodies, 1)
    )
    return (HEAD.format(seller=seller, kind=kind) + messages + "</AmazonEnvelope>").encode()


def items(order, *quantities):
    return "".join(
        f"<Item><AmazonOrderItemCode>{item.order_item_id}</AmazonOrderItemCode>"
        f"<Quantity>{units}</Quantity></Item>"
        for item, units in zip(order.items, quantities, strict=False)
        if units
    )


def fulfillment(order, *quantities, reference="1", tracking="SE1", order_id=None, date=None):
    number = f"<ShipperTrackingNumber>{tracking}</ShipperTrackingNumber>" if tracking else ""
    return (
        f"<OrderFulfillment><AmazonOrderID>{order_id or order.order_id}</AmazonOrderID>"
        f"<MerchantFulfillmentID>{reference}</MerchantFulfillmentID>"
        f"<FulfillmentDate>{date or order.created.isoformat()}</FulfillmentDate>"
        f"<FulfillmentData><CarrierCode>PostNord</CarrierCode>{number}</FulfillmentData>"
        f"{items(order, *quantities)}</OrderFulfillment>"
    )


def cancellation(order, *reasons, status="Failure", number=""):
    merchant = f"<MerchantOrderID>{number}</MerchantOrderID>" if number else ""
    lines = "".join(
        f"<Item><AmazonOrderItemCode>{item.order_item_id}</AmazonOrderItemCode>"
        f"<CancelReason>{reason}</CancelReason></Item>"
        for item, reason in zip(order.items, reasons, strict=False)
        if reason
    )
    return (
        f"<OrderAcknowledgement><AmazonOrderID>{order.order_id}</AmazonOrderID>{merchant}"
        f"<StatusCode>{status}</StatusCode>{lines}</OrderAcknowledgement>"
    )


def submit(amazon, *bodies, feed_type=FULFILLMENT):
    """The id of a feed of these messages, which is processed when somebody looks."""
    kind = "OrderFulfillment" if feed_type == FULFILLMENT else "OrderAcknowledgement"
    document_id, put = amazon.put_document(envelope(*bodies, kind=kind))
    assert (put.status, put.body) == (200, b"")
    answer = amazon.create_feed(document_id, feed_type)
    assert answer.status == 202, answer.body
    amazon.control("state")
    return answer.json()["feedId"]


def results(amazon, feed_id):
    """Of the report: (message, Error or Warning, its words)."""
    report = ElementTree.fromstring(amazon.report(feed_id)).find("Message/ProcessingReport")
    return [
        (
            int(result.findtext("MessageID")),
            result.findtext("ResultCode"),
            result.findtext("ResultDescription"),
        )
        for result in report.findall("Result")
    ]


def status(amazon, feed_id):
    return amazon.feed(feed_id).json()["processingStatus"]


@pytest.fixture
def order(world):
    """Two lines: 3 and 1 units."""
    return world.create_order("SE", Draft(lines=(Line(sku="TEA-50", quantity=3), Line())))


def packages(world, order):
    return [
        (p.reference_id, p.tracking_number, [line.quantity for line in p.items])
        for p in world.order(order.order_id).packages
    ]


# Fulfilment


def test_a_package_is_what_a_call_would_have_made_of_it(amazon, world, order):
    other = world.create_order("SE", Draft(lines=order_lines()))
    submit(amazon, fulfillment(order, 2, 1))
    amazon.confirm(
        other,
        trackingNumber="SE1",
        carrierCode="PostNord",
        orderItems=[
            {"orderItemId": item.order_item_id, "quantity": units}
            for item, units in zip(other.items, (2, 1), strict=True)
        ],
    )
    ours, theirs = world.order(order.order_id), world.order(other.order_id)
    assert ours.status == theirs.status == Status.PARTIALLY_SHIPPED
    assert packages(world, order) == packages(world, other) == [("1", "SE1", [2, 1])]


def order_lines():
    return (Line(sku="TEA-50", quantity=3), Line())


def test_without_items_it_is_all_that_is_left(amazon, world, order):
    amazon.confirm(order, orderItems=[{"orderItemId": order.items[0].order_item_id, "quantity": 1}])
    submit(amazon, fulfillment(order, reference="2"))
    assert packages(world, order)[1] == ("2", "SE1", [2, 1])
    assert world.order(order.order_id).status == Status.SHIPPED


def test_the_same_reference_replaces_the_package(amazon, world, order):
    submit(amazon, fulfillment(order, 3, 1))
    submit(amazon, fulfillment(order, tracking="SE2"))
    assert packages(world, order) == [("1", "SE2", [3, 1])]


def test_a_package_without_a_number_is_applied_with_a_warning(amazon, world, order):
    feed_id = submit(amazon, fulfillment(order, 3, 1, tracking=""))
    assert packages(world, order) == [("1", "", [3, 1])]
    assert results(amazon, feed_id) == [(1, "Warning", "The package has no tracking number.")]


def test_the_report_speaks_of_what_was_refused_and_of_nothing_else(amazon, world, order):
    gone = world.create_order("SE")
    world.change(gone.order_id, moves.cancel)
    elsewhere = world.create_order("US")
    feed_id = submit(
        amazon,
        fulfillment(order, 9),
        fulfillment(order, 3, 1),
        fulfillment(gone, 1),
        fulfillment(order, 1, order_id="302-0000000-0000000"),
        fulfillment(elsewhere, 1),
        fulfillment(order, 3, 1, date="2099-01-01T00:00:00Z"),
    )

    assert [(number, code) for number, code, _ in results(amazon, feed_id)] == [
        (1, "Error"),
        (3, "Error"),
        (4, "Error"),
        (5, "Error"),
        (6, "Error"),
    ]
    assert results(amazon, feed_id)[0][2] == (
        "Quantity is invalid, it exceeds what is left to ship of the item."
    )
    assert packages(world, order) == [("1", "SE1", [3, 1])]
    assert world.order(gone.order_id).packages == world.order(elsewhere.order_id).packages == ()
    summary = ElementTree.fromstring(amazon.report(feed_id)).find(".//ProcessingSummary")
    assert [element.text for element in summary] == ["6", "1", "5", "0"]


def test_a_long_report_is_packed(amazon, order):
    feed_id = submit(amazon, *[fulfillment(order, 9)] * 20)
    document_id = amazon.feed(feed_id).json()["resultFeedDocumentId"]
    shown = amazon.call("GET", f"{FEEDS}/documents/{document_id}").json()
    assert shown["compressionAlgorithm"] == "GZIP"
    assert len(results(amazon, feed_id)) == 20


# Cancellation


def test_failure_cancels_the_lines_it_names(amazon, world, order):
    feed_id = submit(amazon, cancellation(order, "NoInventory"), feed_type=ACKNOWLEDGEMENT)
    assert (status(amazon, feed_id), results(amazon, feed_id)) == ("DONE", [])
    canceled = world.order(order.order_id)
    assert [item.quantity for item in canceled.items] == [0, 1]
    assert canceled.items[0].cancelled_by == "MERCHANT"
    assert canceled.status == Status.UNSHIPPED

    submit(amazon, cancellation(order, "", "BuyerCanceled"), feed_type=ACKNOWLEDGEMENT)
    assert world.order(order.order_id).status == Status.CANCELLED


def test_failure_of_every_line_cancels_the_order(amazon, world, order):
    body = cancellation(order, "BuyerCanceled", "BuyerCanceled")
    submit(amazon, body, feed_type=ACKNOWLEDGEMENT)
    assert world.order(order.order_id).status == Status.CANCELLED
    assert amazon.shown(order.order_id)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"


def test_success_keeps_the_sellers_number(amazon, world, order):
    body = cancellation(order, status="Success", number="000000012")
    submit(amazon, body, feed_type=ACKNOWLEDGEMENT)
    assert world.order(order.order_id).seller_order_id == "000000012"
    assert world.order(order.order_id).status == Status.UNSHIPPED


@pytest.mark.parametrize("before", [Status.PENDING, Status.SHIPPED, Status.CANCELLED])
def test_only_what_is_open_can_be_canceled(amazon, world, order, before):
    world.move_to(order.order_id, before)
    feed_id = submit(amazon, cancellation(order, "NoInventory"), feed_type=ACKNOWLEDGEMENT)
    assert results(amazon, feed_id) == [
        (1, "Error", f"The order is {before} and cannot be canceled.")
    ]
    assert world.order(order.order_id).status == before


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (["NoInventory", "Because"], "The CancelReason Because is not valid."),
        (["NoInventory"], "is shipped or canceled already."),
    ],
)
def test_a_line_that_cannot_be_canceled_keeps_the_others(amazon, world, order, reasons, words):
    amazon.confirm(order, orderItems=[{"orderItemId": order.items[0].order_item_id, "quantity": 1}])
    if len(reasons) > 1:
        order = world.create_order("SE", Draft(lines=order_lines()))
    before = world.order(order.order_id)
    feed_id = submit(amazon, cancellation(order, *reasons), feed_type=ACKNOWLEDGEMENT)
    ((_, code, said),) = results(amazon, feed_id)
    assert (code, words in said) == ("Error", True)
    assert world.order(order.order_id) == before


# The file


@pytest.mark.parametrize(
    "content",
    [
        b"no XML",
        envelope("<OrderFulfillment/>"),
        envelope("<OrderAcknowledgement/>"),
        envelope(kind="OrderAcknowledgement"),
        envelope(seller="SOMEBODY"),
        b"<AmazonEnvelope/>",
    ],
)
def test_a_file_against_the_schema_ends_fatal(amazon, content):
    document_id, _ = amazon.put_document(content)
    feed_id = amazon.create_feed(document_id).json()["feedId"]
    assert status(amazon, feed_id) == "FATAL"
    ((number, code, _),) = results(amazon, feed_id)
    assert (number, code) == (0, "Error")


def test_elements_out_of_order_end_the_whole_file(amazon, world, order):
    wrong = (
        fulfillment(order, 3, 1)
        .replace("<OrderFulfillment>", "")
        .replace("<FulfillmentDate>", "<OrderFulfillment><FulfillmentDate>")
    )
    document_id, _ = amazon.put_document(envelope(fulfillment(order, 3, 1), wrong))
    feed_id = amazon.create_feed(document_id).json()["feedId"]
    assert status(amazon, feed_id) == "FATAL"
    assert packages(world, order) == []


def test_a_marketplace_of_somebody_elses_cancels_the_feed(amazon, world, order):
    document_id, _ = amazon.put_document(envelope(fulfillment(order, 3, 1)))
    answer = amazon.create_feed(document_id, marketplace_ids=["ATVPDKIKX0DER"])
    shown = amazon.feed(answer.json()["feedId"]).json()
    assert (shown["processingStatus"], "resultFeedDocumentId" in shown) == ("CANCELLED", False)
    assert packages(world, order) == []


# Time


def test_a_feed_takes_its_time_and_the_next_one_waits_for_it(amazon, world, order):
    world.settings = Settings(plan="unlimited", feed_seconds=100.0)
    first = submit(amazon, fulfillment(order, 1))
    second = submit(amazon, fulfillment(order, 1, reference="2"))
    assert (status(amazon, first), status(amazon, second)) == ("IN_QUEUE", "IN_QUEUE")
    world.clock.advance(50)
    assert (status(amazon, first), packages(world, order)) == ("IN_PROGRESS", [])
    world.clock.advance(50)
    assert (status(amazon, first), status(amazon, second)) == ("DONE", "IN_QUEUE")
    world.clock.advance(50)
    assert status(amazon, second) == "IN_PROGRESS"
    world.clock.advance(50)
    assert status(amazon, second) == "DONE"
    assert [p[0] for p in packages(world, order)] == ["1", "2"]


def test_what_a_feed_did_shows_only_after_the_lag(amazon, world, order):
    world.settings = Settings(plan="unlimited", visibility_lag=60.0)
    submit(amazon, fulfillment(order, 3, 1))
    assert amazon.shown(order.order_id)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    world.clock.advance(61)
    assert amazon.shown(order.order_id)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


# Documents


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"sent_as": "text/xml"}, "SignatureDoesNotMatch"),
        ({"headers": {"x-amz-access-token": "Atza|a"}}, "SignatureDoesNotMatch"),
        ({"headers": {"Authorization": "Bearer a"}}, "SignatureDoesNotMatch"),
    ],
)
def test_an_upload_is_exactly_what_was_signed(amazon, more, code):
    document_id, put = amazon.put_document(b"<a/>", **more)
    assert (put.status, put.error[0]) == (403, code)
    assert amazon.create_feed(document_id).status == 400


def test_a_url_dies_after_five_minutes_and_cannot_be_made_up(amazon, world):
    made = amazon.call("POST", f"{FEEDS}/documents", document={"contentType": XML}).json()
    path, _, query = made["url"].removeprefix("http://127.0.0.1").partition("?")
    signed_as = {"Content-Type": XML}
    forged = query.replace("Signature=", "Signature=0")
    assert amazon.request("PUT", path, forged, b"<a/>", signed_as).status == 403
    assert amazon.request("PUT", path, "", b"<a/>", signed_as).status == 403
    assert amazon.request("PUT", path + "1", query, b"<a/>", signed_as).status == 403
    world.clock.advance(301)
    assert amazon.request("PUT", path, query, b"<a/>", signed_as).status == 403


def test_a_feed_needs_an_upload_of_its_own_seller_that_still_lives(amazon, world):
    made = amazon.call("POST", f"{FEEDS}/documents", document={"contentType": XML}).json()
    assert amazon.create_feed(made["feedDocumentId"]).status == 400
    document_id, _ = amazon.put_document(envelope())
    assert Api(world, DEMO_NA).create_feed(document_id).status == 400
    assert amazon.create_feed(document_id, "POST_PRODUCT_DATA").status == 400
    assert amazon.create_feed(document_id, marketplace_ids=[]).status == 400
    assert amazon.create_feed(document_id, marketplace_ids=SWEDEN * 26).status == 400
    assert amazon.create_feed(document_id, marketplace_ids=[1]).status == 400
    world.clock.advance(2 * 86_400 + 1)
    amazon.token = None
    assert amazon.create_feed(document_id).status == 400
    assert world.feeds == {}


@pytest.mark.parametrize("body", [None, [], {"contentType": 5}, {"contentType": ""}])
def test_a_document_without_a_content_type_is_refused(amazon, body):
    assert amazon.call("POST", f"{FEEDS}/documents", document=body).status == 400


def test_a_report_is_for_its_seller_and_for_four_weeks(amazon, world, order):
    feed_id = submit(amazon, fulfillment(order, 9))
    document_id = amazon.feed(feed_id).json()["resultFeedDocumentId"]
    other = Api(world, DEMO_NA)
    assert other.feed(feed_id).status == 404
    assert other.call("GET", f"{FEEDS}/documents/{document_id}").status == 404
    world.clock.advance(29 * 86_400)
    amazon.token = None
    assert amazon.call("GET", f"{FEEDS}/documents/{document_id}").status == 404


# Faults


def test_fatal_applies_half_and_says_nothing(amazon, world, order):
    other = world.create_order("SE")
    world.faults.push("fatal", "createFeed")
    feed_id = submit(amazon, fulfillment(order, 3, 1), fulfillment(other, 1))
    shown = amazon.feed(feed_id).json()
    assert (shown["processingStatus"], "resultFeedDocumentId" in shown) == ("FATAL", False)
    assert (len(packages(world, order)), len(packages(world, other))) == (1, 0)


def test_ignored_messages_are_in_no_report(amazon, world, order):
    other = world.create_order("SE")
    world.faults.push("ignored", "createFeed")
    feed_id = submit(amazon, fulfillment(order, 3, 1), fulfillment(other, 1))
    assert (status(amazon, feed_id), results(amazon, feed_id)) == ("DONE", [])
    assert (len(packages(world, order)), len(packages(world, other))) == (0, 1)


def test_an_ignored_call_is_answered_as_any_other(amazon, world, order):
    world.faults.push("ignored", "confirm")
    assert amazon.confirm(order).status == 204
    assert packages(world, order) == []


def test_a_doubled_feed_leaves_one_package_of_each(amazon, world, order):
    world.faults.push("doubled", "createFeed")
    feed_id = submit(amazon, fulfillment(order, 3, 1))
    assert packages(world, order) == [("1", "SE1", [3, 1])]
    assert results(amazon, feed_id) == []


def test_a_canceled_feed_applies_nothing(amazon, world, order):
    world.faults.push("cancelled", "createFeed")
    feed_id = submit(amazon, fulfillment(order, 3, 1))
    assert (status(amazon, feed_id), packages(world, order)) == ("CANCELLED", [])


def test_a_lost_report_is_not_found(amazon, world, order):
    world.faults.push("lose_result", "createFeed")
    feed_id = submit(amazon, fulfillment(order, 3, 1))
    document_id = amazon.feed(feed_id).json()["resultFeedDocumentId"]
    assert amazon.call("GET", f"{FEEDS}/documents/{document_id}").status == 404
    assert len(packages(world, order)) == 1


def test_people_see_the_feeds(amazon, order):
    feed_id = submit(amazon, fulfillment(order, 9), fulfillment(order, 3, 1))
    assert feed_id in amazon.request("GET", "/").body.decode()
    (feed,) = amazon.control("state").json()["feeds"]
    assert (feed["status"], feed["applied"], feed["refused"]) == ("DONE", 1, 1)


@pytest.mark.parametrize(
    ("operation", "burst", "rate"),
    [("createFeedDocument", 15, "0.5"), ("createFeed", 15, "0.0083"), ("getFeed", 15, "2.0"),
     ("getFeedDocument", 10, "0.0222")],
)  # fmt: skip
def test_each_operation_has_its_plan(amazon, world, operation, burst, rate):
    call = {
        "createFeedDocument": lambda: amazon.call("POST", f"{FEEDS}/documents", document={}),
        "createFeed": lambda: amazon.create_feed("none"),
        "getFeed": lambda: amazon.feed("1"),
        "getFeedDocument": lambda: amazon.call("GET", f"{FEEDS}/documents/none"),
    }[operation]
    world.settings = Settings(plan="amazon")
    answers = [call() for _ in range(burst)]
    assert {answer.headers["x-amzn-RateLimit-Limit"] for answer in answers} == {rate}
    assert call().status == 429
