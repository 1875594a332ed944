from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from channels.amazon.confirmation import confirmation_body
from channels.amazon.errors import Refused
from channels.amazon.types import PackageConfirmation
from tests.channels.amazon.fake_http import FakeAmazon, client_of

PACKAGE = PackageConfirmation(
    package_reference_id="2",
    carrier_code="Other",
    carrier_name="Musterkurier",
    shipping_method="Standard",
    tracking_number="MK0000000002",
    ship_date=datetime(2026, 8, 13, 11, 30, tzinfo=timezone(timedelta(hours=2))),
    items=(("40211877100355", 1), ("40211877100362", 3)),
)


def test_a_package_in_amazons_words():
    assert confirmation_body("A1PA6795UKMFR9", PACKAGE) == {
        "marketplaceId": "A1PA6795UKMFR9",
        "packageDetail": {
            "packageReferenceId": "2",
            "carrierCode": "Other",
            "carrierName": "Musterkurier",
            "shippingMethod": "Standard",
            "trackingNumber": "MK0000000002",
            "shipDate": "2026-08-13T09:30:00.000Z",
            "orderItems": [
                {"orderItemId": "40211877100355", "quantity": 1},
                {"orderItemId": "40211877100362", "quantity": 3},
            ],
        },
    }


def test_codes_of_units_and_cash_on_delivery_where_they_are_given():
    codes = {"40211877100362": ("SN0000001", "SN0000002", "SN0000003")}
    package = replace(PACKAGE, unit_codes=codes, cod_collection_method="DirectPayment")
    body = confirmation_body("A1VC38T7YXB528", package)
    assert body["codCollectionMethod"] == "DirectPayment"
    assert body["packageDetail"]["orderItems"] == [
        {"orderItemId": "40211877100355", "quantity": 1},
        {
            "orderItemId": "40211877100362",
            "quantity": 3,
            "transparencyCodes": ["SN0000001", "SN0000002", "SN0000003"],
        },
    ]


def test_what_is_empty_is_left_out():
    package = replace(PACKAGE, carrier_code="DHL", carrier_name="", shipping_method="")
    assert set(confirmation_body("A1PA6795UKMFR9", package)["packageDetail"]) == {
        "packageReferenceId",
        "carrierCode",
        "trackingNumber",
        "shipDate",
        "orderItems",
    }


@pytest.mark.parametrize("reference", ["1", "007", "99999999999999999999"])
def test_a_positive_number_is_a_package_reference(reference):
    package = replace(PACKAGE, package_reference_id=reference)
    body = confirmation_body("A1PA6795UKMFR9", package)
    assert body["packageDetail"]["packageReferenceId"] == reference


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"package_reference_id": reference},
         "package_reference_id must be a positive number as text")
        for reference in ("", "0", "00", "-1", "1.0", "A1", "²", " 1")
    ]
    + [
        ({"carrier_code": ""}, "carrier_code is missing"),
        ({"carrier_name": ""}, 'carrier_name is required with carrier_code "Other"'),
        ({"tracking_number": ""}, "tracking_number is missing"),
        ({"ship_date": datetime(2026, 8, 13, 9, 30)}, "ship_date has no time zone"),  # noqa: DTZ001
        ({"items": ()}, "items is empty"),
        ({"items": (("40211877100355", 0),)}, "items holds an empty id or a quantity below 1"),
        ({"items": (("40211877100355", 1), ("", 1))},
         "items holds an empty id or a quantity below 1"),
    ],
)  # fmt: skip
def test_a_package_that_amazon_cannot_accept_is_refused_unsent(changes, problem):
    amazon = FakeAmazon()
    with pytest.raises(Refused) as caught:
        client_of(amazon).confirm_shipment("1-2-3", "A1PA6795UKMFR9", replace(PACKAGE, **changes))
    assert str(caught.value) == f"confirmShipment: {problem}"
    assert (amazon.calls, amazon.token_calls) == ([], [])


def test_a_package_needs_its_marketplace():
    with pytest.raises(Refused, match="marketplace_id is missing"):
        confirmation_body("", PACKAGE)


def test_the_moment_of_shipping_is_kept_to_the_millisecond():
    package = replace(PACKAGE, ship_date=datetime(2026, 8, 13, 9, 30, 5, 123456, UTC))
    body = confirmation_body("A1PA6795UKMFR9", package)
    assert body["packageDetail"]["shipDate"] == "2026-08-13T09:30:05.123Z"
