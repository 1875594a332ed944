"""What is wrong with an order is named, and nothing of it is quoted."""

import pytest

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.mapping import order_from_wire
from tests.channels.amazon.samples import ALL, order, place, raw, read, remove

REQUIRED = [
    (("orderId",), "Object missing required field `orderId`"),
    (("createdTime",), "Object missing required field `createdTime`"),
    (("lastUpdatedTime",), "Object missing required field `lastUpdatedTime`"),
    (("orderItems",), "Object missing required field `orderItems`"),
    (
        ("orderItems", 1, "orderItemId"),
        "orderItems[1]: Object missing required field `orderItemId`",
    ),
    (
        ("orderItems", 1, "quantityOrdered"),
        "orderItems[1]: Object missing required field `quantityOrdered`",
    ),
]


@pytest.mark.parametrize(("path", "detail"), REQUIRED)
def test_a_missing_required_field_is_named(path, detail):
    document = order()
    remove(document, path)
    with pytest.raises(UnexpectedPayload) as caught:
        read(document)
    assert str(caught.value) == f"Orders API 2026-01-01: {detail}"


@pytest.mark.parametrize("field", ["packageReferenceId", "orderItemId", "quantity"])
def test_a_package_without_what_proves_it_is_refused(field):
    document = order("partially_shipped")
    package = document["packages"][0]
    del (package if field == "packageReferenceId" else package["packageItems"][0])[field]
    with pytest.raises(UnexpectedPayload, match=f"packages.*missing required field `{field}`"):
        read(document)


WRONG = [
    (("orderId",), 112, "orderId: Expected `str`, got `int`"),
    (("orderId",), "", "orderId: Expected `str` of length >= 1"),
    (("createdTime",), "14/08/2026", "createdTime: not an ISO 8601 date and time"),
    (("createdTime",), "2026-02-30T00:00:00Z", "createdTime: not an ISO 8601 date and time"),
    (
        ("createdTime",),
        "0001-01-01T00:00:00+14:00",
        "createdTime: not an ISO 8601 date and time",
    ),
    (("lastUpdatedTime",), "2026-08-14T16:11:02", "lastUpdatedTime: no time zone"),
    (("lastUpdatedTime",), 1786723862, "lastUpdatedTime: Expected `str`, got `int`"),
    (
        ("fulfillment", "shipByWindow", "earliestDateTime"),
        "soon",
        "fulfillment.shipByWindow.earliestDateTime: not an ISO 8601 date and time",
    ),
    (
        ("fulfillment", "shipByWindow", "latestDateTime"),
        "2026-08-18",
        "fulfillment.shipByWindow.latestDateTime: no time zone",
    ),
    (
        ("fulfillment", "deliverByWindow", "latestDateTime"),
        "?",
        "fulfillment.deliverByWindow.latestDateTime: not an ISO 8601 date and time",
    ),
    (
        ("fulfillment", "fulfillmentStatus"),
        3,
        "fulfillment.fulfillmentStatus: Expected `str | null`, got `int`",
    ),
    (("programs",), "PRIME", "programs: Expected `array | null`, got `str`"),
    (("buyer",), "Maeve", "buyer: Expected `object | null`, got `str`"),
    (("buyer", "buyerName"), ["Maeve"], "buyer.buyerName: Expected `str | null`, got `array`"),
    (
        ("recipient", "deliveryAddress", "postalCode"),
        43004,
        "recipient.deliveryAddress.postalCode: Expected `str | null`, got `int`",
    ),
    (("orderItems",), {}, "orderItems: Expected `array`, got `object`"),
    (
        ("orderItems", 1, "orderItemId"),
        73500190011209,
        "orderItems[1].orderItemId: Expected `str`, got `int`",
    ),
    (("orderItems", 1, "orderItemId"), "73500190011201", "orderItems[1].orderItemId: repeated"),
    (
        ("orderItems", 0, "quantityOrdered"),
        "2",
        "orderItems[0].quantityOrdered: Expected `int`, got `str`",
    ),
    (
        ("orderItems", 0, "quantityOrdered"),
        -1,
        "orderItems[0].quantityOrdered: Expected `int` >= 0",
    ),
    (
        ("orderItems", 0, "quantityOrdered"),
        2**31,
        "orderItems[0].quantityOrdered: Expected `int` <= 2147483647",
    ),
    (
        ("orderItems", 0, "fulfillment", "quantityFulfilled"),
        1.5,
        "orderItems[0].fulfillment.quantityFulfilled: Expected `int | null`, got `float`",
    ),
]


@pytest.mark.parametrize(("path", "value", "detail"), WRONG)
def test_a_wrong_value_is_named_and_not_quoted(path, value, detail):
    document = order()
    place(document, path, value)
    with pytest.raises(UnexpectedPayload) as caught:
        read(document)
    assert str(caught.value) == f"Orders API 2026-01-01: {detail}"


def test_a_package_shipped_at_no_known_time_is_refused():
    document = order("partially_shipped")
    document["packages"][0]["shipTime"] = "yesterday"
    with pytest.raises(UnexpectedPayload, match=r"packages\[0\]\.shipTime: not an ISO 8601"):
        read(document)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"order"', b"{", b"<order/>", b'{"orderId'])
def test_what_is_no_order_at_all_is_refused(body):
    with pytest.raises(UnexpectedPayload):
        order_from_wire(body, ALL)


def test_broken_text_and_endless_nesting_are_refused():
    broken = raw(order()).replace(b"Columbus City", b"\xff\xfe")
    deep = raw(order()).replace(b'"programs"', b'"new":' + b"[" * 9999 + b"]" * 9999 + b',"p"', 1)
    for body in (broken, deep):
        with pytest.raises(UnexpectedPayload, match="the body is not JSON"):
            order_from_wire(body, ALL)
