"""Rows of jobs: those that wait, and the orders they stand for, as they are now."""

from collections.abc import Collection, Iterator

from django.db.models import F

from channels.models import BulkJob, BulkJobRow, ChannelOrder
from orders.models import CommerceOrder
from orders.sentences import gettext as _
from orders.services.errors import Refusal

READ_AHEAD = 100


def waiting_rows(
    job: BulkJob, *, without: Collection[int | None]
) -> Iterator[tuple[BulkJobRow, int | None]]:
    """What waits, in order, and the account it is of; `without` may grow meanwhile."""
    waiting = job.rows.filter(state=BulkJobRow.State.WAITING).order_by("position")
    waiting = waiting.annotate(account_id=F("order__account_id"))
    position = 0
    while rows := list(
        waiting.filter(position__gt=position).exclude(order__account__in=without)[:READ_AHEAD]
    ):
        position = rows[-1].position
        for row in rows:
            if row.account_id not in without:
                yield row, row.account_id


def order_of(row: BulkJobRow) -> ChannelOrder:
    """Its channel order, with account and Commerce order. Raises Refusal."""
    orders = ChannelOrder.objects.select_related("account", "commerce_order")
    order: ChannelOrder | None = orders.filter(pk=row.order_id).first()
    if order is None:
        raise Refusal(_("There is no such order."))
    return order


def commerce_order_of(order: ChannelOrder) -> CommerceOrder:
    """Its Commerce order. Raises Refusal."""
    linked: CommerceOrder | None = order.commerce_order
    if linked is None:
        raise Refusal(_("It has no Commerce order."))
    return linked
