"""Answers of Orders API 2026-01-01, made up: one of each kind of order."""

import copy
import json

from channels.amazon.mapping import order_from_wire
from channels.amazon.types import Dataset

ALL = frozenset(Dataset)


def usd(amount):
    return {"amount": amount, "currencyCode": "USD"}


def part(kind, amount, *details):
    breakdown = {"type": kind, "subtotal": usd(amount)}
    if details:
        breakdown["detailedBreakdowns"] = [
            {"subtype": subtype, "value": usd(value)} for subtype, value in details
        ]
    return breakdown


_UNSHIPPED = {
    "orderId": "112-7720015-9940366",
    "orderAliases": [{"aliasId": "WEB-100245", "aliasType": "SELLER_ORDER_ID"}],
    "createdTime": "2026-08-14T15:40:31.118Z",
    "lastUpdatedTime": "2026-08-14T16:11:02.660Z",
    "programs": ["AMAZON_BUSINESS", "PRIME"],
    "associatedOrders": [],
    "salesChannel": {
        "channelName": "AMAZON",
        "marketplaceId": "ATVPDKIKX0DER",
        "marketplaceName": "Amazon.com",
    },
    "buyer": {
        "buyerName": "Maeve O'Brien",
        "buyerEmail": "k3v9example@marketplace.amazon.com",
        "buyerCompanyName": "Example Fixtures LLC",
        "buyerPurchaseOrderNumber": "PO-77-2026",
    },
    "recipient": {
        "deliveryAddress": {
            "name": "Receiving Desk",
            "companyName": "Example Fixtures LLC",
            "addressLine1": "1 Placeholder Way",
            "addressLine2": "Dock 4",
            "addressLine3": "Door 2",
            "city": "Columbus",
            "districtOrCounty": "Franklin",
            "stateOrRegion": "OH",
            "municipality": "Columbus City",
            "postalCode": "43004",
            "countryCode": "US",
            "phone": "+1 614-555-0100 ext. 00001",
            "addressType": "COMMERCIAL",
        },
        "deliveryPreference": {
            "dropOffLocation": "Loading dock",
            "addressInstruction": "Ring at gate B",
            "deliveryCapabilities": ["PALLET_DISABLED"],
        },
    },
    "proceeds": {
        "grandTotal": usd("72.66"),
        "breakdowns": [
            part("ITEM", "64.97"),
            part("SHIPPING", "5.99"),
            part("GIFT_WRAP", "3.50"),
            part("TAX", "5.20"),
            part("DISCOUNT", "-7.00"),
        ],
    },
    "fulfillment": {
        "fulfillmentStatus": "UNSHIPPED",
        "fulfilledBy": "MERCHANT",
        "fulfillmentServiceLevel": "EXPEDITED",
        "shipByWindow": {
            "earliestDateTime": "2026-08-14T07:00:00.000Z",
            "latestDateTime": "2026-08-18T06:59:59.000Z",
        },
        "deliverByWindow": {
            "earliestDateTime": "2026-08-19T07:00:00.000Z",
            "latestDateTime": "2026-08-22T06:59:59.000Z",
        },
    },
    "orderItems": [
        {
            "orderItemId": "73500190011201",
            "quantityOrdered": 2,
            "programs": [],
            "product": {
                "asin": "B0EXAMPL02",
                "title": "Stackable tumbler, set of 4",
                "sellerSku": "TUM-4-CLR",
                "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
                "price": {"unitPrice": usd("24.99"), "priceDesignation": "BUSINESS_PRICE"},
            },
            "proceeds": {
                "proceedsTotal": usd("55.16"),
                "breakdowns": [
                    part("ITEM", "49.98"),
                    part("SHIPPING", "3.99"),
                    part("GIFT_WRAP", "3.50"),
                    part(
                        "TAX", "4.19", ("ITEM", "3.60"), ("SHIPPING", "0.34"), ("GIFT_WRAP", "0.25")
                    ),
                    part("DISCOUNT", "-6.50", ("ITEM", "-5.00"), ("SHIPPING", "-1.50")),
                ],
            },
            "promotion": {"breakdowns": [{"promotionId": "PLM-EXAMPLE-AUG"}]},
            "tax": {
                "taxCollections": [
                    {
                        "model": "MARKETPLACE_FACILITATOR",
                        "responsibleParty": "Amazon Services, Inc.",
                    }
                ]
            },
            "fulfillment": {
                "quantityFulfilled": 0,
                "quantityUnfulfilled": 2,
                "packing": {"giftOption": {"giftMessage": "Enjoy!", "giftWrapLevel": "Classic"}},
            },
        },
        {
            "orderItemId": "73500190011209",
            "quantityOrdered": 1,
            "programs": ["TRANSPARENCY"],
            "product": {
                "asin": "B0EXAMPL03",
                "title": "Bottle brush",
                "sellerSku": "BRU-01",
                "condition": {"conditionType": "USED", "conditionSubtype": "GOOD"},
                "price": {"unitPrice": usd("14.99")},
            },
            "proceeds": {
                "proceedsTotal": usd("17.50"),
                "breakdowns": [
                    part("ITEM", "14.99"),
                    part("SHIPPING", "2.00"),
                    part("TAX", "1.01", ("ITEM", "0.90"), ("SHIPPING", "0.11")),
                    part("DISCOUNT", "-0.50", ("ITEM", "-0.50")),
                ],
            },
            "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 1},
        },
    ],
}

