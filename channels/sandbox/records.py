"""What the world holds: immutable records. A change makes a new one (see moves.py)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from channels.sandbox.marketplaces import Marketplace


class Status(StrEnum):
    """``fulfillmentStatus`` of Orders API 2026-01-01."""

    PENDING_AVAILABILITY = "PENDING_AVAILABILITY"
    PENDING = "PENDING"
    UNSHIPPED = "UNSHIPPED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    CANCELLED = "CANCELLED"
    UNFULFILLABLE = "UNFULFILLABLE"


MERCHANT = "MERCHANT"
AMAZON = "AMAZON"
NON_AMAZON = "NON_AMAZON"  # salesChannel of multi-channel fulfillment


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """One authorization: a seller in one region, and the application it authorized."""

    seller_id: str
    region: str  # na | eu | fe
    store_name: str
    marketplaces: tuple[Marketplace, ...]
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    orders_role: bool = True  # without any orders role every order call is 403
    pii_role: bool = True  # without it Amazon leaves buyer and recipient out, silently


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """``buyer``; the e-mail is Amazon's relay alias, ``vat_id`` a registration of ``tax``."""

    name: str | None = None
    email: str | None = None
    company: str | None = None
    purchase_order_number: str | None = None
    vat_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``recipient.deliveryAddress``; any part may be missing."""

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
    address_type: str | None = "RESIDENTIAL"
    instructions: str | None = None  # deliveryPreference.addressInstruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One proceeds breakdown of a line, for its whole quantity; a DISCOUNT is negative."""

    type: str  # ITEM | SHIPPING | GIFT_WRAP | COD_FEE | TAX | DISCOUNT | OTHER
    amount: Decimal
    detail: tuple[tuple[str, Decimal], ...] = ()  # subtypes of TAX and DISCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One order line."""

    order_item_id: str
    sku: str | None
    asin: str
    title: str
    quantity: int
    unit_price: Decimal | None = None
    charges: tuple[Charge, ...] = ()  # none at all: a replacement order
    shipped_by_amazon: int = 0  # FBA only; what the merchant shipped is in the packages
    programs: tuple[str, ...] = ()
    gift_message: str | None = None
    gift_wrap_level: str | None = None
    promotion_ids: tuple[str, ...] = ()
    points: int | None = None  # JP
    signature_required: bool = False
    reporting_scheme: str | None = None  # UOSS | IOSS
    tax_collected_by_amazon: bool = False
    cancel_requested: str | None = None  # the buyer's reason
    cancelled_by: str | None = None
    cancel_reason: str | None = None

    @property
    def total(self) -> Decimal:
        """``proceedsTotal``: the sum of the breakdowns."""
        return sum((charge.amount for charge in self.charges), Decimal())


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageItem:
    """Units of a line in a package."""

    order_item_id: str
    quantity: int
    transparency_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What the merchant confirmed; ``reference_id`` is unique within the order."""

    reference_id: str
    carrier_code: str
    carrier_name: str
    shipping_method: str
    tracking_number: str
    shipped_at: datetime
    items: tuple[PackageItem, ...]
    created: datetime
    status: str = "IN_TRANSIT"

    @property
    def carrier(self) -> str:
        """What Amazon shows: the name stands in for ``Other``."""
        return self.carrier_name if self.carrier_code == "Other" else self.carrier_code


Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it is at one moment."""

    order_id: str
    seller_id: str
    marketplace: Marketplace
    created: datetime
    updated: datetime
    status: Status
    fulfilled_by: str  # MERCHANT | AMAZON
    items: tuple[Item, ...]
    service_level: str = "STANDARD"
    channel: str = "AMAZON"  # AMAZON | NON_AMAZON
    programs: tuple[str, ...] = ()
    buyer: Buyer | None = None
    address: Address | None = None
    ship_by: Window | None = None
    deliver_by: Window | None = None
    packages: tuple[Package, ...] = ()
    replaces: str | None = None
    seller_order_id: str | None = None
    payment_method: str | None = "CreditCard"

    @property
    def total(self) -> Decimal:
        """``grandTotal``: the sum of the lines."""
        return sum((item.total for item in self.items), Decimal())

    def item(self, order_item_id: str) -> Item | None:
        """The line of this id, if it is one of this order."""
        return next((i for i in self.items if i.order_item_id == order_item_id), None)

    def package(self, reference_id: str) -> Package | None:
        """The package of this reference id, if there is one."""
        return next((p for p in self.packages if p.reference_id == reference_id), None)

    def fulfilled(self, item: Item) -> int:
        """Units of the line that have left."""
        return item.shipped_by_amazon + sum(
            line.quantity
            for package in self.packages
            for line in package.items
            if line.order_item_id == item.order_item_id
        )

    def unfulfilled(self, item: Item) -> int:
        """Units of the line that have not left yet."""
        return item.quantity - self.fulfilled(item)
