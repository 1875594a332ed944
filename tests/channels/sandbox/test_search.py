from datetime import timedelta
from urllib.parse import quote

import pytest

from channels.sandbox import moves
from channels.sandbox.invent import Draft
from channels.sandbox.records import AMAZON, Status
from channels.sandbox.sellers import DEMO_NA
from tests.channels.sandbox.api import LONG_AGO, SEARCH, Api
from tests.channels.sandbox.conftest import NOON

GENERIC = "The input you have submitted is not valid. Please check your input and try again."


def ids(answer):
    assert answer.status == 200, answer.body
    return [order["orderId"] for order in answer.json()["orders"]]


def at(seconds):
    """A time so many seconds from noon, as a query value."""
    return (NOON + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def refused(answer):
    assert (answer.status, answer.error) == (400, ("InvalidInput", GENERIC))
    return answer.json()["errors"][0]["details"]


def test_an_order_is_found_with_nothing_but_its_frame_by_default(amazon, world):
    order = world.create_order("SE")

    (found,) = amazon.search().json()["orders"]

    assert found["orderId"] == order.order_id
    assert found["salesChannel"] == {
        "channelName": "AMAZON",
        "marketplaceId": "A2NODRKZP88ZB9",
        "marketplaceName": "Amazon.se",
    }
    assert set(found) == {
        "orderId",
        "createdTime",
        "lastUpdatedTime",
        "programs",
        "salesChannel",
        "orderItems",
    }
    assert set(found["orderItems"][0]) == {"orderItemId", "quantityOrdered", "programs", "product"}


def test_only_the_sellers_own_orders_are_found(world):
    ours, theirs = world.create_order("SE"), world.create_order("US")

    assert ids(Api(world).search()) == [ours.order_id]
    assert ids(Api(world, DEMO_NA).search()) == [theirs.order_id]


def test_both_bounds_are_inclusive_and_echoed(amazon, world):
    orders = [world.create_order("SE", at=NOON - timedelta(seconds=s)) for s in (400, 300, 200)]

    answer = amazon.search(createdAfter=at(-300), createdBefore=at(-200))

    assert ids(answer) == [orders[1].order_id, orders[2].order_id]
    assert answer.json()["createdBefore"] == "2026-11-24T11:56:40.000Z"
    assert "lastUpdatedBefore" not in answer.json()


def test_without_an_upper_bound_amazon_uses_and_echoes_its_own(amazon, world):
    world.settings.search_lag = 120
    old = world.create_order("SE", at=NOON - timedelta(seconds=121))
    world.create_order("SE", at=NOON - timedelta(seconds=119))

    answer = amazon.search(lastUpdatedAfter=at(-3600))

    assert ids(answer) == [old.order_id]
    assert answer.json()["lastUpdatedBefore"] == "2026-11-24T11:58:00.000Z"


def test_a_change_moves_an_order_by_updated_time_not_by_created_time(amazon, world):
    order = world.create_order("SE", at=NOON - timedelta(hours=2))
    assert ids(amazon.search(lastUpdatedAfter=at(-60))) == []

    world.change(order.order_id, moves.request_cancel)

    assert ids(amazon.search(lastUpdatedAfter=at(-60))) == [order.order_id]
    assert ids(amazon.search(createdAfter=at(-60))) == []


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({}, "Exactly one of createdAfter and lastUpdatedAfter must be given."),
        (
            {"createdAfter": LONG_AGO, "lastUpdatedAfter": LONG_AGO},
            "Exactly one of createdAfter and lastUpdatedAfter must be given.",
        ),
        (
            {"createdAfter": LONG_AGO, "lastUpdatedBefore": at(-600)},
            "lastUpdatedBefore cannot be combined with createdAfter.",
        ),
        (
            {"lastUpdatedAfter": LONG_AGO, "createdBefore": at(-600)},
            "createdBefore cannot be combined with lastUpdatedAfter.",
        ),
        (
            {"createdAfter": at(-300), "createdBefore": at(-301)},
            "createdBefore lies before createdAfter.",
        ),
        (
            {"lastUpdatedAfter": at(-300), "lastUpdatedBefore": at(-119)},
            "lastUpdatedBefore must be at least 2 minutes before the request.",
        ),
        (
            {"createdAfter": "TEST_CASE_400"},
            "createdAfter is not an ISO 8601 date-time with a time zone.",
        ),
        (
            {"createdAfter": "2026-11-24T00:00:00"},
            "createdAfter is not an ISO 8601 date-time with a time zone.",
        ),
        ({"createdAfter": LONG_AGO, "includedData": "ITEMS"}, "includedData has an unknown value."),
        (
            {"createdAfter": LONG_AGO, "fulfillmentStatuses": "Unshipped"},
            "fulfillmentStatuses has an unknown value.",
        ),
        (
            {"createdAfter": LONG_AGO, "marketplaceIds": ",".join(["A2NODRKZP88ZB9"] * 51)},
            "marketplaceIds takes at most 50 values.",
        ),
        ({"createdAfter": LONG_AGO, "fulfilledBy": "MFN"}, "fulfilledBy has an unknown value."),
        (
            {"createdAfter": LONG_AGO, "marketplaceIds": "ATVPDKIKX0DER,NOWHERE"},
            "marketplaceIds has an unknown value.",
        ),
        (
            {"createdAfter": LONG_AGO, "maxResultsPerPage": "101"},
            "maxResultsPerPage is a whole number from 1 to 100.",
        ),
        (
            {"createdAfter": LONG_AGO, "maxResultsPerPage": "0"},
            "maxResultsPerPage is a whole number from 1 to 100.",
        ),
        (
            {"createdAfter": LONG_AGO, "MarketplaceIds": "x"},
            "There is no parameter MarketplaceIds.",
        ),
        ({"createdAfter": LONG_AGO, "fulfilledBy": ""}, "fulfilledBy is empty."),
        ({"createdAfter": LONG_AGO, "paginationToken": "abc"}, "The paginationToken is unknown."),
    ],
)
def test_bad_parameters_are_400_with_the_cause_in_details(amazon, query, details):
    assert refused(amazon.call("GET", SEARCH, query)) == details


