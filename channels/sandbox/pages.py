"""Pages for people: what this Amazon has, and buttons to make things happen."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from channels.sandbox import marketplaces, moves
from channels.sandbox.html import Markup, joined, table, tag
from channels.sandbox.invent import Draft
from channels.sandbox.layout import amount, badge, button, order_link, page, when
from channels.sandbox.messages import Reply, Request
from channels.sandbox.order_page import order_page
from channels.sandbox.records import AMAZON, MERCHANT, Order, Seller, Status
from channels.sandbox.world import Unknown, World

_STYLE = Path(__file__).with_name("style.css")
_ORDERS_SHOWN = 200
_CALLS_SHOWN = 25
_MOVES: dict[str, Callable[[Order], Order]] = {
    "verify": moves.verify,
    "ship": moves.ship_by_amazon,
    "request-cancel": moves.request_cancel,
    "cancel": partial(moves.cancel, by="AMAZON", reason="Cancelled in the sandbox"),
}
_ORDER = re.compile(r"/order/([^/]+)")
_ACTION = re.compile(r"/order/([^/]+)/([a-z-]+)")


def pages(world: World, request: Request) -> Reply | None:
    """Answer a request for a page or from its forms; None when it is neither."""
    if request.method == "GET" and request.path == "/style.css":
        return Reply(200, _STYLE.read_bytes(), "text/css; charset=utf-8")
    with world.lock:
        world.catch_up()
        try:
            return _show(world, request) if request.method == "GET" else _act(world, request)
        except Unknown as exc:
            return page(world, "Not found", tag("h1", str(exc)), status=404)
        except moves.CannotMove as exc:
            return page(world, "Not possible", tag("h1", str(exc)), status=409)
        except ValueError as exc:
            return page(world, "Not possible", tag("h1", str(exc)), status=400)


def _show(world: World, request: Request) -> Reply | None:
    if request.path == "/":
        return _overview(world)
    if match := _ORDER.fullmatch(request.path):
        return order_page(world, world.order(match[1]))
    return None


def _act(world: World, request: Request) -> Reply | None:
    if request.path == "/order":
        return _see(_order_from_form(world, request))
    match = _ACTION.fullmatch(request.path)
    if match is None or match[2] not in _MOVES:
        return None
    return _see(world.change(match[1], _MOVES[match[2]]))


def _order_from_form(world: World, request: Request) -> Order:
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    fulfilled_by = form.get("fulfilled_by", MERCHANT)
    if fulfilled_by not in (MERCHANT, AMAZON):
        raise ValueError(f"An order is fulfilled by MERCHANT or AMAZON, not {fulfilled_by!r}.")
    draft = Draft(status=Status.PENDING, fulfilled_by=fulfilled_by)
    return world.create_order(form.get("marketplace", "SE"), draft)


def _see(order: Order) -> Reply:
    return Reply(303, headers={"Location": f"/order/{order.order_id}"})


def _overview(world: World) -> Reply:
    orders = world.orders()
    return page(
        world,
        "Orders",
        tag("section", tag("h2", "Sellers"), _sellers(world)),
        tag("section", tag("h2", f"Orders ({len(orders)})"), _new_order(world), _orders(orders)),
        tag("section", tag("h2", "Feeds"), _feeds(world)),
        tag("section", tag("h2", "Last calls received"), _calls(world)),
    )


def _sellers(world: World) -> Markup:
    return table(
        ("Seller", "Store", "Region", "Marketplaces", "Roles"),
        [
            (s.seller_id, s.store_name, s.region.upper(), _places(s), _roles(s))
            for s in world.sellers
        ],
    )


def _places(seller: Seller) -> str:
    return ", ".join(marketplace.name for marketplace in seller.marketplaces)


def _roles(seller: Seller) -> str:
    roles = {"orders": seller.orders_role, "personal data": seller.pii_role}
    return ", ".join(name for name, has in roles.items() if has)


def _new_order(world: World) -> Markup:
    sold_in = {m.marketplace_id for seller in world.sellers for m in seller.marketplaces}
    places = [m for m in marketplaces.MARKETPLACES if m.marketplace_id in sold_in]
    options = joined(tag("option", m.name, value=m.marketplace_id) for m in places)
    channels = joined(
        tag("option", f"Fulfilled by {word.capitalize()}", value=word)
        for word in (MERCHANT, AMAZON)
    )
    return button(
        "New order",
        "/order",
        tag("select", options, name="marketplace", aria_label="Marketplace"),
        tag("select", channels, name="fulfilled_by", aria_label="Fulfilled by"),
    )


def _orders(orders: list[Order]) -> Markup:
    headings = (
        "Order",
        "Placed",
        "Marketplace",
        "Status",
        "Fulfilled by",
        "Buyer",
        "Total",
        "Ship by",
        "Packages",
    )
    rows = [
        (
            order_link(order),
            when(order.created),
            order.marketplace.name,
            badge(order),
            order.fulfilled_by.capitalize(),
            order.buyer.name if order.buyer else None,
            amount(order),
            when(order.ship_by[1]) if order.ship_by and order.fulfilled_by == MERCHANT else None,
            joined(tag("div", p.carrier, " ", tag("b", p.tracking_number)) for p in order.packages),
        )
        for order in orders[:_ORDERS_SHOWN]
    ]
    return table(headings, rows)


def _feeds(world: World) -> Markup:
    now = world.clock.now()
    latest = list(world.feeds.values())[: -_CALLS_SHOWN - 1 : -1]
    return table(
        ("Feed", "Received", "Seller", "Type", "Status", "Applied", "Refused"),
        [
            (
                feed.feed_id,
                when(feed.created),
                feed.seller_id,
                feed.feed_type,
                feed.status(now),
                feed.applied,
                feed.refused,
            )
            for feed in latest
        ],
    )


def _calls(world: World) -> Markup:
    latest = list(world.calls)[: -_CALLS_SHOWN - 1 : -1]
    return table(
        ("At", "Operation", "Seller", "Order", "Answer", "Fault", "Request id"),
        [
            (
                when(call.at),
                call.operation,
                call.seller_id,
                call.order_id,
                call.status if call.status is not None else "connection closed",
                call.fault,
                call.request_id,
            )
            for call in latest
        ],
    )
