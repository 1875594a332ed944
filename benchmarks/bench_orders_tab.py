"""The Orders tab at ten thousand orders and at a million, against Django's stock list of the same.

A request is a GET through all middleware, in one process. Pages of 100, and as many rows at both
sizes, so that growth is that of finding them. The stock list is what one writes first:
``list_display``, ``list_filter``, ``date_hierarchy``, and a search over joins. Only ratios count.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from benchmarks.database import portal

SIZES = {"postgresql": (10_000, 1_000_000), "sqlite": (10_000, 200_000)}
PATIENCE = 15  # seconds
TIMES, SLOW, SLOW_TIMES = 9, 0.5, 3  # a request that takes longer is asked for less often
QUERIES = 8 + 2  # of the list, and Django's two to know who asks
GROWTH = 1.5
FASTER = {"page in the middle": 20, "search number": 20, "search tracking": 20, "search SKU": 20,
          "search buyer, a word": 20, "first page": 5}  # fmt: skip

Requests = Mapping[str, str]


def requests(total: int, user_pk: int) -> dict[str, Requests]:
    """Each request as query strings: of the tab, and of the stock list where it can do the same."""
    from django.http import QueryDict

    from benchmarks.many_orders import BESTSELLER, names, orders
    from channels.admin.filters import FILTERS
    from channels.admin.find import address_of
    from channels.admin.sorts import SORTS

    asked = next(o for o in orders(total // 2, total, total) if o.state == "complete")
    first, last = (common for common, *_rare in names())  # what many are called
    dates = f"{asked.purchased - timedelta(days=15):%Y-%m-%d}", f"{asked.purchased:%Y-%m-%d}"

    def find(text: str) -> str:
        return address_of(text, QueryDict(), user_pk=user_pk)

    def stock(text: str) -> str:
        return urlencode({"q": text})

    table = {
        "first page": ("", ""),
        "page in the middle": (middle(asked), f"p={total // 200}"),
        "last page": ("before=end", f"p={total // 100 - 1}"),
        "status unshipped": ("status=unshipped", "shown_status__exact=unshipped"),
        "status error": ("status=error", "shown_status__exact=error"),
        "status completed": ("status=completed", "shown_status__exact=completed"),
        "status shipped": ("status=shipped", "shown_status__exact=shipped"),
        "store": ("store=1", "store__id__exact=1"),
        "fulfilled by Amazon": ("fulfilled_by=amazon", "fulfilled_by__exact=amazon"),
        "date range": ("from={}&to={}".format(*dates), f"purchase_date__gte={dates[0]}"),
        "date range, status": (f"from={dates[0]}&status=completed",
                               f"purchase_date__gte={dates[0]}&shown_status__exact=completed"),
        "total range": ("total_from=490&total_to=500", ""),
        "cause": ("cause=unknown_sku", ""),
        "late": ("due=late", ""),
        "due today": ("due=today", ""),
        "cancel requested": ("cancel_requested=yes", ""),
        "needs attention": ("attention=yes", ""),
        "to ship": ("status=unshipped&status=partially_shipped&fulfilled_by=merchant&sort=ship_by",
                    ""),
        "search number": (find(asked.amazon_order_id), stock(asked.amazon_order_id)),
        "search Commerce number": (find(f"{asked.number:09d}"), stock(f"{asked.number:09d}")),
        "search 50 numbers": (find(" ".join(
            o.amazon_order_id for o in orders(total // 2, total // 2 + 50, total))), ""),
        "search SKU": (find(BESTSELLER), stock(BESTSELLER)),
        "search SKU, rare": (find(asked.skus[1]), stock(asked.skus[1])),
        "search ASIN": (find(f"B0{BESTSELLER[-5:]}AAA"), ""),
        "search tracking": (find(asked.tracking), stock(asked.tracking)),
        "search tracking, last 6": (find(asked.tracking[-6:]), ""),
        "search buyer, a word": (find(last), stock(last)),
        "search buyer, both names": (find(f"{first} {last}"), stock(f"{first} {last}")),
        "search buyer, 3 letters": (find(first[:3]), stock(first[:3])),
        "search e-mail": (find(f"b{asked.number}@example.com"), ""),
    }  # fmt: skip
    for name in SORTS:
        table[f"sort {name}"] = (f"sort={name}", STOCK_SORTS.get(name, ""))
    table["sort store"] = ("sort=store", "o=9")
    assert len(FILTERS) == 11, "A filter was added: ask for it here."
    return {name: {"tab": ours, "stock": theirs} for name, (ours, theirs) in table.items()}


STOCK_SORTS = {"purchase_date": "o=1", "number": "o=2", "status": "o=3", "total": "o=5",
               "commerce_order": "o=6", "ship_by": "o=7", "fulfilled_by": "o=8"}  # fmt: skip


def middle(order: Any) -> str:
    """The page after an order in the middle of the list."""
    from channels.admin.sorts import SORTS
    from channels.models import ChannelOrder
    from orders.admin.keyset import Keyset

    newest = Keyset(SORTS["purchase_date"].columns, SORTS["purchase_date"].segments, True)
    upto = ChannelOrder.objects.filter(pk__lte=order.number).order_by("-purchase_date", "-id")
    return f"after={newest.page(upto, size=1).after}"


def register_stock_list() -> None:
    """The stock change list of the same table, in the same frame."""
    from django.contrib import admin

    from channels.models import ChannelOrder

    class StockOrder(ChannelOrder):  # type: ignore[django-manager-missing]
        class Meta:
            proxy = True
            app_label = "channels"

    @admin.register(StockOrder)
    class Stock(admin.ModelAdmin):  # type: ignore[type-arg]
        list_display = (
            "purchase_date", "amazon_order_id", "shown_status", "buyer_name", "grand_total",
            "commerce_order", "ship_by", "fulfilled_by", "store",
        )  # fmt: skip
        list_filter = ("shown_status", "store", "fulfilled_by")
        list_select_related = ("store", "commerce_order")
        date_hierarchy = "purchase_date"
        search_fields = (
            "amazon_order_id", "commerce_order__number", "items__seller_sku", "items__asin",
            "commerce_order__packages__tracking_number",
        )  # fmt: skip

        def buyer_name(self, order: ChannelOrder) -> str:
            return str((order.buyer or {}).get("name", ""))


def patiently(get: Callable[[], Any]) -> float:
    """Milliseconds; of a request that PostgreSQL gives up, how long it tried."""
    from django.db import OperationalError, connection

    if connection.vendor != "postgresql":
        return milliseconds(get)
    with connection.cursor() as cursor:
        # A search over joins of a million orders takes all the memory there is, in the end.
        cursor.execute(f"SET statement_timeout = '{PATIENCE}s'")
    try:
        return milliseconds(get)
    except OperationalError:
        return PATIENCE * 1000.0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")


def milliseconds(get: Callable[[], Any]) -> float:
    """The fastest of some requests, which a busy machine disturbs least; the first one warms up."""
    get()
    spent: list[float] = []
    while len(spent) < (SLOW_TIMES if spent and spent[0] > SLOW else TIMES):
        start = perf_counter()
        response = get()
        spent.append(perf_counter() - start)
        assert response.status_code == 200, response.status_code
    return min(spent) * 1000


def measure(total: int) -> tuple[dict[str, dict[str, float]], dict[str, tuple[int, int]]]:
    """Milliseconds by request and list; rows and statements by request of the tab."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    user, _ = User.objects.get_or_create(username="bench", is_superuser=True, is_staff=True)
    client.force_login(user)
    lists = {"tab": "/admin/channels/channelorder/", "stock": "/admin/channels/stockorder/"}
    took: dict[str, dict[str, float]] = {}
    counted = {}
    for name, queries in requests(total, user.pk).items():
        took[name] = {}
        for which, path in lists.items():
            if name != "first page" and not queries[which]:
                continue
            url = f"{path}?{queries[which]}"
            measured = milliseconds if which == "tab" else patiently
            took[name][which] = measured(lambda url=url: client.get(url))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(f"{lists['tab']}?{queries['tab']}")
        counted[name] = page.content.count(b'name="_selected_action"'), len(captured)
        print(f"{total:,} {name}: {took[name]}", file=sys.stderr, flush=True)
    return took, counted


