"""What the portal knows of an Amazon order: Amazon's facts in our words, immutable.

Amazon's own words (``CANCELLED``, ``fulfilledBy``) stop at the mapper. ``None`` means that Amazon
did not send the value, which is never the same as zero or empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

# searchOrders, Orders API 2026-01-01
MAX_MARKETPLACE_IDS = 50
MAX_RESULTS = 100


class Status(StrEnum):
    """Orders API 2026-01-01 ``fulfillmentStatus`` in our spelling; a new word becomes UNKNOWN."""

    PENDING_AVAILABILITY = "pending_availability"
    PENDING = "pending"
    UNSHIPPED = "unshipped"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    CANCELED = "canceled"
    UNFULFILLABLE = "unfulfillable"
    UNKNOWN = "unknown"


class FulfilledBy(StrEnum):
    """Who ships: FBM (the merchant) or FBA (Amazon)."""

    MERCHANT = "merchant"
    AMAZON = "amazon"


class Dataset(StrEnum):
    """``includedData`` values of Orders API 2026-01-01 that the portal asks for."""

    BUYER = "BUYER"
    RECIPIENT = "RECIPIENT"
    FULFILLMENT = "FULFILLMENT"
    PROCEEDS = "PROCEEDS"
    EXPENSE = "EXPENSE"
    PROMOTION = "PROMOTION"
    CANCELLATION = "CANCELLATION"
    PACKAGES = "PACKAGES"
    TAX = "TAX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount as Amazon sent it, with its ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Money of one line for its whole quantity, per component; ``discount`` is zero or negative.

    ``tax`` is the sum Amazon states, ``tax_detail`` the part per component where given;
    ``total`` is Amazon's own ``proceedsTotal``, never a sum of ours.
    """

    item: Decimal | None = None
    shipping: Decimal | None = None
    gift_wrap: Decimal | None = None
    cod_fee: Decimal | None = None
    other: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    tax_detail: tuple[tuple[str, Decimal], ...] = ()
    tax_collected_by_amazon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """``buyer`` of the order; the e-mail is Amazon's relay alias.

    ``vat_id`` is the buyer's registration in ``tax.taxRegistrations`` (dataset TAX).
    """

    name: str | None = None
    email: str | None = None
    company: str | None = None
    purchase_order_number: str | None = None
    vat_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``recipient.deliveryAddress`` as sent; any part may be missing (HK, AE have no postcode)."""

    name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    district: str | None = None
    region: str | None = None
    municipality: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None
    address_type: str | None = None
    delivery_instructions: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonItem:
    """One order line. ``quantity_shipped`` is ``quantityFulfilled``; None when not sent."""

    order_item_id: str
    quantity_ordered: int
    quantity_shipped: int | None = None
    quantity_unshipped: int | None = None
    asin: str | None = None
    seller_sku: str | None = None
    title: str | None = None
    condition: str | None = None
    unit_price: Money | None = None
    currency: str | None = None
    amounts: Amounts | None = None  # None: Amazon sent no proceeds for this line
    programs: tuple[str, ...] = ()
    gift_message: str | None = None
    gift_wrap_level: str | None = None
    is_gift: bool | None = None
    cancel_requested: bool | None = None  # None: CANCELLATION was not asked for
    cancel_reason: str | None = None  # free text of the buyer: personal data
    canceled_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonPackage:
    """A package Amazon shows (``packages``, FBM only)."""

    package_reference_id: str
    carrier: str | None
    tracking_number: str | None
    shipped_at: datetime | None
    items: tuple[tuple[str, int], ...]  # (order item id, quantity)
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonOrder:
    """One order. A group not asked for, or not sent, is None: it never blanks a stored one."""

    amazon_order_id: str
    marketplace_id: str | None
    purchase_date: datetime
    last_updated: datetime
    items: tuple[AmazonItem, ...]
    sales_channel: str | None = None
    programs: tuple[str, ...] = ()
    replaces_order_id: str | None = None
    seller_order_id: str | None = None
    status: Status | None = None
    amazon_status: str | None = None  # Amazon's own word, kept for UNKNOWN
    fulfilled_by: FulfilledBy | None = None
    service_level: str | None = None
    ship_by_earliest: datetime | None = None
    ship_by: datetime | None = None  # latest ship date: the deadline
    deliver_by: datetime | None = None
    grand_total: Money | None = None
    delivery_tip: Money | None = None  # part of the order, of no line
    buyer: Buyer | None = None
    recipient: Address | None = None
    packages: tuple[AmazonPackage, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What ``searchOrders`` is asked for; a page token is valid only with an equal query.

    Bounds are inclusive, timezone-aware and sent in milliseconds. A ``*_before`` must be at least
    two minutes old when Amazon reads it (not checked here: only Amazon's clock counts). Raises
    ValueError where Amazon would answer a bare "InvalidInput".
    """

    last_updated_after: datetime | None = None
    last_updated_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    marketplace_ids: tuple[str, ...] = ()  # empty: all of the account in its region
    datasets: frozenset[Dataset] = frozenset()
    max_results: int = 100

    def __post_init__(self) -> None:
        if (self.last_updated_after is None) == (self.created_after is None):
            raise ValueError("Give exactly one of last_updated_after and created_after.")
        _check_range(
            "last_updated_before",
            "last_updated_after",
            self.last_updated_before,
            self.last_updated_after,
        )
        _check_range("created_before", "created_after", self.created_before, self.created_after)
        if len(self.marketplace_ids) > MAX_MARKETPLACE_IDS:
            raise ValueError(f"marketplace_ids may hold {MAX_MARKETPLACE_IDS} ids at most.")
        if any(not name or "," in name for name in self.marketplace_ids):
            raise ValueError("marketplace_ids holds an empty id or one with a comma.")
        if not 1 <= self.max_results <= MAX_RESULTS:
            raise ValueError(f"max_results must be 1 to {MAX_RESULTS}, not {self.max_results}.")

    def parameters(self) -> dict[str, str]:
        """The query string but for the page token; the same text every time for the same query."""
        dates = {
            "lastUpdatedAfter": self.last_updated_after,
            "lastUpdatedBefore": self.last_updated_before,
            "createdAfter": self.created_after,
            "createdBefore": self.created_before,
        }
        lists = {"marketplaceIds": self.marketplace_ids, "includedData": sorted(self.datasets)}
        return (
            {name: instant_text(value) for name, value in dates.items() if value}
            | {name: ",".join(values) for name, values in lists.items() if values}
            | {"maxResultsPerPage": str(self.max_results)}
        )


