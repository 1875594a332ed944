"""A second opinion: Amazon's own Python SDK over HTTP, from token to read-back."""

import gzip
import importlib
import logging
from datetime import timedelta

import pytest
import requests

from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from channels.sandbox.sellers import DEMO_EU
from channels.sandbox.server import serve
from channels.sandbox.world import Settings, World
from tests.channels.sandbox.api import XML
from tests.channels.sandbox.test_feeds import envelope, fulfillment


@pytest.fixture(scope="module")
def spapi():
    """The SDK; its import sets up the root logger, which is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    module = pytest.importorskip("spapi", reason="amzn-sp-api is not installed")
    root.handlers[:], root.level = handlers, level
    return module


@pytest.fixture
def sandbox():
    with serve(World(settings=Settings(plan="sandbox"))) as running:
        yield running


@pytest.fixture
def client(spapi, sandbox):
    config = spapi.SPAPIConfig(
        client_id=DEMO_EU.client_id,
        client_secret=DEMO_EU.client_secret,
        refresh_token=DEMO_EU.refresh_token,
        region="EU",
    )
    return spapi.SPAPIClient(
        config, oauth_endpoint=f"{sandbox.url}/auth/o2/token", endpoint=sandbox.url
    )


def test_list_get_confirm_and_read_back(spapi, client, sandbox):
    orders = [
        sandbox.world.create_order("DE", Draft(lines=(Line(quantity=2), Line()))) for _ in range(3)
    ]
    query = {
        "created_after": "2020-01-01T00:00:00Z",
        "marketplace_ids": ["A1PA6795UKMFR9", "A2NODRKZP88ZB9"],
        "fulfillment_statuses": ["UNSHIPPED", "PARTIALLY_SHIPPED"],
        "included_data": ["FULFILLMENT", "PROCEEDS", "BUYER", "RECIPIENT"],
        "max_results_per_page": 2,
        "_request_timeout": 10,
    }
    search = spapi.SearchOrdersApi(client.api_client)
    first = search.search_orders(**query)
    second = search.search_orders(**query, pagination_token=first.pagination.next_token)
    found = [*first.orders, *second.orders]
    assert [order.order_id for order in found] == [order.order_id for order in orders]
    assert second.pagination is None
    assert found[0].buyer.buyer_name == orders[0].buyer.name
    assert found[0].proceeds.grand_total.amount == str(orders[0].total)

    order = orders[0]
    models = importlib.import_module("spapi.models.orders_v0")
    payload = models.ConfirmShipmentRequest(
        marketplace_id=order.marketplace.marketplace_id,
        package_detail=models.PackageDetail(
            package_reference_id="1",
            carrier_code="DHL",
            tracking_number="00340434000000000017",
            ship_date=order.created,
            order_items=[
                models.ConfirmShipmentOrderItem(
                    order_item_id=order.items[0].order_item_id, quantity=2
                )
            ],
        ),
    )
    confirm = spapi.OrdersV0Api(client.api_client)
    assert confirm.confirm_shipment(order.order_id, payload, _request_timeout=60) is None

    shown = spapi.GetOrderApi(client.api_client).get_order(
        order.order_id, included_data=["FULFILLMENT", "PACKAGES"], _request_timeout=60
    )
    assert shown.order.fulfillment.fulfillment_status == "PARTIALLY_SHIPPED"
    (package,) = shown.order.packages
    assert (package.package_reference_id, package.carrier, package.tracking_number) == (
        "1",
        "DHL",
        "00340434000000000017",
    )
    assert [(i.order_item_id, i.quantity) for i in package.package_items] == [
        (order.items[0].order_item_id, 2)
    ]


def test_a_report_is_asked_for_and_found(spapi, client, sandbox):
    order = sandbox.world.create_order("DE", Draft(fulfilled_by=AMAZON, status=Status.SHIPPED))
    # The package's other APIs of reports have the same name.
    api = importlib.import_module("spapi.api.reports_v2021_06_30.reports_api")
    models = importlib.import_module("spapi.models.reports_v2021_06_30")
    reports = api.ReportsApi(client.api_client)
    asked = models.CreateReportSpecification(
        report_type="GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL",
        marketplace_ids=["A1PA6795UKMFR9"],
        data_start_time=order.created - timedelta(days=1),
    )

    report_id = reports.create_report(asked, _request_timeout=60).report_id
    report = reports.get_report(report_id, _request_timeout=60)
    assert (report.report_id, report.processing_status) == (report_id, "DONE")
    document = reports.get_report_document(report.report_document_id, _request_timeout=60)

    assert document.compression_algorithm == "GZIP"
    text = gzip.decompress(requests.get(document.url, timeout=60).content).decode()
    assert order.order_id in text


def test_a_feed_from_the_document_to_its_report(spapi, client, sandbox):
    order = sandbox.world.create_order("SE", Draft(lines=(Line(quantity=2),)))
    models = importlib.import_module("spapi.models.feeds_v2021_06_30")
    feeds = spapi.FeedsApi(client.api_client)
    made = feeds.create_feed_document(
        models.CreateFeedDocumentSpecification(content_type=XML), _request_timeout=60
    )
    content = envelope(fulfillment(order, 2), fulfillment(order, 9, reference="2"))
    put = requests.put(made.url, data=content, headers={"Content-Type": XML}, timeout=60)
    assert put.status_code == 200
    feed_id = feeds.create_feed(
        models.CreateFeedSpecification(
            feed_type="POST_ORDER_FULFILLMENT_DATA",
            marketplace_ids=[order.marketplace.marketplace_id],
            input_feed_document_id=made.feed_document_id,
        ),
        _request_timeout=60,
    ).feed_id

    feed = feeds.get_feed(feed_id, _request_timeout=60)
    assert feed.processing_status == "DONE"
    document = feeds.get_feed_document(feed.result_feed_document_id, _request_timeout=60)
    report = requests.get(document.url, timeout=60).text
    assert "<MessagesSuccessful>1</MessagesSuccessful>" in report
    assert sandbox.world.order(order.order_id).packages[0].tracking_number == "SE1"


def test_refusals_reach_the_sdk_as_its_own_errors(spapi, client, sandbox):
    get = spapi.GetOrderApi(client.api_client)

    with pytest.raises(spapi.rest.ApiException) as refusal:
        get.get_order("302-0000000-0000000", _request_timeout=60)
    assert refusal.value.status == 404

    sandbox.world.faults.push("429", "get")
    with pytest.raises(spapi.rest.ApiException) as refusal:
        get.get_order("302-0000000-0000000", _request_timeout=60)
    assert refusal.value.status == 429


def test_participations(spapi, client):
    answer = spapi.SellersApi(client.api_client).get_marketplace_participations(_request_timeout=60)

    assert [entry.marketplace.country_code for entry in answer.payload] == ["SE", "DE", "GB"]
