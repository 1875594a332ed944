"""Where the client may be pointed at."""

import pytest
from requests.utils import select_proxy

from channels.amazon.auth import MemoryTokenCache, TokenSource
from channels.amazon.client import SpApiClient
from tests.channels.amazon.calls import GOOD
from tests.channels.amazon.fake_http import (
    CREDENTIALS,
    LWA,
    FakeAmazon,
)


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
