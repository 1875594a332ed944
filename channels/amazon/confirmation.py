"""The body of ``confirmShipment`` (Orders API v0), checked before it is sent."""

import re
from collections.abc import Sequence
from typing import Any, Final

from channels.amazon.errors import Detail, Refused
from channels.amazon.types import PackageConfirmation, instant_text
from channels.amazon.usage_plan import CONFIRM_SHIPMENT

OTHER_CARRIER: Final = "Other"
_REFERENCE: Final = re.compile(r"0*[1-9]\d*", re.ASCII)


def confirmation_body(marketplace_id: str, package: PackageConfirmation) -> dict[str, Any]:
    """JSON for one package. Refused names what is wrong, where Amazon's answer often does not."""
    problem = problem_of(package) if marketplace_id else Detail("marketplace_id is missing")
    if problem:
        raise Refused(CONFIRM_SHIPMENT, problem)
    optional = {"carrierName": package.carrier_name, "shippingMethod": package.shipping_method}
    cash = {"codCollectionMethod": package.cod_collection_method}
    return {
        "marketplaceId": marketplace_id,
        **{name: value for name, value in cash.items() if value},
        "packageDetail": {
            "packageReferenceId": package.package_reference_id,  # a number is refused: text
            "carrierCode": package.carrier_code,
            **{name: value for name, value in optional.items() if value},
            "trackingNumber": package.tracking_number,
            "shipDate": instant_text(package.ship_date),
            "orderItems": [
                _item(item_id, quantity, package.unit_codes.get(item_id, ()))
                for item_id, quantity in package.items
            ],
        },
    }


def _item(item_id: str, quantity: int, codes: Sequence[str]) -> dict[str, Any]:
    item: dict[str, Any] = {"orderItemId": item_id, "quantity": quantity}
    return {**item, "transparencyCodes": list(codes)} if codes else item


def problem_of(package: PackageConfirmation) -> str:
    """What Amazon would not accept, by call or by feed; "" when all is well."""
    checks = {
        Detail("package_reference_id must be a positive number as text"): not _REFERENCE.fullmatch(
            package.package_reference_id
        ),
        Detail("carrier_code is missing"): not package.carrier_code,
        Detail('carrier_name is required with carrier_code "Other"'): (
            package.carrier_code == OTHER_CARRIER and not package.carrier_name
        ),
        Detail("tracking_number is missing"): not package.tracking_number,
        Detail("ship_date has no time zone"): package.ship_date.utcoffset() is None,
        Detail("items is empty"): not package.items,
        Detail("items holds an empty id or a quantity below 1"): any(
            not item_id or quantity < 1 for item_id, quantity in package.items
        ),
    }
    return next((problem for problem, found in checks.items() if found), "")
