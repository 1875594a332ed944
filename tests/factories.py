"""Rows and facts for tests: one typed function each, everything can be overridden by keyword."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.db import transaction

from channels.amazon.marketplaces import ENDPOINTS, LWA_ENDPOINT, by_country
from channels.amazon.types import (
    AmazonItem,
    AmazonOrder,
    Amounts,
    FulfilledBy,
    Money,
    Status,
)
from channels.models import (
    AmazonStore,
    Backfill,
    ChannelOrder,
    ChannelOrderItem,
    CommunicationError,
    Feed,
    OrderSettings,
    Report,
    SellerAccount,
)
from channels.services.importing import write
from channels.services.merging import Merged
from channels.services.placing import place
from customers.models import CommerceStore, Customer
from customers.services.stores import get_or_create_store
from orders.models import (
    Cancellation,
    CancellationItem,
    CommerceOrder,
    CommerceOrderLine,
    OutboxMessage,
    Package,
    Product,
    Shipment,
    StockMovement,
)

PURCHASED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
IMPORT_SINCE = datetime(2026, 1, 1, tzinfo=UTC)

_numbers = count(1)


def amazon_order_id() -> str:
    """A new order number in Amazon's form, 3-7-7 digits."""
    number = next(_numbers)
    return f"702-{number:07d}-{number * 13:07d}"


# What the merchant has


def commerce_store(code: str = "main", *, name: str = "") -> CommerceStore:
    return get_or_create_store(code, name=name)


def customer(*, store: CommerceStore | None = None, **profile: Any) -> Customer:
    profile = {"name": "Åsa Öberg", "email": "asa@marketplace.amazon.se", **profile}
    return Customer.objects.create(
        store=store or commerce_store(),
        email_index=Customer.index_email(profile["email"]),
        profile=profile,
    )


def product(sku: str = "MUG", *, quantity: int | None = None, **overrides: Any) -> Product:
    """A product; its stock is managed when `quantity` is given."""
    values: dict[str, Any] = {"name": f"Product {sku}", **overrides}
    if quantity is not None:
        values |= {"manage_stock": True, "quantity": quantity}
    created = Product.objects.create(sku=sku, **values)
    if quantity:
        StockMovement.objects.create(product=created, kind="set", change=quantity)
    return created


# What is connected


def seller_account(**overrides: Any) -> SellerAccount:
    values: dict[str, Any] = {
        "region": "eu",
        "seller_id": f"SELLER{next(_numbers)}",
        "endpoint": ENDPOINTS["eu"],
        "lwa_endpoint": LWA_ENDPOINT,
        "credentials": {
            "client_id": "amzn1.application-oa2-client.test",
            "client_secret": "test-secret",
            "refresh_token": "Atzr|test",
        },
    }
    return SellerAccount.objects.create(**values | overrides)


def amazon_store(
    *,
    account: SellerAccount | None = None,
    country: str = "SE",
    name: str = "",
    store: CommerceStore | None = None,
    **settings: Any,
) -> AmazonStore:
    """An Amazon store; the other keywords are its order settings."""
    marketplace = by_country(country)
    assert marketplace is not None
    store = store or commerce_store()
    created = AmazonStore.objects.create(
        name=name or f"Amazon {country} {next(_numbers)}",
        account=account or seller_account(region=marketplace.region),
        marketplace_id=marketplace.id,
        commerce_store=store,
    )
    values = {"commerce_store": store, "import_since": IMPORT_SINCE, **settings}
    OrderSettings.objects.create(store=created, **values)
    return created


def backfill(*, store: AmazonStore | None = None, **overrides: Any) -> Backfill:
    """An open backfill of the hundred days before `NOW`, its last forty read."""
    values: dict[str, Any] = {
        "since": NOW - timedelta(days=100),
        "until": NOW,
        "reached": NOW - timedelta(days=40),
        "window_seconds": 7 * 86_400,
    }
    return Backfill.objects.create(store=store or amazon_store(), **values | overrides)


