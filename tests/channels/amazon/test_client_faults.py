"""What Amazon can do wrong, call by call, and what the caller hears."""

import pytest
import requests

from channels.amazon.auth import MemoryTokenCache, TokenSource
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
from tests.channels.amazon.calls import CALLS, GOOD, ORDER_ID, PACKAGE, QUERY, every_operation
from tests.channels.amazon.fake_http import (
    CREDENTIALS,
    LWA,
    FakeAmazon,
    access_token,
    answer,
    client_of,
    errors,
)

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


@pytest.mark.parametrize("operation", sorted(set(CALLS) - {"confirmShipment"}))
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
