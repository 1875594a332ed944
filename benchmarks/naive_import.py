"""The import as one writes it first: order by order, row by row, each order in a transaction.

It makes the same rows with the same sealing, and decodes as the portal does. It knows no digest.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from channels.amazon.mapping import order_from_wire
from channels.amazon.types import AmazonItem, AmazonOrder, Dataset, FulfilledBy, RawOrder, Status
from channels.models import AmazonStore, ChannelOrder, ChannelOrderItem, SellerAccount
from channels.policy import TO_SHIP, is_wanted
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
    StockMovement,
)
from orders.services.numbers import take_numbers

AMOUNTS = ("item", "shipping", "gift_wrap", "discount", "tax")


def import_naively(
    account: SellerAccount,
    raw_orders: tuple[RawOrder, ...],
    *,
    datasets: frozenset[Dataset],
    now: datetime,
) -> None:
    """Import a page of `searchOrders`."""
    for raw in raw_orders:
        amazon = order_from_wire(raw.raw, datasets)
        with transaction.atomic():
            _import_order(account, amazon, raw, now)


def _import_order(
    account: SellerAccount, amazon: AmazonOrder, raw: RawOrder, now: datetime
) -> None:
    store = AmazonStore.objects.select_related("order_settings").get(
        account=account, marketplace_id=amazon.marketplace_id
    )
    assert amazon.status is not None
    assert amazon.fulfilled_by is not None
    if not is_wanted(
        status=amazon.status,
        fulfilled_by=amazon.fulfilled_by,
        purchase_date=amazon.purchase_date,
        rules=store.order_settings.rules(),
    ):
        return
    values = _order_values(amazon) | {"digest": raw.digest, "synced_at": now}
    order, created = ChannelOrder.objects.update_or_create(
        account=account,
        amazon_order_id=amazon.amazon_order_id,
        defaults=values,
        create_defaults=values | {"store": store, "status": amazon.status.value},
    )
    if not created and order.status != amazon.status:
        getattr(order, f"amazon_{amazon.status.value}")()
        order.save()
        created = True
    if created:
        text = f"{order.get_status_display()} at Amazon."
        OrderNote.objects.create(timeline=order.uid, actor="amazon", text=text)
    for sent in amazon.items:
        ChannelOrderItem.objects.update_or_create(
            order=order, order_item_id=sent.order_item_id, defaults=_item_values(sent)
        )
    customer = _customer(amazon, store)
    shipped = amazon.status is Status.SHIPPED
    if order.placement != "placed" and (shipped or amazon.status in TO_SHIP):
        _place(order, amazon, store, customer, now)
    elif order.commerce_order and amazon.fulfilled_by is FulfilledBy.MERCHANT:
        _take_over(order.commerce_order, order, amazon, now)


def _take_over(
    linked: CommerceOrder, order: ChannelOrder, amazon: AmazonOrder, now: datetime
) -> None:
    """What was shipped elsewhere since the Commerce order was created."""
    if linked.state not in ("pending", "processing") or order.status == "canceled":
        return
    before = linked.packages.count()
    for reported in amazon.packages or ():
        number = int(reported.package_reference_id)
        if not linked.packages.filter(number=number).exists():
            units = dict(reported.items)
            _add_package(linked, units, now, number=number, tracking=reported.tracking_number)
    if amazon.status is Status.SHIPPED and not amazon.packages:
        units = {item.order_item_id: item.quantity_shipped for item in order.items.all()}
        shipped = linked.lines.values_list("channel_item_id", "quantity_shipped")
        units = {item_id: units[item_id] - count for item_id, count in shipped}
        if any(units.values()):
            _add_package(linked, units, now, number=linked.packages.count() + 1, tracking="")
    if linked.packages.count() == before:
        return
    if not any(line.quantity_left for line in linked.lines.all()):
        linked.complete(now)
    elif linked.state == "pending":
        linked.start_processing()
    linked.save()


def _add_package(
    linked: CommerceOrder, units: dict[str, int], now: datetime, *, number: int, tracking: str
) -> None:
    lines = {line.channel_item_id: line for line in linked.lines.select_related("product")}
    taken = {line: min(units.get(pk, 0), line.quantity_left) for pk, line in lines.items()}
    if not any(taken.values()):
        return
    shipment = Shipment.objects.create(
        order=linked, number=linked.shipments.count() + 1, by="channel", created_at=now
    )
    package = Package.objects.create(
        order=linked, shipment=shipment, number=number, tracking_number=tracking
    )
    for line, count in taken.items():
        if count:
            _ship_line(package, line, count, linked)
    text = "Package %(number)s was confirmed elsewhere."
    OrderNote.objects.create(
        timeline=linked.timeline, actor="amazon", text=text, params={"number": number}
    )


def _ship_line(
    package: Package, line: CommerceOrderLine, count: int, linked: CommerceOrder
) -> None:
    PackageItem.objects.create(package=package, line=line, quantity=count)
    line.quantity_shipped += count
    line.save()
    if line.product is None or not line.product.manage_stock:
        return
    key = f"package:{package.pk}:{line.pk}"
    line.product.quantity -= count
    line.product.save()
    StockMovement.objects.create(
        product=line.product, kind="shipped", change=-count, object_key=key
    )
    Reservation.objects.create(
        product=line.product,
        event="shipped",
        order_uid=linked.timeline,
        object_key=key,
        quantity=count,
    )


def _order_values(amazon: AmazonOrder) -> dict[str, Any]:
    """The columns that Amazon gave a value for."""
    values: dict[str, Any] = {
        "amazon_status": amazon.amazon_status,
        "fulfilled_by": str(amazon.fulfilled_by),
        "purchase_date": amazon.purchase_date,
        "last_updated": amazon.last_updated,
        "ship_by": amazon.ship_by,
        "deliver_by": amazon.deliver_by,
        "service_level": amazon.service_level,
        "sales_channel": amazon.sales_channel,
        "replaces_order_id": amazon.replaces_order_id,
        "programs": list(amazon.programs),
        "cancel_requested": any(item.cancel_requested for item in amazon.items),
        "buyer": asdict(amazon.buyer) if amazon.buyer else None,
        "recipient": asdict(amazon.recipient) if amazon.recipient else None,
    }
    if amazon.grand_total:
        values["grand_total"] = amazon.grand_total.amount
        values["currency"] = amazon.grand_total.currency
    if amazon.packages is not None:
        values["packages"] = [
            {"reference": package.package_reference_id, "tracking": package.tracking_number}
            for package in amazon.packages
        ]
    return {name: value for name, value in values.items() if value is not None}


def _item_values(sent: AmazonItem) -> dict[str, Any]:
    values: dict[str, Any] = {
        "quantity_ordered": sent.quantity_ordered,
        "quantity_shipped": sent.quantity_shipped or 0,
        "asin": sent.asin,
        "seller_sku": sent.seller_sku,
        "title": sent.title,
        "condition": sent.condition,
        "currency": sent.currency,
        "unit_price": sent.unit_price.amount if sent.unit_price else None,
        "cancel_requested": sent.cancel_requested,
        "programs": list(sent.programs),
    }
    if amounts := sent.amounts:
        values |= {f"{name}_amount": getattr(amounts, name) for name in AMOUNTS}
        values["total"] = amounts.total
        values["tax_detail"] = {name: str(value) for name, value in amounts.tax_detail}
    return {name: value for name, value in values.items() if value is not None}


def _customer(amazon: AmazonOrder, store: AmazonStore) -> Customer | None:
    if not amazon.buyer or not amazon.buyer.email:
        return None
    customer, _ = Customer.objects.get_or_create(
        store_id=store.order_settings.commerce_store_id,
        email_index=Customer.index_email(amazon.buyer.email),
        defaults={"profile": {"name": amazon.buyer.name, "email": amazon.buyer.email}},
    )
    return customer


def _place(
    order: ChannelOrder,
    amazon: AmazonOrder,
    store: AmazonStore,
    customer: Customer | None,
    now: datetime,
) -> None:
    commerce_store = store.order_settings.commerce_store_id
    address = dict(order.recipient or {})
    if amazon.buyer and amazon.buyer.email:
        address["email"] = amazon.buyer.email
    commerce_order = CommerceOrder(
        timeline=order.uid,
        store_id=commerce_store,
        number=take_numbers({commerce_store: 1})[commerce_store][0],
        status_id="pending",
        customer=customer,
        shipping_address=CustomerAddress.objects.create(customer=customer, address=address),
        channel_number=order.amazon_order_id,
        currency=order.currency,
        grand_total=order.grand_total,
        purchased_at=order.purchase_date,
        created_at=now,
    )
    if amazon.status is Status.SHIPPED:
        commerce_order.complete(now)
    commerce_order.save()
    lines = [_add_line(commerce_order, item) for item in order.items.all()]
    _add_shipment(commerce_order, amazon, lines, now)
    order.place(commerce_order)
    order.save()
    text = "Commerce order %(number)s created."
    OrderNote.objects.create(
        timeline=order.uid, actor="portal", text=text, params={"number": commerce_order.number}
    )


def _add_line(order: CommerceOrder, item: ChannelOrderItem) -> CommerceOrderLine:
    product, _ = Product.objects.get_or_create(sku=item.seller_sku, defaults={"name": item.title})
    line = CommerceOrderLine.objects.create(
        order=order,
        product=product,
        channel_item_id=item.order_item_id,
        sku=item.seller_sku,
        name=item.title,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=item.quantity_shipped,
        row_total=item.total,
        **{f"{name}_amount": getattr(item, f"{name}_amount") for name in AMOUNTS},
    )
    if product.manage_stock and item.quantity_left and order.state == "pending":
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
