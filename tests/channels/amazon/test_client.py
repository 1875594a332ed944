import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.utils import select_proxy

from channels.amazon.auth import MemoryTokenCache, TokenSource
from channels.amazon.client import USER_AGENT, SpApiClient
from channels.amazon.errors import (
    AuthorizationRevoked,
    NotAuthorized,
    NotFound,
    Rejected,
    SpApiError,
    Throttled,
    Unavailable,
    UnexpectedPayload,
)
from channels.amazon.types import Dataset, PackageConfirmation, Participation, SearchQuery
from tests.channels.amazon.fake_http import (
    CREDENTIALS,
    ENDPOINT,
    LWA,
    FakeAmazon,
    access_token,
    answer,
    client_of,
    errors,
)
from tests.channels.amazon.samples import ALL, order

ORDER_ID = "112-7720015-9940366"
QUERY = SearchQuery(
    last_updated_after=datetime(2026, 8, 14, 12, tzinfo=UTC),
    marketplace_ids=("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"),
    datasets=frozenset({Dataset.FULFILLMENT, Dataset.BUYER}),
)
PACKAGE = PackageConfirmation(
    package_reference_id="1",
    carrier_code="DHL",
    tracking_number="00340434000000000017",
    ship_date=datetime(2026, 8, 12, 12, tzinfo=UTC),
    items=(("40211877100355", 2),),
)

CALLS = {
    "searchOrders": lambda client: client.search_orders(QUERY),
    "getOrder": lambda client: client.get_order(ORDER_ID, ALL),
    "confirmShipment": lambda client: client.confirm_shipment(ORDER_ID, "ATVPDKIKX0DER", PACKAGE),
    "getMarketplaceParticipations": lambda client: client.marketplace_participations(),
}
GOOD = {
    "searchOrders": answer(200, {"orders": []}),
    "getOrder": answer(200, {"order": order()}),
    "confirmShipment": answer(204),
    "getMarketplaceParticipations": answer(200, {"payload": []}),
}
every_operation = pytest.mark.parametrize("operation", CALLS)


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
    client = client_of(amazon, on_call=lambda *call: told.append(call))
    client.search_orders(QUERY)
    with pytest.raises(Unavailable):
        client.get_order(ORDER_ID, ALL)
    assert [call[:3] for call in told] == [
        ("searchOrders", 403, "req-1"),
        ("searchOrders", 200, "req-2"),
        ("getOrder", None, ""),
    ]
    assert all(seconds >= 0 for *_, seconds in told)


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
    with pytest.raises(ValueError, match="is not an Amazon order id"):
        client_of(amazon).get_order(order_id, ALL)
    assert amazon.calls == []


# The endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sellingpartnerapi-eu.amazon.com",
        "https://sellingpartnerapi-eu.amazon.com/",
        "http://127.0.0.1:9001",
        "http://127.8.9.10",
        "http://[::1]:9001",
        "http://localhost:9001/",
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(endpoint):
    amazon = FakeAmazon(GOOD["getMarketplaceParticipations"])
    tokens = TokenSource(CREDENTIALS, LWA, MemoryTokenCache(), session=amazon.session)
    client = SpApiClient(endpoint=endpoint, tokens=tokens, session=amazon.session)
    client.marketplace_participations()
    assert amazon.calls[0][0].url == (
        endpoint.rstrip("/") + "/sellers/v1/marketplaceParticipations"
    )


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        ("http://example.org", "not 'http://example.org'"),
        ("http://10.0.0.1:9001", "not 'http://10.0.0.1'"),
        ("http://localhost.example.org", "not 'http://localhost.example.org'"),
        ("http://127.0.0.1.example.org", "not 'http://127.0.0.1.example.org'"),
        ("ftp://127.0.0.1", "not 'ftp://127.0.0.1'"),
        ("https://", "not 'https://?'"),
        ("127.0.0.1:9001", "not '?://?'"),
        ("", "not '?://?'"),
        ("https://user:pass@example.org", "plain URL without user, query or fragment"),
        ("https://example.org/?a=b", "plain URL without user, query or fragment"),
        ("https://example.org/#a", "plain URL without user, query or fragment"),
    ],
)
def test_any_other_endpoint_is_refused_by_name(endpoint, problem):
    tokens = TokenSource(CREDENTIALS, LWA, MemoryTokenCache())
    with pytest.raises(ValueError, match=r"^endpoint must be") as caught:
        SpApiClient(endpoint=endpoint, tokens=tokens)
    assert problem in str(caught.value)
    assert "pass" not in str(caught.value)


