"""What the Orders tab counts and pages: a list of orders, or several that each have an index.

A row may be in several of them. What they are for: channels/admin/orders_tab.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from channels.admin.filters import FILTERS, AttentionFilter, is_to_ship, now_of
from channels.models import ChannelOrder
from channels.models.order_status import ON_THE_TAB, PARTS_BY_DATE
from channels.services.shortlists import causes

Orders = QuerySet[ChannelOrder]
Lists: TypeAlias = Sequence[Orders]
Params = Mapping[str, Any]
# Filters that few orders of a million fulfil
SHORTLISTS = {"due", "attention", "cancel_requested", "cause"}


def filtered(request: HttpRequest, orders: Orders, params: Params) -> Lists:
    """Those of `orders` that these filters leave."""
    for kind in FILTERS:
        if kind.parameter_name in params and kind is not AttentionFilter:
            spec = kind(request, dict(params), ChannelOrder, _model_admin())
            orders = spec.queryset(request, orders)
    return lists_of(request, shown(orders, params), params)


def shown(orders: Orders, params: Params) -> Orders:
    """Without those whose payment Amazon still verifies, unless statuses were asked for."""
    return orders if "status" in params else orders.filter(ON_THE_TAB)


def lists_of(request: HttpRequest, orders: Orders, params: Params) -> Lists:
    """`orders`, which all filters but one have left; by that one a list for each cause."""
    attention = attention_of(request, params)
    if attention.unread():
        return [orders.none()]
    if attention.value():
        return [orders.order_by().filter(cause) for cause in causes(now_of(request))]
    return [_in_order_of_an_index(orders, params)]


def attention_of(request: HttpRequest, params: Params) -> AttentionFilter:
    """Its filter, which the list goes without: `lists_of` does that."""
    return AttentionFilter(request, dict(params), ChannelOrder, _model_admin())


def parts_by_date(lists: Lists) -> Lists:
    """All of it, by parts that have an index by purchase date each: what the tab shows has one.

    SQLite would look up and sort what a search found for each part.
    """
    if connection.vendor == "sqlite":
        return lists
    return [orders.filter(part) for orders in lists for part in PARTS_BY_DATE]


def _model_admin() -> Any:
    return admin.site.get_model_admin(ChannelOrder)


def _in_order_of_an_index(orders: Orders, params: Params) -> Orders:
    """Counting goes by it. Without, a planner reads the table from its beginning until it has
    enough of what it takes to be everywhere; what is open, or began lately, is at the end."""
    if is_to_ship(params):
        return orders.order_by("ship_by", "id")
    if {"store", "fulfilled_by"} & set(params) and not SHORTLISTS & set(params):
        return orders.order_by("-purchase_date", "-id")
    return orders.order_by()
