"""What a job does to one of its orders, kind by kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channels.models import BulkJob, BulkJobRow, ChannelOrder
from channels.models.order_status import Placement
from channels.services import bulk_shipping
from channels.services.bulk_rows import commerce_order_of, order_of
from channels.services.causes import cause_of
from channels.services.fetching import fetch
from channels.services.importing import PageResult
from channels.services.reconsidering import reconsider
from orders.models import CommerceOrder, OutboxMessage
from orders.sentences import gettext as _
from orders.sentences import ngettext
from orders.services.comments import COMMENT_NOTE
from orders.services.errors import Refusal
from orders.services.holding import hold_order, unhold_order
from orders.services.notes import add_note
from orders.services.outbox import resend

Kind = BulkJob.Kind

SETTINGS = "channels.change_ordersettings"
SHIP = "orders.ship_commerceorder"


@dataclass(frozen=True, slots=True)
class NotDone:
    """A row is refused though what was written for it stays."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """How rows of one kind are done. `permissions`: one of them is enough.

    `ask` is called first, with no transaction open: it may ask Amazon, and is called again after a
    crash. `do` gets its answer (None without `ask`), in the transaction that records the outcome:
    it changes this database only. It returns what to say of the row.
    Both may raise Refusal or SpApiError: the row is refused with their words, and nothing of it
    stays (or return NotDone). NoQuota and Throttled make the job wait.
    """

    permissions: tuple[str, ...]
    do: Callable[[BulkJob, BulkJobRow, Any], str | NotDone]
    ask: Callable[[BulkJob, BulkJobRow], Any] | None = None


# Kinds


def _hold(job: BulkJob, row: BulkJobRow, _answer: None) -> str:
    pk = commerce_order_of(order_of(row)).pk
    hold_order(order_id=pk, reason=job.params["reason"], user=job.user_name)
    return _("On hold.")


def _unhold(job: BulkJob, row: BulkJobRow, _answer: None) -> str:
    unhold_order(order_id=commerce_order_of(order_of(row)).pk, user=job.user_name)
    return _("No longer on hold.")


def _note(job: BulkJob, row: BulkJobRow, _answer: None) -> str:
    params = {"comment": job.params["text"]}
    add_note(order_of(row).uid, COMMENT_NOTE, user=job.user_name, params=params)
    return _("Noted.")


def _fetch(_job: BulkJob, row: BulkJobRow) -> PageResult:
    """Read it from Amazon; calls that are kept for people are left to them."""
    order = order_of(row)
    return fetch(order.account, order.amazon_order_id)


def _fetched(_job: BulkJob, _row: BulkJobRow, result: PageResult) -> str:
    if result.set_aside:
        raise Refusal(_("What Amazon sent could not be stored: see the errors log."))
    if result.placed:
        return _("Changed, and its Commerce order created.")
    return _("Changed.") if result.changed else _("Nothing new at Amazon.")


def _retry(job: BulkJob, row: BulkJobRow, _answer: None) -> str | NotDone:
    """Decide again about an order without a Commerce order; else send again what was refused."""
    order = order_of(row)
    if order.commerce_order:
        return _send_again(job, order.commerce_order)
    _check(job, SETTINGS)
    reconsider(order.account_id, [order.pk])
    order = order_of(row)
    if order.commerce_order is None:
        return NotDone(_why_not_placed(order))  # what holds it now may be something else
    return _("Commerce order %(number)s created.") % {"number": order.commerce_order.number}


def _why_not_placed(order: ChannelOrder) -> str:
    if order.placement == Placement.HELD:
        return cause_of(order)
    if order.placement == Placement.AWAITING:
        return _("It waits for Amazon.")
    return _("Order settings do not import it.")


def _send_again(job: BulkJob, order: CommerceOrder) -> str:
    refused = OutboxMessage.objects.filter(
        package__order=order, state=OutboxMessage.State.REFUSED, dismissed_at=None
    )
    pks = list(refused.order_by("pk").values_list("pk", flat=True))
    if not pks:
        return _("There is nothing to try again.")
    _check(job, SHIP)
    sent = sum(resend(pk, user=job.user_name) for pk in pks)
    if not sent:
        raise Refusal(_("Nothing of this order can be confirmed any more."))
    text = ngettext(
        "%(count)d confirmation will be sent again.",
        "%(count)d confirmations will be sent again.",
        sent,
    )
    return text % {"count": sent}


def _check(job: BulkJob, permission: str) -> None:
    """The job was started by somebody who may do something; this may be something else."""
    if job.created_by is None or not job.created_by.has_perm(permission):
        raise Refusal(_("%(user)s may not do this.") % {"user": job.user_name})


HANDLERS: dict[Kind, Handler] = {
    Kind.HOLD: Handler(permissions=("orders.hold_commerceorder",), do=_hold),
    Kind.UNHOLD: Handler(permissions=("orders.hold_commerceorder",), do=_unhold),
    Kind.RETRY: Handler(permissions=(SETTINGS, SHIP), do=_retry),
    Kind.FETCH: Handler(permissions=(SETTINGS, SHIP), do=_fetched, ask=_fetch),
    Kind.NOTE: Handler(permissions=("orders.comment_commerceorder",), do=_note),
    Kind.SHIP: Handler(permissions=(SHIP,), do=bulk_shipping.ship, ask=bulk_shipping.look),
}
