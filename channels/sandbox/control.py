"""The control API under /sandbox/: JSON, GET to look, POST to change (documented in README.md)."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from channels.sandbox import moves
from channels.sandbox.decode import decode, moment
from channels.sandbox.faults import Fault
from channels.sandbox.feed_records import Feed
from channels.sandbox.invent import Draft
from channels.sandbox.messages import Reply, Request
from channels.sandbox.records import Address, Order, Seller, Status
from channels.sandbox.wire import time_text
from channels.sandbox.world import Settings, Unknown, World

Json = dict[str, Any]
Handler = Callable[..., Any]
_MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatusBody:
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class _CancelRequestBody:
    reason: str = "Order created by mistake"
    order_item_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _CancelBody:
    by: str = "BUYER"
    reason: str = ""
    order_item_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _RevokeBody:
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _FaultsBody:
    faults: tuple[Fault, ...] = ()
    rate: float | None = None
    kinds: tuple[str, ...] | None = None


def control(world: World, request: Request) -> Reply:
    """Answer a control request: 200 with JSON, or 400/404/409 with ``{"error": ...}``."""
    with world.lock:
        world.catch_up()
        try:
            return _reply(200, _run(world, request))
        except Unknown as exc:
            return _reply(404, {"error": str(exc)})
        except moves.CannotMove as exc:
            return _reply(409, {"error": str(exc)})
        except (ValueError, OverflowError) as exc:
            return _reply(400, {"error": str(exc)})


def _run(world: World, request: Request) -> Any:
    for method, pattern, handler in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            if method == "GET":
                return handler(world, *match.groups())
            return handler(world, *match.groups(), _body(request))
    raise Unknown(f"There is no {request.method} {request.path}.")


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        raise ValueError("The body is not valid JSON.") from None


def _reply(status: int, document: Any) -> Reply:
    return Reply(status, json.dumps(document, default=_plain, ensure_ascii=False).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")


def _state(world: World) -> Json:
    return {
        "now": world.clock.now(),
        "clock_is_frozen": world.clock.is_frozen,
        "live": world.live,
        "seed": world.seed,
        "settings": asdict(world.settings),
        "faults": {"waiting": list(map(asdict, world.faults.waiting)), "rate": world.faults.rate},
        "sellers": [_seller(seller) for seller in world.sellers],
        "orders": [_order(order) for order in world.orders()],
        "feeds": [_feed(world, feed) for feed in world.feeds.values()],
        "calls": [asdict(call) for call in world.calls],
    }


def _seller(seller: Seller) -> Json:
    """A seller without its secret and its token."""
    document = asdict(seller)
    del document["client_secret"], document["refresh_token"]
    return document


def _feed(world: World, feed: Feed) -> Json:
    return {
        "feed_id": feed.feed_id,
        "seller_id": feed.seller_id,
        "feed_type": feed.feed_type,
        "status": feed.status(world.clock.now()),
        "created": feed.created,
        "ends_at": feed.ends_at,
        "applied": feed.applied,
        "refused": feed.refused,
    }


def _order(order: Order) -> Json:
    return {**asdict(order), "total": order.total}


def _show_order(world: World, order_id: str) -> Json:
    return _order(world.order(order_id))


def _create_orders(world: World, body: Any) -> list[Json]:
    if not isinstance(body, dict):
        raise ValueError("body: expected an object.")  # noqa: TRY004 - one error for bad input
    marketplace, seller_id = body.pop("marketplace", "SE"), body.pop("seller_id", None)
    count = body.pop("count", 1)
    if type(count) is not int or not 1 <= count <= _MAX_COUNT:
        raise ValueError(f"body.count: expected a whole number from 1 to {_MAX_COUNT}.")
    draft = decode(Draft, body)
    create = partial(world.create_order, str(marketplace), draft, seller_id=seller_id)
    return [_order(create()) for _ in range(count)]


def _set_status(world: World, order_id: str, body: Any) -> Json:
    return _order(world.move_to(order_id, decode(_StatusBody, body).status))


def _request_cancel(world: World, order_id: str, body: Any) -> Json:
    asked = asdict(decode(_CancelRequestBody, body))
    return _order(world.change(order_id, partial(moves.request_cancel, **asked)))


def _cancel(world: World, order_id: str, body: Any) -> Json:
    asked = asdict(decode(_CancelBody, body))
    return _order(world.change(order_id, partial(moves.cancel, **asked)))


def _set_address(world: World, order_id: str, body: Any) -> Json:
    address = decode(Address, body)
    return _order(world.change(order_id, lambda order: replace(order, address=address)))


def _add_seller(world: World, body: Any) -> Json:
    seller = decode(Seller, body)
    world.add_seller(seller)
    return _seller(seller)


def _revoke(world: World, seller_id: str, body: Any) -> Json:
    world.revoke(seller_id, consent=decode(_RevokeBody, body).consent)
    return _seller(world.seller(seller_id))


def _push_faults(world: World, body: Any) -> Json:
    asked = decode(_FaultsBody, body)
    for fault in asked.faults:
        world.faults.push(**asdict(fault))
    if asked.rate is not None:
        world.faults.at_random(asked.rate, *([asked.kinds] if asked.kinds else []))
    return {"waiting": list(map(asdict, world.faults.waiting)), "rate": world.faults.rate}


def _clear_faults(world: World, _body: Any) -> Json:
    world.faults.clear()
    return {"waiting": [], "rate": 0.0}


def _move_clock(world: World, body: Any) -> Json:
    if not isinstance(body, dict) or len(body) != 1:
        raise ValueError(
            'Say one of {"set": time}, {"advance": seconds}, {"freeze": true}, {"run": true}.'
        )
    ((verb, value),) = body.items()
    if verb == "set":
        world.clock.set(moment(value, "body.set"))
    elif verb == "advance" and isinstance(value, int | float):
        world.clock.advance(value)
    elif verb == "freeze":
        world.clock.freeze()
    elif verb == "run":
        world.clock.run()
    else:
        raise ValueError(f"The clock cannot {verb} {value!r}.")
    world.catch_up()
    return {"now": world.clock.now(), "clock_is_frozen": world.clock.is_frozen}


def _change_settings(world: World, body: Any) -> Json:
    if not isinstance(body, dict):
        raise ValueError("body: expected an object.")  # noqa: TRY004 - one error for bad input
    world.settings = decode(Settings, {**asdict(world.settings), **body})
    return asdict(world.settings)


def _reset(world: World, _body: Any) -> Json:
    world.reset()
    return {"now": world.clock.now()}


_ORDER = r"/sandbox/orders/([^/]+)"
_ROUTES: tuple[tuple[str, re.Pattern[str], Handler], ...] = (
    ("GET", re.compile(r"/sandbox/state"), _state),
    ("GET", re.compile(_ORDER), _show_order),
    ("POST", re.compile(r"/sandbox/orders"), _create_orders),
    ("POST", re.compile(_ORDER + "/status"), _set_status),
    ("POST", re.compile(_ORDER + "/request-cancel"), _request_cancel),
    ("POST", re.compile(_ORDER + "/cancel"), _cancel),
    ("POST", re.compile(_ORDER + "/address"), _set_address),
    ("POST", re.compile(r"/sandbox/sellers"), _add_seller),
    ("POST", re.compile(r"/sandbox/sellers/([^/]+)/revoke"), _revoke),
    ("POST", re.compile(r"/sandbox/faults"), _push_faults),
    ("POST", re.compile(r"/sandbox/faults/clear"), _clear_faults),
    ("POST", re.compile(r"/sandbox/clock"), _move_clock),
    ("POST", re.compile(r"/sandbox/settings"), _change_settings),
    ("POST", re.compile(r"/sandbox/reset"), _reset),
)
