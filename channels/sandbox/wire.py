"""An order as Amazon's JSON (Orders API 2026-01-01), with what Amazon withholds left out."""

from datetime import UTC, datetime
from decimal import Decimal

from channels.sandbox.records import AMAZON, NON_AMAZON, Address, Order, Package, Seller, Status
from channels.sandbox.wire_items import item_json
from channels.sandbox.wire_parts import OPEN, Json, given, has_amounts, money

INCLUDED_DATA = frozenset(
    {
        "BUYER",
        "RECIPIENT",
        "FULFILLMENT",
        "PROCEEDS",
        "EXPENSE",
        "PROMOTION",
        "CANCELLATION",
        "PACKAGES",
        "TAX",
        "PAYMENT",
        "FULFILLMENT_ORDERS",  # Easy Ship only: nothing here has any
    }
)
# The tax roles do not give the buyer's name there (Amazon's page "Access Orders PII").
_NO_NAME_FOR_AMAZON = {"US", "JP", "SG"}
_WAREHOUSE = {
    "name": "Example Warehouse",
    "addressLine1": "Lagergatan 1",
    "city": "Malmö",
    "postalCode": "211 20",
    "countryCode": "SE",
}


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as Amazon writes it."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def order_json(order: Order, seller: Seller, included: frozenset[str]) -> Json:
    """The ``Order`` of the model with the datasets asked for."""
    body: Json = {
        "orderId": order.order_id,
        "createdTime": time_text(order.created),
        "lastUpdatedTime": time_text(order.updated),
        "programs": list(order.programs),
        "salesChannel": _sales_channel(order),
        "orderItems": [item_json(item, order, seller, included) for item in order.items],
    }
    if order.seller_order_id:
        alias = {"aliasId": order.seller_order_id, "aliasType": "SELLER_ORDER_ID"}
        body["orderAliases"] = [alias]
    if order.replaces:
        original = {"orderId": order.replaces, "associationType": "REPLACEMENT_ORIGINAL_ID"}
        body["associatedOrders"] = [original]
    groups = {
        "BUYER": ("buyer", _buyer(order, seller)),
        "RECIPIENT": ("recipient", _recipient(order, seller)),
        "PROCEEDS": ("proceeds", _proceeds(order)),
        "FULFILLMENT": ("fulfillment", _fulfillment(order)),
        "PAYMENT": ("payment", _payment(order)),
        "TAX": ("tax", _tax(order, seller)),
        "PACKAGES": ("packages", [_package(package) for package in order.packages]),
    }
    for name, (key, value) in groups.items():
        if name in included and value:
            body[key] = value
    return body


def _sales_channel(order: Order) -> Json:
    marketplace = order.marketplace
    name = "Non-Amazon" if order.channel == NON_AMAZON else marketplace.name
    return {
        "channelName": order.channel,
        "marketplaceId": marketplace.marketplace_id,
        "marketplaceName": name,
    }


def _buyer(order: Order, seller: Seller) -> Json:
    buyer = order.buyer
    if buyer is None or not seller.pii_role or order.status not in OPEN:
        return {}
    by_amazon = order.fulfilled_by == AMAZON
    name_hidden = by_amazon and order.marketplace.country_code in _NO_NAME_FOR_AMAZON
    return given(
        buyerName=None if name_hidden else buyer.name,
        buyerEmail=None if by_amazon else buyer.email,
        buyerCompanyName=buyer.company,
        buyerPurchaseOrderNumber=buyer.purchase_order_number,
    )


def _recipient(order: Order, seller: Seller) -> Json:
    address = order.address
    if address is None or not seller.pii_role or order.status not in OPEN:
        return {}
    if order.fulfilled_by == AMAZON:
        coarse = given(
            city=address.city, stateOrRegion=address.region, countryCode=address.country_code
        )
        return {"deliveryAddress": coarse}
    recipient: Json = {"deliveryAddress": _address(address)}
    if address.instructions:
        recipient["deliveryPreference"] = {"addressInstruction": address.instructions}
    return recipient


def _address(address: Address) -> Json:
    return given(
        name=address.name,
        companyName=address.company,
        addressLine1=address.line1,
        addressLine2=address.line2,
        addressLine3=address.line3,
        city=address.city,
        districtOrCounty=address.district,
        stateOrRegion=address.region,
        municipality=address.municipality,
        postalCode=address.postal_code,
        countryCode=address.country_code,
        phone=address.phone,
        addressType=address.address_type,
    )


def _proceeds(order: Order) -> Json:
    if not has_amounts(order):
        return {}
    sums: dict[str, Decimal] = {}
    for item in order.items:
        for charge in item.charges:
            sums[charge.type] = sums.get(charge.type, Decimal()) + charge.amount
    return {
        "grandTotal": money(order.total, order),
        "breakdowns": [
            {"type": name, "subtotal": money(amount, order)} for name, amount in sums.items()
        ],
    }


def _fulfillment(order: Order) -> Json:
    body: Json = {
        "fulfillmentStatus": order.status.value,
        "fulfilledBy": order.fulfilled_by,
        "fulfillmentServiceLevel": order.service_level,
    }
    if order.fulfilled_by == AMAZON or order.status == Status.CANCELLED:
        return body
    if order.ship_by:
        body["shipByWindow"] = _window(order.ship_by)
    if order.deliver_by and order.status in OPEN:
        body["deliverByWindow"] = _window(order.deliver_by)
    return body


def _window(window: tuple[datetime, datetime]) -> Json:
    return {"earliestDateTime": time_text(window[0]), "latestDateTime": time_text(window[1])}


def _payment(order: Order) -> Json:
    if not has_amounts(order) or order.payment_method is None:
        return {}
    paid = {"paymentMethod": order.payment_method, "paymentAmount": money(order.total, order)}
    return {"paymentExecutions": [paid]}


def _tax(order: Order, seller: Seller) -> Json:
    buyer = order.buyer
    if buyer is None or buyer.vat_id is None or not seller.pii_role or order.status not in OPEN:
        return {}
    registration = given(
        entityType="BUYER",
        legalName=buyer.company,
        taxRegistrationType="VAT",
        taxRegistrationNumber=buyer.vat_id,
    )
    return {"taxRegistrations": [registration]}


def _package(package: Package) -> Json:
    body = given(
        packageReferenceId=package.reference_id,
        createdTime=time_text(package.created),
        packageStatus={"status": package.status},
        carrier=package.carrier,
        shipTime=time_text(package.shipped_at),
        shippingService=package.shipping_method or None,
        trackingNumber=package.tracking_number,
        shipFromAddress=_WAREHOUSE,
    )
    lines = []
    for line in package.items:
        entry: Json = {"orderItemId": line.order_item_id, "quantity": line.quantity}
        if line.transparency_codes:
            entry["transparencyCodes"] = list(line.transparency_codes)
        lines.append(entry)
    return {**body, "packageItems": lines}
