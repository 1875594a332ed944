"""Amazon's wire words to ours; pure.

A group (status, buyer, recipient, money, packages) is None when its dataset was not asked for and
when Amazon left it out or sent it without a single value, so nothing stored is ever blanked by it.
An empty text counts as not provided. Values are never quoted in errors: they are personal data.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

from channels.amazon import wire_2026_01_01 as wire
from channels.amazon.decoding import decode
from channels.amazon.errors import Detail, UnexpectedPayload
from channels.amazon.marketplaces import by_id
from channels.amazon.money import OPERATION, item_money, money_from_wire
from channels.amazon.types import (
    Address,
    AmazonItem,
    AmazonOrder,
    AmazonPackage,
    Buyer,
    Dataset,
    FulfilledBy,
    Money,
    Status,
)

T = TypeVar("T")

_STATUSES = {
    "PENDING_AVAILABILITY": Status.PENDING_AVAILABILITY,
    "PENDING": Status.PENDING,
    "UNSHIPPED": Status.UNSHIPPED,
    "PARTIALLY_SHIPPED": Status.PARTIALLY_SHIPPED,
    "SHIPPED": Status.SHIPPED,
    "CANCELLED": Status.CANCELED,
    "UNFULFILLABLE": Status.UNFULFILLABLE,
}
_FULFILLED_BY = {"MERCHANT": FulfilledBy.MERCHANT, "AMAZON": FulfilledBy.AMAZON}
_REPLACED = {"REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"}
# What an invoice names a company by, the better one first (the others: CST, CPF, CNPJ).
_VAT_ID_TYPES = ("VAT", "BUSINESS")


def order_from_wire(raw: bytes, datasets: frozenset[Dataset]) -> AmazonOrder:
    """One order of Orders API 2026-01-01 (``RawOrder.raw``), asked for with ``datasets``.

    Raises UnexpectedPayload that names the field and what was wrong with it.
    """
    order = decode(wire.ORDER_DECODER, raw, operation=OPERATION)
    channel = order.sales_channel or wire.SalesChannel()
    marketplace = by_id(channel.marketplace_id or "")
    currency = marketplace.currency if marketplace else ""
    fulfillment = _asked(order.fulfillment, Dataset.FULFILLMENT, datasets)
    fulfillment = fulfillment or wire.OrderFulfillment()
    proceeds = _asked(order.proceeds, Dataset.PROCEEDS, datasets) or wire.OrderProceeds()
    ship_by = fulfillment.ship_by_window or wire.DateTimeRange()
    deliver_by = fulfillment.deliver_by_window or wire.DateTimeRange()
    word = _text(fulfillment.fulfillment_status)
    return AmazonOrder(
        amazon_order_id=order.order_id,
        marketplace_id=_text(channel.marketplace_id),
        purchase_date=_instant(order.created_time, "createdTime"),
        last_updated=_instant(order.last_updated_time, "lastUpdatedTime"),
        items=_items(order.order_items, datasets, currency),
        sales_channel=_text(channel.channel_name),
        programs=tuple(order.programs or ()),
        replaces_order_id=_replaced_order(order.associated_orders or ()),
        seller_order_id=_seller_order(order.order_aliases or ()),
        status=_STATUSES.get(word, Status.UNKNOWN) if word else None,
        amazon_status=word,
        fulfilled_by=_FULFILLED_BY.get(fulfillment.fulfilled_by or ""),
        service_level=_text(fulfillment.fulfillment_service_level),
        ship_by_earliest=_optional_instant(
            ship_by.earliest_date_time, "fulfillment.shipByWindow.earliestDateTime"
        ),
        ship_by=_optional_instant(
            ship_by.latest_date_time, "fulfillment.shipByWindow.latestDateTime"
        ),
        deliver_by=_optional_instant(
            deliver_by.latest_date_time, "fulfillment.deliverByWindow.latestDateTime"
        ),
        grand_total=money_from_wire(proceeds.grand_total, "proceeds.grandTotal", currency),
        delivery_tip=_delivery_tip(proceeds, currency),
        buyer=_buyer(
            _asked(order.buyer, Dataset.BUYER, datasets),
            _asked(order.tax, Dataset.TAX, datasets),
        ),
        recipient=_recipient(_asked(order.recipient, Dataset.RECIPIENT, datasets)),
        packages=_packages(_asked(order.packages, Dataset.PACKAGES, datasets)),
    )


def _asked(group: T | None, dataset: Dataset, datasets: frozenset[Dataset]) -> T | None:
    return group if dataset in datasets else None


def _text(value: str | None) -> str | None:
    """The text as sent. NUL is dropped: it means nothing and PostgreSQL cannot store it."""
    if value is None:
        return None
    value = value.replace("\0", "")
    return value if value.strip() else None


def _instant(value: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise UnexpectedPayload(
            OPERATION, Detail("%(field)s: not an ISO 8601 date and time", field=field)
        ) from exc
    raise UnexpectedPayload(OPERATION, Detail("%(field)s: no time zone", field=field))


def _optional_instant(value: str | None, field: str) -> datetime | None:
    return _instant(value, field) if value else None


def _replaced_order(orders: Iterable[wire.AssociatedOrder]) -> str | None:
    return next(
        (_text(order.order_id) for order in orders if order.association_type in _REPLACED), None
    )


def _seller_order(aliases: Iterable[wire.Alias]) -> str | None:
    return next(
        (_text(alias.alias_id) for alias in aliases if alias.alias_type == "SELLER_ORDER_ID"), None
    )


def _delivery_tip(proceeds: wire.OrderProceeds, currency: str) -> Money | None:
    """The one charge that no line has; while Amazon still may change it it is not part of it."""
    for index, part in enumerate(proceeds.breakdowns or ()):
        if part.type == "DELIVERY_TIP" and part.status != "PENDING":
            field = f"proceeds.breakdowns[{index}].subtotal"
            return money_from_wire(part.subtotal, field, currency)
    return None


def _buyer(buyer: wire.Buyer | None, tax: wire.OrderTax | None) -> Buyer | None:
    buyer = buyer or wire.Buyer()
    mapped = Buyer(
        name=_text(buyer.buyer_name),
        email=_text(buyer.buyer_email),
        company=_text(buyer.buyer_company_name),
        purchase_order_number=_text(buyer.buyer_purchase_order_number),
        vat_id=_vat_id((tax.tax_registrations if tax else None) or ()),
    )
    return None if mapped == Buyer() else mapped


def _vat_id(registrations: Iterable[wire.TaxRegistration]) -> str | None:
    numbers = {
        registration.tax_registration_type: number
        for registration in registrations
        if registration.entity_type == "BUYER"
        and (number := _text(registration.tax_registration_number))
    }
    return next((numbers[kind] for kind in _VAT_ID_TYPES if kind in numbers), None)


def _recipient(recipient: wire.Recipient | None) -> Address | None:
    if recipient is None:
        return None
    address = recipient.delivery_address or wire.Address()
    preference = recipient.delivery_preference or wire.DeliveryPreference()
    instructions = (_text(preference.drop_off_location), _text(preference.address_instruction))
    mapped = Address(
        name=_text(address.name),
        company=_text(address.company_name),
        line1=_text(address.address_line1),
        line2=_text(address.address_line2),
        line3=_text(address.address_line3),
        city=_text(address.city),
        district=_text(address.district_or_county),
        region=_text(address.state_or_region),
        municipality=_text(address.municipality),
        postal_code=_text(address.postal_code),
        country_code=_text(address.country_code),
        phone=_text(address.phone),
        address_type=_text(address.address_type),
        delivery_instructions="; ".join(text for text in instructions if text) or None,
    )
    return None if mapped == Address() else mapped


def _packages(packages: list[wire.Package] | None) -> tuple[AmazonPackage, ...] | None:
    if packages is None:
        return None
    return tuple(
        AmazonPackage(
            package_reference_id=package.package_reference_id,
            carrier=_text(package.carrier),
            tracking_number=_text(package.tracking_number),
            shipped_at=_optional_instant(package.ship_time, f"packages[{index}].shipTime"),
            items=tuple(
                (item.order_item_id, item.quantity) for item in package.package_items or ()
            ),
            status=_text(package.package_status.status) if package.package_status else None,
        )
        for index, package in enumerate(packages)
    )


def _items(
    items: list[wire.Item], datasets: frozenset[Dataset], currency: str
) -> tuple[AmazonItem, ...]:
    seen = set()
    for index, item in enumerate(items):
        if item.order_item_id in seen:
            field = f"orderItems[{index}].orderItemId"
            raise UnexpectedPayload(OPERATION, Detail("%(field)s: repeated", field=field))
        seen.add(item.order_item_id)
    return tuple(
        _item(item, f"orderItems[{index}]", datasets, currency) for index, item in enumerate(items)
    )


def _item(item: wire.Item, field: str, datasets: frozenset[Dataset], currency: str) -> AmazonItem:
    product = item.product or wire.Product()
    fulfillment = _asked(item.fulfillment, Dataset.FULFILLMENT, datasets)
    gift = fulfillment.packing.gift_option if fulfillment and fulfillment.packing else None
    # No cancellation block is Amazon's way to say that nobody asked to cancel.
    cancellation = _asked(item.cancellation or wire.Cancellation(), Dataset.CANCELLATION, datasets)
    request = cancellation.cancellation_request if cancellation else None
    execution = cancellation.cancellation_execution if cancellation else None
    unit_price, item_currency, amounts = item_money(
        item, field, currency, with_proceeds=Dataset.PROCEEDS in datasets
    )
    return AmazonItem(
        order_item_id=item.order_item_id,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=fulfillment.quantity_fulfilled if fulfillment else None,
        quantity_unshipped=fulfillment.quantity_unfulfilled if fulfillment else None,
        asin=_text(product.asin),
        seller_sku=_text(product.seller_sku),
        title=_text(product.title),
        condition=_condition(product.condition),
        unit_price=unit_price,
        currency=item_currency,
        amounts=amounts,
        programs=tuple(item.programs or ()),
        gift_message=_text(gift.gift_message) if gift else None,
        gift_wrap_level=_text(gift.gift_wrap_level) if gift else None,
        is_gift=gift is not None if fulfillment else None,
        cancel_requested=_by_buyer(request) if cancellation else None,
        cancel_reason=_text(request.cancel_reason) if request else None,
        canceled_by=_text(execution.cancelled_by) if execution else None,
    )


def _by_buyer(request: wire.CancellationRequest | None) -> bool:
    return request is not None and request.requester in (None, "", "BUYER")


def _condition(condition: wire.Condition | None) -> str | None:
    """ "NEW", or both words where they differ: "USED, GOOD"."""
    if condition is None:
        return None
    words = (_text(condition.condition_type), _text(condition.condition_subtype))
    return ", ".join(dict.fromkeys(word for word in words if word)) or None
