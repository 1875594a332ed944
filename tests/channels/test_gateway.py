"""What stands between the portal and every call: shared tokens, learned quotas, health."""

import base64
from dataclasses import replace

import pytest
import redis
from django.utils import timezone

from channels.amazon.errors import AuthorizationRevoked, NotAuthorized, Throttled, Unavailable
from channels.models import AmazonStore, CommunicationError, SellerAccount
from channels.sandbox.invent import Draft
from channels.sandbox.sellers import DEMO_EU
from channels.services import fetching, gateway, quota, shared_store
from tests import portal
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

PARTICIPATIONS = "getMarketplaceParticipations"


@pytest.fixture
def store(sandbox):
    """A connected store; the calls of the connection test do not count."""
    store = portal.connect(sandbox)
    sandbox.world.calls.clear()
    return store


def ask(account, **more):
    """A call that needs no order."""
    return gateway.call(
        account,
        PARTICIPATIONS,
        lambda api: api.marketplace_participations(),
        now=timezone.now(),
        **more,
    )


def operations(sandbox):
    return [call.operation for call in sandbox.world.calls]


# Tokens


@pytest.fixture(params=["memory", "redis"])
def anywhere(request):
    """With Redis at hand, and without."""
    if request.param == "redis":
        request.getfixturevalue("broker")


def test_a_token_serves_all_calls(anywhere, sandbox, store):
    ask(store.account)
    ask(store.account)
    assert operations(sandbox) == ["token", "participations", "participations"]


def test_a_token_that_amazon_refuses_is_replaced_for_all(anywhere, sandbox, store):
    ask(store.account)
    sandbox.world.revoke(DEMO_EU.seller_id)
    ask(store.account)
    ask(store.account)
    assert operations(sandbox).count("token") == 2


def test_a_token_is_fetched_once_however_many_want_it(anywhere, sandbox, store):
    sandbox.world.faults.push("stall", "token", seconds=0.1)
    clients = [gateway.client_for(store.account) for _ in range(4)]

    in_parallel([client.marketplace_participations for client in clients])

    assert sorted(operations(sandbox)) == ["participations"] * 4 + ["token"]


def test_processes_share_a_token(broker, sandbox, store):
    ask(store.account)
    forget()
    ask(store.account)
    assert operations(sandbox) == ["token", "participations", "participations"]


def forget():
    """As another process: nothing in memory."""
    if connection := shared_store.connection():
        connection.close()
    shared_store.forget_connection()


def test_the_broker_holds_no_readable_secret(broker, sandbox, store):
    ask(store.account)
    secrets = [DEMO_EU.client_secret.encode(), DEMO_EU.refresh_token.encode(), b"Atza|"]
    with redis.Redis.from_url(broker) as client:
        (key,) = client.keys("lwa:*")
        value, seconds = client.get(key), client.ttl(key)
    assert 0 < seconds <= 3540  # a minute less than the token lives
    assert not [secret for secret in secrets if secret in key or secret in value]


def test_a_token_sealed_with_a_key_that_is_gone_is_fetched_again(broker, sandbox, store, settings):
    account = SellerAccount.objects.get()
    ask(account)
    old, fresh = settings.PII_KEYS, base64.b64decode("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=")
    assert (
        account.credentials["client_id"] == DEMO_EU.client_id
    )  # opened while the old key is there
    settings.PII_KEYS = {"t2": fresh}
    ask(account)
    settings.PII_KEYS = {"t2": fresh, **old}
    ask(account)
    assert operations(sandbox).count("token") == 2


def test_a_token_cannot_be_used_under_another_key(broker, sandbox, store):
    cache = shared_store.token_cache()
    cache.set("one", "Atza|secret", 60)
    assert cache.get("one") == "Atza|secret"
    with redis.Redis.from_url(broker) as client:
        client.set("lwa:two", client.get("lwa:one"))
    assert cache.get("two") is None


