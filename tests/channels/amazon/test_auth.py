import logging
import threading
from urllib.parse import parse_qs

import pytest
import requests

from channels.amazon.auth import (
    AccessToken,
    LwaCredentials,
    MemoryTokenCache,
    TokenSource,
    fetch_access_token,
    token_url,
)
from channels.amazon.errors import (
    AuthorizationRevoked,
    InvalidClient,
    NotAuthorized,
    Rejected,
    SpApiError,
    Throttled,
    Unavailable,
    UnexpectedPayload,
)
from tests.channels.amazon.fake_http import CREDENTIALS, LWA, FakeAmazon, access_token, answer


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def source(amazon, cache=None, credentials=CREDENTIALS, lwa=LWA):
    return TokenSource(credentials, lwa, cache or MemoryTokenCache(), session=amazon.session)


def fetch(*tokens):
    session = FakeAmazon(tokens=tokens).session
    return fetch_access_token(CREDENTIALS, lwa_endpoint=LWA, session=session)


def refusal(status, error, headers=None):
    description = "The request has an invalid parameter : Atzr|refresh-example"
    return answer(status, {"error": error, "error_description": description}, headers)


def test_the_refresh_token_is_exchanged_for_an_access_token():
    amazon = FakeAmazon(tokens=[access_token("Atza|abc", 3600)])
    token = fetch_access_token(CREDENTIALS, lwa_endpoint=LWA, session=amazon.session)
    assert token == AccessToken(token="Atza|abc", expires_in=3600)
    [(request, timeout, _)] = amazon.token_calls
    assert (request.method, request.url, timeout) == ("POST", LWA, (5.0, 30.0))
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert parse_qs(request.body) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["Atzr|refresh-example"],
        "client_id": ["amzn1.application-oa2-client.example"],
        "client_secret": ["top-secret"],
    }


REFUSALS = [
    (refusal(400, "invalid_grant"), AuthorizationRevoked, "invalid_grant: the seller's "
     "authorization is wrong, revoked, expired or of another client"),
    (refusal(400, "unauthorized_client"), AuthorizationRevoked, "unauthorized_client: this client "
     "may not use the seller's authorization"),
    (refusal(401, "unauthorized_client"), AuthorizationRevoked, "unauthorized_client: this client "
     "may not use the seller's authorization"),
    (refusal(401, "invalid_client"), InvalidClient, "invalid_client: the client id or secret is "
     "wrong or has expired"),
    (refusal(403, "access_denied"), NotAuthorized, "HTTP 403 access_denied"),
    (answer(401, b""), NotAuthorized, "HTTP 401"),
    (refusal(400, "invalid_request"), Rejected, "HTTP 400 invalid_request"),
    (refusal(400, "invalid_scope"), Rejected, "HTTP 400 invalid_scope"),
    (answer(307, b"", {"Location": "https://example.org/auth/o2/token"}), Rejected, "HTTP 307"),
    (answer(204, b""), Rejected, "HTTP 204"),
    (refusal(429, "slow_down"), Throttled, "HTTP 429 slow_down"),
    (refusal(500, "server_error"), Unavailable, "HTTP 500 server_error"),
    (refusal(400, "temporarily_unavailable"), Unavailable, "HTTP 400 temporarily_unavailable"),
    (answer(502, b"<html>bad gateway</html>"), Unavailable, "HTTP 502"),
    (answer(200, b""), UnexpectedPayload, "the body is empty"),
    (answer(200, b"<html></html>"), UnexpectedPayload, "the body is HTML or XML, not JSON"),
    (answer(200, b'{"access_token":"Atz'), UnexpectedPayload,
     "the body is not JSON: Input data was truncated"),
    (answer(200, {"expires_in": 3600}), UnexpectedPayload,
     "Object missing required field `access_token`"),
    (answer(200, {"access_token": "a", "expires_in": "3600"}), UnexpectedPayload,
     "expires_in: Expected `int`, got `str`"),
    (answer(200, {"access_token": "", "expires_in": 3600}), UnexpectedPayload,
     "access_token: Expected `str` of length >= 1"),
    (answer(200, {"access_token": "a\r\nb: c", "expires_in": 3600}), UnexpectedPayload,
     "access_token: not printable ASCII"),
]  # fmt: skip


@pytest.mark.parametrize(("scripted", "kind", "detail"), REFUSALS)
def test_an_answer_of_lwa_becomes_one_error(scripted, kind, detail):
    with pytest.raises(SpApiError) as caught:
        fetch(scripted)
    assert type(caught.value) is kind
    assert str(caught.value) == f"LWA token: {detail} (request id req-1)"


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (requests.ReadTimeout("timed out"), "ReadTimeout"),
        (requests.ConnectionError("reset by peer"), "ConnectionError"),
        (answer(200, {"access_token": "a", "expires_in": 3600}, cut=9), "ChunkedEncodingError"),
    ],
)
def test_lwa_that_cannot_be_reached_is_unavailable(fault, name):
    with pytest.raises(Unavailable) as caught:
        fetch(fault)
    assert str(caught.value) == f"LWA token: no complete answer ({name})"
    assert caught.value.status is None