def test_plain_http_never_goes_through_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.org:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    amazon = FakeAmazon(GOOD["getMarketplaceParticipations"])
    tokens = TokenSource(CREDENTIALS, "http://127.0.0.1:9001", MemoryTokenCache(),
                         session=amazon.session)  # fmt: skip
    client = SpApiClient(endpoint="http://127.0.0.1:9001", tokens=tokens, session=amazon.session)
    client.marketplace_participations()
    for request, _, proxies in amazon.calls + amazon.token_calls:
        assert not select_proxy(request.url, proxies)


# What goes wrong

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
FAULTS = [
    # what Amazon does, error, detail, status
    ([errors(429, "QuotaExceeded", "You exceeded your quota.")],
     Throttled, "HTTP 429 QuotaExceeded You exceeded your quota.", 429),
    ([answer(429, b"")], Throttled, "HTTP 429", 429),
    ([errors(401, "Unauthorized", "expired")] * 2,
     NotAuthorized, "HTTP 401 Unauthorized expired", 401),
    ([errors(403, "Unauthorized", "Access to requested resource is denied.")] * 2,
     NotAuthorized, "HTTP 403 Unauthorized Access to requested resource is denied.", 403),
    ([answer(403, HTML)] * 2, NotAuthorized, "HTTP 403", 403),
    ([answer(403, b"")] * 2, NotAuthorized, "HTTP 403", 403),
    ([errors(401, "Unauthorized", "expired"), errors(429, "QuotaExceeded", "Slow.")],
     Throttled, "HTTP 429 QuotaExceeded Slow.", 429),
    ([errors(500, "InternalFailure", "We encountered an internal error.")],
     Unavailable, "HTTP 500 InternalFailure We encountered an internal error.", 500),
    ([answer(502, HTML)], Unavailable, "HTTP 502", 502),
    ([errors(503, "ServiceUnavailable", "Later.")],
     Unavailable, "HTTP 503 ServiceUnavailable Later.", 503),
    ([answer(504, b"")], Unavailable, "HTTP 504", 504),
    ([errors(404, "NotFound", "No such order.")],
     NotFound, "HTTP 404 NotFound No such order.", 404),
    ([errors(400, "InvalidInput", "The input is\n not valid.")],
     Rejected, "HTTP 400 InvalidInput The input is not valid.", 400),
    ([answer(400, HTML)], Rejected, "HTTP 400", 400),
    ([answer(400, b"")], Rejected, "HTTP 400", 400),
    ([answer(400, {"errors": []})], Rejected, "HTTP 400", 400),
    ([answer(400, {"errors": [{"code": 5}]})], Rejected, "HTTP 400", 400),
    ([answer(413, b"")], Rejected, "HTTP 413", 413),
    ([answer(302, b"", {"Location": "https://example.org/"})], Rejected, "HTTP 302", 302),
    ([answer(307, b"", {"Location": "https://example.org/"})], Rejected, "HTTP 307", 307),
]  # fmt: skip


@every_operation
@pytest.mark.parametrize(("scripted", "kind", "detail", "status"), FAULTS)
def test_an_answer_becomes_one_error(operation, scripted, kind, detail, status):
    amazon = FakeAmazon(*scripted)
    with pytest.raises(SpApiError) as caught:
        CALLS[operation](client_of(amazon))
    error = caught.value
    assert type(error) is kind
    assert str(error) == f"{operation}: {detail} (request id req-1)"
    assert (error.operation, error.status, error.request_id) == (operation, status, "req-1")
    assert len(amazon.calls) == len(scripted)


@every_operation
@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectTimeout("timed out"),
        requests.ReadTimeout("timed out"),
        requests.ConnectionError("reset by peer"),
        requests.exceptions.SSLError("bad certificate"),
        requests.exceptions.ChunkedEncodingError("broken"),
    ],
)
def test_no_answer_is_unavailable_and_not_tried_again(operation, fault):
    amazon = FakeAmazon(fault)
    with pytest.raises(Unavailable) as caught:
        CALLS[operation](client_of(amazon))
    assert str(caught.value) == f"{operation}: no complete answer ({type(fault).__name__})"
    assert (caught.value.status, len(amazon.calls)) == (None, 1)


