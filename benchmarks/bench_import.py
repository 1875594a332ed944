"""Orders per second of the import against the naive one: one process, one run.

Pages of 100 orders of every kind: new, unchanged, and with one order in ten changed. Both ways get
the same bytes, take turns round by round, and must leave the same behind. Only ratios count.
"""

import gc
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import perf_counter

from benchmarks.database import portal

ROUNDS = 5
SIZE = 100
CHANGES = 3  # pages with changes in a round
LONG = 0.2  # seconds
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
GOALS = {
    "postgresql": {"new": 12, "unchanged": 200, "10 % changed": 30},
    "sqlite": {"new": 5, "unchanged": 20},
}

Way = Callable[[bytes], object]
Seconds = dict[tuple[str, str], list[float]]  # (case, way) -> one figure per page


def ways() -> dict[str, Way]:
    """The two ways, each with a seller account, stores and a Commerce store of its own."""
    from benchmarks.naive_import import import_naively
    from channels.amazon.wire_2026_01_01 import split_page
    from channels.services.importing import import_page
    from tests import factories
    from tests.channels.pages import COUNTRIES, DATASETS

    for number in range(0, 500, 2):  # every other product has its stock managed
        factories.product(f"SKU-{number:03d}", quantity=1_000_000)

    def way(name: str, import_: Callable[..., object]) -> Way:
        account = factories.seller_account(seller_id=name)
        store = factories.commerce_store(name)
        for country in sorted(set(COUNTRIES)):
            factories.amazon_store(
                account=account, country=country, store=store, customer_creation="new"
            )
        return lambda body: import_(
            account, split_page(body, DATASETS).orders, datasets=DATASETS, now=NOW
        )

    return {"naive": way("naive", import_naively), "portal": way("portal", import_page)}


def pages(number: int) -> Iterator[tuple[str, bytes]]:
    """The page of a round: as it comes first, again, then with one order in ten changed."""
    from tests.channels.pages import advanced, body, drafts, wire_order

    page = drafts(SIZE, first=1 + number * SIZE)
    new = body([wire_order(draft) for draft in page])
    yield "new", new
    yield "unchanged", new
    for first in range(CHANGES):
        page[first::10] = [advanced(draft) for draft in page[first::10]]
        yield "10 % changed", body([wire_order(draft) for draft in page])


def measure(both: dict[str, Way]) -> Seconds:
    """The same pages by both ways, round by round. The first round warms up and does not count."""
    seconds: Seconds = defaultdict(list)
    for number in range(ROUNDS + 1):
        for name, import_ in both.items():
            for case, body in pages(number):
                spent = one_import(import_, body, again=case == "unchanged")
                if number:
                    seconds[case, name].append(spent)
    return seconds


def one_import(import_: Way, body: bytes, *, again: bool) -> float:
    """Seconds of an import; of one that changes nothing, the mean of as many as fit in `LONG`."""
    gc.collect()
    start, times = perf_counter(), 0
    while True:
        import_(body)
        times += 1
        spent = perf_counter() - start
        if not again or spent > LONG:
            return spent / times


def left_behind(seller_id: str) -> dict[str, object]:
    """What an import must have brought about."""
    from django.db.models import Count, Sum

    from channels.models import ChannelOrder, ChannelOrderItem
    from customers.models import Customer
    from orders.models import CommerceOrder, PackageItem, Reservation

    orders = ChannelOrder.objects.filter(account__seller_id=seller_id)
    linked = CommerceOrder.objects.filter(channel_order__in=orders)
    return {
        "orders": sorted(orders.values_list("status").annotate(Count("pk"))),
        "items": ChannelOrderItem.objects.filter(order__in=orders).count(),
        "commerce orders": sorted(linked.values_list("state").annotate(Count("pk"))),
        "revenue": linked.aggregate(Sum("lines__row_total")),
        "oversold": linked.filter(oversold=True).count(),
        "addresses": linked.exclude(shipping_address=None).count(),
        "customers": Customer.objects.filter(orders__in=linked).distinct().count(),
        "shipped": PackageItem.objects.filter(package__order__in=linked).count(),
        "reserved": Reservation.objects.filter(order_uid__in=orders.values("uid")).aggregate(
            Sum("quantity")
        ),
    }


def table(seconds: Seconds, vendor: str) -> bool:
    """Print orders per second and ratios; False when a goal was missed."""
    print(f"import, {vendor}: pages of {SIZE}, medians of {ROUNDS} rounds, orders per second")
    print(f"{'':14}{'naive':>9}{'portal':>9}{'ratio':>8}   goal")
    reached = True
    for case in ("new", "unchanged", "10 % changed"):
        naive, ours = (statistics.median(seconds[case, way]) for way in ("naive", "portal"))
        ratio, goal = naive / ours, GOALS[vendor].get(case)
        missed = goal is not None and ratio < goal
        reached = reached and not missed
        note = f">= {goal}{' MISSED' if missed else ''}" if goal else "-"
        print(f"{case:14}{SIZE / naive:9,.0f}{SIZE / ours:9,.0f}{ratio:8.1f}   {note}")
    return reached


def main() -> int:
    with portal() as vendor:
        seconds = measure(ways())
        naive, ours = left_behind("naive"), left_behind("portal")
        if naive != ours:
            print(f"The two imports differ:\n{naive}\n{ours}", file=sys.stderr)
            return 1
        return 0 if table(seconds, vendor) else 1


if __name__ == "__main__":
    sys.exit(main())
