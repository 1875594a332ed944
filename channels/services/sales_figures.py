"""Revenue of stores: read from the sums of days, so that it costs the same with a million orders.

Revenue is what was ordered: grand totals of Unshipped, Partially shipped and Shipped orders, by the
day of purchase in the marketplace's time zone, per currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, Sum

from channels.amazon.marketplaces import by_id
from channels.models import AmazonStore, ChannelOrder, DailySales
from channels.models.sales import SOLD
from channels.services.held import held
from channels.services.sales import DAY, bounds, day_of

CHART_DAYS = 30
ERROR = "error"  # as the Orders tab calls what is held
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders, and what they come to."""

    orders: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Trend:
    """Revenue of the last `days` days with today, and of as many before, to the same hour."""

    days: int
    sold: Sold
    before: Decimal

    @property
    def percent(self) -> int | None:
        """By how much it grew; None where there is nothing to compare with."""
        if self.before <= 0:
            return None
        return round(100 * (self.sold.amount - self.before) / self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The last 30 days in one currency, the oldest first and today last."""

    currency: str
    days: Sequence[tuple[date, Sold]]

    @property
    def total(self) -> Sold:
        return Sold(
            sum(sold.orders for _, sold in self.days),
            sum((sold.amount for _, sold in self.days), ZERO),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """What a store sold in one currency; `since`: the first day it sold something."""

    series: Series
    today: Sold
    week: Trend
    month: Trend
    year: Trend
    lifetime: Sold
    since: date


def revenue_of(store: AmazonStore, now: datetime) -> list[Revenue]:
    """Per currency, the marketplace's own first; three statements whatever was sold."""
    today = day_of(now, store.zone)
    spans = {"week": 7, "month": 30, "year": 365}
    sums: dict[str, Any] = {
        "orders_ever": Sum("orders"),
        "amount_ever": Sum("amount"),
        "since": Min("day"),
        **_within("today", Q(day=today)),
    }
    for name, days in spans.items():
        start = today - days * DAY
        sums |= _within(name, Q(day__gt=start, day__lte=today))
        sums |= _within(f"{name}_before", Q(day__gt=start - days * DAY, day__lt=start))
    rows = _sold([store]).values("currency").annotate(**sums)
    series = {each.currency: each for each in series_of([store], now)[store.pk]}
    starts = _to_this_hour(store, now, spans)
    return [
        Revenue(
            series=series.get(row["currency"]) or _series(row["currency"], {}, today),
            today=_sums(row, "today"),
            lifetime=_sums(row, "ever"),
            since=row["since"],
            **{
                name: Trend(
                    days,
                    _sums(row, name),
                    _sums(row, f"{name}_before").amount + starts[row["currency"], name],
                )
                for name, days in spans.items()
            },
        )
        for row in _own_first(store, rows, key=lambda row: row["currency"])
    ]


def _within(name: str, days: Q) -> dict[str, Any]:
    return {
        f"orders_{name}": Sum("orders", filter=days, default=0),
        f"amount_{name}": Sum("amount", filter=days, default=ZERO),
    }


def _sums(row: Mapping[str, Any], name: str) -> Sold:
    return Sold(row[f"orders_{name}"], row[f"amount_{name}"])


def _to_this_hour(
    store: AmazonStore, now: datetime, spans: Mapping[str, int]
) -> defaultdict[tuple[str, str], Decimal]:
    """What was sold on the first day of each span, until the clock showed what it shows now.

    Today is not over. Compared with whole days, every morning would look like a slump.
    """
    clock = now.astimezone(store.zone)
    parts = {}
    for name, days in spans.items():
        day = clock.date() - days * DAY
        end = datetime.combine(day, clock.time(), tzinfo=store.zone)
        parts[name] = Q(purchase_date__gte=bounds(day, store.zone)[0], purchase_date__lt=end)
    any_of = Q()
    for part in parts.values():
        any_of |= part
    rows = (
        ChannelOrder.objects.filter(any_of, store=store, status__in=SOLD)
        .order_by()
        .values("currency")
        .annotate(**{n: Sum("grand_total", filter=part) for n, part in parts.items()})
    )
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    found.update({(row["currency"], name): row[name] or ZERO for row in rows for name in parts})
    return found


def series_of(stores: Sequence[AmazonStore], now: datetime) -> dict[int, list[Series]]:
    """The last 30 days of each store by its pk, the marketplace's currency first; one statement."""
    today = {store.pk: day_of(now, store.zone) for store in stores}
    first = min(today.values(), default=now.date()) - (CHART_DAYS - 1) * DAY
    rows = (
        _sold(stores)
        .filter(day__gte=first)
        .values_list("store_id", "currency", "day")
        .annotate(Sum("orders"), Sum("amount"))
    )
    by_store: dict[int, defaultdict[str, dict[date, Sold]]] = {
        store.pk: defaultdict(dict) for store in stores
    }
    for pk, currency, day, orders, amount in rows:
        by_store[pk][currency][day] = Sold(orders, amount)
    return {
        store.pk: [
            _series(currency, sold, today[store.pk])
            for currency, sold in _own_first(
                store, by_store[store.pk].items(), key=lambda item: item[0]
            )
        ]
        for store in stores
    }


def _series(currency: str, sold: Mapping[date, Sold], today: date) -> Series:
    days = (today - back * DAY for back in reversed(range(CHART_DAYS)))
    return Series(currency=currency, days=[(day, sold.get(day, Sold())) for day in days])


def orders_by_status(store: AmazonStore, now: datetime) -> list[tuple[str, int, int]]:
    """(status, orders of the last 30 days, orders ever), as the Orders tab lists them: those that
    are held under ``error`` alone, whatever Amazon says. Two statements.

    Held ones are few and counted now; the sums are some seconds old and may not have them yet.
    """
    start = day_of(now, store.zone) - CHART_DAYS * DAY
    rows = (
        DailySales.objects.filter(store=store)
        .order_by()
        .values_list("status")
        .annotate(
            lately=Sum("orders", filter=Q(day__gt=start), default=0),
            ever=Sum("orders"),
        )
    )
    of_30_days = Q(purchase_date__gte=bounds(start + DAY, store.zone)[0])
    by_status = held(store.pk).order_by().values_list("status")
    found = list(by_status.annotate(lately=Count("pk", filter=of_30_days), ever=Count("pk")))
    counts = {status: (lately, ever) for status, lately, ever in rows}
    for status, lately, ever in found:
        both = counts.get(status, (0, 0))
        counts[status] = max(0, both[0] - lately), max(0, both[1] - ever)
    counts[ERROR] = sum(row[1] for row in found), sum(row[2] for row in found)
    return [
        (s, *counts[s]) for s in (*ChannelOrder.Status.values, ERROR) if counts.get(s, (0, 0))[1]
    ]


def _sold(stores: Sequence[AmazonStore]) -> Any:
    """A currency is missing only where Amazon named no amount at all."""
    return (
        DailySales.objects.filter(store__in=stores, status__in=SOLD).exclude(currency="").order_by()
    )


def _own_first(store: AmazonStore, rows: Iterable[Any], *, key: Any) -> list[Any]:
    marketplace = by_id(store.marketplace_id)
    own = marketplace.currency if marketplace else ""
    return sorted(rows, key=lambda row: (key(row) != own, key(row)))
