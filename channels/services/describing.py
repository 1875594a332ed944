"""An order as one document: what `show_order` prints."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum

from channels.models import ChannelOrder, ChannelOrderItem
from channels.services.addresses import shipping_address
from customers.services.masking import mask_address, mask_email, mask_name, mask_person
from orders.models import Cancellation, CommerceOrder, OrderNote, Package, Reservation
from orders.money import in_currency
from orders.services.cancellation import cancellations_of
from orders.services.shipments import packages_of

log = logging.getLogger("sync_portal.audit")


def describe(order: ChannelOrder, *, reveal: bool = False) -> dict[str, Any]:
    """Everything known about an order; personal data masked unless `reveal`, which is logged."""
    if reveal:
        number = order.amazon_order_id
        extra = {"amazon_order_id": number}
        log.info("Personal data of order %s shown on the command line", number, extra=extra)
    return {
        "amazon_order_id": order.amazon_order_id,
        "store": order.store.name,
        "marketplace_id": order.store.marketplace_id,
        "status": order.status,
        "placement": order.placement,
        "hold_reason": order.hold_reason or None,
        "hold_detail": order.hold_detail or None,
        "fulfilled_by": order.fulfilled_by,
        "purchase_date": order.purchase_date,
        "last_updated": order.last_updated,
        "ship_by": order.ship_by,
        "currency": order.currency or None,
        "grand_total": in_currency(order.grand_total, order.currency),
        "on_orders_tab": order.on_orders_tab,
        "cancel_requested": order.cancel_requested,
        "proven_at": order.proven_at,
        "programs": order.programs,
        "buyer": _buyer(order, reveal),
        "shipping_address": _address(shipping_address(order), reveal),
        **_correction(order, reveal),
        "items": [_item(item, order.currency) for item in order.items.all()],
        "reservations": _reservations(order),
        "notes": [
            _note(note) for note in OrderNote.objects.filter(timeline=order.uid).order_by("id")
        ],
        "commerce_order": _commerce_order(order.commerce_order, reveal)
        if order.commerce_order
        else None,
    }


def _note(note: OrderNote) -> dict[str, Any]:
    return {
        "at": note.at,
        "who": note.user_name or str(note.get_actor_display()),
        "text": str(note),
        "changes": [
            {"what": moved.label, "before": moved.before, "after": moved.after}
            for moved in note.shown_changes()
        ],
    }


def _buyer(order: ChannelOrder, reveal: bool) -> dict[str, Any]:
    buyer = order.buyer or {}
    return {"name": None, "email": None, **(buyer if reveal else mask_person(buyer))}


def _address(address: Mapping[str, Any], reveal: bool) -> dict[str, Any]:
    return dict(address) if reveal else mask_address(address)


def _correction(order: ChannelOrder, reveal: bool) -> dict[str, Any]:
    """What the shipping address was before staff corrected it; nothing when they did not."""
    if not order.corrected_address:
        return {"amazon_address": None, "address_corrected": None}
    return {
        "amazon_address": _address(order.recipient or {}, reveal),
        "address_corrected": {"at": order.corrected_at, "by": order.corrected_by},
    }


def _item(item: ChannelOrderItem, currency: str) -> dict[str, Any]:
    return {
        "order_item_id": item.order_item_id,
        "asin": item.asin or None,
        "sku": item.seller_sku or None,
        "title": item.title or None,
        "quantity_ordered": item.quantity_ordered,
        "quantity_shipped": item.quantity_shipped,
        "amounts": {
            "item": in_currency(item.item_amount, currency),
            "shipping": in_currency(item.shipping_amount, currency),
            "gift_wrap": in_currency(item.gift_wrap_amount, currency),
            "other": in_currency(item.other_amount, currency),
            "discount": in_currency(item.discount_amount, currency),
            "tax": in_currency(item.tax_amount, currency),
            "total": in_currency(item.total, currency),
        },
    }


def _reservations(order: ChannelOrder) -> list[dict[str, Any]]:
    """Units the order still holds, per SKU."""
    balances = (
        Reservation.objects.filter(order_uid=order.uid)
        .order_by()
        .values("product__sku")
        .annotate(balance=Sum("quantity"))
        .filter(balance__lt=0)
        .order_by("product__sku")
    )
    return [{"sku": row["product__sku"], "quantity": -row["balance"]} for row in balances]


def _commerce_order(order: CommerceOrder, reveal: bool) -> dict[str, Any]:
    customer = order.customer
    profile = customer.profile if customer else {}
    return {
        "number": order.number,
        "store": order.store.code,
        "state": order.state,
        "status": order.status_id,
        "guest": order.is_guest,
        "customer": {
            "id": customer.pk,
            "email": profile.get("email") if reveal else mask_email(profile.get("email")),
            "name": profile.get("name") if reveal else mask_name(profile.get("name")),
        }
        if customer
        else None,
        "grand_total": in_currency(order.grand_total, order.currency),
        "currency": order.currency or None,
        "lines": [
            {
                "sku": line.sku or None,
                "quantity_ordered": line.quantity_ordered,
                "quantity_shipped": line.quantity_shipped,
                "row_total": in_currency(line.row_total, order.currency),
            }
            for line in order.lines.all()
        ],
        "packages": [_package(package) for package in packages_of(order)],
        "cancellations": [_cancellation(row) for row in cancellations_of(order)],
    }


def _cancellation(row: Cancellation) -> dict[str, Any]:
    return {
        "reason": row.reason,
        "state": row.state,
        "requested_at": row.requested_at,
        "items": [item.line.channel_item_id for item in row.items.all()],
        "answer": row.answer or None,
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "number": package.number,
        "carrier_code": package.carrier_code or None,
        "carrier_name": package.carrier_name or None,
        "tracking_number": package.tracking_number or None,
        "shipped_at": package.shipped_at,
        "items": [
            {"order_item_id": item.line.channel_item_id, "quantity": item.quantity}
            for item in package.items.all()
        ],
        "confirmation": package.confirmation,
    }
