"""From the little that was asked for to a whole order: the rest is invented, repeatably."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from string import ascii_lowercase, digits

from channels.sandbox import catalog, people
from channels.sandbox.marketplaces import Marketplace
from channels.sandbox.records import (
    MERCHANT,
    Address,
    Buyer,
    Charge,
    Item,
    Order,
    Seller,
    Status,
    Window,
)

_VAT = {"SE": "0.25", "DE": "0.19", "GB": "0.20", "FR": "0.20", "IT": "0.22", "ES": "0.21"}
# How many digits a VAT id has behind its country's letters.
_VAT_ID_DIGITS = {"SE": 12, "DE": 9, "GB": 9, "IT": 11, "NL": 9, "PL": 10}
_US_SALES_TAX = Decimal("0.0725")
_ORDER_ID_PREFIX = {"na": "112", "eu": "302", "fe": "249"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line asked for. Amounts are for the whole quantity, except ``unit_price``; what is None
    is invented, taken from the catalog, or left out."""

    sku: str | None = None
    quantity: int = 1
    asin: str | None = None
    title: str | None = None
    unit_price: Decimal | None = None
    shipping: Decimal = Decimal()
    gift_wrap: Decimal = Decimal()
    cod_fee: Decimal = Decimal()
    discount: Decimal = Decimal()  # as a positive figure; shown as Amazon's negative DISCOUNT
    shipping_discount: Decimal = Decimal()
    tax_rate: Decimal | None = None  # added on top; None: what the marketplace does
    gift_message: str | None = None
    gift_wrap_level: str | None = None
    programs: tuple[str, ...] = ()
    order_item_id: str | None = None
    signature_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order asked for; see Line."""

    status: Status = Status.UNSHIPPED
    fulfilled_by: str = MERCHANT
    lines: tuple[Line, ...] = ()
    buyer: Buyer | None = None
    address: Address | None = None
    programs: tuple[str, ...] = ()
    service_level: str = "STANDARD"
    channel: str = "AMAZON"
    replaces: str | None = None  # a replacement order carries no amounts
    order_id: str | None = None
    seller_order_id: str | None = None
    created: datetime | None = None
    ship_by: Window | None = None
    payment_method: str | None = None


class Inventor:
    """Makes orders out of drafts with one seeded source of chance."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def order(
        self,
        draft: Draft,
        *,
        seller: Seller,
        marketplace: Marketplace,
        now: datetime,
        is_taken: Callable[[str], bool],
    ) -> Order:
        """A new order in its first status: PENDING, or what the draft says if that comes before."""
        created = draft.created or now
        address = draft.address or self._random.choice(people.people(marketplace.country_code))
        lines = draft.lines or (Line(quantity=self._random.choice((1, 1, 1, 2, 3))),)
        return Order(
            order_id=draft.order_id or self._order_id(seller.region, is_taken),
            seller_id=seller.seller_id,
            marketplace=marketplace,
            created=created,
            updated=created,
            status=draft.status if draft.status in _FIRST else Status.PENDING,
            fulfilled_by=draft.fulfilled_by,
            items=tuple(self._item(line, draft, marketplace) for line in lines),
            service_level=draft.service_level,
            channel=draft.channel,
            programs=draft.programs,
            buyer=self._buyer(draft, address, marketplace),
            address=address,
            ship_by=draft.ship_by or _ship_by(created),
            deliver_by=_deliver_by(draft.ship_by or _ship_by(created)),
            replaces=draft.replaces,
            seller_order_id=draft.seller_order_id,
            payment_method=draft.payment_method or "CreditCard",
        )

    def _order_id(self, region: str, is_taken: Callable[[str], bool]) -> str:
        while True:
            middle, last = (self._digits(7) for _ in range(2))
            order_id = f"{_ORDER_ID_PREFIX[region]}-{middle}-{last}"
            if not is_taken(order_id):
                return order_id

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices(digits, k=count))

    def _buyer(self, draft: Draft, address: Address, marketplace: Marketplace) -> Buyer:
        if draft.buyer is not None:
            return draft.buyer
        alias = "".join(self._random.choices(ascii_lowercase + digits, k=14))
        domain = f"marketplace.{marketplace.name.lower()}"
        buyer = Buyer(name=address.name, email=f"{alias}@{domain}")
        if "AMAZON_BUSINESS" not in draft.programs:
            return buyer
        company = address.company or "Example Fixtures & Partners"
        return replace(
            buyer,
            company=company,
            purchase_order_number=f"PO-{self._digits(2)}-{self._digits(4)}",
            vat_id=self._vat_id(marketplace.country_code),
        )

    def _vat_id(self, country_code: str) -> str | None:
        """One of a company that has registered; two in three have, where there is such a thing."""
        count = _VAT_ID_DIGITS.get(country_code)
        if count is None or self._random.random() < 1 / 3:
            return None
        return f"{country_code}{self._digits(count)}"

    def _item(self, line: Line, draft: Draft, marketplace: Marketplace) -> Item:
        product = catalog.BY_SKU.get(line.sku or "") or self._random.choice(catalog.PRODUCTS)
        price = product.price(marketplace) if line.unit_price is None else line.unit_price
        is_free = draft.replaces is not None
        taxed_at = _tax_rate(line, draft, marketplace)
        return Item(
            order_item_id=line.order_item_id or self._digits(14),
            sku=line.sku or product.sku,
            asin=line.asin or product.asin,
            title=line.title or product.title,
            quantity=line.quantity,
            unit_price=None if is_free else price,
            charges=() if is_free else _charges(line, price, taxed_at, marketplace.minor_unit),
            programs=line.programs,
            gift_message=line.gift_message,
            gift_wrap_level=line.gift_wrap_level,
            promotion_ids=_promotions(line),
            points=_points(price * line.quantity, marketplace) if not is_free else None,
            signature_required=line.signature_required,
            reporting_scheme=_reporting_scheme(draft.address, marketplace),
            tax_collected_by_amazon=marketplace.adds_tax and not is_free,
        )


