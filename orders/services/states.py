"""Commerce orders that moved in memory, many at once."""

from collections import defaultdict
from collections.abc import Iterable

from orders.models import CommerceOrder
from orders.models.commerce_order import UNFINISHED_STATES

MOVED = ("state", "status_id", "completed_at", "canceled_at")


def write_moves(orders: Iterable[CommerceOrder]) -> None:
    """Write what transitions put on orders that were unfinished: one statement per kind of move.

    The caller holds their locks; guarded all the same, for on SQLite nothing locks a row.
    """
    alike = defaultdict(list)
    for order in orders:
        alike[tuple(getattr(order, name) for name in MOVED)].append(order.pk)
    for values, pks in alike.items():
        CommerceOrder.objects.filter(pk__in=pks, state__in=UNFINISHED_STATES).update(
            state_before_hold="", **dict(zip(MOVED, values, strict=True))
        )
