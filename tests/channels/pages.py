"""Synthetic pages of `searchOrders` (Orders API 2026-01-01), the same for the same seed.

An order carries every dataset as far as Amazon gives it in its status, and its totals add up. The
names are made up; some have an apostrophe, no family name, or no Latin letter.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from channels.amazon.marketplaces import Marketplace, by_country
from channels.amazon.types import Dataset, RawOrder, instant_text
from channels.amazon.wire_2026_01_01 import split_page

PURCHASED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DATASETS = frozenset(Dataset)
COUNTRIES = ("DE", "DE", "SE", "GB", "PL", "JP")
# Status and who ships, with how many of a hundred orders of a busy seller are like that
MIX: Mapping[tuple[str, str], int] = {
    ("PENDING_AVAILABILITY", "MERCHANT"): 1,
    ("PENDING", "MERCHANT"): 10,
    ("UNSHIPPED", "MERCHANT"): 45,
    ("PARTIALLY_SHIPPED", "MERCHANT"): 4,
    ("SHIPPED", "MERCHANT"): 12,
    ("CANCELLED", "MERCHANT"): 5,
    ("PENDING", "AMAZON"): 3,
    ("SHIPPED", "AMAZON"): 18,
    ("CANCELLED", "AMAZON"): 1,
    ("UNFULFILLABLE", "AMAZON"): 1,
}
NEXT = {
    "PENDING_AVAILABILITY": "PENDING",
    "PENDING": "UNSHIPPED",
    "UNSHIPPED": "SHIPPED",
    "PARTIALLY_SHIPPED": "SHIPPED",
}
NAMES = ("Anna Öberg", "Seán O'Brien", "Sukarno", "李雷", "Zoë Müller-Lüdenscheidt", "佐藤 花子")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One order item; amounts are for the whole quantity, except `price`."""

    sku: str = "MUG"
    quantity: int = 1
    price: str = "100.00"
    shipping: str = "0"
    gift_wrap: str = "0"
    tax: str = "0"
    discount: str = "0"  # zero or negative

    @property
    def total(self) -> Decimal:
        return sum(self.charges().values(), ZERO)

    def charges(self) -> dict[str, Decimal]:
        return {
            "ITEM": Decimal(self.price) * self.quantity,
            "SHIPPING": Decimal(self.shipping),
            "GIFT_WRAP": Decimal(self.gift_wrap),
            "TAX": Decimal(self.tax),
            "DISCOUNT": Decimal(self.discount),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an order is about; `minutes` from its purchase to its last update."""

    number: int = 1
    status: str = "UNSHIPPED"
    fulfilled_by: str = "MERCHANT"
    country: str = "SE"
    lines: tuple[Line, ...] = (Line(),)
    minutes: int = 30
    name: str = "Anna Öberg"
    email: str = "anna@marketplace.amazon.se"
    channel: str = "AMAZON"
    replaces: str | None = None
    cancel_requested: bool = False
    grand_total: str | None = None  # None: what the lines add up to

    @property
    def amazon_order_id(self) -> str:
        return f"702-{self.number:07d}-{self.number * 13 % 10_000_000:07d}"

    @property
    def is_fba(self) -> bool:
        return self.fulfilled_by == "AMAZON"

    @property
    def has_details(self) -> bool:
        """Amazon gives prices, buyer and address only then."""
        return self.status in ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")

    @property
    def marketplace(self) -> Marketplace:
        found = by_country(self.country)
        assert found is not None
        return found

    def item_id(self, position: int) -> str:
        return f"{self.number:012d}{position + 1:02d}"

    def shipped(self) -> list[int]:
        """Units that left, per line: all, none, or one unit of the first line."""
        if self.status == "SHIPPED":
            return [line.quantity for line in self.lines]
        first = int(self.status == "PARTIALLY_SHIPPED")
        return [first, *[0] * (len(self.lines) - 1)]


def wire_order(draft: Draft) -> dict[str, Any]:
    """The order as `searchOrders` shows it when every dataset was asked for."""
    created = PURCHASED + timedelta(minutes=draft.number)
    order: dict[str, Any] = {
        "orderId": draft.amazon_order_id,
        "createdTime": instant_text(created),
        "lastUpdatedTime": instant_text(created + timedelta(minutes=draft.minutes)),
        "programs": ["PRIME"] if draft.is_fba else [],
        "salesChannel": {
            "channelName": draft.channel,
            "marketplaceId": draft.marketplace.id,
            "marketplaceName": draft.marketplace.name,
        },
        "fulfillment": _fulfillment(draft, created),
        "orderItems": [_item(draft, position) for position in range(len(draft.lines))],
    }
    if draft.replaces:
        order["associatedOrders"] = [
            {"orderId": draft.replaces, "associationType": "REPLACEMENT_ORIGINAL_ID"}
        ]
    if draft.has_details:
        order |= _people(draft)
        if not draft.replaces:
            order["proceeds"] = _order_proceeds(draft)
    if any(draft.shipped()) and not draft.is_fba:
        order["packages"] = [_package(draft, created)]
    return order


def _money(draft: Draft, amount: Decimal | str) -> dict[str, str]:
    return {"amount": str(amount), "currencyCode": draft.marketplace.currency}


def _fulfillment(draft: Draft, created: datetime) -> dict[str, Any]:
    group = {
        "fulfillmentStatus": draft.status,
        "fulfilledBy": draft.fulfilled_by,
        "fulfillmentServiceLevel": "STANDARD",
    }
    if draft.is_fba:
        return group
    return group | {
        "shipByWindow": _window(created, days=2),
        "deliverByWindow": _window(created + timedelta(days=2), days=4),
    }


def _window(start: datetime, *, days: int) -> dict[str, str]:
    return {
        "earliestDateTime": instant_text(start),
        "latestDateTime": instant_text(start + timedelta(days=days)),
    }


def _people(draft: Draft) -> dict[str, Any]:
    """FBA: no buyer, and of the address only where it went."""
    place = {"city": "Uppsala", "stateOrRegion": "Uppsala", "countryCode": draft.country}
    if draft.is_fba:
        return {"recipient": {"deliveryAddress": place}}
    street = {"name": draft.name, "addressLine1": f"Storgatan {draft.number}"}
    more = {"postalCode": "753 10", "phone": "+46 70 555 01 00", "addressType": "RESIDENTIAL"}
    return {
        "buyer": {"buyerName": draft.name, "buyerEmail": draft.email},
        "recipient": {"deliveryAddress": street | place | more},
    }


def _item(draft: Draft, position: int) -> dict[str, Any]:
    line, shipped = draft.lines[position], draft.shipped()[position]
    ordered = 0 if draft.status == "CANCELLED" else line.quantity
    product: dict[str, Any] = {
        "asin": f"B0{line.sku[-8:]:0>8}",
        "sellerSku": line.sku,
        "title": f"A fine {line.sku}, boxed, with a longer title as sellers write them",
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    item = {
        "orderItemId": draft.item_id(position),
        "quantityOrdered": ordered,
        "programs": [],
        "product": product,
        "fulfillment": {"quantityFulfilled": shipped, "quantityUnfulfilled": ordered - shipped},
    }
    if draft.cancel_requested:
        item["cancellation"] = {
            "cancellationRequest": {"requester": "BUYER", "cancelReason": "Ordered by mistake"}
        }
    if draft.has_details and not draft.replaces:
        product["price"] = {"unitPrice": _money(draft, line.price)}
        item["proceeds"] = _proceeds(draft, line)
        item["promotion"] = {"breakdowns": [{"promotionId": "PLM-EXAMPLE-AUG"}]}
    return item


def _proceeds(draft: Draft, line: Line) -> dict[str, Any]:
    parts = []
    for name, amount in line.charges().items():
        if not amount and name != "ITEM":
            continue
        part: dict[str, Any] = {"type": name, "subtotal": _money(draft, amount)}
        if name in ("TAX", "DISCOUNT"):
            part["detailedBreakdowns"] = [{"subtype": "ITEM", "value": _money(draft, amount)}]
        parts.append(part)
    return {"proceedsTotal": _money(draft, line.total), "breakdowns": parts}


def _order_proceeds(draft: Draft) -> dict[str, Any]:
    parts: dict[str, Decimal] = {}
    for line in draft.lines:
        for name, amount in line.charges().items():
            parts[name] = parts.get(name, ZERO) + amount
    return {
        "grandTotal": _money(draft, draft.grand_total or sum(parts.values(), ZERO)),
        "breakdowns": [
            {"type": name, "subtotal": _money(draft, amount)}
            for name, amount in parts.items()
            if amount
        ],
    }


def _package(draft: Draft, created: datetime) -> dict[str, Any]:
    left = instant_text(created + timedelta(minutes=draft.minutes))
    return {
        "packageReferenceId": "1",
        "createdTime": left,
        "packageStatus": {"status": "SHIPPED"},
        "carrier": "PostNord",
        "shipTime": left,
        "trackingNumber": f"UA{draft.number:09d}SE",
        "packageItems": [
            {"orderItemId": draft.item_id(position), "quantity": units}
            for position, units in enumerate(draft.shipped())
            if units
        ],
    }


# Pages


def drafts(count: int = 100, *, seed: int = 1, first: int = 1) -> list[Draft]:
    """`count` orders as a busy seller has them, numbered from `first`."""
    random = Random(seed * 1_000_003 + first)
    return [_random_draft(random, first + position) for position in range(count)]


def _random_draft(random: Random, number: int) -> Draft:
    ((status, fulfilled_by),) = random.choices(list(MIX), list(MIX.values()))
    country = random.choice(COUNTRIES)
    # One buyer in ten comes back.
    buyer = random.randrange(number) if random.random() < 0.1 else number
    lines = random.choices((1, 2, 3), (35, 40, 25))[0]
    return Draft(
        number=number,
        status=status,
        fulfilled_by=fulfilled_by,
        country=country,
        lines=tuple(_random_line(random, whole=country == "JP") for _ in range(lines)),
        name=random.choice(NAMES),
        email=f"buyer{buyer}@marketplace.amazon.example",
        channel="NON_AMAZON" if status == "UNFULFILLABLE" else "AMAZON",
        replaces="702-0000000-0000000" if random.random() < 0.01 else None,
        cancel_requested=status == "UNSHIPPED" and random.random() < 0.03,
    )


def _random_line(random: Random, *, whole: bool) -> Line:
    def amount(most: int) -> str:
        value = random.randrange(1, most)
        return str(value) if whole else f"{value / 100:.2f}"

    return Line(
        sku=f"SKU-{random.randrange(500):03d}",
        quantity=random.choices((1, 2, 3), (80, 15, 5))[0],
        price=amount(20_000),
        shipping=amount(900) if random.random() < 0.4 else "0",
        gift_wrap=amount(300) if random.random() < 0.05 else "0",
        tax=amount(500) if random.random() < 0.3 else "0",
        discount=f"-{amount(200)}" if random.random() < 0.2 else "0",
    )


def advanced(draft: Draft) -> Draft:
    """The order at its next update: one status on, or just seen again later."""
    status = NEXT.get(draft.status, draft.status)
    if draft.is_fba and status == "UNSHIPPED":
        status = "SHIPPED"
    return replace(draft, status=status, minutes=draft.minutes + 60)


def body(orders: Sequence[Mapping[str, Any]]) -> bytes:
    """The answer of `searchOrders` that holds them, as bytes."""
    return json.dumps({"orders": list(orders)}, ensure_ascii=False).encode()


def raw_orders(page: Iterable[Draft]) -> tuple[RawOrder, ...]:
    """A page of these orders as the client hands it to the import."""
    return split_page(body([wire_order(draft) for draft in page]), DATASETS).orders
