import json
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from channels.amazon.client import USER_AGENT
from channels.amazon.errors import (
    Unavailable,
    UnexpectedPayload,
)
from channels.amazon.types import Dataset, Participation
from tests.channels.amazon.calls import CALLS, GOOD, ORDER_ID, PACKAGE, QUERY, every_operation
from tests.channels.amazon.fake_http import (
    ENDPOINT,
    FakeAmazon,
    answer,
    client_of,
    errors,
)
from tests.channels.amazon.samples import ALL, order


def query_of(request):
    return dict(parse_qsl(urlsplit(request.url).query, strict_parsing=True))


# The four calls


def test_a_search_asks_in_amazons_words_and_reads_the_page():
    body = {
        "orders": [order()],
        "pagination": {"nextToken": "ZXhhbXBsZS1vbmx5+/=="},
        "lastUpdatedBefore": "2026-08-14T16:28:00.000Z",
    }
    amazon = FakeAmazon(answer(200, body))
    page = client_of(amazon).search_orders(QUERY)
    [(request, _, _)] = amazon.calls
    assert (request.method, request.url.split("?")[0]) == (
        "GET",
        "https://sellingpartnerapi-eu.amazon.com/orders/2026-01-01/orders",
    )
    assert query_of(request) == {
        "lastUpdatedAfter": "2026-08-14T12:00:00.000Z",
        "marketplaceIds": "ATVPDKIKX0DER,A2EUQ1WTGCTBG2",
        "includedData": "BUYER,FULFILLMENT",
        "maxResultsPerPage": "100",
    }
    assert [entry.amazon_order_id for entry in page.orders] == [ORDER_ID]
    assert (page.next_token, page.last_updated_before, page.request_id) == (
        "ZXhhbXBsZS1vbmx5+/==",
        "2026-08-14T16:28:00.000Z",
        "req-1",
    )


def test_the_next_page_repeats_the_query_and_encodes_the_token():
    amazon = FakeAmazon(answer(200, {"orders": []}), answer(200, {"orders": []}))
    client = client_of(amazon)
    client.search_orders(QUERY)
    client.search_orders(QUERY, pagination_token="a+b/c==&d")
    first, second = (request for request, _, _ in amazon.calls)
    assert "paginationToken=a%2Bb%2Fc%3D%3D%26d" in second.url
    assert query_of(second) == query_of(first) | {"paginationToken": "a+b/c==&d"}


def test_one_order_is_asked_for_by_its_id():
    amazon = FakeAmazon(GOOD["getOrder"])
    raw = client_of(amazon).get_order(ORDER_ID, {Dataset.PACKAGES, Dataset.FULFILLMENT})
    [(request, _, _)] = amazon.calls
    assert request.url == f"{ENDPOINT}/orders/2026-01-01/orders/{ORDER_ID}" + (
        "?includedData=FULFILLMENT%2CPACKAGES"
    )
    assert (raw.amazon_order_id, json.loads(raw.raw)) == (ORDER_ID, order())


def test_without_datasets_none_are_asked_for():
    amazon = FakeAmazon(GOOD["getOrder"])
    client_of(amazon).get_order(ORDER_ID, frozenset())
    assert amazon.calls[0][0].url == f"{ENDPOINT}/orders/2026-01-01/orders/{ORDER_ID}"


def test_another_order_than_asked_for_is_refused():
    amazon = FakeAmazon(answer(200, {"order": order("pending")}))
    with pytest.raises(UnexpectedPayload, match="getOrder: another order came back"):
        client_of(amazon).get_order(ORDER_ID, ALL)


def test_a_shipment_is_confirmed_and_the_request_id_kept():
    amazon = FakeAmazon(answer(204, b"", {"x-amzn-RequestId": "req-204"}))
    assert client_of(amazon).confirm_shipment(ORDER_ID, "ATVPDKIKX0DER", PACKAGE) == "req-204"
    [(request, _, _)] = amazon.calls
    assert (request.method, request.url) == (
        "POST",
        f"{ENDPOINT}/orders/v0/orders/{ORDER_ID}/shipmentConfirmation",
    )
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "marketplaceId": "ATVPDKIKX0DER",
        "packageDetail": {
            "packageReferenceId": "1",
            "carrierCode": "DHL",
            "trackingNumber": "00340434000000000017",
            "shipDate": "2026-08-12T12:00:00.000Z",
            "orderItems": [{"orderItemId": "40211877100355", "quantity": 2}],
        },
    }


