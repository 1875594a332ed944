from dataclasses import replace
from urllib.parse import urlencode

import pytest

from channels.sandbox.sellers import DEMO_EU, DEMO_NA
from tests.channels.sandbox.api import Api


def test_a_refresh_token_buys_an_hour(amazon, world):
    answer = amazon.log_in()

    document = answer.json()
    assert answer.status == 200
    assert document.pop("access_token").startswith("Atza|")
    assert document == {
        "token_type": "bearer",
        "expires_in": 3600,
        "refresh_token": DEMO_EU.refresh_token,
    }


def test_an_access_token_ends_after_its_hour(amazon, world):
    assert amazon.search().status == 200

    world.clock.advance(3599)
    assert amazon.search().status == 200

    world.clock.advance(1)
    answer = amazon.search()
    assert (answer.status, answer.json()["errors"]) == (
        403,
        [
            {
                "code": "Unauthorized",
                "message": "Access to requested resource is denied.",
                "details": "The access token you provided has expired.",
            }
        ],
    )


def test_a_revoked_access_token_is_refused_and_a_new_one_works(amazon, world):
    other = Api(world, DEMO_NA)
    assert (amazon.search().status, other.search().status) == (200, 200)

    world.revoke(DEMO_EU.seller_id)

    assert (amazon.search().status, other.search().status) == (403, 200)

    amazon.token = None
    assert amazon.search().status == 200


def test_a_withdrawn_consent_is_an_invalid_grant(amazon, world):
    world.revoke(DEMO_EU.seller_id, consent=True)

    answer = amazon.log_in()

    assert (answer.status, answer.json()) == (
        400,
        {
            "error": "invalid_grant",
            "error_description": "The request has an invalid grant parameter : refresh_token",
        },
    )


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"refresh_token": "Atzr|nobody"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "amzn1.application-oa2-client.other"}, 401, "invalid_client"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"refresh_token": None}, 400, "invalid_request"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "sellingpartnerapi::notifications"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "refresh_token": None}, 400, "invalid_request"),
        (
            {"grant_type": "client_credentials", "refresh_token": None, "scope": "everything"},
            400,
            "invalid_scope",
        ),
    ],
)
def test_bad_token_requests(amazon, world, fields, status, error):
    answer = amazon.log_in(**fields)

    assert (answer.status, answer.json()["error"]) == (status, error)
    assert world.tokens == {}


def test_a_refresh_token_belongs_to_the_client_it_was_made_for(amazon, world):
    world.add_seller(
        replace(DEMO_NA, seller_id="A2OTHER", client_id="other", refresh_token="Atzr|other")
    )

    answer = amazon.log_in(refresh_token="Atzr|other")

    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


def test_a_body_that_is_not_form_encoded_is_refused(amazon):
    answer = amazon.request(
        "POST", "/auth/o2/token", body=b"{}", headers={"Content-Type": "application/json"}
    )

    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_a_duplicated_field_is_refused(amazon, world):
    pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", DEMO_EU.client_id),
        ("client_secret", DEMO_EU.client_secret),
        ("refresh_token", DEMO_EU.refresh_token),
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def post(fields):
        body = urlencode(fields).encode()
        return amazon.request("POST", "/auth/o2/token", body=body, headers=headers)

    twice = post([*pairs, pairs[-1]])
    assert (twice.status, twice.json()["error"]) == (400, "invalid_request")
    assert post(pairs).status == 200


def test_a_grantless_token_opens_no_order_call(amazon):
    granted = amazon.log_in(
        grant_type="client_credentials",
        refresh_token=None,
        scope="sellingpartnerapi::notifications",
    )
    assert granted.status == 200
    assert "refresh_token" not in granted.json()
    amazon.token = granted.json()["access_token"]

    assert amazon.search().status == 403


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("rubbish", 401), ("Atza|made-up", 403)]
)
def test_calls_without_a_good_token(world, token, status):
    headers = {"x-amz-access-token": token} if token else {}
    answer = Api(world).request("GET", "/orders/2026-01-01/orders", "", headers=headers)

    assert (answer.status, answer.error) == (
        status,
        ("Unauthorized", "Access to requested resource is denied."),
    )
    assert answer.headers["x-amzn-RequestId"]
    assert "x-amzn-RateLimit-Limit" not in answer.headers


def test_participations_are_the_sellers_own(amazon):
    answer = amazon.call("GET", "/sellers/v1/marketplaceParticipations")

    assert answer.status == 200
    assert [
        (entry["marketplace"]["countryCode"], entry["marketplace"]["defaultCurrencyCode"])
        for entry in answer.json()["payload"]
    ] == [("SE", "SEK"), ("DE", "EUR"), ("GB", "GBP")]


def test_a_missing_role_is_403_on_orders_only(world):
    world.add_seller(replace(DEMO_EU, orders_role=False))
    amazon = Api(world)

    assert amazon.search().status == 403
    assert amazon.call("GET", "/sellers/v1/marketplaceParticipations").status == 200
