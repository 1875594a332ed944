"""Usage plans: token buckets per seller, application and operation."""

from dataclasses import replace

import pytest

from channels.sandbox.sellers import DEMO_EU, DEMO_NA
from channels.sandbox.world import Settings
from tests.channels.sandbox.api import Api

QUOTA_EXCEEDED = ("QuotaExceeded", "You exceeded your quota for the requested resource.")


@pytest.fixture
def amazon(world):
    world.settings = Settings(plan="amazon")
    return Api(world)


def calls(amazon, operation):
    """One call of the operation that is answered with 404 or with success."""
    if operation == "participations":
        return amazon.call("GET", "/sellers/v1/marketplaceParticipations")
    if operation == "search":
        return amazon.search()
    if operation == "get":
        return amazon.get("302-0000000-0000000")
    if operation == "create_report":
        return amazon.create_report()
    if operation == "get_report":
        return amazon.report("1")
    if operation == "report_document":
        return amazon.report_document("1")
    return amazon.confirm_document("302-0000000-0000000", {})


@pytest.mark.parametrize(
    ("plan", "operation", "burst", "rate", "seconds_per_token"),
    [
        ("amazon", "participations", 15, "0.016", 62.5),
        ("amazon", "search", 20, "0.0056", 178.6),
        ("amazon", "get", 30, "0.5", 2),
        ("amazon", "confirm", 10, "2.0", 0.5),
        ("amazon", "create_report", 15, "0.0167", 59.9),
        ("amazon", "get_report", 15, "2.0", 0.5),
        ("amazon", "report_document", 15, "0.0167", 59.9),
        ("sandbox", "create_report", 15, "5.0", 0.2),
        ("sandbox", "search", 15, "5.0", 0.2),
        ("sandbox", "confirm", 15, "5.0", 0.2),
    ],
)
def test_a_bucket_holds_its_burst_and_refills_at_its_rate(
    amazon, world, plan, operation, burst, rate, seconds_per_token
):
    world.settings = Settings(plan=plan)
    answers = [calls(amazon, operation) for _ in range(burst)]
    assert {answer.headers["x-amzn-RateLimit-Limit"] for answer in answers} == {rate}
    assert 429 not in {answer.status for answer in answers}

    refused = calls(amazon, operation)
    assert (refused.status, refused.error) == (429, QUOTA_EXCEEDED)
    assert "x-amzn-RateLimit-Limit" not in refused.headers

    world.clock.advance(seconds_per_token)
    assert calls(amazon, operation).status != 429
    assert calls(amazon, operation).status == 429


def test_a_bucket_never_holds_more_than_its_burst(amazon, world):
    amazon.search()
    world.clock.advance(24 * 3600)
    amazon.token = None

    statuses = [amazon.search().status for _ in range(25)]

    assert (statuses.count(200), statuses.count(429)) == (20, 5)


def test_operations_sellers_and_applications_have_buckets_of_their_own(amazon, world):
    other_app = replace(
        DEMO_EU, seller_id="A9", client_id="app2", client_secret="s", refresh_token="Atzr|2"
    )
    world.add_seller(other_app)
    for _ in range(20):
        amazon.search()

    assert amazon.search().status == 429
    assert amazon.get("302-0000000-0000000").status == 404
    assert Api(world, DEMO_NA).search().status == 200
    assert Api(world, other_app).search().status == 200


def test_a_refused_token_costs_no_quota(amazon, world):
    amazon.token = "Atza|made-up"
    assert {amazon.search().status for _ in range(30)} == {403}

    amazon.token = None
    assert amazon.search().status == 200


def test_a_request_id_is_on_every_answer_and_in_the_record_of_calls(amazon, world):
    answers = [amazon.log_in(), amazon.search(), amazon.search(createdAfter="x")]
    answers.append(amazon.get("302-0000000-0000000"))

    assert [(call.operation, call.status) for call in world.calls] == [
        ("token", 200),
        ("token", 200),
        ("search", 200),
        ("search", 400),
        ("get", 404),
    ]
    ids = [answer.headers["x-amzn-RequestId"] for answer in answers]
    assert len(set(ids)) == 4
    assert set(ids) < {call.request_id for call in world.calls}
    assert answers[1].headers["Date"] == "Tue, 24 Nov 2026 12:00:00 GMT"
    assert amazon.token not in repr(world.calls)


def test_a_user_agent_beyond_500_characters_is_rejected(amazon):
    amazon.search()
    headers = {"x-amz-access-token": amazon.token, "user-agent": "x" * 501}
    answer = amazon.request("GET", "/orders/2026-01-01/orders", "createdAfter=x", headers=headers)

    assert answer.json()["errors"][0]["details"] == (
        "The user-agent is longer than 500 characters."
    )
