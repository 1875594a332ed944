"""Orders by the hundred thousand, as a merchant of some years has them, straight into the tables.

The same for the same numbers. Of a hundred orders 88 are completed, and few need anybody: that is
what a large shop looks like. Some SKUs and names are common, most are rare. Buyers are sealed and
indexed as the import does it.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, models

NOW = datetime.now(UTC).replace(microsecond=0)
YEARS = 3
RECENT = timedelta(days=3)
SKUS = 5000
BESTSELLER, SOLD = "SKU-BEST1", 50  # one order in so many has it
FIRST, LAST = 400, 4000  # names that there are
KINDS = (  # status, placement, fulfilled by, Commerce state, how many of a thousand
    ("shipped", "placed", "merchant", "complete", 700),
    ("shipped", "placed", "amazon", "complete", 180),
    ("canceled", "ignored", "merchant", "", 60),
    ("unshipped", "placed", "merchant", "pending", 45),
    ("pending", "awaiting", "merchant", "", 10),
    ("unshipped", "held", "merchant", "", 2),
    ("shipped", "placed", "merchant", "unproven", 3),
)
SYLLABLES = ("an", "ber", "da", "el", "fri", "gun", "hol", "in", "jo", "ka", "lin", "mar", "nor",
             "os", "per", "qui", "ro", "sve", "tor", "ul", "vi", "wal", "ya", "zo")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """What the rows of an order are made from."""

    number: int
    status: str
    placement: str
    fulfilled_by: str
    state: str
    purchased: datetime
    name: str

    @property
    def uid(self) -> UUID:
        return UUID(int=self.number)

    @property
    def amazon_order_id(self) -> str:
        return f"{302 + self.number % 5}-{self.number * 7919 % 10**7:07d}-{self.number:07d}"

    @property
    def tracking(self) -> str:
        return f"UA{self.number * 104729 % 10**9:09d}SE"

    @property
    def total(self) -> Decimal:
        return Decimal(self.number * 7 % 50_000 + 100) / 100

    @property
    def is_placed(self) -> bool:
        return self.placement == "placed"

    @property
    def has_left(self) -> bool:
        return self.is_placed and self.state != "pending"

    @property
    def buyer(self) -> dict[str, str]:
        return {"name": self.name, "email": f"b{self.number}@example.com"}

    @property
    def skus(self) -> tuple[str, str]:
        one = f"SKU-{self.number % SKUS:05d}"
        return BESTSELLER if self.number % SOLD == 0 else one, f"SKU-{self.number * 31 % SKUS:05d}"


@cache
def names() -> tuple[list[str], list[str]]:
    """First and last names, the most common first."""
    chance = random.Random(1)

    def name(parts: int) -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(parts)).capitalize()

    return [name(2) for _ in range(FIRST)], [name(3) for _ in range(LAST)]


def orders(first: int, end: int, total: int) -> Iterator[Order]:
    """Orders number `first` to before `end`, of `total` that are spread over the years."""
    firsts, lasts = names()
    kinds, weights = KINDS, [kind[4] for kind in KINDS]
    span = timedelta(days=365 * YEARS) / total
    for number in range(first, end):
        chance = random.Random(number)
        status, placement, by, state, _ = chance.choices(kinds, weights)[0]
        purchased = NOW - span * (total - number)
        if status in ("unshipped", "pending"):
            purchased = NOW - timedelta(minutes=number % 7200)
        # The few names that many have, and the many that few have
        one, two = (int(chance.random() ** 2 * len(some)) for some in (firsts, lasts))
        name = f"{firsts[one]} {lasts[two]}"
        yield Order(number, status, placement, by, state, purchased, name)


class Table:
    """Bulk loading of a model: the columns given, and the defaults of all others."""

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        given = set(columns)
        rest = [
            field
            for field in model._meta.concrete_fields
            if not field.generated and field.attname not in given and field.attname != "id"
        ]
        self.name = model._meta.db_table
        self.columns = [*columns, *(field.attname for field in rest)]
        self.defaults = [_default(field) for field in rest]

    def load(self, rows: Iterable[Sequence[Any]]) -> None:
        quoted = ", ".join(f'"{column}"' for column in self.columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self.name}" ({quoted}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row([*row, *self.defaults])
                return
            marks = ", ".join(["%s"] * len(self.columns))
            sql = f'INSERT INTO "{self.name}" ({quoted}) VALUES ({marks})'
            cursor.executemany(sql, ([*map(_plain, row), *self.defaults] for row in rows))


def _default(field: models.Field[Any, Any]) -> Any:
    value = field.get_default()
    if value is None and not field.null and isinstance(field, models.BinaryField):
        value = b""
    if isinstance(field, models.JSONField):
        return msgspec.json.encode(value).decode()
    return _plain(value) if connection.vendor == "sqlite" else value


def _plain(value: Any) -> Any:
    """As Django stores it in SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    if isinstance(value, UUID):
        return value.hex
    return str(value) if isinstance(value, Decimal) else value


