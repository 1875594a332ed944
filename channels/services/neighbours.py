"""What stands around an order at Amazon: other orders, feeds, errors."""

from dataclasses import dataclass

from channels.models import ChannelOrder, CommunicationError, Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Primary keys with the words people know them by."""

    replaced: list[tuple[int, str]]  # the order that this one replaces, if it is known here
    replaced_by: list[tuple[int, str]]
    feeds: list[tuple[int, str]]  # that told Amazon of its packages, or asked to cancel it
    open_errors: int


def neighbours_of(order: ChannelOrder) -> Neighbours:
    """Three statements, one more for a replacement; each by an index."""
    others = ChannelOrder.objects.filter(account=order.account_id)
    names = ("pk", "amazon_order_id")
    replaced = []
    if order.replaces_order_id:
        known = others.filter(amazon_order_id=order.replaces_order_id)
        replaced = list(known.values_list(*names))
    # That it is not empty is said for the sake of the index.
    later = others.filter(replaces_order_id=order.amazon_order_id).exclude(replaces_order_id="")
    errors = CommunicationError.objects.filter(
        account=order.account_id, amazon_order_id=order.amazon_order_id, resolved_at=None
    )
    return Neighbours(
        replaced=replaced,
        replaced_by=list(later.order_by("pk").values_list(*names)),
        feeds=_feeds(order.commerce_order_id) if order.commerce_order_id else [],
        open_errors=errors.count(),
    )


def _feeds(commerce_order_id: int) -> list[tuple[int, str]]:
    told = Feed.objects.filter(entries__confirmation__package__order=commerce_order_id)
    asked = Feed.objects.filter(entries__cancellation__order=commerce_order_id)
    names = ("pk", "feed_id")
    found = told.order_by().values_list(*names).union(asked.order_by().values_list(*names))
    return [(pk, feed_id or str(pk)) for pk, feed_id in sorted(found)]
