from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.mapping import order_from_wire
from channels.amazon.types import (
    Address,
    AmazonItem,
    AmazonOrder,
    AmazonPackage,
    Amounts,
    Buyer,
    Dataset,
    FulfilledBy,
    Money,
    Status,
)
from tests.channels.amazon.samples import ALL, NAMES, order, place, raw, remove


def read(document, datasets=ALL):
    return order_from_wire(raw(document), datasets)


UNSHIPPED = AmazonOrder(
    amazon_order_id="112-7720015-9940366",
    marketplace_id="ATVPDKIKX0DER",
    purchase_date=datetime(2026, 8, 14, 15, 40, 31, 118000, UTC),
    last_updated=datetime(2026, 8, 14, 16, 11, 2, 660000, UTC),
    sales_channel="AMAZON",
    programs=("AMAZON_BUSINESS", "PRIME"),
    seller_order_id="WEB-100245",
    status=Status.UNSHIPPED,
    amazon_status="UNSHIPPED",
    fulfilled_by=FulfilledBy.MERCHANT,
    service_level="EXPEDITED",
    ship_by_earliest=datetime(2026, 8, 14, 7, tzinfo=UTC),
    ship_by=datetime(2026, 8, 18, 6, 59, 59, tzinfo=UTC),
    deliver_by=datetime(2026, 8, 22, 6, 59, 59, tzinfo=UTC),
    grand_total=Money(amount=Decimal("72.66"), currency="USD"),
    buyer=Buyer(
        name="Maeve O'Brien",
        email="k3v9example@marketplace.amazon.com",
        company="Example Fixtures LLC",
        purchase_order_number="PO-77-2026",
    ),
    recipient=Address(
        name="Receiving Desk",
        company="Example Fixtures LLC",
        line1="1 Placeholder Way",
        line2="Dock 4",
        line3="Door 2",
        city="Columbus",
        district="Franklin",
        region="OH",
        municipality="Columbus City",
        postal_code="43004",
        country_code="US",
        phone="+1 614-555-0100 ext. 00001",
        address_type="COMMERCIAL",
        delivery_instructions="Loading dock; Ring at gate B",
    ),
    packages=None,
    items=(
        AmazonItem(
            order_item_id="73500190011201",
            quantity_ordered=2,
            quantity_shipped=0,
            quantity_unshipped=2,
            asin="B0EXAMPL02",
            seller_sku="TUM-4-CLR",
            title="Stackable tumbler, set of 4",
            condition="NEW",
            unit_price=Money(amount=Decimal("24.99"), currency="USD"),
            currency="USD",
            amounts=Amounts(
                item=Decimal("49.98"),
                shipping=Decimal("3.99"),
                gift_wrap=Decimal("3.50"),
                discount=Decimal("-6.50"),
                tax=Decimal("4.19"),
                total=Decimal("55.16"),
                tax_detail=(
                    ("item", Decimal("3.60")),
                    ("shipping", Decimal("0.34")),
                    ("gift_wrap", Decimal("0.25")),
                ),
                tax_collected_by_amazon=True,
            ),
            gift_message="Enjoy!",
            gift_wrap_level="Classic",
            is_gift=True,
            cancel_requested=False,
        ),
        AmazonItem(
            order_item_id="73500190011209",
            quantity_ordered=1,
            quantity_shipped=0,
            quantity_unshipped=1,
            asin="B0EXAMPL03",
            seller_sku="BRU-01",
            title="Bottle brush",
            condition="USED, GOOD",
            unit_price=Money(amount=Decimal("14.99"), currency="USD"),
            currency="USD",
            amounts=Amounts(
                item=Decimal("14.99"),
                shipping=Decimal("2.00"),
                discount=Decimal("-0.50"),
                tax=Decimal("1.01"),
                total=Decimal("17.50"),
                tax_detail=(("item", Decimal("0.90")), ("shipping", Decimal("0.11"))),
            ),
            programs=("TRANSPARENCY",),
            is_gift=False,
            cancel_requested=False,
        ),
    ),
)


def test_every_field_of_an_order_arrives():
    assert read(order()) == UNSHIPPED