def test_a_repeated_parameter_is_refused(amazon):
    query = f"createdAfter={LONG_AGO}&includedData=BUYER&includedData=FULFILLMENT"

    assert refused(amazon.call("GET", SEARCH, query)) == (
        "includedData is given twice; lists are comma separated."
    )


def test_exactly_two_minutes_back_is_allowed(amazon):
    assert amazon.search(createdBefore=at(-120)).status == 200


def test_an_unencoded_plus_is_not_a_date(amazon):
    answer = amazon.call("GET", SEARCH, "createdAfter=2026-11-24T00:00:00+00:00")

    assert refused(answer) == "createdAfter is not an ISO 8601 date-time with a time zone."


def test_filters_narrow_the_result(amazon, world):
    se = world.create_order("SE", Draft(status=Status.PENDING))
    de = world.create_order("DE")
    fba = world.create_order("DE", Draft(status=Status.SHIPPED, fulfilled_by=AMAZON))

    assert ids(amazon.search(marketplaceIds="A2NODRKZP88ZB9")) == [se.order_id]
    assert ids(amazon.search(marketplaceIds="A1PA6795UKMFR9,A2NODRKZP88ZB9")) == [
        se.order_id,
        de.order_id,
        fba.order_id,
    ]
    assert ids(amazon.search(fulfillmentStatuses="UNSHIPPED,PENDING")) == [se.order_id, de.order_id]
    assert ids(amazon.search(fulfilledBy="AMAZON")) == [fba.order_id]


def test_a_marketplace_the_seller_is_not_in_is_403(amazon):
    assert amazon.search(marketplaceIds="ATVPDKIKX0DER").status == 403