def test_a_stated_wait_is_passed_on():
    with pytest.raises(Throttled) as caught:
        fetch(refusal(429, "slow_down", {"Retry-After": "17"}))
    assert caught.value.retry_after == 17.0


def test_a_token_is_kept_until_a_minute_before_its_end():
    clock = Clock()
    amazon = FakeAmazon(tokens=[access_token("Atza|1", 3600), access_token("Atza|2", 3600)])
    tokens = source(amazon, MemoryTokenCache(clock))
    assert tokens.token() == "Atza|1"
    clock.now += 3539
    assert tokens.token() == "Atza|1"
    clock.now += 1
    assert tokens.token() == "Atza|2"
    assert len(amazon.token_calls) == 2


def test_a_token_with_less_than_a_minute_to_live_is_used_once():
    amazon = FakeAmazon(tokens=[access_token("Atza|1", 60), access_token("Atza|2", 3600)])
    tokens = source(amazon)
    assert [tokens.token(), tokens.token(), tokens.token()] == ["Atza|1", "Atza|2", "Atza|2"]


def test_accounts_share_a_cache_and_not_a_token():
    cache, amazon = MemoryTokenCache(), FakeAmazon()
    other = LwaCredentials(client_id="c", client_secret="s", refresh_token="r")
    assert source(amazon, cache).token() == "Atza|1"
    assert source(amazon, cache, other).token() == "Atza|2"
    assert source(amazon, cache).token() == "Atza|1"


@pytest.mark.parametrize("changed", ["client_id", "client_secret", "refresh_token"])
def test_changed_credentials_are_tried_and_not_answered_from_the_cache(changed):
    cache, amazon = MemoryTokenCache(), FakeAmazon()
    source(amazon, cache).token()
    values = {
        "client_id": CREDENTIALS.client_id,
        "client_secret": CREDENTIALS.client_secret,
        "refresh_token": CREDENTIALS.refresh_token,
    }
    source(amazon, cache, LwaCredentials(**values | {changed: "mistyped"})).token()
    assert len(amazon.token_calls) == 2


def test_renewing_fetches_only_while_the_old_token_is_still_cached():
    amazon = FakeAmazon()
    tokens = source(amazon)
    old = tokens.token()
    assert tokens.renew(old) == "Atza|2"
    assert tokens.renew(old) == "Atza|2"  # somebody else has renewed it
    assert tokens.token() == "Atza|2"
    assert len(amazon.token_calls) == 2


def test_a_failed_fetch_keeps_nothing_and_holds_no_lock():
    amazon = FakeAmazon(tokens=[refusal(500, "server_error"), access_token("Atza|ok")])
    tokens = source(amazon)
    with pytest.raises(Unavailable):
        tokens.token()
    assert tokens.token() == "Atza|ok"


def test_two_threads_asking_at_once_make_one_call():
    class SlowAmazon(FakeAmazon):
        """Answers the first token request only when the second thread waits for the lock."""

        def send(self, request, **kwargs):
            assert second_waits.wait(10)
            return super().send(request, **kwargs)

    class WatchedCache(MemoryTokenCache):
        asked = 0

        def lock(self, key):
            self.asked += 1
            if self.asked == 2:
                second_waits.set()
            return super().lock(key)

    second_waits = threading.Event()
    amazon, cache, got = SlowAmazon(), WatchedCache(), []
    threads = [
        threading.Thread(target=lambda: got.append(source(amazon, cache).token())) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == ["Atza|1", "Atza|1"]
    assert len(amazon.token_calls) == 1


def test_secrets_stay_out_of_reprs_keys_errors_and_logs(caplog):
    class ListedCache(MemoryTokenCache):
        keys = set()

        def set(self, key, value, ttl):
            self.keys.add(key)
            super().set(key, value, ttl)

    caplog.set_level(logging.DEBUG)
    amazon = FakeAmazon(tokens=[access_token("Atza|one"), refusal(400, "invalid_request")])
    cache = ListedCache()
    tokens = source(amazon, cache)
    token = tokens.token()
    with pytest.raises(Rejected) as caught:
        tokens.renew(token)
    shown = [repr(CREDENTIALS), repr(tokens), repr(AccessToken(token=token, expires_in=1))]
    shown += [*cache.keys, repr(caught.value), str(caught.value), caplog.text]
    for secret in ("top-secret", "refresh-example", "Atza|one"):
        assert not [text for text in shown if secret in text]
    assert cache.keys


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("https://api.amazon.com/auth/o2/token", "https://api.amazon.com/auth/o2/token"),
        ("https://api.amazon.com", "https://api.amazon.com/auth/o2/token"),
        ("http://127.0.0.1:9001/", "http://127.0.0.1:9001/auth/o2/token"),
        ("http://[::1]:9001/lwa/token", "http://[::1]:9001/lwa/token"),
        ("http://localhost:9001", "http://localhost:9001/auth/o2/token"),
    ],
)
def test_a_bare_host_gets_amazons_path(given, asked):
    assert token_url(given) == asked


def test_a_plain_http_lwa_endpoint_is_refused_before_anything_is_sent():
    amazon = FakeAmazon()
    with pytest.raises(ValueError, match="lwa_endpoint must be https"):
        source(amazon, lwa="http://api.amazon.com/auth/o2/token")
    assert amazon.token_calls == []