def load(first: int, end: int, total: int, stores: Sequence[Any], commerce_store: Any) -> None:
    """Write these orders with items, Commerce orders, packages, confirmations, notes and terms."""

    def some() -> Iterator[Order]:
        return orders(first, end, total)

    _load_commerce_orders((o for o in some() if o.is_placed), commerce_store)
    _load_channel_orders(some(), stores)
    _load_items(some())
    _load_packages(some)
    _load_notes(some())
    _load_terms(some())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _load_commerce_orders(placed: Iterable[Order], store: Any) -> None:
    from orders.models import CommerceOrder

    def row(o: Order) -> tuple[Any, ...]:
        state = "complete" if o.has_left else "pending"
        return (
            o.number, o.uid, o.uid, store.pk, f"{o.number:09d}", state, state, o.amazon_order_id,
            "SEK", o.total, o.purchased, o.purchased if o.has_left else None,
        )  # fmt: skip

    Table(
        CommerceOrder, "id", "uid", "timeline", "store_id", "number", "state", "status_id",
        "channel_number", "currency", "grand_total", "purchased_at", "completed_at",
    ).load(map(row, placed))  # fmt: skip


def _load_channel_orders(some: Iterable[Order], stores: Sequence[Any]) -> None:
    from channels.models import ChannelOrder
    from customers.sealed import seal

    def row(o: Order) -> tuple[Any, ...]:
        buyer = seal(msgspec.json.encode(o.buyer), f"channels.channelorder.buyer:{o.uid}")
        return (
            o.number, o.uid, stores[0].account_id, stores[o.number % len(stores)].pk,
            o.amazon_order_id, o.number if o.is_placed else None, o.status, o.placement,
            "unknown_sku" if o.placement == "held" else "", o.status.upper(), o.fulfilled_by,
            o.purchased, o.purchased, o.purchased + timedelta(days=5.1), "SEK", o.total,
            o.status == "unshipped" and o.number % 3 == 0, buyer,
            o.purchased if o.state == "complete" else None,
        )  # fmt: skip

    Table(
        ChannelOrder, "id", "uid", "account_id", "store_id", "amazon_order_id",
        "commerce_order_id", "status", "placement", "hold_reason", "amazon_status", "fulfilled_by",
        "purchase_date", "last_updated", "ship_by", "currency", "grand_total", "cancel_requested",
        "buyer", "proven_at",
    ).load(map(row, some))  # fmt: skip


def _load_items(some: Iterable[Order]) -> None:
    from channels.models import ChannelOrderItem

    Table(
        ChannelOrderItem, "order_id", "order_item_id", "asin", "seller_sku", "title",
        "quantity_ordered", "quantity_shipped",
    ).load(
        (o.number, f"{o.number}{n}", f"B0{sku[-5:]}AAA", sku, f"A fine {sku}", 1, 0)
        for o in some
        for n, sku in enumerate(o.skus)
    )  # fmt: skip


def _load_packages(some: Callable[[], Iterable[Order]]) -> None:
    from orders.models import OutboxMessage, Package, Shipment

    Table(Shipment, "id", "order_id", "number", "by").load(
        (o.number, o.number, 1, o.fulfilled_by) for o in some() if o.has_left
    )
    Table(
        Package, "id", "order_id", "shipment_id", "number", "carrier_code", "tracking_number"
    ).load((o.number, o.number, o.number, 1, "PostNord", o.tracking) for o in some() if o.has_left)
    Table(
        OutboxMessage, "package_id", "topic", "state", "not_before", "created_at", "proven_at"
    ).load(
        (o.number, "package.shipped", *_confirmed(o))
        for o in some()
        if o.has_left and o.fulfilled_by == "merchant"
    )


def _confirmed(o: Order) -> tuple[Any, ...]:
    """Where its confirmation stands; when it was due, written and proven."""
    proven = o.state == "complete" or o.purchased < NOW - RECENT  # by then somebody has looked
    return "proven" if proven else "sent", o.purchased, o.purchased, o.purchased if proven else None


def _load_notes(some: Iterable[Order]) -> None:
    from orders.models import OrderNote

    Table(OrderNote, "timeline", "actor", "text", "params").load(
        (o.uid, "portal", "Commerce order %(number)s created.", f'{{"number": "{o.number:09d}"}}')
        for o in some
    )


def _load_terms(some: Iterable[Order]) -> None:
    from channels.models import BuyerTerm, ChannelOrder
    from channels.services.buyer_terms import terms_of

    def terms(o: Order) -> set[int]:
        return terms_of(ChannelOrder(buyer=o.buyer, recipient=None, corrected_address=None))

    Table(BuyerTerm, "term", "order_id").load((term, o.number) for o in some for term in terms(o))
