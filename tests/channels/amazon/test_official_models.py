"""Against Amazon's own models, where they are at hand (they are not ours to ship)."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from channels.amazon.confirmation import confirmation_body
from channels.amazon.documents import GZIP
from channels.amazon.feeds import CONTENT_TYPE, ProcessingStatus
from channels.amazon.mapping import order_from_wire
from channels.amazon.types import Status
from channels.amazon.wire_2026_01_01 import read_one, split_page
from channels.amazon.wire_feeds_2021_06_30 import document_body, feed_body, read_document, read_feed
from tests.channels.amazon.samples import ALL, NAMES, order
from tests.channels.amazon.test_confirmation import PACKAGE

ROOT = Path(__file__).resolve().parents[3]
MODELS = Path(os.environ.get("AMAZON_MODELS", ROOT.parent / "shared" / "amazon-models"))
pytestmark = pytest.mark.skipif(
    not MODELS.is_dir(), reason=f"Amazon's models are not in {MODELS} (set AMAZON_MODELS)"
)


def model(name):
    return json.loads((MODELS / name).read_text())


def check(document, name, definition):
    swagger = model(name)
    resource = Resource.from_contents(swagger, default_specification=DRAFT4)
    Draft4Validator(
        {"$ref": f"urn:model#/definitions/{definition}"},
        registry=Registry().with_resource("urn:model", resource),
        format_checker=FormatChecker(),
    ).validate(document)


def official_answers():
    """(path, answer) of every example and sandbox response with orders in it."""
    if not MODELS.is_dir():
        return []
    found = []

    def walk(node, path):
        if isinstance(node, dict):
            # Not the definitions of a schema, whose "orders" is no list.
            if isinstance(node.get("orders"), list) or "orderItems" in node.get("order", ()):
                found.append((path, node))
                return
            for key, value in node.items():
                walk(value, f"{path}/{key}")
        elif isinstance(node, list):
            for index, value in enumerate(node):
                walk(value, f"{path}/{index}")

    walk(model("orders_2026-01-01.json")["paths"], "")
    return found


OFFICIAL = official_answers()


def test_amazons_model_has_answers_of_both_operations():
    assert len([1 for _, body in OFFICIAL if "orders" in body]) == 4
    assert len([1 for _, body in OFFICIAL if "order" in body]) == 4


@pytest.mark.parametrize(("path", "body"), OFFICIAL, ids=[path[-60:] for path, _ in OFFICIAL])
def test_every_official_answer_decodes(path, body):
    data = json.dumps(body).encode()
    raws = split_page(data, ALL).orders if "orders" in body else [read_one(data, ALL)]
    documents = body.get("orders") or [body["order"]]
    assert len(raws) == len(documents)
    for raw, document in zip(raws, documents, strict=True):
        mapped = order_from_wire(raw.raw, ALL)
        assert mapped.amazon_order_id == raw.amazon_order_id == document["orderId"]
        assert mapped.status not in (None, Status.UNKNOWN)
        assert mapped.fulfilled_by is not None
        assert [item.order_item_id for item in mapped.items] == [
            item["orderItemId"] for item in document["orderItems"]
        ]
        assert str(mapped.grand_total.amount) == document["proceeds"]["grandTotal"]["amount"]


@pytest.mark.parametrize("name", NAMES)
def test_our_own_samples_are_of_amazons_shape(name):
    check({"order": order(name)}, "orders_2026-01-01.json", "GetOrderResponse")


@pytest.mark.parametrize(
    "package", [PACKAGE, replace(PACKAGE, carrier_code="DHL", carrier_name="", shipping_method="")]
)
def test_our_confirmations_are_of_amazons_shape(package):
    body = confirmation_body("A1PA6795UKMFR9", package)
    check(body, "ordersV0.json", "ConfirmShipmentRequest")


FEEDS = "feeds_2021-06-30.json"


def test_our_feeds_are_of_amazons_shape():
    check(document_body(CONTENT_TYPE), FEEDS, "CreateFeedDocumentSpecification")
    body = feed_body("POST_ORDER_FULFILLMENT_DATA", ("A1PA6795UKMFR9",), "amzn1.tortuga.4.eu.1")
    check(body, FEEDS, "CreateFeedSpecification")


def test_we_read_what_amazon_requires_and_its_words_for_how_far_a_feed_is():
    definitions = model(FEEDS)["definitions"]
    words = set(definitions["Feed"]["properties"]["processingStatus"]["enum"])
    assert words == set(ProcessingStatus)
    feed = {"createdTime": "2026-08-13T09:30:00Z", "feedType": "A", "feedId": "1"}
    for word in words:
        document = feed | {"processingStatus": word, "resultFeedDocumentId": "doc"}
        check(document, FEEDS, "Feed")
        assert read_feed(json.dumps(document).encode()).processing_status == word
    document = {"feedDocumentId": "doc", "url": "https://a", "compressionAlgorithm": "GZIP"}
    check(document, FEEDS, "FeedDocument")
    assert read_document(json.dumps(document).encode()).compression_algorithm == GZIP


def test_the_check_against_the_model_can_fail():
    body = confirmation_body("A1PA6795UKMFR9", PACKAGE)
    body["packageDetail"]["packageReferenceId"] = 2
    with pytest.raises(Exception, match="2 is not of type 'string'"):
        check(body, "ordersV0.json", "ConfirmShipmentRequest")