def participation(**changes):
    marketplace = {
        "id": "A2NODRKZP88ZB9",
        "name": "Amazon.se",
        "countryCode": "SE",
        "defaultCurrencyCode": "SEK",
        "defaultLanguageCode": "sv_SE",
        "domainName": "www.amazon.se",
    }
    row = {
        "marketplace": marketplace,
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
        "storeName": "Example Shop",
    }
    return row | changes


def test_the_marketplaces_of_a_seller_are_listed():
    off = {"isParticipating": False, "hasSuspendedListings": False}
    rows = [participation(), participation(participation=off, storeName=None)]
    amazon = FakeAmazon(answer(200, {"payload": rows}))
    listed = client_of(amazon).marketplace_participations()
    assert amazon.calls[0][0].url == f"{ENDPOINT}/sellers/v1/marketplaceParticipations"
    sweden = {
        "marketplace_id": "A2NODRKZP88ZB9",
        "country_code": "SE",
        "name": "Amazon.se",
        "currency": "SEK",
    }
    assert listed == (
        Participation(**sweden, participating=True, store_name="Example Shop"),
        Participation(**sweden, participating=False),
    )


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "Object missing required field `payload`"),
        (
            {"payload": [participation(participation={"isParticipating": "yes"})]},
            "payload[0].participation.isParticipating: Expected `bool`, got `str`",
        ),
    ],
)
def test_marketplaces_of_another_shape_are_refused(body, detail):
    with pytest.raises(UnexpectedPayload) as caught:
        client_of(FakeAmazon(answer(200, body))).marketplace_participations()
    assert caught.value.detail == detail


# Every call


@every_operation
def test_every_call_has_token_user_agent_and_time_outs(operation):
    amazon = FakeAmazon(GOOD[operation])
    CALLS[operation](client_of(amazon, timeout=(1.5, 7.0)))
    [(request, timeout, _)] = amazon.calls
    assert request.headers["x-amz-access-token"] == "Atza|1"
    assert request.headers["user-agent"] == USER_AGENT
    assert request.headers["accept"] == "application/json"
    assert timeout == (1.5, 7.0)


def test_the_user_agent_is_one_that_amazon_accepts():
    assert USER_AGENT.startswith("SyncPortal/")
    assert len(USER_AGENT) < 500


@every_operation
def test_the_granted_rate_is_reported(operation):
    status, headers, data = GOOD[operation]
    amazon = FakeAmazon((status, headers | {"x-amzn-RateLimit-Limit": "0.25"}, data))
    rates = []
    CALLS[operation](client_of(amazon, on_rate=lambda *rate: rates.append(rate)))
    assert rates == [(operation, 0.25)]


@pytest.mark.parametrize("text", ["", "fast", "nan", "inf", "0", "-1"])
def test_a_rate_that_is_none_is_not_reported(text):
    amazon = FakeAmazon(answer(200, {"orders": []}, {"x-amzn-RateLimit-Limit": text}))
    rates = []
    client_of(amazon, on_rate=lambda *rate: rates.append(rate)).search_orders(QUERY)
    assert rates == []


def test_every_request_is_told_with_its_outcome():
    told = []
    amazon = FakeAmazon(
        errors(403, "Unauthorized", "denied"),
        answer(200, {"orders": []}, {"x-amzn-RequestId": "req-2"}),
        requests.ConnectTimeout("timed out"),
    )
    client = client_of(amazon, on_call=told.append)
    client.search_orders(QUERY)
    with pytest.raises(Unavailable):
        client.get_order(ORDER_ID, ALL)
    assert [(call.operation, call.status, call.request_id) for call in told] == [
        ("searchOrders", 403, "req-1"),
        ("searchOrders", 200, "req-2"),
        ("getOrder", None, ""),
    ]
    assert all(call.seconds >= 0 for call in told)


@pytest.mark.parametrize(
    ("order_id", "quoted"),
    [("a/../b", "a%2F..%2Fb"), ("1?x=1", "1%3Fx%3D1"), ("1#2", "1%232"), ("1 2", "1%202")],
)
def test_an_order_id_cannot_leave_its_place_in_the_path(order_id, quoted):
    amazon = FakeAmazon(answer(204))
    client_of(amazon).confirm_shipment(order_id, "ATVPDKIKX0DER", PACKAGE)
    assert amazon.calls[0][0].url == f"{ENDPOINT}/orders/v0/orders/{quoted}/shipmentConfirmation"


@pytest.mark.parametrize("order_id", ["", ".", ".."])
def test_an_order_id_that_would_change_the_path_is_refused(order_id):
    amazon = FakeAmazon()
    with pytest.raises(ValueError, match="is no id of Amazon"):
        client_of(amazon).get_order(order_id, ALL)
    assert amazon.calls == []
