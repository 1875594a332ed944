"""confirmShipment: Amazon's checks, and what a confirmation changes."""

from datetime import timedelta

import pytest

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Status
from tests.channels.sandbox.conftest import NOON

BAD_ITEM = (
    "OrderItemId is invalid, please obtain the value through the getOrderItems API"
    " or Manage Orders page"
)


@pytest.fixture
def order(world):
    """Two lines: 3 and 1 units."""
    lines = (Line(sku="TEA-50", quantity=3), Line(sku="BRU-01"))
    return world.create_order("SE", Draft(lines=lines))


def packed(order, *quantities):
    """orderItems of a package: units of the first line, the second, ..."""
    return [
        {"orderItemId": item.order_item_id, "quantity": units}
        for item, units in zip(order.items, quantities, strict=False)
        if units
    ]


def test_all_units_in_one_package_ship_the_order(amazon, world, order):
    answer = amazon.confirm(
        order,
        carrierCode="Other",
        carrierName="Musterkurier",
        shippingMethod="Express",
        trackingNumber="MK01",
        shipDate="2026-11-24T13:00:00+01:00",
    )

    assert (answer.status, answer.body) == (204, b"")
    shown = amazon.shown(order.order_id)
    assert shown["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert shown["lastUpdatedTime"] > "2026-11-24T12:00:00.001Z"
    assert [
        (item["fulfillment"]["quantityFulfilled"], item["fulfillment"]["quantityUnfulfilled"])
        for item in shown["orderItems"]
    ] == [(3, 0), (1, 0)]
    (package,) = shown["packages"]
    assert package.pop("shipFromAddress")["city"] == "Malmö"
    assert package == {
        "packageReferenceId": "1",
        "createdTime": "2026-11-24T12:00:00.001Z",
        "packageStatus": {"status": "IN_TRANSIT"},
        "carrier": "Musterkurier",
        "shipTime": "2026-11-24T12:00:00.000Z",
        "shippingService": "Express",
        "trackingNumber": "MK01",
        "packageItems": packed(order, 3, 1),
    }


def test_several_packages_ship_it_step_by_step(amazon, world, order):
    assert amazon.confirm(order, orderItems=packed(order, 2)).status == 204
    assert world.order(order.order_id).status == Status.PARTIALLY_SHIPPED

    answer = amazon.confirm(order, packageReferenceId="2", orderItems=packed(order, 1, 1))
    assert answer.status == 204
    assert world.order(order.order_id).status == Status.SHIPPED
    assert [p.reference_id for p in world.order(order.order_id).packages] == ["1", "2"]


def test_the_same_reference_id_replaces_the_details_even_after_shipping(amazon, world, order):
    amazon.confirm(order, trackingNumber="WRONG")
    before = world.order(order.order_id)

    answer = amazon.confirm(order, trackingNumber="RIGHT")

    after = world.order(order.order_id)
    assert answer.status == 204
    assert [p.tracking_number for p in after.packages] == ["RIGHT"]
    assert (after.status, after.updated > before.updated) == (Status.SHIPPED, True)


def test_an_edit_may_leave_units_out_again(amazon, world, order):
    amazon.confirm(order)

    assert amazon.confirm(order, orderItems=packed(order, 1)).status == 204

    after = world.order(order.order_id)
    assert after.status == Status.PARTIALLY_SHIPPED
    assert [after.unfulfilled(item) for item in after.items] == [2, 1]


def test_repeating_a_confirmation_changes_nothing(amazon, world, order):
    ship_date = NOON.isoformat()
    amazon.confirm(order, shipDate=ship_date)
    before = world.order(order.order_id)

    assert amazon.confirm(order, shipDate=ship_date).status == 204

    assert world.order(order.order_id) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"packageReferenceId": 1},
            "Please check the fields with invalid type [packageDetail.packageReferenceId]",
        ),
        (
            {"packageReferenceId": "0"},
            "PackageReferenceId: is invalid, must be a positive numeric value.",
        ),
        (
            {"packageReferenceId": "A1"},
            "PackageReferenceId: is invalid, must be a positive numeric value.",
        ),
        (
            {"packageReferenceId": None},
            "PackageReferenceId: is invalid, must be a positive numeric value.",
        ),
        ({"carrierCode": None}, "CarrierCode is missing."),
        ({"carrierCode": "Other"}, 'CarrierName is required when CarrierCode is "Other".'),
        ({"trackingNumber": " "}, "TrackingNumber is missing."),
        (
            {"trackingNumber": 12},
            "Please check the fields with invalid type [packageDetail.trackingNumber]",
        ),
        ({"shipDate": None}, "ShipDate is missing."),
        (
            {"shipDate": "2026-11-24T11:59:59Z"},
            "ShipDate is invalid, it lies before the purchase date.",
        ),
        ({"shipDate": "2026-11-24T12:00:01Z"}, "ShipDate is invalid, it lies in the future."),
        ({"orderItems": None}, BAD_ITEM),
        ({"orderItems": []}, BAD_ITEM),
        ({"orderItems": {"orderItemId": "1", "quantity": 1}}, BAD_ITEM),
        ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, BAD_ITEM),
    ],
)
def test_bad_packages_are_refused_and_change_nothing(amazon, world, order, changes, message):
    answer = amazon.confirm(order, **changes)

    assert (answer.status, answer.error) == (400, ("InvalidInput", message))
    assert world.order(order.order_id) == order


