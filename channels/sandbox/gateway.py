"""The front of the API: token, quota, faults, headers and the record of every call."""

import re
from dataclasses import dataclass
from email.utils import format_datetime
from uuid import uuid4

from channels.sandbox import feeds_api
from channels.sandbox.confirm import confirm_shipment
from channels.sandbox.faults import Fault
from channels.sandbox.feeds_api import STORAGE
from channels.sandbox.lwa import LwaRefused, issue_token, lwa_failure
from channels.sandbox.messages import Refused, Reply, Request, access_denied, failure, invalid_input
from channels.sandbox.orders_api import get_order, search_orders
from channels.sandbox.records import Seller
from channels.sandbox.sellers_api import list_participations
from channels.sandbox.usage import PLANS
from channels.sandbox.world import Call, World

_ROUTES = (
    ("POST", re.compile(r"/auth/o2/token"), "token"),
    ("GET", re.compile(r"/sellers/v1/marketplaceParticipations"), "participations"),
    ("GET", re.compile(r"/orders/2026-01-01/orders"), "search"),
    ("GET", re.compile(r"/orders/2026-01-01/orders/(?P<order_id>[^/]+)"), "get"),
    ("POST", re.compile(r"/orders/v0/orders/(?P<order_id>[^/]+)/shipmentConfirmation"), "confirm"),
    ("POST", re.compile(r"/feeds/2021-06-30/documents"), "createFeedDocument"),
    ("POST", re.compile(r"/feeds/2021-06-30/feeds"), "createFeed"),
    ("GET", re.compile(r"/feeds/2021-06-30/feeds/(?P<key>[^/]+)"), "getFeed"),
    ("GET", re.compile(r"/feeds/2021-06-30/documents/(?P<key>[^/]+)"), "getFeedDocument"),
    ("PUT", re.compile(re.escape(STORAGE) + r"(?P<key>[^/]+)"), "upload"),
    ("GET", re.compile(re.escape(STORAGE) + r"(?P<key>[^/]+)"), "download"),
)
_WITHOUT_A_TOKEN = {"token", "upload", "download"}

_HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body>Something</body></html>"
_MAX_USER_AGENT = 500
_INSTEAD = {"429", "500", "503", "drop", "html", "empty"}  # faults that answer, applying nothing
# Amazon states the rate on these only, and never on 429, 401 and 403.
_STATES_RATE = {200, 201, 202, 204, 400, 404}


@dataclass(frozen=True, slots=True)
class Route:
    """Which operation a request asks for."""

    operation: str
    order_id: str | None
    key: str = ""  # of a feed or a document


def route(request: Request) -> Route | None:
    """The operation of a request, None when this is not Amazon's."""
    for method, pattern, operation in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            found = match.groupdict()
            return Route(operation, found.get("order_id"), found.get("key", ""))
    return None


def answer(world: World, request: Request, to: Route) -> Reply:
    """Answer a call to Amazon and record it."""
    caller: _Caller | None = None
    fault: Fault | None = None
    try:
        with world.lock:
            world.catch_up()
            if to.operation not in _WITHOUT_A_TOKEN:
                caller = _authenticate(world, request, to.operation)
                _spend_quota(world, caller, to.operation)
            fault = world.faults.take(to.operation, has_token=_asks_for_later_page(request))
        reply = _perform(world, request, to, caller, fault)
    except (Refused, LwaRefused) as refusal:
        reply = refusal.reply()
    if fault:
        reply.is_dropped = fault.kind in {"drop", "lost_reply"}
        reply.is_truncated = fault.kind == "truncated"
    with world.lock:
        _finish(world, reply, to, caller, fault)
    return reply


@dataclass(frozen=True, slots=True)
class _Caller:
    seller: Seller
    client_id: str


