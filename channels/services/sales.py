"""What stores sold, day by day: counted anew from the orders of a day whenever one of them changed.

The sums cannot drift: nothing is added or subtracted. Whoever changes orders leaves a `SalesChange`
in the same transaction; counting reads those, then the orders, in that order.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Sum

from channels.models import AmazonStore, ChannelOrder, DailySales, SalesChange

BATCH = 2000  # changes counted in one transaction
DAY = timedelta(days=1)
ONE_MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def sales_changed(orders: Iterable[tuple[int, datetime]]) -> None:
    """Orders (store pk, purchase date) are changed in this transaction; one statement.

    A date at the very ends of the calendar is none that Amazon meant, and is no day elsewhere.
    """
    hours = {
        (store, at.replace(minute=0, second=0, microsecond=0))
        for store, at in orders
        if MINYEAR < at.year < MAXYEAR
    }
    SalesChange.objects.bulk_create(SalesChange(store_id=s, hour=hour) for s, hour in sorted(hours))


def count_sales() -> int:
    """Count anew what changed; how many days were counted. Twice, or two at once, is harmless."""
    counted = 0
    while True:
        changes, days = _count_batch()
        counted += days
        if changes < BATCH:
            return counted


@transaction.atomic
def _count_batch() -> tuple[int, int]:
    """Changes that were read, days that were counted."""
    changes = list(SalesChange.objects.order_by("pk")[:BATCH])
    if not changes:
        return 0, 0
    # Two that count the same day take turns, and the second one reads what the first one did.
    stores = AmazonStore.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    locked = {s.pk: s for s in stores.filter(pk__in={change.store_id for change in changes})}
    days: defaultdict[AmazonStore, set[date]] = defaultdict(set)
    for change in changes:
        if store := locked.get(change.store_id):  # else it was deleted meanwhile
            days[store] |= _days_of(change.hour, store.zone)
    rows = [row for store, some in days.items() for day in sorted(some) for row in _sum(store, day)]
    for store, some in days.items():
        DailySales.objects.filter(store=store, day__in=some).delete()
    DailySales.objects.bulk_create(rows)
    SalesChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes), sum(len(some) for some in days.values())


def _sum(store: AmazonStore, day: date) -> list[DailySales]:
    """The orders of one day, by an index."""
    start, end = bounds(day, store.zone)
    sums = (
        ChannelOrder.objects.filter(store=store, purchase_date__gte=start, purchase_date__lt=end)
        .order_by()
        .values_list("status", "currency")
        .annotate(Count("pk"), Sum("grand_total"))
    )
    return [
        DailySales(store=store, day=day, status=s, currency=c, orders=n, amount=a or Decimal(0))
        for s, c, n, a in sums
    ]


def _days_of(hour: datetime, zone: ZoneInfo) -> set[date]:
    """The one or two days that an hour is in: some zones are half an hour beside UTC."""
    return {day_of(hour, zone), day_of(hour + HOUR - ONE_MOMENT, zone)}


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins, and when the next one does."""
    return (
        datetime.combine(day, time.min, tzinfo=zone),
        datetime.combine(day + DAY, time.min, tzinfo=zone),
    )