def instant_text(value: datetime) -> str:
    """A moment as Amazon writes it: UTC, milliseconds (cut, not rounded), "Z"."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _check_range(
    before_name: str, after_name: str, before: datetime | None, after: datetime | None
) -> None:
    for name, value in ((before_name, before), (after_name, after)):
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"{name} has no time zone.")
    if before is None:
        return
    if after is None:
        raise ValueError(f"{before_name} needs {after_name}.")
    if before < after:
        raise ValueError(f"{before_name} lies before {after_name}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOrder:
    """One order of a page before any decoding: enough to see that nothing changed."""

    amazon_order_id: str  # "" when even that could not be read
    raw: bytes
    digest: bytes  # 16 bytes of BLAKE2b over ``raw`` and the datasets asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPage:
    """One page of ``searchOrders``."""

    orders: tuple[RawOrder, ...]
    next_token: str | None
    last_updated_before: str | None  # the bound Amazon used, echoed: the next watermark
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageConfirmation:
    """What ``confirmShipment`` (Orders v0) needs to know about one package."""

    package_reference_id: str  # a positive number as text, stable for the life of the package
    carrier_code: str
    carrier_name: str = ""  # required by Amazon when carrier_code is "Other"
    shipping_method: str = ""
    tracking_number: str
    ship_date: datetime
    items: tuple[tuple[str, int], ...]  # (order item id, units in this package)
    unit_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by order item id
    cod_collection_method: str = ""  # Japan, cash on delivery: "DirectPayment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """One row of ``getMarketplaceParticipations``."""

    marketplace_id: str
    country_code: str
    name: str
    currency: str
    participating: bool
    store_name: str = ""