def test_orders_older_than_two_years_are_not_returned_except_in_japan(world):
    long_ago = NOON - timedelta(days=800)
    world.create_order("SE", at=long_ago)
    kept = world.create_order("JP", at=long_ago)

    assert ids(Api(world).search()) == []
    assert ids(Api(world, world.seller(kept.seller_id)).search()) == [kept.order_id]


def all_pages(amazon, **query):
    """Every page of a search as lists of order ids."""
    pages, token = [], None
    while True:
        answer = amazon.search(paginationToken=token, **query)
        pages.append(ids(answer))
        if "pagination" not in answer.json():
            return pages
        token = answer.json()["pagination"]["nextToken"]


def test_pages_end_without_a_pagination_object(amazon, world):
    orders = [world.create_order("SE").order_id for _ in range(5)]

    pages = all_pages(amazon, maxResultsPerPage=2)

    assert pages == [orders[:2], orders[2:4], orders[4:]]


def test_a_page_that_is_just_full_is_the_last(amazon, world):
    orders = [world.create_order("SE").order_id for _ in range(2)]

    assert all_pages(amazon, maxResultsPerPage=2) == [orders]


def test_a_token_must_be_encoded_to_survive(amazon, world):
    for _ in range(2):
        world.create_order("SE")
    token = amazon.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]
    assert {"+", "/", "="} <= set(token)

    raw = amazon.call("GET", SEARCH, f"createdAfter={LONG_AGO}&paginationToken={token}")
    encoded = amazon.call(
        "GET", SEARCH, f"createdAfter={LONG_AGO}&paginationToken={quote(token, safe='')}"
    )

    assert (raw.status, encoded.status) == (400, 200)


def test_only_page_size_and_datasets_may_change_between_pages(amazon, world):
    for _ in range(3):
        world.create_order("SE")
    token = amazon.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]

    changed = amazon.search(paginationToken=token, createdAfter="2020-01-01T00:00:01Z")
    allowed = amazon.search(paginationToken=token, maxResultsPerPage=50, includedData="BUYER")

    assert (changed.status, changed.error) == (
        400,
        (
            "InvalidInput",
            "The paginationToken you have submitted is not valid."
            " All parameters must match the original request except maxResultsPerPage.",
        ),
    )
    assert len(ids(allowed)) == 2


def test_a_token_lives_24_hours(amazon, world):
    for _ in range(2):
        world.create_order("SE")
    token = amazon.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]

    world.clock.advance(24 * 3600)
    amazon.token = None
    assert amazon.search(paginationToken=token).status == 200

    world.clock.advance(1)
    assert refused(amazon.search(paginationToken=token)) == "The paginationToken has expired."


def test_another_seller_cannot_use_the_token(amazon, world):
    for _ in range(2):
        world.create_order("SE")
    token = amazon.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]

    answer = Api(world, DEMO_NA).search(paginationToken=token)

    assert refused(answer) == "The paginationToken is unknown."


def test_the_selection_is_made_once_whatever_changes_between_pages(amazon, world):
    orders = [world.create_order("SE").order_id for _ in range(3)]
    first = amazon.search(lastUpdatedAfter=LONG_AGO, maxResultsPerPage=1)
    token = first.json()["pagination"]["nextToken"]

    world.change(orders[1], moves.request_cancel)  # its lastUpdatedTime now lies after the bound
    world.create_order("SE")
    second = amazon.search(
        lastUpdatedAfter=LONG_AGO,
        maxResultsPerPage=10,
        paginationToken=token,
        includedData="CANCELLATION",
    )

    assert ids(second) == orders[1:]
    assert second.json()["lastUpdatedBefore"] == first.json()["lastUpdatedBefore"]
    assert "cancellation" in second.json()["orders"][0]["orderItems"][0]


def test_an_order_somebody_else_sold_or_nobody_has_is_404(amazon, world):
    theirs = world.create_order("US")

    assert amazon.get(theirs.order_id).status == 404
    assert amazon.get("302-0000000-0000000").error[0] == "NotFound"
    assert refused(amazon.get("302-1")) == "orderId is not in 3-7-7 format."