def _authenticate(world: World, request: Request, operation: str) -> _Caller:
    if len(request.headers.get("user-agent", "")) > _MAX_USER_AGENT:
        raise invalid_input("The user-agent is longer than 500 characters.")
    text = request.headers.get("x-amz-access-token", "")
    if not text.startswith("Atza|"):
        denied = access_denied("Access token is missing in the request header.")
        raise Refused(401, denied.code, denied.message, denied.details)
    token = world.tokens.get(text)
    if token is None or token.is_revoked:
        raise access_denied("The access token you provided is revoked, malformed or invalid.")
    if token.expires_at <= world.clock.now():
        raise access_denied("The access token you provided has expired.")
    if token.seller_id is None:  # a grantless token opens none of these operations
        raise access_denied()
    seller = world.seller(token.seller_id)
    if operation != "participations" and not seller.orders_role:
        raise access_denied()
    return _Caller(seller, token.client_id)


def _spend_quota(world: World, caller: _Caller, operation: str) -> None:
    rate = PLANS[world.settings.plan].get(operation)
    if rate and not world.usage.take(
        rate,
        seller_id=caller.seller.seller_id,
        client_id=caller.client_id,
        operation=operation,
        now=world.clock.now(),
    ):
        raise failure(429)


def _asks_for_later_page(request: Request) -> bool:
    return any(name == "paginationToken" for name, _ in request.query)


def _perform(
    world: World, request: Request, to: Route, caller: _Caller | None, fault: Fault | None
) -> Reply:
    if fault and fault.kind in _INSTEAD:
        return _instead(fault, to)
    if fault and fault.kind == "stall":
        world.closing.wait(fault.seconds)
    with world.lock:
        world.catch_up()
        if fault and fault.kind == "stale":
            world.show_stale(fault.seconds)
        if caller is None:
            return _answer_openly(world, request, to)
        if to.operation == "participations":
            return list_participations(caller.seller)
        if to.operation == "search":
            return search_orders(world, caller.seller, request, fault)
        order_id = to.order_id or ""
        if to.operation == "get":
            return get_order(world, caller.seller, request, order_id, fault)
        if to.operation == "confirm":
            return confirm_shipment(world, caller.seller, request, order_id, fault)
        return _answer_feeds(world, caller.seller, request, to, fault)


def _answer_openly(world: World, request: Request, to: Route) -> Reply:
    """What needs no token: one is asked for, or the URL is signed."""
    if to.operation == "upload":
        return feeds_api.upload(world, request, to.key)
    if to.operation == "download":
        return feeds_api.download(world, request, to.key)
    return issue_token(world, request)


def _answer_feeds(
    world: World, seller: Seller, request: Request, to: Route, fault: Fault | None
) -> Reply:
    if to.operation == "createFeedDocument":
        return feeds_api.create_document(world, seller, request)
    if to.operation == "createFeed":
        return feeds_api.create_feed(world, seller, request, fault)
    if to.operation == "getFeed":
        return feeds_api.get_feed(world, seller, to.key)
    return feeds_api.get_document(world, seller, request, to.key)


def _instead(fault: Fault, to: Route) -> Reply:
    """What comes in place of an answer."""
    if fault.kind == "html":
        return Reply(fault.status, _HTML, "text/html")
    if fault.kind in {"empty", "drop"}:
        return Reply(fault.status)
    status = int(fault.kind)
    raise lwa_failure(status) if to.operation == "token" else failure(status)


def _finish(
    world: World, reply: Reply, to: Route, caller: _Caller | None, fault: Fault | None
) -> None:
    """Put on the headers every answer carries, and record the call."""
    now = world.clock.now()
    request_id = str(uuid4())
    rate = PLANS[world.settings.plan].get(to.operation)
    reply.headers["Date"] = format_datetime(now, usegmt=True)
    reply.headers["x-amzn-RequestId"] = request_id
    if caller and rate and reply.status in _STATES_RATE:
        reply.headers["x-amzn-RateLimit-Limit"] = rate.header
    world.calls.append(
        Call(
            at=now,
            operation=to.operation,
            seller_id=caller.seller.seller_id if caller else None,
            order_id=to.order_id,
            status=None if reply.is_dropped else reply.status,
            request_id=request_id,
            fault=fault.kind if fault else None,
        )
    )