def report(**overrides: Any) -> Report:
    """A report of FBA shipments of the day before `NOW` that is still to be asked for."""
    values: dict[str, Any] = {
        "account": overrides.get("account") or amazon_store().account,
        "report_type": Report.Type.FBA_SHIPMENTS,
        "since": NOW - timedelta(days=1),
        "until": NOW,
    }
    return Report.objects.create(**values | overrides)


# Orders as they are stored


def item(
    sku: str = "MUG", *, quantity: int = 1, price: str = "100.00", **overrides: Any
) -> ChannelOrderItem:
    """An item that is not saved: `quantity` units at `price`, nothing else charged."""
    total = Decimal(price) * quantity
    values: dict[str, Any] = {
        "order_item_id": f"{next(_numbers):014d}",
        "seller_sku": sku,
        "title": f"Product {sku}",
        "quantity_ordered": quantity,
        "currency": "SEK",
        "unit_price": Decimal(price),
        "item_amount": total,
        "total": total,
    }
    return ChannelOrderItem(**values | overrides)


def unsaved_channel_order(
    *, store: AmazonStore | None = None, items: Sequence[ChannelOrderItem] = (), **overrides: Any
) -> ChannelOrder:
    """An Unshipped order of the merchant in Sweden whose total is that of `items`."""
    store = store or amazon_store()
    values: dict[str, Any] = {
        "account": store.account,
        "store": store,
        "amazon_order_id": amazon_order_id(),
        "status": ChannelOrder.Status.UNSHIPPED,
        "amazon_status": "UNSHIPPED",
        "fulfilled_by": "merchant",
        "purchase_date": PURCHASED,
        "last_updated": PURCHASED + timedelta(minutes=30),
        "currency": "SEK",
        "grand_total": sum((i.total for i in items if i.total is not None), Decimal(0)),
        "buyer": {"name": "Åsa Öberg", "email": "asa@marketplace.amazon.se"},
        "recipient": {"name": "Åsa Öberg", "line1": "Storgatan 1", "country_code": "SE"},
        "digest": bytes(16),
    }
    return ChannelOrder(**values | overrides)


def channel_order(
    *,
    store: AmazonStore | None = None,
    items: Sequence[ChannelOrderItem] | None = None,
    **overrides: Any,
) -> ChannelOrder:
    """A stored channel order without a Commerce order."""
    items = [item()] if items is None else items
    order = unsaved_channel_order(store=store, items=items, **overrides)
    order.save()
    for row in items:
        row.order = order
        row.save()
    return order


def placed_order(
    *,
    store: AmazonStore | None = None,
    items: Sequence[ChannelOrderItem] | None = None,
    now: datetime = NOW,
    **overrides: Any,
) -> ChannelOrder:
    """A channel order and its Commerce order, made by the placing service as the import does it."""
    items = [item()] if items is None else list(items)
    order = unsaved_channel_order(store=store, items=items, **overrides)
    for row in items:
        row.order = order
    batch = [Merged(order, list(items), is_new=True, people_changed=True)]
    with transaction.atomic():
        assert place(batch, {order.store.pk: order.store}, now=now) == 1
        write(batch)
    return ChannelOrder.objects.select_related("commerce_order", "store").get(
        amazon_order_id=order.amazon_order_id
    )


def commerce_order(**overrides: Any) -> CommerceOrder:
    """A pending Commerce order without lines and without a channel order."""
    values: dict[str, Any] = {
        "store": overrides.get("store") or commerce_store(),
        "number": f"{next(_numbers):09d}",
        "status_id": "pending",
        "channel_number": amazon_order_id(),
        "currency": "SEK",
        "grand_total": Decimal("100.00"),
        "purchased_at": PURCHASED,
    }
    return CommerceOrder.objects.create(**values | overrides)


def line(order: CommerceOrder, *, quantity: int = 1, **overrides: Any) -> CommerceOrderLine:
    values: dict[str, Any] = {
        "channel_item_id": f"{next(_numbers):014d}",
        "sku": "MUG",
        "quantity_ordered": quantity,
    }
    return CommerceOrderLine.objects.create(order=order, **values | overrides)