def main() -> int:
    with portal() as vendor:
        from benchmarks.many_orders import load
        from tests import factories

        register_stock_list()
        logging.disable(logging.CRITICAL)  # of requests that are given up
        commerce_store = factories.commerce_store("many")
        account = factories.seller_account()
        stores = [
            factories.amazon_store(account=account, country=country, store=commerce_store)
            for country in ("SE", "DE", "FR", "IT", "ES")
        ]
        small, large = SIZES[vendor]
        load(1, small + 1, small, stores, commerce_store)
        few = measure(small)
        load(small + 1, large + 1, large, stores, commerce_store)
        many = measure(large)
        return 0 if table(vendor, (small, *few), (large, *many)) else 1


def table(vendor: str, few: Any, many: Any) -> bool:
    """Prints the table; False when a goal is missed."""
    (small, of_few, at_few), (large, of_many, at_many) = few, many
    reached = True
    print(f"Orders tab, {vendor}, ms: {small:,} -> {large:,} orders")
    print(f"{'request':28}{'rows':>12}{'stock':>16}{'tab':>14}{'growth':>8}{'faster':>8}{'SQL':>5}")
    for name, took in of_many.items():
        before, after = of_few[name]["tab"], took["tab"]
        growth, faster = after / before, took.get("stock", 0) / after
        goal = FASTER.get(name, 0)
        rows, statements = at_many[name]
        missed = growth > GROWTH or faster < goal or statements > QUERIES
        reached = reached and not missed
        stock = f"{of_few[name]['stock']:.0f} -> {took['stock']:.0f}" if "stock" in took else "-"
        print(
            f"{name:28}{f'{at_few[name][0]} -> {rows}':>12}{stock:>16}"
            f"{f'{before:.0f} -> {after:.0f}':>14}{growth:8.2f}"
            f"{f'{faster:.0f}x' if faster else '-':>8}{statements:5}"
            f"{'  MISSED' if missed else ''}"
        )
    return reached


if __name__ == "__main__":
    sys.exit(main())
