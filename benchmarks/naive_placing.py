"""Commerce orders as the naive import creates them: one, with its lines and its shipment."""

from datetime import datetime
from typing import Any

from django.db.models import Sum

from channels.amazon.types import AmazonOrder, FulfilledBy, Status
from channels.models import AmazonStore, ChannelOrder, ChannelOrderItem, SkuMapping
from customers.models import Customer, CustomerAddress
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OrderNote,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
)
from orders.services.numbers import take_numbers

AMOUNTS = ("item", "shipping", "gift_wrap", "discount", "tax")


def customer_of(amazon: AmazonOrder, store: AmazonStore) -> Customer | None:
    if not amazon.buyer or not amazon.buyer.email:
        return None
    customer, _ = Customer.objects.get_or_create(
        store_id=store.order_settings.commerce_store_id,
        email_index=Customer.index_email(amazon.buyer.email),
        defaults={"profile": {"name": amazon.buyer.name, "email": amazon.buyer.email}},
    )
    return customer


def place(
    order: ChannelOrder,
    amazon: AmazonOrder,
    store: AmazonStore,
    customer: Customer | None,
    now: datetime,
) -> None:
    commerce_store = store.order_settings.commerce_store_id
    commerce_order = CommerceOrder(
        timeline=order.uid,
        store_id=commerce_store,
        number=take_numbers({commerce_store: 1})[commerce_store][0],
        status_id="pending",
        customer=customer,
        shipping_address=CustomerAddress.objects.create(
            customer=customer, address=address_of(order)
        ),
        channel_number=order.amazon_order_id,
        currency=order.currency,
        grand_total=order.grand_total,
        purchased_at=order.purchase_date,
        created_at=now,
    )
    if amazon.status is Status.SHIPPED:
        commerce_order.complete(now)
    commerce_order.save()
    lines = [_add_line(commerce_order, store, item) for item in order.items.all()]
    _add_shipment(commerce_order, amazon, lines, now)
    order.place(commerce_order)
    order.save()
    text = "Commerce order %(number)s created."
    OrderNote.objects.create(
        timeline=order.uid, actor="portal", text=text, params={"number": commerce_order.number}
    )


def address_of(order: ChannelOrder) -> dict[str, Any]:
    """Where it goes, with the buyer's e-mail."""
    address = dict(order.recipient or {})
    if email := (order.buyer or {}).get("email"):
        address["email"] = email
    return address


def _product(store: AmazonStore, item: ChannelOrderItem) -> Product:
    """The one its SKU is mapped to, that of the same SKU, or a new one."""
    mappings = SkuMapping.objects.filter(store=store, seller_sku=item.seller_sku)
    if mapping := mappings.select_related("product").first():
        return mapping.product
    product, _ = Product.objects.get_or_create(sku=item.seller_sku, defaults={"name": item.title})
    return product


def line_amounts(item: ChannelOrderItem) -> dict[str, Any]:
    """Amounts of a line by column."""
    amounts = {f"{name}_amount": getattr(item, f"{name}_amount") for name in AMOUNTS}
    return amounts | {"row_total": item.total}


def _add_line(
    order: CommerceOrder, store: AmazonStore, item: ChannelOrderItem
) -> CommerceOrderLine:
    product = _product(store, item)
    line = CommerceOrderLine.objects.create(
        order=order,
        product=product,
        channel_item_id=item.order_item_id,
        sku=item.seller_sku,
        name=item.title,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=item.quantity_shipped,
        **line_amounts(item),
    )
    if product.manage_stock and item.quantity_left and order.state == "pending":
        locked = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        reserved = locked.reservations.aggregate(units=Sum("quantity"))["units"] or 0
        if locked.quantity + reserved < item.quantity_left:
            order.oversold = True
            order.save()
        Reservation.objects.create(
            product=product,
            event="placed",
            order_uid=order.timeline,
            object_key=f"order:{order.timeline.hex}:{line.pk}"[:48],
            quantity=-item.quantity_left,
        )
    return line


def _add_shipment(
    order: CommerceOrder, amazon: AmazonOrder, lines: list[CommerceOrderLine], now: datetime
) -> None:
    if not any(line.quantity_shipped for line in lines):
        return
    by = "amazon" if amazon.fulfilled_by is FulfilledBy.AMAZON else "channel"
    shipment = Shipment.objects.create(order=order, number=1, by=by, created_at=now)
    reported = amazon.packages[0] if amazon.packages else None
    package = Package.objects.create(
        order=order,
        shipment=shipment,
        number=1,
        carrier_code=(reported and reported.carrier) or "",
        tracking_number=(reported and reported.tracking_number) or "",
        shipped_at=reported.shipped_at if reported else None,
    )
    for line in lines:
        if line.quantity_shipped:
            PackageItem.objects.create(package=package, line=line, quantity=line.quantity_shipped)