def test_a_lock_that_lapsed_hurts_nobody(broker):
    cache = shared_store.token_cache()
    with cache.lock("one"), redis.Redis.from_url(broker) as client:
        assert 0 < client.ttl("lwa-lock:one") <= 40  # it ends by itself if we die
        client.delete("lwa-lock:one")


# Quota


def test_what_amazon_says_about_its_rate_is_learned(anywhere, sandbox, store):
    sandbox.world.settings.plan = "sandbox"  # five a second
    ask(store.account)
    quota.throttled(store.account, PARTICIPATIONS)
    with pytest.raises(quota.NoQuota) as caught:
        ask(store.account)
    assert 0 < caught.value.seconds <= 0.2


def test_without_quota_nothing_is_sent(anywhere, sandbox, store):
    quota.throttled(store.account, PARTICIPATIONS)
    with pytest.raises(quota.NoQuota):
        ask(store.account)
    assert operations(sandbox) == []


def test_throttled_once_it_is_not_asked_again_before_its_time(anywhere, sandbox, store):
    sandbox.world.faults.push("429", "participations")
    with pytest.raises(Throttled):
        ask(store.account)
    with pytest.raises(quota.NoQuota):
        ask(store.account)
    assert operations(sandbox) == ["token", "participations"]


def test_a_throttled_login_costs_no_other_quota(anywhere, sandbox, store):
    sandbox.world.faults.push("429", "token")
    with pytest.raises(Throttled):
        ask(store.account)
    ask(store.account)
    assert operations(sandbox) == ["token", "token", "participations"]


# Health


def problem():
    account = SellerAccount.objects.get()
    return account.problem, account.problem_at


def open_errors():
    errors = CommunicationError.objects.filter(resolved_at=None)
    return [(error.operation, error.code, error.times) for error in errors]


def test_a_revoked_consent_is_noted_once_and_forgotten_when_it_is_back(sandbox, store):
    sandbox.world.revoke(DEMO_EU.seller_id, consent=True)
    for _ in range(2):
        with pytest.raises(AuthorizationRevoked) as caught:
            ask(SellerAccount.objects.get())

    words, since = problem()
    assert words == str(caught.value)
    assert words.startswith("LWA token: invalid_grant: ")
    assert open_errors() == [("LWA token", "AuthorizationRevoked", 2)]

    sandbox.world.add_seller(DEMO_EU)
    ask(SellerAccount.objects.get())
    assert problem() == ("", None)
    assert open_errors() == []
    assert since is not None


def test_the_problem_keeps_its_first_date(sandbox, store):
    sandbox.world.revoke(DEMO_EU.seller_id, consent=True)
    dates = []
    for _ in range(2):
        with pytest.raises(AuthorizationRevoked):
            ask(SellerAccount.objects.get())
        dates.append(problem()[1])
    assert dates[0] == dates[1] is not None


def test_a_role_that_is_missing_is_a_problem_too(sandbox, store):
    amazon = sandbox.world.create_order("SE", Draft())
    sandbox.world.add_seller(replace(DEMO_EU, orders_role=False))

    with pytest.raises(NotAuthorized) as caught:
        fetching.import_order(store, amazon.order_id)

    assert problem()[0] == str(caught.value)
    assert "HTTP 403 Unauthorized Access to requested resource is denied." in problem()[0]
    assert open_errors() == [("getOrder", "NotAuthorized", 1)]
    assert operations(sandbox) == ["token", "get", "token", "get"]  # a fresh token did not help

    sandbox.world.add_seller(DEMO_EU)
    fetching.import_order(AmazonStore.objects.get(), amazon.order_id)
    assert problem() == ("", None)
    assert open_errors() == []


def test_an_outage_is_not_a_problem_of_the_account(sandbox, store):
    sandbox.world.faults.push("503", "participations")
    with pytest.raises(Unavailable):
        ask(store.account)
    assert problem() == ("", None)
