"""What Amazon left out stays left out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon.types import Dataset, Money
from tests.channels.amazon.samples import ALL, NAMES, order, place, read, remove

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
