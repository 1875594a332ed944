"""Everything about one order."""

from dataclasses import fields

from channels.sandbox import moves
from channels.sandbox.html import Markup, facts, joined, table, tag
from channels.sandbox.layout import amount, badge, button, page, when
from channels.sandbox.messages import Reply
from channels.sandbox.records import AMAZON, Address, Buyer, Item, Order, Status
from channels.sandbox.world import World


def order_page(world: World, order: Order) -> Reply:
    """The order as it truly is, whether or not searches show it yet."""
    return page(
        world,
        order.order_id,
        tag("h1", order.order_id, " ", badge(order)),
        _buttons(order),
        tag("section", tag("h2", "Order"), _summary(order)),
        tag("section", tag("h2", "Buyer and recipient"), _people(order)),
        tag("section", tag("h2", "Items"), _items(order)),
        tag("section", tag("h2", "Packages"), _packages(order)),
    )


def _buttons(order: Order) -> Markup:
    base = f"/order/{order.order_id}"
    can_ship = order.status in moves.SHIPPABLE | moves.WAITING
    buttons = [
        (order.status in moves.WAITING, "Verify", "verify"),
        (can_ship and order.fulfilled_by == AMAZON, "Ship (Amazon)", "ship"),
        (order.status in moves.SHIPPABLE, "Buyer asks to cancel", "request-cancel"),
        (can_ship, "Cancel", "cancel"),
    ]
    shown = [button(label, f"{base}/{action}") for visible, label, action in buttons if visible]
    return tag("div", *shown, class_="buttons")


def _summary(order: Order) -> Markup:
    ship_by = when(order.ship_by[1]) if order.ship_by else None
    deliver_by = when(order.deliver_by[1]) if order.deliver_by else None
    return facts(
        [
            ("Seller", order.seller_id),
            ("Marketplace", order.marketplace.name),
            ("Sales channel", order.channel),
            ("Fulfilled by", order.fulfilled_by.capitalize()),
            ("Service level", order.service_level),
            ("Programs", ", ".join(order.programs)),
            ("Placed", when(order.created)),
            ("Last updated", when(order.updated)),
            ("Ship by", ship_by),
            ("Deliver by", deliver_by),
            ("Grand total", amount(order)),
            ("Payment", order.payment_method),
            ("Replaces", order.replaces),
            ("Seller's order number", order.seller_order_id),
        ]
    )


def _people(order: Order) -> Markup:
    pairs = [
        (field.name.replace("_", " ").capitalize(), getattr(record, field.name))
        for record in (order.buyer or Buyer(), order.address or Address())
        for field in fields(record)
    ]
    return facts((name, value) for name, value in pairs if value)


def _items(order: Order) -> Markup:
    headings = ("Item", "SKU", "Title", "Ordered", "Shipped", "Unit price", "Total", "Notes")
    rows = [
        (
            item.order_item_id,
            item.sku,
            item.title,
            item.quantity,
            order.fulfilled(item),
            item.unit_price,
            tag("span", item.total, title=_breakdown(item)),
            _notes(item),
        )
        for item in order.items
    ]
    return table(headings, rows)


def _breakdown(item: Item) -> str:
    return ", ".join(f"{charge.type} {charge.amount}" for charge in item.charges)


def _notes(item: Item) -> Markup:
    notes = [
        ("Programs", ", ".join(item.programs)),
        ("Gift wrap", item.gift_wrap_level),
        ("Gift message", item.gift_message),
        ("Buyer asks to cancel", item.cancel_requested),
        ("Cancelled by", item.cancelled_by),
        ("Reason", item.cancel_reason),
    ]
    return joined(tag("div", f"{name}: {value}") for name, value in notes if value)


def _packages(order: Order) -> Markup:
    if not order.packages:
        reason = "Amazon ships this order." if order.fulfilled_by == AMAZON else "None yet."
        return tag("p", reason if order.status != Status.CANCELLED else "None.")
    headings = ("Reference", "Carrier", "Method", "Tracking number", "Shipped", "Status", "Items")
    rows = [
        (
            package.reference_id,
            package.carrier,
            package.shipping_method,
            package.tracking_number,
            when(package.shipped_at),
            package.status,
            joined(tag("div", f"{line.quantity} × {line.order_item_id}") for line in package.items),
        )
        for package in order.packages
    ]
    return table(headings, rows)
