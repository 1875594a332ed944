"""What the Orders tab can be sorted by: each has an index in the same order."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from django.db.models import Q

from channels.models import AmazonStore
from orders.admin.keyset import Keyset, Segment, nullable, plain

NEWEST_FIRST = "-purchase_date"
SORTS: Final[Mapping[str, Keyset]] = MappingProxyType(
    {
        "purchase_date": plain("purchase_date"),
        "number": plain("amazon_order_id"),
        "status": plain("shown_status", "purchase_date"),
        "total": nullable("grand_total"),
        "commerce_order": Keyset(
            ("commerce_order__number",),
            (
                Segment(Q(commerce_order__number__isnull=False), ("commerce_order__number",)),
                Segment(Q(commerce_order__isnull=True)),
            ),
        ),
        "ship_by": nullable("ship_by"),
        "fulfilled_by": plain("fulfilled_by", "purchase_date"),
    }
)


def keyset(sort: str, stores: Iterable[AmazonStore]) -> Keyset:
    """The order of the list: ``ship_by``, or ``-ship_by`` the other way round.

    By store is one segment a store: no index has their names. `stores` come by name as the database
    sorts it, which is what `Keyset.ordered` goes by: Python would sort a and B another way.
    """
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    if key in SORTS:
        return Keyset(SORTS[key].columns, SORTS[key].segments, descending)
    segments = [Segment(Q(store=store), ("purchase_date",)) for store in stores]
    if descending:
        segments.reverse()
    return Keyset(("store__name", "purchase_date"), segments, descending)
