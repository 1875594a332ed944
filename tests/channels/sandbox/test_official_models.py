"""Every kind of reply against Amazon's own Swagger models, with unknown properties forbidden."""

import json
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest

from channels.sandbox import moves
from channels.sandbox.living import LivingWorld
from channels.sandbox.sellers import DEMO_EU, DEMO_SELLERS
from channels.sandbox.world import Settings
from tests.channels.sandbox.api import EVERYTHING, FEEDS, XML, Api
from tests.channels.sandbox.conftest import NOON
from tests.channels.sandbox.test_feeds import envelope, fulfillment

ROOT = Path(__file__).parents[3]
MODELS = Path(os.environ.get("AMAZON_MODELS") or ROOT.parent / "shared" / "amazon-models")
ORDERS, CONFIRM, SELLERS = "orders_2026-01-01.json", "ordersV0.json", "sellers.json"
FEEDS_API = "feeds_2021-06-30.json"

pytestmark = pytest.mark.skipif(
    not (MODELS / ORDERS).is_file(),
    reason=f"Amazon's models are not in {MODELS}; set AMAZON_MODELS to their folder.",
)

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time", ValueError)
def is_date_time(value):
    """jsonschema checks dates only with further packages installed."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def strict(schema):
    """A copy that forbids unknown properties."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: strict(part) for name, part in schema.items()}
    if isinstance(copy.get("properties"), dict) and "$ref" not in copy:
        copy.setdefault("additionalProperties", False)
    return copy


@pytest.fixture(scope="module")
def check():
    """check(answer, model, definition): fails with the first thing Amazon would not say."""
    validators = {}

    def check(answer, model, definition):
        key = (model, definition)
        if key not in validators:
            definitions = strict(json.loads((MODELS / model).read_text())["definitions"])
            schema = {"$ref": f"#/definitions/{definition}", "definitions": definitions}
            validators[key] = jsonschema.Draft4Validator(schema, format_checker=FORMATS)
        validators[key].validate(answer.json())

    return check


@pytest.fixture(scope="module")
def world():
    """Everything the showcase has, and an hour of life."""
    world = LivingWorld(now=NOON, settings=Settings(plan="unlimited"), populate=True)
    world.clock.advance(3600)
    world.catch_up()
    for order in world.orders():
        if order.status == "UNSHIPPED" and order.fulfilled_by == "MERCHANT":
            world.move_to(order.order_id, "SHIPPED")
            break
    return world


@pytest.mark.parametrize("seller", DEMO_SELLERS, ids=lambda seller: seller.region)
def test_searches(check, world, seller):
    amazon = Api(world, seller)
    for included in (None, "FULFILLMENT", EVERYTHING):
        check(amazon.search(includedData=included), ORDERS, "SearchOrdersResponse")

    page = amazon.search(includedData=EVERYTHING, maxResultsPerPage=1)
    check(page, ORDERS, "SearchOrdersResponse")
    empty = amazon.search(createdAfter=None, lastUpdatedAfter="2099-01-01T00:00:00Z")
    check(empty, ORDERS, "SearchOrdersResponse")
    assert (len(page.json()["orders"]), "pagination" in page.json()) == (1, True)
    assert empty.json()["orders"] == []


def test_every_order(check, world):
    seen = set()
    for order in world.orders():
        amazon = Api(world, world.seller(order.seller_id))
        answer = amazon.get(order.order_id)
        check(answer, ORDERS, "GetOrderResponse")
        seen.add((order.status, order.fulfilled_by))
        seen |= set(answer.json()["order"])

    assert {("PARTIALLY_SHIPPED", "MERCHANT"), ("UNFULFILLABLE", "AMAZON")} <= seen
    assert {"buyer", "recipient", "proceeds", "payment", "tax", "packages"} <= seen
    assert "associatedOrders" in seen


