"""Reports of what Amazon shipped: asked for, processed, fetched."""

import gzip
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from channels.sandbox.fba_report import COLUMNS, parcel
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, NON_AMAZON, Address, Buyer, Status
from channels.sandbox.sellers import DEMO_FE, DEMO_NA
from channels.sandbox.world import Settings
from tests.channels.sandbox.api import Api

SHIPPED = Draft(
    fulfilled_by=AMAZON,
    status=Status.SHIPPED,
    lines=(Line(sku="KET-12", quantity=2), Line(sku="MUG-3")),
    buyer=Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se"),
    address=Address(name="Anna Öberg", line1="Storgatan 1", city="Stockholm", country_code="SE"),
)


def progress(amazon, report_id):
    answer = amazon.report(report_id)
    assert answer.status == 200, answer.body
    return answer.json()


def asked(amazon, **changes):
    answer = amazon.create_report(**changes)
    assert answer.status == 202, answer.body
    return answer.json()["reportId"]


def fetched(amazon, **changes):
    """The download of a new report."""
    document_id = progress(amazon, asked(amazon, **changes))["reportDocumentId"]
    url = urlsplit(amazon.report_document(document_id).json()["url"])
    return amazon.request("GET", url.path)


def table(amazon, *, charset="iso-8859-1", **changes):
    """The rows of a new report, by column."""
    text = gzip.decompress(fetched(amazon, **changes).body).decode(charset)
    head, *lines = text.removesuffix("\r\n").split("\r\n")
    assert head.split("\t") == list(COLUMNS)
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines]


def test_each_line_leaves_in_a_parcel_of_its_own(amazon, world):
    order = world.create_order("SE", SHIPPED)

    kettle, mug = table(amazon)

    assert [(row["sku"], row["quantity-shipped"]) for row in (kettle, mug)] == [
        ("KET-12", "2"),
        ("MUG-3", "1"),
    ]
    first, second = (parcel(order, item) for item in order.items)
    assert (kettle["carrier"], kettle["tracking-number"]) == (first.carrier, first.tracking_number)
    assert (mug["carrier"], mug["tracking-number"]) == (second.carrier, second.tracking_number)
    assert kettle["tracking-number"] != mug["tracking-number"]
    assert kettle["shipment-id"] == mug["shipment-id"] == first.shipment_id
    assert {row["amazon-order-id"] for row in (kettle, mug)} == {order.order_id}
    assert kettle["amazon-order-item-id"] == order.items[0].order_item_id
    assert kettle["shipment-date"] == "2026-11-24T12:00:00+00:00"


def test_nothing_about_the_buyer_is_in_it(amazon, world):
    world.create_order("SE", SHIPPED)
    text = gzip.decompress(fetched(amazon).body).decode("iso-8859-1")
    assert not [word for word in ("Anna", "Storgatan", "@") if word in text]


def test_only_what_amazon_shipped_in_that_time_for_this_seller(amazon, world):
    now = world.clock.now()
    inside = world.create_order("SE", SHIPPED)
    world.create_order("SE", SHIPPED, at=now - timedelta(days=2))
    world.create_order("US", SHIPPED)
    world.create_order("DE", SHIPPED)
    world.create_order("SE", Draft(status=Status.SHIPPED))
    world.create_order("SE", Draft(fulfilled_by=AMAZON, status=Status.PENDING))

    found = table(amazon, marketplaceIds=["A2NODRKZP88ZB9"])

    assert {row["amazon-order-id"] for row in found} == {inside.order_id}


def test_multi_channel_orders_go_by_a_number_of_their_own(amazon, world):
    world.create_order(
        "SE", Draft(fulfilled_by=AMAZON, status=Status.SHIPPED, channel=NON_AMAZON, lines=(Line(),))
    )
    (row,) = table(amazon)
    assert row["amazon-order-id"].startswith("S01-")


def test_japan_gets_windows_31j_and_no_word_about_it(world):
    japan = Api(world, DEMO_FE)
    title = "髙島のポット①"  # two letters that Shift_JIS does not have
    world.create_order(
        "JP", Draft(fulfilled_by=AMAZON, status=Status.SHIPPED, lines=(Line(title=title),))
    )
    assert fetched(japan).headers["Content-Type"] == "text/plain"
    (row,) = table(japan, charset="cp932")
    assert row["product-name"] == title
    assert row["shipment-date"].endswith("+09:00")


