"""The rows of linked Commerce orders, for many channel orders at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from channels.amazon.marketplaces import is_relay_address
from channels.models import ChannelOrder, ChannelOrderItem, OrderSettings
from channels.services.addresses import delivery_address, source_of
from channels.services.matching import Catalog
from channels.services.reported_shipments import record_reported_shipments
from customers.bulk import insert_rows
from customers.models import Customer, CustomerAddress
from customers.services.profiles import fill_in
from orders.models import CommerceOrder, CommerceOrderLine, OrderStatus, Product
from orders.models.commerce_order import OPEN_STATES
from orders.services.inventory import Event, Need, order_key, settle
from orders.services.numbers import take_numbers


@dataclass(slots=True)
class Placeable:
    """A channel order that becomes a Commerce order; `complete` when Amazon has shipped it all."""

    order: ChannelOrder
    items: list[ChannelOrderItem]
    settings: OrderSettings
    complete: bool
    oversold: bool = False
    charges: Decimal | None = None  # of the order, of no line (a delivery tip)
    lines: list[CommerceOrderLine] = field(default_factory=list)

    @property
    def email(self) -> str:
        return str((self.order.buyer or {}).get("email", ""))


def customer_key(order: ChannelOrder, settings: OrderSettings) -> tuple[int, bytes] | None:
    """Who the customer is: (Commerce store, blind index of the e-mail). None: a guest.

    Build New Customer Account, and Amazon gave an e-mail to know the customer by.
    """
    email = (order.buyer or {}).get("email")
    if settings.customer_creation != OrderSettings.CustomerCreation.NEW or not email:
        return None
    return settings.commerce_store_id, Customer.index_email(email)


def create_commerce_orders(
    batch: Sequence[Placeable], catalog: Catalog, *, now: datetime
) -> list[CommerceOrder]:
    """Create the Commerce orders of `batch`, in its order. A constant number of statements."""
    numbers = _numbers(batch)
    customers = _customers(batch)  # after the numbers: their lock makes one customer per e-mail
    addresses = _addresses(batch, customers)
    orders = [
        _commerce_order(candidate, number, customer, address, now)
        for candidate, number, customer, address in zip(
            batch, numbers, customers, addresses, strict=True
        )
    ]
    insert_rows(orders)
    for candidate, order in zip(batch, orders, strict=True):
        candidate.lines = [
            new_line(order, item, catalog.product_of(candidate.order, item), candidate.complete)
            for item in candidate.items
            if item.quantity_ordered
        ]
    insert_rows(line for c in batch for line in c.lines)
    record_reported_shipments(
        [(c.order, order, c.lines) for c, order in zip(batch, orders, strict=True)], now=now
    )
    _reserve(batch, orders)
    return orders


def _numbers(batch: Sequence[Placeable]) -> list[str]:
    counts: dict[int, int] = {}
    for candidate in batch:
        store_id = candidate.settings.commerce_store_id
        counts[store_id] = counts.get(store_id, 0) + (not _uses_amazon_number(candidate))
    taken = {store_id: iter(numbers) for store_id, numbers in take_numbers(counts).items()}
    return [
        _prefix(candidate)
        + (
            candidate.order.amazon_order_id
            if _uses_amazon_number(candidate)
            else next(taken[candidate.settings.commerce_store_id])
        )
        for candidate in batch
    ]


def _prefix(candidate: Placeable) -> str:
    """The most telling prefix that order settings have: FBA, Prime, Business, any order."""
    order, settings = candidate.order, candidate.settings
    fitting = (
        settings.number_prefix_fba if order.is_fba else "",
        settings.number_prefix_prime if "PRIME" in order.programs else "",
        settings.number_prefix_business if "AMAZON_BUSINESS" in order.programs else "",
    )
    return next(filter(None, fitting), settings.number_prefix)


def _uses_amazon_number(candidate: Placeable) -> bool:
    return candidate.settings.order_number_source == OrderSettings.NumberSource.AMAZON


def _customers(batch: Sequence[Placeable]) -> list[Customer | None]:
    """The customer of each order: known by e-mail in its Commerce store, created, or a guest."""
    wanted = {
        index: key
        for index, candidate in enumerate(batch)
        if (key := customer_key(candidate.order, candidate.settings))
    }
    if not wanted:
        return [None] * len(batch)
    known: dict[tuple[int, bytes], Customer] = {
        (customer.store_id, bytes(customer.email_index)): customer
        for customer in Customer.objects.filter(
            store_id__in={store for store, _ in wanted.values()},
            email_index__in=[email for _, email in wanted.values()],
        )
    }
    new, told = [], []
    for index, key in wanted.items():
        profile = _profile(batch[index].order)
        if key in known:
            told.append((known[key], profile))
        else:
            known[key] = Customer(
                store_id=key[0],
                email_index=key[1],
                profile=profile,
                email_is_relay=is_relay_address(profile["email"]),
            )
            new.append(known[key])
    fill_in(told)  # the new ones too, before they are written
    insert_rows(new)
    return [known[wanted[i]] if i in wanted else None for i in range(len(batch))]


def _profile(order: ChannelOrder) -> dict[str, str]:
    """What an order tells about its customer; absent is what Amazon did not send."""
    buyer = order.buyer or {}
    told = {
        "name": buyer.get("name") or (order.recipient or {}).get("name"),
        **{name: buyer.get(name) for name in ("email", "company", "vat_id")},
    }
    return {name: value for name, value in told.items() if value}


def _addresses(
    batch: Sequence[Placeable], customers: Sequence[Customer | None]
) -> list[CustomerAddress | None]:
    addresses = [
        CustomerAddress(customer=customer, address=content, source=source_of(candidate.order))
        if (content := delivery_address(candidate.order))
        else None
        for candidate, customer in zip(batch, customers, strict=True)
    ]
    insert_rows(address for address in addresses if address)
    return addresses


def _commerce_order(
    candidate: Placeable,
    number: str,
    customer: Customer | None,
    address: CustomerAddress | None,
    now: datetime,
) -> CommerceOrder:
    order, settings = candidate.order, candidate.settings
    commerce_order: CommerceOrder = CommerceOrder(
        timeline=order.uid,
        store_id=settings.commerce_store_id,
        number=number,
        status_id=CommerceOrder.State.PENDING.value,
        customer=customer,
        shipping_address=address,
        channel_number=order.amazon_order_id,
        currency=order.currency,
        **order_amounts(candidate.items, order.grand_total, candidate.charges),
        oversold=candidate.oversold,
        purchased_at=order.purchase_date,
        created_at=now,
    )
    if candidate.complete:
        commerce_order.complete(now)
    elif status := _custom_status(settings):
        if status.state == CommerceOrder.State.PROCESSING:
            commerce_order.start_processing()
        commerce_order.status = status
    return commerce_order


def _custom_status(settings: OrderSettings) -> OrderStatus | None:
    """The Processing order status of order settings, where they say Custom."""
    status = settings.processing_order_status
    custom = settings.order_status == OrderSettings.StatusChoice.CUSTOM
    return status if custom and status and status.state in OPEN_STATES else None


def _sum(items: Sequence[ChannelOrderItem], name: str) -> Decimal | None:
    """The sum over the lines; None where Amazon gave no line an amount."""
    amounts = [amount for item in items if (amount := getattr(item, name)) is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def order_amounts(
    items: Sequence[ChannelOrderItem], grand_total: Decimal | None, charges: Decimal | None
) -> dict[str, Decimal | None]:
    """Amounts of a Commerce order by column; `charges`: of the order, of no line."""
    other = _sum(items, "other_amount")
    return {
        "subtotal": _sum(items, "item_amount"),
        "shipping_amount": _sum(items, "shipping_amount"),
        "gift_wrap_amount": _sum(items, "gift_wrap_amount"),
        "other_amount": other if charges is None else (other or Decimal(0)) + charges,
        "discount_amount": _sum(items, "discount_amount"),
        "tax_amount": _sum(items, "tax_amount"),
        "grand_total": grand_total,
    }


def line_amounts(item: ChannelOrderItem) -> dict[str, Any]:
    """Amounts of a Commerce order line by column."""
    return {
        "item_amount": item.item_amount,
        "shipping_amount": item.shipping_amount,
        "gift_wrap_amount": item.gift_wrap_amount,
        "other_amount": item.other_amount,
        "discount_amount": item.discount_amount,
        "tax_amount": item.tax_amount,
        "tax_collected_by_channel": item.tax_collected_by_amazon,
        "row_total": item.total,
    }


def new_line(
    order: CommerceOrder, item: ChannelOrderItem, product: Product | None, complete: bool
) -> CommerceOrderLine:
    """The line of an item; `complete`: Amazon has shipped all that it will ship of it."""
    shipped = min(item.quantity_shipped, item.quantity_ordered)
    if complete and not shipped:
        shipped = item.quantity_ordered  # Amazon calls it Shipped without counting units
    kept = shipped if complete else max(item.quantity_wanted, shipped)
    return CommerceOrderLine(
        order=order,
        product=product,
        channel_item_id=item.order_item_id,
        sku=product.sku if product else item.seller_sku,
        name=item.title,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=shipped,
        quantity_canceled=item.quantity_ordered - kept,
        **line_amounts(item),
    )


def _reserve(batch: Sequence[Placeable], orders: Sequence[CommerceOrder]) -> None:
    """Reserve what is still to be shipped by the merchant, of products whose stock is managed."""
    needs = []
    for candidate, order in zip(batch, orders, strict=True):
        units: dict[int, int] = {}
        for line in candidate.lines if not candidate.order.is_fba else ():
            if line.product and line.product.manage_stock and line.quantity_left:
                units[line.product.pk] = units.get(line.product.pk, 0) + line.quantity_left
        if units:
            uid = order.timeline
            key = order_key(uid)
            needs.append(Need(order_uid=uid, event=Event.PLACED, object_key=key, units=units))
    settle(needs, held={})  # new, and what they held while Pending was given back