_FIRST = {Status.PENDING, Status.PENDING_AVAILABILITY}


def _ship_by(created: datetime) -> Window:
    day = created.replace(hour=0, minute=0, second=0, microsecond=0)
    return day, day + timedelta(days=3) - timedelta(seconds=1)


def _deliver_by(ship_by: Window) -> Window:
    return ship_by[1] + timedelta(days=1), ship_by[1] + timedelta(days=5)


def _tax_rate(line: Line, draft: Draft, marketplace: Marketplace) -> Decimal:
    """Tax is added in the US, and to the net prices of business orders; else it is in the price."""
    if line.tax_rate is not None:
        return line.tax_rate
    if marketplace.adds_tax:
        return _US_SALES_TAX
    if "AMAZON_BUSINESS" in draft.programs:
        return Decimal(_VAT.get(marketplace.country_code, "0"))
    return Decimal()


def _charges(line: Line, price: Decimal, tax_rate: Decimal, unit: Decimal) -> tuple[Charge, ...]:
    """The breakdowns of a line; what is zero is left out, except ITEM."""
    parts = {
        "ITEM": price * line.quantity,
        "SHIPPING": line.shipping,
        "GIFT_WRAP": line.gift_wrap,
        "COD_FEE": line.cod_fee,
    }
    discounts = {"ITEM": -line.discount, "SHIPPING": -line.shipping_discount}
    taxes = {
        name: (amount * tax_rate).quantize(unit, ROUND_HALF_UP)
        for name, amount in (*parts.items(), ("DISCOUNT", sum(discounts.values(), Decimal())))
    }
    charges = [
        Charge(type=name, amount=amount)
        for name, amount in parts.items()
        if amount or name == "ITEM"
    ]
    for name, details in (("TAX", taxes), ("DISCOUNT", discounts)):
        detail = tuple((subtype, amount) for subtype, amount in details.items() if amount)
        if detail:
            total = sum((amount for _, amount in detail), Decimal())
            charges.append(Charge(type=name, amount=total, detail=detail))
    return tuple(charges)


def _promotions(line: Line) -> tuple[str, ...]:
    names = []
    if line.discount:
        names.append("PLM-EXAMPLE-AUTUMN")
    if line.shipping_discount:
        names.append("Core Free Shipping 2015/04/08 23-48-10-068")
    return tuple(names)


def _points(amount: Decimal, marketplace: Marketplace) -> int | None:
    return int(amount / 100) if marketplace.country_code == "JP" else None


def _reporting_scheme(address: Address | None, marketplace: Marketplace) -> str | None:
    """Union One-Stop-Shop: sold from one EU country into another."""
    abroad = address is not None and address.country_code not in (None, marketplace.country_code)
    return "UOSS" if abroad and marketplace.currency == "EUR" else None