_PENDING = {
    "orderId": "112-4839201-5571846",
    "createdTime": "2026-08-14T03:12:07.451Z",
    "lastUpdatedTime": "2026-08-14T03:12:09.002Z",
    "programs": [],
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
    "fulfillment": {"fulfillmentStatus": "PENDING", "fulfilledBy": "MERCHANT"},
    "orderItems": [
        {
            "orderItemId": "73500184629911",
            "quantityOrdered": 1,
            "product": {"asin": "B0EXAMPL01", "title": "Camping kettle", "sellerSku": "KET-12"},
            "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 1},
        }
    ],
}

_PARTIALLY_SHIPPED = {
    "orderId": "302-5510047-8830219",
    "createdTime": "2026-08-10T08:01:55.000Z",
    "lastUpdatedTime": "2026-08-12T13:20:41.337Z",
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"},
    "buyer": {"buyerName": "Käufer", "buyerEmail": "q7example@marketplace.amazon.de"},
    "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT"},
    "orderItems": [
        {
            "orderItemId": "40211877100355",
            "quantityOrdered": 3,
            "product": {"asin": "B0EXAMPL04", "title": "Regalboden", "sellerSku": "REG-EI-60"},
            "fulfillment": {"quantityFulfilled": 2, "quantityUnfulfilled": 1},
        }
    ],
    "packages": [
        {
            "packageReferenceId": "1",
            "createdTime": "2026-08-12T13:20:40.000Z",
            "packageStatus": {"status": "IN_TRANSIT"},
            "carrier": "DHL",
            "shipTime": "2026-08-12T14:00:00.000+02:00",
            "shippingService": "DHL Paket",
            "trackingNumber": "00340434000000000017",
            "packageItems": [{"orderItemId": "40211877100355", "quantity": 2}],
        }
    ],
}

_SHIPPED_BY_AMAZON = {
    "orderId": "249-3300187-7002541",
    "createdTime": "2026-08-09T22:14:00Z",
    "lastUpdatedTime": "2026-08-11T04:05:12+09:00",
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1VC38T7YXB528"},
    "recipient": {
        "deliveryAddress": {"city": "Osaka", "stateOrRegion": "Osaka", "countryCode": "JP"}
    },
    "proceeds": {"grandTotal": {"amount": "3480", "currencyCode": "JPY"}},
    "fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"},
    "orderItems": [
        {
            "orderItemId": "99001824411170",
            "quantityOrdered": 1,
            "product": {"asin": "B0EXAMPL05", "sellerSku": "TEA-50-FBA"},
            "proceeds": {
                "proceedsTotal": {"amount": "3480", "currencyCode": "JPY"},
                "breakdowns": [
                    {"type": "ITEM", "subtotal": {"amount": "3480", "currencyCode": "JPY"}}
                ],
            },
            "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 0},
        }
    ],
}

_CANCELLED = {
    "orderId": "112-0091823-4417755",
    "createdTime": "2026-08-13T10:00:00.000Z",
    "lastUpdatedTime": "2026-08-13T12:31:20.010Z",
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
    "fulfillment": {"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"},
    "orderItems": [
        {
            "orderItemId": "73500177221004",
            "quantityOrdered": 0,
            "product": {"asin": "B0EXAMPL01", "sellerSku": "KET-12"},
            "cancellation": {
                "cancellationRequest": {
                    "requester": "BUYER",
                    "cancelReason": "Order created by mistake",
                },
                "cancellationExecution": {
                    "cancelledBy": "MERCHANT",
                    "cancelReason": "Buyer requested cancellation",
                },
            },
            "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 0},
        }
    ],
}

_BY_NAME = {
    "unshipped": _UNSHIPPED,
    "pending": _PENDING,
    "partially_shipped": _PARTIALLY_SHIPPED,
    "shipped_by_amazon": _SHIPPED_BY_AMAZON,
    "cancelled": _CANCELLED,
}
NAMES = tuple(_BY_NAME)


def order(name="unshipped"):
    """A copy to change at will."""
    return copy.deepcopy(_BY_NAME[name])


def raw(document):
    return json.dumps(document).encode()


def read(document, datasets=ALL):
    return order_from_wire(raw(document), datasets)


def place(document, path, value):
    """Put ``value`` at a path such as ("orderItems", 0, "quantityOrdered")."""
    *parents, last = path
    for step in parents:
        document = document[step]
    document[last] = value


def remove(document, path):
    *parents, last = path
    for step in parents:
        document = document[step]
    del document[last]