@every_operation
def test_a_connection_that_breaks_inside_the_body_is_unavailable(operation):
    amazon = FakeAmazon(answer(200, b'{"order":{}, "orders":[], "payload":[]}', cut=5))
    with pytest.raises(Unavailable, match=r"no complete answer \(ChunkedEncodingError\)"):
        CALLS[operation](client_of(amazon))


@pytest.mark.parametrize("operation", ["searchOrders", "getOrder", "getMarketplaceParticipations"])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (HTML, "the body is HTML or XML, not JSON"),
        (b'{"orders":[', "the body is not JSON: Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
    ],
)
def test_a_success_that_says_nothing_is_not_an_empty_success(operation, body, detail):
    with pytest.raises(UnexpectedPayload) as caught:
        CALLS[operation](client_of(FakeAmazon(answer(200, body))))
    assert str(caught.value) == f"{operation}: {detail} (request id req-1)"


@pytest.mark.parametrize("body", [b"", HTML, b'{"payload"'])
def test_a_confirmation_needs_no_body(body):
    amazon = FakeAmazon(answer(200, body))
    assert client_of(amazon).confirm_shipment(ORDER_ID, "ATVPDKIKX0DER", PACKAGE) == "req-1"


def test_a_rejection_keeps_amazons_own_words():
    amazon = FakeAmazon(errors(400, "InvalidInput", "Bad\n date."))
    with pytest.raises(Rejected) as caught:
        CALLS["confirmShipment"](client_of(amazon))
    assert (caught.value.code, caught.value.message) == ("InvalidInput", "Bad\n date.")


def test_endless_words_are_cut():
    amazon = FakeAmazon(errors(400, "C" * 5000, "m" * 5000))
    with pytest.raises(Rejected) as caught:
        CALLS["searchOrders"](client_of(amazon))
    assert (caught.value.code, caught.value.message) == ("C" * 64, "m" * 300)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_a_stated_wait_is_passed_on(header, seconds):
    amazon = FakeAmazon(errors(429, "QuotaExceeded", "Slow.", {"Retry-After": header}))
    with pytest.raises(Throttled) as caught:
        CALLS["searchOrders"](client_of(amazon))
    assert caught.value.retry_after == seconds


# The token


@every_operation
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_replaced_once(operation, status):
    amazon = FakeAmazon(errors(status, "Unauthorized", "expired"), GOOD[operation])
    client = client_of(amazon)
    CALLS[operation](client)
    sent = [request.headers["x-amz-access-token"] for request, _, _ in amazon.calls]
    assert sent == ["Atza|1", "Atza|2"]
    first, second = (request for request, _, _ in amazon.calls)
    assert (first.url, first.body) == (second.url, second.body)


def test_a_token_is_shared_by_all_calls():
    amazon = FakeAmazon(*GOOD.values())
    client = client_of(amazon)
    for call in CALLS.values():
        call(client)
    assert len(amazon.token_calls) == 1


def test_a_token_that_somebody_else_renewed_is_taken_over():
    cache = MemoryTokenCache()
    renewing = FakeAmazon(tokens=[access_token("Atza|old"), access_token("Atza|theirs")])
    theirs = TokenSource(CREDENTIALS, LWA, cache, session=renewing.session)
    old = theirs.token()

    class Amazon(FakeAmazon):
        def send(self, request, **kwargs):
            if not self.calls:
                theirs.renew(old)  # between our call and its refusal
            return super().send(request, **kwargs)

    amazon = Amazon(errors(403, "Unauthorized", "expired"), GOOD["searchOrders"])
    client_of(amazon, cache=cache).search_orders(QUERY)
    assert [request.headers["x-amz-access-token"] for request, _, _ in amazon.calls] == [
        "Atza|old",
        "Atza|theirs",
    ]
    assert amazon.token_calls == []


@every_operation
def test_nothing_is_asked_of_amazon_without_a_token(operation):
    amazon = FakeAmazon(tokens=[answer(400, {"error": "invalid_grant"})])
    with pytest.raises(AuthorizationRevoked):
        CALLS[operation](client_of(amazon))
    assert amazon.calls == []


def test_a_revoked_authorization_shows_at_the_second_token():
    amazon = FakeAmazon(
        errors(403, "Unauthorized", "expired"),
        tokens=[access_token(), answer(400, {"error": "invalid_grant"})],
    )
    with pytest.raises(AuthorizationRevoked):
        client_of(amazon).search_orders(QUERY)
    assert len(amazon.calls) == 1
