import json

import pytest

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.mapping import order_from_wire
from channels.amazon.types import Dataset
from channels.amazon.wire_2026_01_01 import read_one, split_page
from tests.channels.amazon.samples import ALL, NAMES, order, raw


def page(*orders, **rest):
    return json.dumps({"orders": list(orders), **rest}).encode()


def test_a_page_is_split_into_its_orders_as_they_are():
    documents = [order(name) for name in NAMES]
    split = split_page(
        page(*documents, pagination={"nextToken": "abc+/=="}, lastUpdatedBefore="2026-08-14"),
        ALL,
        request_id="req-7",
    )
    assert [entry.amazon_order_id for entry in split.orders] == [d["orderId"] for d in documents]
    assert [json.loads(entry.raw) for entry in split.orders] == documents
    assert (split.next_token, split.last_updated_before) == ("abc+/==", "2026-08-14")
    assert split.request_id == "req-7"


@pytest.mark.parametrize("rest", [{}, {"pagination": None}, {"pagination": {"nextToken": ""}}])
def test_the_last_page_has_no_token(rest):
    split = split_page(page(**rest), ALL)
    assert (split.orders, split.next_token, split.last_updated_before) == ((), None, None)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"orderId": 5},
        {"orderId": None},
        {"orderId": ""},
        {"orderId": "112-0091823-4417755\n"},
        {"orderId": "112-009\0"},
        {"orderId": "1" * 33},
        None,
        [],
        "text",
        {"orderItems": 1},
    ],
)
def test_an_order_without_a_readable_id_leaves_the_others_alone(broken):
    split = split_page(page(order("pending"), broken, order("cancelled")), ALL)
    assert [entry.amazon_order_id for entry in split.orders] == [
        "112-4839201-5571846",
        "",
        "112-0091823-4417755",
    ]
    assert json.loads(split.orders[1].raw) == broken


def test_an_id_of_broken_bytes_leaves_the_others_alone():
    body = b'{"orders":[{"orderId":"\xff\xfe"},' + raw(order()) + b"]}"
    ids = [entry.amazon_order_id for entry in split_page(body, ALL).orders]
    assert ids == ["", "112-7720015-9940366"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"cut \uDE00", "cut \ufffd"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\ud83d \\ud83d \"\u00e9", '\ufffd \\ud83d "é'),
    ],
)
def test_half_a_character_costs_neither_the_page_nor_the_order(sent, kept):
    broken = raw(order()).replace(b"Maeve O'Brien", sent)
    split = split_page(b'{"orders":[' + broken + b"," + raw(order("pending")) + b"]}", ALL)
    first, second = (order_from_wire(entry.raw, ALL) for entry in split.orders)
    assert (first.buyer.name, second.amazon_order_id) == (kept, "112-4839201-5571846")


def test_the_digest_tells_documents_apart():
    one, same, changed = split_page(
        page(order(), order(), order() | {"lastUpdatedTime": "2026-08-14T16:11:02.661Z"}), ALL
    ).orders
    assert one.digest == same.digest != changed.digest
    assert len(one.digest) == 16


def test_the_digest_depends_on_the_datasets_and_not_on_their_order():
    def digest(*datasets):
        return split_page(page(order()), datasets).orders[0].digest

    assert digest(Dataset.BUYER, Dataset.TAX) == digest(Dataset.TAX, Dataset.BUYER)
    assert len({digest(), digest(Dataset.BUYER), digest(*Dataset)}) == 3


def test_one_order_reads_as_it_would_on_a_page():
    body = b'{"order": ' + raw(order()) + b"}"
    assert read_one(body, ALL) == split_page(page(order()), ALL).orders[0]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (b" \r\n", "the body is empty"),
        (b"<!DOCTYPE html><html></html>", "the body is HTML or XML, not JSON"),
        (b"\n <?xml version='1.0'?>", "the body is HTML or XML, not JSON"),
        (b"Service", "the body is not JSON: JSON is malformed: invalid character (byte 0)"),
        (b'{"orders":[{"orderId":"1"', "the body is not JSON: Input data was truncated"),
        (b"[" * 99999, "Expected `object`, got `array`"),
        (b'{"x":' * 99999, "the body is not JSON (RecursionError)"),
        (b'{"pagination":{"nextToken":"\xff"},"orders":[]}',
         "the body is not JSON (UnicodeDecodeError)"),
        (b"{}", "Object missing required field `orders`"),
        (b'{"orders":null}', "orders: Expected `array`, got `null`"),
        (b'{"orders":[],"pagination":{"nextToken":7}}',
         "pagination.nextToken: Expected `str | null`, got `int`"),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_read_is_one_clear_error(body, detail):
    with pytest.raises(UnexpectedPayload) as caught:
        split_page(body, ALL, request_id="req-9")
    assert str(caught.value) == f"searchOrders: {detail} (request id req-9)"


def test_an_answer_without_its_order_is_refused():
    with pytest.raises(UnexpectedPayload, match="getOrder: Object missing required field `order`"):
        read_one(b"{}", ALL)