def package(*, order: CommerceOrder | None = None, **overrides: Any) -> Package:
    """An empty package of the merchant in a shipment of its own."""
    order = order or commerce_order()
    number = order.packages.count() + 1
    shipment = Shipment.objects.create(order=order, number=number, by=Shipment.By.MERCHANT)
    values: dict[str, Any] = {
        "number": number,
        "carrier_code": "PostNord",
        "tracking_number": f"UA{next(_numbers):09d}SE",
        "shipped_at": NOW,
    }
    return Package.objects.create(order=order, shipment=shipment, **values | overrides)


def outbox_message(**overrides: Any) -> OutboxMessage:
    """A confirmation that is due at NOW."""
    values: dict[str, Any] = {
        "topic": OutboxMessage.Topic.PACKAGE_SHIPPED,
        "package": overrides.get("package") or package(),
        "not_before": NOW,
    }
    if overrides.get("state") == OutboxMessage.State.IN_FLIGHT:
        values |= {"claim": uuid4(), "claimed_at": NOW, "attempts": 1}
    if overrides.get("state") == OutboxMessage.State.PROVEN:
        values |= {"proven_at": NOW}
    return OutboxMessage.objects.create(**values | overrides)


def communication_error(**overrides: Any) -> CommunicationError:
    """An open one about a call of an account."""
    values: dict[str, Any] = {
        "account": overrides.get("account") or seller_account(),
        "operation": "searchOrders",
        "code": "Unavailable",
        "message": "searchOrders: HTTP 503",
        "at": NOW,
    }
    return CommunicationError.objects.create(**values | overrides)


def cancellation(**overrides: Any) -> Cancellation:
    """Of the whole order, to be sent at NOW; its lines are those the order has."""
    order = overrides.get("order") or commerce_order()
    values: dict[str, Any] = {
        "order": order,
        "reason": "NoInventory",
        "requested_at": NOW,
        "not_before": NOW,
    }
    if overrides.get("state") == Cancellation.State.IN_FLIGHT:
        values |= {"claim": uuid4(), "claimed_at": NOW, "attempts": 1}
    if overrides.get("state") in ("done", "refused", "withdrawn"):
        values |= {"finished_at": NOW}
    created = Cancellation.objects.create(**values | overrides)
    for row in order.lines.all():
        CancellationItem.objects.create(cancellation=created, line=row)
    return created


def feed(*, account: SellerAccount | None = None, **overrides: Any) -> Feed:
    """A feed of confirmations that Amazon has, submitted at NOW; nothing is in it."""
    values: dict[str, Any] = {
        "feed_type": Feed.Type.FULFILLMENT,
        "state": Feed.State.SUBMITTED,
        "feed_id": f"{50_000_000_000 + next(_numbers)}",
        "created_at": NOW,
        "submitted_at": NOW,
        "due_at": NOW,
    }
    return Feed.objects.create(account=account or seller_account(), **values | overrides)


# Orders as Amazon tells them


def amazon_item(order_item_id: str = "00000000000001", **overrides: Any) -> AmazonItem:
    values: dict[str, Any] = {
        "order_item_id": order_item_id,
        "quantity_ordered": 1,
        "quantity_shipped": 0,
        "asin": "B000000001",
        "seller_sku": "MUG",
        "title": "A mug",
        "currency": "SEK",
        "unit_price": Money(amount=Decimal("100.00"), currency="SEK"),
        "amounts": Amounts(item=Decimal("100.00"), total=Decimal("100.00")),
    }
    return AmazonItem(**values | overrides)


def amazon_order(**overrides: Any) -> AmazonOrder:
    """An Unshipped order of the merchant; buyer, recipient and packages were not sent."""
    values: dict[str, Any] = {
        "amazon_order_id": "702-1111111-2222222",
        "marketplace_id": "A2NODRKZP88ZB9",
        "purchase_date": PURCHASED,
        "last_updated": NOW,
        "items": (amazon_item(),),
        "status": Status.UNSHIPPED,
        "amazon_status": "UNSHIPPED",
        "fulfilled_by": FulfilledBy.MERCHANT,
        "grand_total": Money(amount=Decimal("100.00"), currency="SEK"),
    }
    return AmazonOrder(**values | overrides)