def test_a_date_that_is_not_iso_8601_gets_amazons_own_spelling(amazon, order):
    for text in ("02/21/2022", "2026-11-24T12:00:00"):
        answer = amazon.confirm(order, shipDate=text)
        assert (answer.status, answer.error) == (400, ("Invalid Input", "Invalid Input"))


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        (0, "Quantity is invalid, must be a positive whole number."),
        (-1, "Quantity is invalid, must be a positive whole number."),
        (True, "Quantity is invalid, must be a positive whole number."),
        ("1", "Quantity is invalid, must be a positive whole number."),
        (4, "Quantity is invalid, it exceeds what is left to ship of the item."),
    ],
)
def test_bad_quantities_are_refused(amazon, world, order, quantity, message):
    lines = [{"orderItemId": order.items[0].order_item_id, "quantity": quantity}]

    answer = amazon.confirm(order, orderItems=lines)

    assert (answer.status, answer.error) == (400, ("InvalidInput", message))
    assert world.order(order.order_id) == order


def test_units_that_have_left_cannot_leave_again_under_another_id(amazon, world, order):
    amazon.confirm(order, orderItems=packed(order, 2))

    answer = amazon.confirm(order, packageReferenceId="2", orderItems=packed(order, 2))

    assert answer.error[1] == "Quantity is invalid, it exceeds what is left to ship of the item."
    assert len(world.order(order.order_id).packages) == 1


def test_an_item_listed_twice_is_refused(amazon, order):
    answer = amazon.confirm(order, orderItems=packed(order, 1) * 2)

    assert answer.error == ("InvalidInput", "OrderItemId is invalid, it is listed twice.")


def test_an_order_shipped_under_other_ids_has_no_package_to_update(amazon, world, order):
    amazon.confirm(order)

    answer = amazon.confirm(order, packageReferenceId="2", orderItems=packed(order, 1))

    code, message = answer.error
    assert (answer.status, code) == (400, "GeneralError")
    assert message.startswith(f"Unable to find package to update for order {order.order_id}")
    assert "PackageToUpdateNotFound" in message


