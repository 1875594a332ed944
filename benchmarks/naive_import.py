"""The import as one writes it first: order by order, row by row, each order in a transaction.

It makes the same rows with the same sealing, decodes as the portal does, and follows the same
changes. It knows no digest.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from benchmarks.naive_placing import AMOUNTS, address_of, customer_of, line_amounts, place
from channels.amazon.mapping import order_from_wire
from channels.amazon.types import AmazonItem, AmazonOrder, Dataset, FulfilledBy, RawOrder, Status
from channels.models import (
    AmazonStore,
    ChannelOrder,
    ChannelOrderItem,
    CommunicationError,
    SellerAccount,
)
from channels.policy import TO_SHIP, is_wanted
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OrderNote,
    Package,
    PackageItem,
    Reservation,
    Shipment,
    StockMovement,
)


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
    customer = customer_of(amazon, store)
    shipped = amazon.status is Status.SHIPPED
    if order.placement != "placed" and (shipped or amazon.status in TO_SHIP):
        place(order, amazon, store, customer, now)
    elif order.commerce_order and amazon.fulfilled_by is FulfilledBy.MERCHANT:
        _follow(order.commerce_order, order)
        _take_over(order.commerce_order, order, amazon, now)
    CommunicationError.objects.filter(
        account=account, amazon_order_id=order.amazon_order_id, resolved_at=None
    ).update(resolved_at=now)


def _follow(linked: CommerceOrder, order: ChannelOrder) -> None:
    """Amazon's quantities, amounts and address, as long as the Commerce order is open."""
    if linked.state not in ("pending", "processing") or order.status == "canceled":
        return
    lines = {line.channel_item_id: line for line in linked.lines.all()}
    for item in order.items.all():
        line, amounts = lines[item.order_item_id], line_amounts(item)
        changed = {name: value for name, value in amounts.items() if getattr(line, name) != value}
        if changed or line.quantity_ordered != item.quantity_ordered:
            for name, value in changed.items():
                setattr(line, name, value)
            line.quantity_ordered = item.quantity_ordered
            line.save()
    if linked.grand_total != order.grand_total:
        linked.grand_total = order.grand_total
        linked.save()
    address = linked.shipping_address
    if address and address.address != address_of(order):
        address.address = address_of(order)
        address.save()


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
