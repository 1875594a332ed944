"""The front of the API: token, quota, faults, headers and the record of every call."""

import re
from dataclasses import dataclass
from uuid import uuid4

from channels.sandbox.confirm import confirm_shipment
from channels.sandbox.faults import Fault
from channels.sandbox.lwa import LwaRefused, issue_token, lwa_failure
from channels.sandbox.messages import Refused, Reply, Request, access_denied, failure
from channels.sandbox.orders_api import get_order, search_orders
from channels.sandbox.records import Seller
from channels.sandbox.sellers_api import list_participations
from channels.sandbox.usage import PLANS
from channels.sandbox.world import AccessToken, Call, World

_ROUTES = (
    ("POST", re.compile(r"/auth/o2/token"), "token"),
    ("GET", re.compile(r"/sellers/v1/marketplaceParticipations"), "participations"),
    ("GET", re.compile(r"/orders/2026-01-01/orders"), "search"),
    ("GET", re.compile(r"/orders/2026-01-01/orders/(?P<order_id>[^/]+)"), "get"),
    ("POST", re.compile(r"/orders/v0/orders/(?P<order_id>[^/]+)/shipmentConfirmation"), "confirm"),
)
_HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body>Something</body></html>"
_MAX_USER_AGENT = 500
_INSTEAD = {"429", "500", "503", "drop", "html", "empty"}  # faults that answer, applying nothing
# Amazon states the rate on these only, and never on 429, 401 and 403.
_STATES_RATE = {200, 204, 400, 404}


@dataclass(frozen=True, slots=True)
class Route:
    """Which operation a request asks for."""

    operation: str
    order_id: str | None


def route(request: Request) -> Route | None:
    """The operation of a request, None when this is not Amazon's."""
    for method, pattern, operation in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            return Route(operation, match.groupdict().get("order_id"))
    return None


def answer(world: World, request: Request, to: Route) -> Reply:
    """Answer a call to Amazon and record it."""
    with world.lock:
        world.catch_up()
        token, fault, early = _admit(world, request, to)
    if fault and fault.kind == "stall":
        world.closing.wait(fault.seconds)
    with world.lock:
        world.catch_up()
        reply = early or _perform(world, request, to, token, fault)
        if fault and fault.kind == "stale":
            world.show_stale(fault.seconds)
        reply.is_dropped = bool(fault and fault.kind in {"drop", "lost_reply"})
        reply.is_truncated = bool(fault and fault.kind == "truncated")
        _finish(world, reply, to, token, fault)
    return reply