def test_pending_order_has_items_and_nothing_else():
    pending = read(order("pending"))
    assert pending == AmazonOrder(
        amazon_order_id="112-4839201-5571846",
        marketplace_id="ATVPDKIKX0DER",
        purchase_date=datetime(2026, 8, 14, 3, 12, 7, 451000, UTC),
        last_updated=datetime(2026, 8, 14, 3, 12, 9, 2000, UTC),
        sales_channel="AMAZON",
        status=Status.PENDING,
        amazon_status="PENDING",
        fulfilled_by=FulfilledBy.MERCHANT,
        items=(
            AmazonItem(
                order_item_id="73500184629911",
                quantity_ordered=1,
                quantity_shipped=0,
                quantity_unshipped=1,
                asin="B0EXAMPL01",
                seller_sku="KET-12",
                title="Camping kettle",
                is_gift=False,
                cancel_requested=False,
            ),
        ),
    )


def test_packages_are_read_with_their_items():
    assert read(order("partially_shipped")).packages == (
        AmazonPackage(
            package_reference_id="1",
            carrier="DHL",
            tracking_number="00340434000000000017",
            shipped_at=datetime(2026, 8, 12, 12, tzinfo=UTC),
            items=(("40211877100355", 2),),
            status="IN_TRANSIT",
        ),
    )


def test_no_packages_yet_differs_from_packages_not_sent():
    document = order("partially_shipped") | {"packages": []}
    assert read(document).packages == ()
    del document["packages"]
    assert read(document).packages is None


def test_order_shipped_by_amazon_in_yen():
    japanese = read(order("shipped_by_amazon"))
    assert japanese.fulfilled_by is FulfilledBy.AMAZON
    assert japanese.last_updated == datetime(2026, 8, 10, 19, 5, 12, tzinfo=UTC)
    assert japanese.grand_total == Money(amount=Decimal(3480), currency="JPY")
    assert japanese.recipient == Address(city="Osaka", region="Osaka", country_code="JP")
    assert japanese.buyer is None


def test_canceled_order_keeps_its_empty_line_and_the_buyers_reason():
    canceled = read(order("cancelled"))
    item = canceled.items[0]
    assert (canceled.status, canceled.amazon_status) == (Status.CANCELED, "CANCELLED")
    assert (item.quantity_ordered, item.cancel_requested) == (0, True)
    assert (item.cancel_reason, item.canceled_by) == ("Order created by mistake", "MERCHANT")


def test_a_cancellation_without_a_request_is_not_the_buyers():
    document = order("cancelled")
    document["orderItems"][0]["cancellation"] = {"cancellationExecution": {"cancelledBy": "AMAZON"}}
    item = read(document).items[0]
    assert (item.cancel_requested, item.canceled_by) == (False, "AMAZON")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PENDING_AVAILABILITY", Status.PENDING_AVAILABILITY),
        ("PENDING", Status.PENDING),
        ("UNSHIPPED", Status.UNSHIPPED),
        ("PARTIALLY_SHIPPED", Status.PARTIALLY_SHIPPED),
        ("SHIPPED", Status.SHIPPED),
        ("CANCELLED", Status.CANCELED),
        ("UNFULFILLABLE", Status.UNFULFILLABLE),
        ("INVOICE_UNCONFIRMED", Status.UNKNOWN),
    ],
)
def test_amazons_status_becomes_ours_and_its_word_is_kept(word, status):
    document = order()
    document["fulfillment"]["fulfillmentStatus"] = word
    mapped = read(document)
    assert (mapped.status, mapped.amazon_status) == (status, word)


@pytest.mark.parametrize("association", ["REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"])
def test_replacement_names_the_order_it_replaces(association):
    document = order() | {
        "associatedOrders": [
            {"orderId": "1-1-1", "associationType": "SOMETHING_NEW"},
            {"orderId": "112-0000001-0000001", "associationType": association},
        ]
    }
    assert read(document).replaces_order_id == "112-0000001-0000001"


def test_non_amazon_channel_is_kept():
    document = order()
    document["salesChannel"] = {"channelName": "NON_AMAZON"}
    mapped = read(document)
    assert (mapped.sales_channel, mapped.marketplace_id) == ("NON_AMAZON", None)