def test_a_cancelled_order_has_no_package_to_update(amazon, world, order):
    world.change(order.order_id, moves.cancel)

    answer = amazon.confirm(order)

    assert (answer.status, answer.error[0]) == (400, "GeneralError")
    assert "PackageToUpdateNotFound" in answer.error[1]


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (
            Draft(status=Status.UNSHIPPED, fulfilled_by=AMAZON),
            "The order is fulfilled by Amazon and cannot be confirmed.",
        ),
        (Draft(programs=("FBM_SHIP_PLUS",)), "FBM Ship+ orders are confirmed by Amazon."),
        (Draft(status=Status.PENDING), "The order is PENDING and cannot be confirmed."),
        (
            Draft(status=Status.PENDING_AVAILABILITY),
            "The order is PENDING_AVAILABILITY and cannot be confirmed.",
        ),
    ],
)
def test_orders_that_are_not_the_merchants_to_confirm(amazon, world, draft, message):
    order = world.create_order("SE", draft)

    answer = amazon.confirm(order)

    assert (answer.status, answer.error) == (400, ("InvalidInput", message))
    assert world.order(order.order_id).packages == ()


def test_the_marketplace_must_be_the_orders(amazon, order):
    document = {
        "marketplaceId": "A1PA6795UKMFR9",
        "packageDetail": {
            "packageReferenceId": "1",
            "carrierCode": "DHL",
            "trackingNumber": "1",
            "shipDate": NOON.isoformat(),
            "orderItems": packed(order, 3, 1),
        },
    }

    answer = amazon.confirm_document(order.order_id, document)

    assert answer.error == ("InvalidInput", "MarketplaceId is invalid for the order.")


def test_unknown_orders_and_those_of_other_sellers(amazon, world):
    theirs = world.create_order("US")

    assert amazon.confirm_document("302-0000000-0000000", {}).status == 404
    assert amazon.confirm(theirs).status == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"packageDetail": []}'])
def test_a_body_that_is_no_confirmation_is_400(amazon, order, body):
    amazon.search()
    answer = amazon.request(
        "POST",
        f"/orders/v0/orders/{order.order_id}/shipmentConfirmation",
        body=body,
        headers={"x-amz-access-token": amazon.token},
    )

    assert (answer.status, answer.error[0]) == (400, "InvalidInput")


def test_transparency_items_need_a_code_per_unit(amazon, world):
    line = Line(quantity=2, programs=("TRANSPARENCY",))
    order = world.create_order("SE", Draft(lines=(line,)))

    def confirm(codes):
        items = [{**packed(order, 2)[0], "transparencyCodes": codes}]
        return amazon.confirm(order, orderItems=items)

    assert confirm(["AZ1"]).error == (
        "InvalidInput",
        "TransparencyCodes is invalid, this item needs one code per unit.",
    )
    assert confirm(["AZ1", "AZ1"]).status == 400
    assert confirm(["AZ1", "AZ2"]).status == 204
    (package,) = amazon.shown(order.order_id)["packages"]
    assert package["packageItems"][0]["transparencyCodes"] == ["AZ1", "AZ2"]


def test_a_confirmation_is_accepted_at_once_and_seen_later(amazon, world, order):
    world.settings.visibility_lag = 2.0
    assert amazon.confirm(order).status == 204
    assert world.order(order.order_id).status == Status.SHIPPED

    assert amazon.shown(order.order_id)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    found = amazon.search(includedData="FULFILLMENT,PACKAGES").json()["orders"][0]
    assert found["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert "packages" not in found

    world.clock.advance(2)
    assert amazon.shown(order.order_id)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_what_is_confirmed_elsewhere_shows_up_with_its_own_reference(amazon, world, order):
    world.move_to(order.order_id, Status.PARTIALLY_SHIPPED)

    (package,) = amazon.shown(order.order_id)["packages"]

    assert (package["packageReferenceId"], package["carrier"]) == ("1", "PostNord")
    assert package["packageItems"] == packed(order, 1)


def test_a_ship_date_on_the_second_of_purchase_is_allowed(amazon, world):
    order = world.create_order("SE", at=NOON + timedelta(milliseconds=900))
    world.clock.advance(60)

    assert amazon.confirm(order, shipDate="2026-11-24T12:00:00Z").status == 204
