"""Orders API 2026-01-01: ``searchOrders`` and ``getOrder``."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_bytes

from channels.sandbox.faults import Fault
from channels.sandbox.messages import (
    Refused,
    Reply,
    Request,
    invalid_input,
    json_reply,
    not_found,
)
from channels.sandbox.records import Order, Seller
from channels.sandbox.search_query import SearchQuery, included_data, parameters, parse_search
from channels.sandbox.wire import order_json, time_text
from channels.sandbox.wire_parts import Json
from channels.sandbox.world import Cursor, World

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")
_TOKEN_LIFETIME = timedelta(hours=24)
_RETENTION = timedelta(days=2 * 365)
_KEPT_FOR_LONGER = {"JP", "AU", "SG"}


def get_order(
    world: World, seller: Seller, request: Request, order_id: str, fault: Fault | None
) -> Reply:
    """One order with the datasets asked for."""
    included = included_data(parameters(request, ("includedData",)))
    if not ORDER_ID.fullmatch(order_id):
        raise invalid_input("orderId is not in 3-7-7 format.")
    order = world.shown(order_id)
    if order is None or order.seller_id != seller.seller_id:
        raise not_found()
    return json_reply(200, {"order": _bodies([order], seller, included, fault)[0]})


def search_orders(world: World, seller: Seller, request: Request, fault: Fault | None) -> Reply:
    """One page of the orders that match.

    The selection is made once, as of the first page's upper bound; later pages go on in it and
    show each order as it is by then.
    """
    now = world.clock.now()
    query = parse_search(request, seller, now)
    if query.pagination_token is None:
        cursor = _first_cursor(world, seller, query, now)
    else:
        cursor = _cursor_of(world, seller, query, now)
    end = cursor.position + query.page_size
    page_ids = cursor.order_ids[cursor.position : end]
    page = [order for order_id in page_ids if (order := world.shown(order_id)) is not None]
    body: Json = {"orders": _bodies(page, seller, query.included, fault)}
    if token := _next_token(world, cursor, query, page_ids, now, fault):
        body["pagination"] = {"nextToken": token}
    body["createdBefore" if query.by_created else "lastUpdatedBefore"] = time_text(cursor.bound)
    return json_reply(200, body)


def _first_cursor(world: World, seller: Seller, query: SearchQuery, now: datetime) -> Cursor:
    bound = query.before or now - timedelta(seconds=world.settings.search_lag)
    chosen = [
        order
        for order in world.shown_orders()
        if order.seller_id == seller.seller_id
        and query.selects(order, bound)
        and _is_kept(order, now)
    ]
    # Amazon documents no order; a stable one keeps pages and tests repeatable.
    chosen.sort(key=lambda o: (o.created if query.by_created else o.updated, o.order_id))
    return Cursor(
        seller_id=seller.seller_id,
        parameters=query.bound_parameters,
        order_ids=[order.order_id for order in chosen],
        position=0,
        bound=bound,
        issued_at=now,
    )


def _is_kept(order: Order, now: datetime) -> bool:
    if order.marketplace.country_code in _KEPT_FOR_LONGER:
        return True
    return order.created >= now - _RETENTION


def _cursor_of(world: World, seller: Seller, query: SearchQuery, now: datetime) -> Cursor:
    cursor = world.cursors.get(query.pagination_token or "")
    if cursor is None or cursor.seller_id != seller.seller_id:
        raise invalid_input("The paginationToken is unknown.")
    if now - cursor.issued_at > _TOKEN_LIFETIME:
        raise invalid_input("The paginationToken has expired.")
    if cursor.parameters != query.bound_parameters:
        raise Refused(
            400,
            "InvalidInput",
            "The paginationToken you have submitted is not valid."
            " All parameters must match the original request except maxResultsPerPage.",
        )
    return cursor


def _next_token(
    world: World,
    cursor: Cursor,
    query: SearchQuery,
    page_ids: list[str],
    now: datetime,
    fault: Fault | None,
) -> str | None:
    kind = fault.kind if fault else None
    if kind == "repeated_token":
        return query.pagination_token
    position = cursor.position + len(page_ids)
    order_ids = cursor.order_ids
    if kind == "duplicate_page":
        position = cursor.position
    if kind == "changing_page" and page_ids:
        world.change(page_ids[0], lambda order: order)  # lastUpdatedTime moves, nothing else
        order_ids = [*order_ids, page_ids[0]]
    if position >= len(order_ids):
        return None
    for token in [t for t, c in world.cursors.items() if now - c.issued_at > _TOKEN_LIFETIME]:
        del world.cursors[token]
    token = _new_token()
    world.cursors[token] = replace(cursor, order_ids=order_ids, position=position, issued_at=now)
    return token


def _new_token() -> str:
    """A token with ``+``, ``/`` and ``=`` in it, which only an encoded query string survives."""
    return b64encode(b"\xfb\xef\xbe\xff\xff\xff" + token_bytes(16)).decode()


def _bodies(
    orders: list[Order], seller: Seller, included: frozenset[str], fault: Fault | None
) -> list[Json]:
    bodies = [order_json(order, seller, included) for order in orders]
    if fault and fault.kind == "malformed_order" and bodies:
        bodies[0]["orderItems"] = "unavailable"
    return bodies
