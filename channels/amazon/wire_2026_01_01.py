"""The wire shape of Orders API 2026-01-01: only the fields that we read.

Required is only what an order cannot do without. Everything else may be missing or null, unknown
fields are ignored, and Amazon's "possible values" are open lists, so they stay text. Dates and
amounts stay text too: the mapper reads them and names the field that it cannot read.
"""

from collections.abc import Collection
from hashlib import blake2b
from typing import Annotated

from msgspec import DecodeError, Meta, Raw, Struct
from msgspec.json import Decoder

from channels.amazon.decoding import decode
from channels.amazon.types import Dataset, OrdersPage, RawOrder
from channels.amazon.usage_plan import GET_ORDER, SEARCH_ORDERS

DIGEST_BYTES = 16

# 3-7-7 digits; S01-… for orders the seller made. Whatever else comes is no number to go by.
OrderId = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9-]+\Z")]
Id = Annotated[str, Meta(min_length=1)]
Quantity = Annotated[int, Meta(ge=0, le=2**31 - 1)]  # what a database column of ours can hold


class Wire(Struct, rename="camel", gc=False):
    """A part of an answer. Trees of them hold no cycles, so the collector may skip them."""


class Money(Wire):
    amount: str | None = None
    currency_code: str | None = None


class DateTimeRange(Wire):
    earliest_date_time: str | None = None
    latest_date_time: str | None = None


class Alias(Wire):
    alias_id: str | None = None
    alias_type: str | None = None


class AssociatedOrder(Wire):
    order_id: str | None = None
    association_type: str | None = None


class SalesChannel(Wire):
    channel_name: str | None = None
    marketplace_id: str | None = None


class Buyer(Wire):
    buyer_name: str | None = None
    buyer_email: str | None = None
    buyer_company_name: str | None = None
    buyer_purchase_order_number: str | None = None


class Address(Wire):
    name: str | None = None
    company_name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    city: str | None = None
    district_or_county: str | None = None
    state_or_region: str | None = None
    municipality: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None
    address_type: str | None = None


class DeliveryPreference(Wire):
    drop_off_location: str | None = None
    address_instruction: str | None = None


class Recipient(Wire):
    delivery_address: Address | None = None
    delivery_preference: DeliveryPreference | None = None


class TaxRegistration(Wire):
    entity_type: str | None = None
    tax_registration_type: str | None = None
    tax_registration_number: str | None = None


class OrderTax(Wire):
    tax_registrations: list[TaxRegistration] | None = None


class OrderFulfillment(Wire):
    fulfillment_status: str | None = None
    fulfilled_by: str | None = None
    fulfillment_service_level: str | None = None
    ship_by_window: DateTimeRange | None = None
    deliver_by_window: DateTimeRange | None = None


class Condition(Wire):
    condition_type: str | None = None
    condition_subtype: str | None = None


class Price(Wire):
    unit_price: Money | None = None


class Product(Wire):
    asin: str | None = None
    title: str | None = None
    seller_sku: str | None = None
    condition: Condition | None = None
    price: Price | None = None


class DetailedBreakdown(Wire):
    subtype: str | None = None
    value: Money | None = None


class Breakdown(Wire):
    type: str | None = None
    status: str | None = None
    subtotal: Money | None = None
    detailed_breakdowns: list[DetailedBreakdown] | None = None


class OrderProceeds(Wire):
    grand_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class ItemProceeds(Wire):
    proceeds_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class CancellationRequest(Wire):
    requester: str | None = None
    cancel_reason: str | None = None


class CancellationExecution(Wire):
    cancelled_by: str | None = None


class Cancellation(Wire):
    cancellation_request: CancellationRequest | None = None
    cancellation_execution: CancellationExecution | None = None


class GiftOption(Wire):
    gift_message: str | None = None
    gift_wrap_level: str | None = None


class Packing(Wire):
    gift_option: GiftOption | None = None


class ItemFulfillment(Wire):
    quantity_fulfilled: Quantity | None = None
    quantity_unfulfilled: Quantity | None = None
    packing: Packing | None = None


class TaxCollection(Wire):
    model: str | None = None


class ItemTax(Wire):
    tax_collections: list[TaxCollection] | None = None


class Item(Wire):
    order_item_id: Id
    quantity_ordered: Quantity
    programs: list[str] | None = None
    product: Product | None = None
    proceeds: ItemProceeds | None = None
    cancellation: Cancellation | None = None
    fulfillment: ItemFulfillment | None = None
    tax: ItemTax | None = None


class PackageStatus(Wire):
    status: str | None = None


class PackageItem(Wire):
    order_item_id: Id
    quantity: Quantity


class Package(Wire):
    package_reference_id: Id
    package_status: PackageStatus | None = None
    carrier: str | None = None
    ship_time: str | None = None
    tracking_number: str | None = None
    package_items: list[PackageItem] | None = None


class Order(Wire):
    order_id: OrderId
    created_time: str
    last_updated_time: str
    order_items: list[Item]
    order_aliases: list[Alias] | None = None
    programs: list[str] | None = None
    associated_orders: list[AssociatedOrder] | None = None
    sales_channel: SalesChannel | None = None
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: OrderProceeds | None = None
    fulfillment: OrderFulfillment | None = None
    packages: list[Package] | None = None
    tax: OrderTax | None = None


class _OrderId(Wire):
    order_id: OrderId


class _Pagination(Wire):
    next_token: str | None = None


class _SearchAnswer(Wire):
    orders: list[Raw]
    pagination: _Pagination | None = None
    last_updated_before: str | None = None


class _GetAnswer(Wire):
    order: Raw


ORDER_DECODER = Decoder(Order)
_ORDER_ID = Decoder(_OrderId)
_SEARCH_ANSWER = Decoder(_SearchAnswer)
_GET_ANSWER = Decoder(_GetAnswer)


def split_page(body: bytes, datasets: Collection[Dataset], *, request_id: str = "") -> OrdersPage:
    """A page of ``searchOrders`` as orders that nobody has decoded yet.

    An order without a readable id keeps its place with ``amazon_order_id=""``. Raises
    UnexpectedPayload when the page itself cannot be read.
    """
    page = decode(_SEARCH_ANSWER, body, operation=SEARCH_ORDERS, request_id=request_id)
    return OrdersPage(
        orders=tuple(_raw_order(raw, datasets) for raw in page.orders),
        next_token=(page.pagination.next_token or None) if page.pagination else None,
        last_updated_before=page.last_updated_before or None,
        request_id=request_id,
    )


def read_one(body: bytes, datasets: Collection[Dataset], *, request_id: str = "") -> RawOrder:
    """The order of a ``getOrder`` answer, as ``split_page`` would give it."""
    answer = decode(_GET_ANSWER, body, operation=GET_ORDER, request_id=request_id)
    return _raw_order(answer.order, datasets)


def _raw_order(order: Raw, datasets: Collection[Dataset]) -> RawOrder:
    try:
        amazon_order_id = _ORDER_ID.decode(order).order_id
    except (DecodeError, UnicodeDecodeError):
        amazon_order_id = ""
    raw = bytes(order)
    # An order asked for with fewer datasets is another document, even if the bytes are the same.
    digest = blake2b(",".join(sorted(datasets)).encode() + b"\0", digest_size=DIGEST_BYTES)
    digest.update(raw)
    return RawOrder(amazon_order_id=amazon_order_id, raw=raw, digest=digest.digest())