def test_others_say_their_charset(amazon, world):
    world.create_order("SE", SHIPPED)
    assert fetched(amazon).headers["Content-Type"] == "text/plain;charset=ISO-8859-1"


def test_a_report_is_ready_after_a_while(amazon, world):
    world.settings = Settings(plan="unlimited", report_delay=60)
    world.create_order("SE", SHIPPED)
    report_id = asked(amazon)
    assert progress(amazon, report_id)["processingStatus"] == "IN_PROGRESS"
    assert "reportDocumentId" not in progress(amazon, report_id)

    world.clock.advance(60)

    assert progress(amazon, report_id)["processingStatus"] == "DONE"


def test_nothing_to_report_ends_cancelled(amazon):
    ended = progress(amazon, asked(amazon))
    assert ended["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in ended


def test_what_is_in_a_report_is_decided_once(amazon, world):
    report_id = asked(amazon)
    assert progress(amazon, report_id)["processingStatus"] == "CANCELLED"
    world.create_order("SE", SHIPPED, at=world.clock.now() - timedelta(hours=1))
    assert progress(amazon, report_id)["processingStatus"] == "CANCELLED"


def test_a_fatal_report_has_its_reason(amazon, world):
    world.faults.push("fatal", "create_report")
    ended = progress(amazon, asked(amazon))
    assert ended["processingStatus"] == "FATAL"
    url = urlsplit(amazon.report_document(ended["reportDocumentId"]).json()["url"])
    body = gzip.decompress(amazon.request("GET", url.path).body)
    assert body == b"The report could not be made.\n"


def test_the_url_lives_five_minutes_and_needs_no_token(amazon, world):
    world.create_order("SE", SHIPPED)
    document_id = progress(amazon, asked(amazon))["reportDocumentId"]
    path = urlsplit(amazon.report_document(document_id).json()["url"]).path
    assert amazon.request("GET", path).status == 200
    world.clock.advance(301)
    assert amazon.request("GET", path).status == 403
    assert amazon.request("GET", "/report-documents/made-up").status == 404


def test_another_seller_sees_neither_report_nor_document(amazon, world):
    world.create_order("SE", SHIPPED)
    report_id = asked(amazon)
    document_id = progress(amazon, report_id)["reportDocumentId"]
    other = Api(world, DEMO_NA)
    assert other.report(report_id).status == 404
    assert other.report_document(document_id).status == 404


@pytest.mark.parametrize(
    ("changes", "status", "details"),
    [
        ({"reportType": "GET_SOMETHING"}, 400, "does not make reports of this type"),
        ({"marketplaceIds": []}, 400, "1 to 25 ids"),
        ({"marketplaceIds": None}, 400, "1 to 25 ids"),
        ({"marketplaceIds": ["ATVPDKIKX0DER"]}, 403, ""),
        ({"dataStartTime": "yesterday"}, 400, "dataStartTime is not an ISO 8601 date"),
        ({"dataStartTime": "2026-11-24T00:00:00"}, 400, "dataStartTime is not an ISO 8601 date"),
        ({"dataEndTime": "2026-11-24T12:00:01Z"}, 400, "must be past"),
        ({"dataStartTime": "2026-11-24T12:00:01Z"}, 400, "must be past"),
        ({"dataStartTime": "2026-10-20T00:00:00Z"}, 400, "one month at most"),
    ],
)
def test_what_is_refused(amazon, world, changes, status, details):
    answer = amazon.create_report(**changes)
    assert answer.status == status
    assert details in answer.json()["errors"][0]["details"]
    assert world.reports.asked == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_body_that_is_no_object_is_refused(amazon, body):
    amazon.create_report()  # to have a token
    headers = {"x-amz-access-token": amazon.token}
    path = "/reports/2021-06-30/reports"
    assert amazon.request("POST", path, body=body, headers=headers).status == 400


def test_a_reset_forgets_reports(amazon, world):
    report_id = asked(amazon)
    world.reset()
    amazon.token = None
    assert amazon.report(report_id).status == 404