def test_cancellations_and_withheld_personal_data(check, world):
    amazon = Api(world)
    order = world.create_order("SE")
    world.change(order.order_id, moves.request_cancel)
    check(amazon.get(order.order_id), ORDERS, "GetOrderResponse")
    world.change(order.order_id, moves.cancel)
    check(amazon.get(order.order_id), ORDERS, "GetOrderResponse")

    world.add_seller(replace(DEMO_EU, pii_role=False))
    check(amazon.search(includedData=EVERYTHING), ORDERS, "SearchOrdersResponse")
    world.add_seller(DEMO_EU)


def test_participations(check, world):
    answer = Api(world).call("GET", "/sellers/v1/marketplaceParticipations")

    check(answer, SELLERS, "GetMarketplaceParticipationsResponse")


def test_feeds(check, world):
    amazon = Api(world)
    order = world.create_order("SE")
    made = amazon.call("POST", f"{FEEDS}/documents", document={"contentType": XML})
    check(made, FEEDS_API, "CreateFeedDocumentResponse")
    document_id, _ = amazon.put_document(envelope(*[fulfillment(order, 9)] * 20))
    world.settings.feed_seconds = 10.0
    created = amazon.create_feed(document_id)
    world.settings.feed_seconds = 0.0
    check(created, FEEDS_API, "CreateFeedResponse")
    feed_id = created.json()["feedId"]
    check(amazon.feed(feed_id), FEEDS_API, "Feed")
    world.clock.advance(10)
    done = amazon.feed(feed_id)
    check(done, FEEDS_API, "Feed")
    shown = amazon.call("GET", f"{FEEDS}/documents/{done.json()['resultFeedDocumentId']}")
    check(shown, FEEDS_API, "FeedDocument")
    assert shown.json()["compressionAlgorithm"] == "GZIP"
    for refusal in (amazon.create_feed("none"), amazon.feed("none")):
        check(refusal, FEEDS_API, "ErrorList")


@pytest.mark.parametrize("kind", ["429", "500", "503"])
def test_failures(check, world, kind):
    amazon = Api(world)
    order = world.create_order("SE")
    for operation, call, model, definition in (
        ("search", amazon.search, ORDERS, "ErrorList"),
        ("get", lambda: amazon.get(order.order_id), ORDERS, "ErrorList"),
        ("confirm", lambda: amazon.confirm(order), CONFIRM, "ConfirmShipmentErrorResponse"),
        (
            "participations",
            lambda: amazon.call("GET", "/sellers/v1/marketplaceParticipations"),
            SELLERS,
            "GetMarketplaceParticipationsResponse",
        ),
    ):
        world.faults.push(kind, operation)
        answer = call()
        assert answer.status == int(kind)
        check(answer, model, definition)


def test_refusals(check, world):
    amazon = Api(world)
    order = world.create_order("SE")
    wrong_token = Api(world)
    wrong_token.token = "Atza|made-up"
    for answer, status in (
        (amazon.search(createdAfter="TEST_CASE_400"), 400),
        (amazon.get("302-0000000-0000000"), 404),
        (wrong_token.search(), 403),
    ):
        assert answer.status == status
        check(answer, ORDERS, "ErrorList")

    for answer, status in (
        (amazon.confirm(order, shipDate="02/21/2022"), 400),
        (amazon.confirm(order, packageReferenceId=1), 400),
        (amazon.confirm_document("302-0000000-0000000", {}), 404),
        (wrong_token.confirm(order), 403),
    ):
        assert answer.status == status
        check(answer, CONFIRM, "ConfirmShipmentErrorResponse")


def test_the_check_itself_can_fail(check, world):
    """A property Amazon does not know, a missing one, a bad date."""
    answer = Api(world).search(maxResultsPerPage=1)
    for spoil in (
        lambda order: order.update(surprise=1),
        lambda order: order.pop("orderItems"),
        lambda order: order.update(createdTime="yesterday"),
    ):
        document = answer.json()
        spoil(document["orders"][0])
        spoiled = type(answer)(200, {}, json.dumps(document).encode())
        with pytest.raises(jsonschema.ValidationError):
            check(spoiled, ORDERS, "SearchOrdersResponse")