def test_an_unknown_fulfiller_is_nobody():
    document = order()
    document["fulfillment"]["fulfilledBy"] = "THIRD_PARTY"
    assert read(document).fulfilled_by is None


@pytest.mark.parametrize("requester", ["BUYER", "", None])
def test_a_request_counts_as_the_buyers(requester):
    document = order("cancelled")
    document["orderItems"][0]["cancellation"]["cancellationRequest"]["requester"] = requester
    assert read(document).items[0].cancel_requested is True


# What is absent stays absent

OPTIONAL = [
    # path, attribute of the order, attribute of its first item
    (("orderAliases",), "seller_order_id", None),
    (("salesChannel",), "sales_channel", None),
    (("salesChannel", "channelName"), "sales_channel", None),
    (("salesChannel", "marketplaceId"), "marketplace_id", None),
    (("buyer",), "buyer", None),
    (("recipient",), "recipient", None),
    (("proceeds",), "grand_total", None),
    (("proceeds", "grandTotal"), "grand_total", None),
    (("fulfillment",), "status", None),
    (("fulfillment", "fulfillmentStatus"), "status", None),
    (("fulfillment", "fulfilledBy"), "fulfilled_by", None),
    (("fulfillment", "fulfillmentServiceLevel"), "service_level", None),
    (("fulfillment", "shipByWindow"), "ship_by", None),
    (("fulfillment", "shipByWindow", "earliestDateTime"), "ship_by_earliest", None),
    (("fulfillment", "shipByWindow", "latestDateTime"), "ship_by", None),
    (("fulfillment", "deliverByWindow"), "deliver_by", None),
    (("fulfillment", "deliverByWindow", "latestDateTime"), "deliver_by", None),
    (("orderItems", 0, "product"), None, "seller_sku"),
    (("orderItems", 0, "product", "asin"), None, "asin"),
    (("orderItems", 0, "product", "title"), None, "title"),
    (("orderItems", 0, "product", "sellerSku"), None, "seller_sku"),
    (("orderItems", 0, "product", "condition"), None, "condition"),
    (("orderItems", 0, "product", "price"), None, "unit_price"),
    (("orderItems", 0, "product", "price", "unitPrice"), None, "unit_price"),
    (("orderItems", 0, "proceeds"), None, "amounts"),
    (("orderItems", 0, "fulfillment"), None, "quantity_shipped"),
    (("orderItems", 0, "fulfillment"), None, "is_gift"),
    (("orderItems", 0, "fulfillment", "quantityFulfilled"), None, "quantity_shipped"),
    (("orderItems", 0, "fulfillment", "quantityUnfulfilled"), None, "quantity_unshipped"),
    (("orderItems", 0, "fulfillment", "packing"), None, "gift_message"),
    (("orderItems", 0, "fulfillment", "packing", "giftOption"), None, "gift_wrap_level"),
]


@pytest.mark.parametrize("absent", ["removed", "null"])
@pytest.mark.parametrize(("path", "of_order", "of_item"), OPTIONAL)
def test_a_missing_value_is_none(path, of_order, of_item, absent):
    document = order()
    if absent == "removed":
        remove(document, path)
    else:
        place(document, path, None)
    mapped = read(document)
    value = getattr(mapped, of_order) if of_order else getattr(mapped.items[0], of_item)
    assert value is None


TEXTS = [
    (("buyer", "buyerName"), "buyer", "name"),
    (("buyer", "buyerEmail"), "buyer", "email"),
    (("buyer", "buyerCompanyName"), "buyer", "company"),
    (("buyer", "buyerPurchaseOrderNumber"), "buyer", "purchase_order_number"),
    *(
        (("recipient", "deliveryAddress", wire), "recipient", ours)
        for wire, ours in {
            "name": "name",
            "companyName": "company",
            "addressLine1": "line1",
            "addressLine2": "line2",
            "addressLine3": "line3",
            "city": "city",
            "districtOrCounty": "district",
            "stateOrRegion": "region",
            "municipality": "municipality",
            "postalCode": "postal_code",
            "countryCode": "country_code",
            "phone": "phone",
            "addressType": "address_type",
        }.items()
    ),
]


@pytest.mark.parametrize("empty", ["", "  ", None])
@pytest.mark.parametrize(("path", "group", "name"), TEXTS)
def test_an_empty_text_is_not_provided(path, group, name, empty):
    document = order()
    place(document, path, empty)
    assert getattr(getattr(read(document), group), name) is None


