"""The rows of linked Commerce orders, for many channel orders at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from channels.models import ChannelOrder, ChannelOrderItem, OrderSettings
from channels.services.addresses import delivery_address, source_of
from channels.services.reported_shipments import record_reported_shipments
from customers.models import Customer, CustomerAddress
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
    lines: list[CommerceOrderLine] = field(default_factory=list)

    @property
    def email(self) -> str:
        return str((self.order.buyer or {}).get("email", ""))

    @property
    def wants_customer(self) -> bool:
        """Build New Customer Account, and Amazon gave an e-mail to know the customer by."""
        new = self.settings.customer_creation == OrderSettings.CustomerCreation.NEW
        return new and bool(self.email)


def create_commerce_orders(
    batch: Sequence[Placeable], products: Mapping[str, Product], *, now: datetime
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
    CommerceOrder.objects.bulk_create(orders)
    for candidate, order in zip(batch, orders, strict=True):
        candidate.lines = [
            _line(order, item, products.get(item.seller_sku), candidate)
            for item in candidate.items
            if item.quantity_ordered
        ]
    CommerceOrderLine.objects.bulk_create(line for c in batch for line in c.lines)
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
        candidate.settings.number_prefix
        + (
            candidate.order.amazon_order_id
            if _uses_amazon_number(candidate)
            else next(taken[candidate.settings.commerce_store_id])
        )
        for candidate in batch
    ]


def _uses_amazon_number(candidate: Placeable) -> bool:
    return candidate.settings.order_number_source == OrderSettings.NumberSource.AMAZON


def _customers(batch: Sequence[Placeable]) -> list[Customer | None]:
    """The customer of each order: known by e-mail in its Commerce store, created, or a guest."""
    wanted = {
        index: (c.settings.commerce_store_id, Customer.index_email(c.email))
        for index, c in enumerate(batch)
        if c.wants_customer
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
    new = []
    for index, key in wanted.items():
        if key not in known:
            known[key] = _customer(batch[index], key)
            new.append(known[key])
    Customer.objects.bulk_create(new)
    return [known[wanted[i]] if i in wanted else None for i in range(len(batch))]


def _customer(candidate: Placeable, key: tuple[int, bytes]) -> Customer:
    buyer = candidate.order.buyer or {}
    name = buyer.get("name") or (candidate.order.recipient or {}).get("name")
    profile = {"name": name, "email": buyer["email"], "company": buyer.get("company")}
    return Customer(
        store_id=key[0],
        email_index=key[1],
        profile={field: value for field, value in profile.items() if value},
    )


def _addresses(
    batch: Sequence[Placeable], customers: Sequence[Customer | None]
) -> list[CustomerAddress | None]:
    addresses = [
        CustomerAddress(customer=customer, address=content, source=source_of(candidate.order))
        if (content := delivery_address(candidate.order))
        else None
        for candidate, customer in zip(batch, customers, strict=True)
    ]
    CustomerAddress.objects.bulk_create(address for address in addresses if address)
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
        subtotal=_sum(candidate.items, "item_amount"),
        shipping_amount=_sum(candidate.items, "shipping_amount"),
        gift_wrap_amount=_sum(candidate.items, "gift_wrap_amount"),
        other_amount=_sum(candidate.items, "other_amount"),
        discount_amount=_sum(candidate.items, "discount_amount"),
        tax_amount=_sum(candidate.items, "tax_amount"),
        grand_total=order.grand_total,
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


def _line(
    order: CommerceOrder, item: ChannelOrderItem, product: Product | None, candidate: Placeable
) -> CommerceOrderLine:
    shipped = min(item.quantity_shipped, item.quantity_ordered)
    if candidate.complete and not shipped:
        shipped = item.quantity_ordered  # Amazon calls it Shipped without counting units
    return CommerceOrderLine(
        order=order,
        product=product,
        channel_item_id=item.order_item_id,
        sku=product.sku if product else item.seller_sku,
        name=item.title,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=shipped,
        quantity_canceled=item.quantity_ordered - shipped if candidate.complete else 0,
        item_amount=item.item_amount,
        shipping_amount=item.shipping_amount,
        gift_wrap_amount=item.gift_wrap_amount,
        other_amount=item.other_amount,
        discount_amount=item.discount_amount,
        tax_amount=item.tax_amount,
        row_total=item.total,
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
    settle(needs)
