"""A line of an order as Amazon's JSON."""

from decimal import Decimal

from channels.sandbox.records import AMAZON, Charge, Item, Order, Seller
from channels.sandbox.wire_parts import OPEN, Json, given, has_amounts, money


def item_json(item: Item, order: Order, seller: Seller, included: frozenset[str]) -> Json:
    product = given(asin=item.asin, title=item.title, sellerSku=item.sku)
    product["condition"] = {"conditionType": "NEW", "conditionSubtype": "NEW"}
    if has_amounts(order) and item.unit_price is not None:
        product["price"] = {"unitPrice": money(item.unit_price, order)}
        if "AMAZON_BUSINESS" in order.programs:
            product["price"]["priceDesignation"] = "BUSINESS_PRICE"
    body: Json = {
        "orderItemId": item.order_item_id,
        "quantityOrdered": item.quantity,
        "programs": list(item.programs),
        "product": product,
    }
    groups = {
        "PROCEEDS": ("proceeds", _item_proceeds(item, order)),
        "EXPENSE": ("expense", _expense(item, order)),
        "PROMOTION": ("promotion", _promotion(item, order)),
        "CANCELLATION": ("cancellation", _cancellation(item)),
        "FULFILLMENT": ("fulfillment", _item_fulfillment(item, order, seller)),
        "TAX": ("tax", _item_tax(item, order)),
    }
    for name, (key, value) in groups.items():
        if name in included and value:
            body[key] = value
    return body


def _item_proceeds(item: Item, order: Order) -> Json:
    if not has_amounts(order) or not item.charges:
        return {}
    breakdowns = [_breakdown(charge, order) for charge in item.charges]
    return {"proceedsTotal": money(item.total, order), "breakdowns": breakdowns}


def _breakdown(charge: Charge, order: Order) -> Json:
    body: Json = {"type": charge.type, "subtotal": money(charge.amount, order)}
    if charge.detail:
        body["detailedBreakdowns"] = [
            {"subtype": subtype, "value": money(amount, order)} for subtype, amount in charge.detail
        ]
    return body


def _expense(item: Item, order: Order) -> Json:
    if item.points is None or not has_amounts(order):
        return {}
    worth = money(Decimal(item.points), order)
    granted = {"pointsNumber": item.points, "pointsMonetaryValue": worth}
    return {"pointsCost": {"pointsGranted": granted}}


def _promotion(item: Item, order: Order) -> Json:
    if not item.promotion_ids or not has_amounts(order):
        return {}
    return {"breakdowns": [{"promotionId": name} for name in item.promotion_ids]}


def _cancellation(item: Item) -> Json:
    body: Json = {}
    if item.cancel_requested is not None:
        body["cancellationRequest"] = {"requester": "BUYER", "cancelReason": item.cancel_requested}
    if item.cancelled_by is not None:
        execution = given(cancelledBy=item.cancelled_by, cancelReason=item.cancel_reason)
        body["cancellationExecution"] = execution
    return body


def _item_fulfillment(item: Item, order: Order, seller: Seller) -> Json:
    body: Json = {
        "quantityFulfilled": order.fulfilled(item),
        "quantityUnfulfilled": order.unfulfilled(item),
    }
    is_gift = item.gift_wrap_level is not None or item.gift_message is not None
    if is_gift and order.status in OPEN:
        may_read = seller.pii_role and order.fulfilled_by != AMAZON
        message = item.gift_message if may_read else None
        gift = given(giftMessage=message, giftWrapLevel=item.gift_wrap_level)
        body["packing"] = {"giftOption": gift}
    if item.signature_required:
        body["shipping"] = {"shippingConstraints": {"signatureConfirmation": "MANDATORY"}}
    return body


def _item_tax(item: Item, order: Order) -> Json:
    body: Json = {}
    if not has_amounts(order):
        return body
    if item.tax_collected_by_amazon:
        collector = f"{order.marketplace.name} Services, Inc."
        model = {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": collector}
        body["taxCollections"] = [model]
    if item.reporting_scheme is not None:
        body["taxCalculationBreakdowns"] = [{"reportingScheme": item.reporting_scheme}]
    return body