@pytest.mark.parametrize(("path", "group", "name"), TEXTS)
@pytest.mark.parametrize("text", ["O'Brien", " Ngô Thị Hoa ", "山田太郎", "Null", "X", "a\nb"])
def test_a_text_is_kept_as_sent(path, group, name, text):
    document = order()
    place(document, path, text)
    assert getattr(getattr(read(document), group), name) == text


def test_a_nul_character_that_no_database_stores_is_dropped():
    document = order()
    document["buyer"]["buyerName"] = "Mae\0ve"
    assert read(document).buyer.name == "Maeve"


@pytest.mark.parametrize("group", ["buyer", "recipient"])
@pytest.mark.parametrize("thin", [{}, {"buyerName": "", "deliveryAddress": {"city": ""}}])
def test_a_group_without_a_value_never_blanks_a_stored_one(group, thin):
    assert getattr(read(order() | {group: thin}), group) is None


@pytest.mark.parametrize(
    ("preference", "expected"),
    [
        ({"dropOffLocation": "Porch"}, "Porch"),
        ({"addressInstruction": "Ring twice"}, "Ring twice"),
        ({"deliveryCapabilities": []}, None),
    ],
)
def test_delivery_instructions_hold_what_the_buyer_said(preference, expected):
    document = order()
    document["recipient"]["deliveryPreference"] = preference
    assert read(document).recipient.delivery_instructions == expected


@pytest.mark.parametrize(
    ("dataset", "of_order", "of_item"),
    [
        (Dataset.BUYER, ["buyer"], []),
        (Dataset.RECIPIENT, ["recipient"], []),
        (
            Dataset.FULFILLMENT,
            ["status", "amazon_status", "fulfilled_by", "service_level", "ship_by", "deliver_by"],
            ["quantity_shipped", "quantity_unshipped", "is_gift", "gift_message"],
        ),
        (Dataset.PROCEEDS, ["grand_total"], ["amounts"]),
        (Dataset.CANCELLATION, [], ["cancel_requested", "cancel_reason", "canceled_by"]),
    ],
)
def test_a_dataset_not_asked_for_is_none_whatever_came(dataset, of_order, of_item):
    mapped = read(order(), ALL - {dataset})
    assert {getattr(mapped, name) for name in of_order} <= {None}
    assert {getattr(mapped.items[0], name) for name in of_item} <= {None}
    assert mapped.items[0].unit_price == Money(amount=Decimal("24.99"), currency="USD")


def test_packages_not_asked_for_are_none():
    assert read(order("partially_shipped"), ALL - {Dataset.PACKAGES}).packages is None


@settings(deadline=None)  # the machine may be busy
@given(
    name=st.sampled_from(NAMES),
    groups=st.sets(
        st.sampled_from(["buyer", "recipient", "proceeds", "fulfillment", "packages", "programs"])
    ),
    item_groups=st.sets(
        st.sampled_from(["product", "proceeds", "fulfillment", "cancellation", "tax", "programs"])
    ),
    datasets=st.frozensets(st.sampled_from(list(Dataset))),
)
def test_any_subset_of_groups_decodes(name, groups, item_groups, datasets):
    document = order(name)
    for group in groups:
        document.pop(group, None)
    for item in document["orderItems"]:
        for group in item_groups:
            item.pop(group, None)
    mapped = read(document, datasets)
    assert mapped.amazon_order_id == document["orderId"]
    assert (mapped.status is None) == (
        "fulfillment" in groups or Dataset.FULFILLMENT not in datasets
    )
    assert [item.quantity_ordered for item in mapped.items] == [
        item["quantityOrdered"] for item in document["orderItems"]
    ]
    assert all(
        item.amounts is None
        for item in mapped.items
        if "proceeds" in item_groups or Dataset.PROCEEDS not in datasets
    )


# What is wrong is named, and nothing of it is quoted

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


def test_new_fields_of_amazon_change_nothing():
    document = order() | {"newGroup": {"x": [1, None]}}
    document["orderItems"][0]["product"]["newField"] = 1.5
    assert read(document) == UNSHIPPED
