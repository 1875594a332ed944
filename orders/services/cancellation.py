"""Cancelling: asking the sales channel to cancel an order or lines of it, and what came of it.

Only the channel cancels. What is asked for here waits as a row until the channel shows it; until
then the order keeps its stock, and is not shipped (`refuses_shipping`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from orders import sales_channel
from orders.models import Cancellation, CancellationItem, CommerceOrder, CommerceOrderLine
from orders.models.cancellation import OPEN_STATES, State
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.fields import save_if
from orders.sentences import gettext as _
from orders.services.errors import CannotCancel
from orders.services.notes import add_note

ORDER_NOTE = gettext_noop("Cancellation of the order requested: %(reason)s.")
LINES_NOTE = gettext_noop("Cancellation of %(lines)s requested: %(reason)s.")
WITHDRAWN_NOTE = gettext_noop("The cancellation was taken back before it was sent.")

RECORD = [  # the columns a recorded outcome may change
    "state", "not_before", "claim", "claimed_at", "attempts", "answer", "finished_at",
]  # fmt: skip


@transaction.atomic
def request_cancellation(
    *, order_id: int, reason: str, user: str = "", line_pks: Collection[int] | None = None
) -> Cancellation:
    """Ask to cancel all of an order, or these lines; sent when the channel's grace period is over.

    Raises CannotCancel, with nothing written.
    """
    now = timezone.now()
    order = CommerceOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    channel = sales_channel.of(order)
    if refusal := refuses_cancelling(order):
        raise CannotCancel(refusal)
    known = [code for code, _label in channel.reasons_to_cancel(order)]
    if reason not in known:
        raise CannotCancel(
            _("%(reason)r is not a reason to cancel. Reasons: %(known)s.")
            % {"reason": reason, "known": ", ".join(known)}
        )
    lines = list(order.lines.order_by("pk"))
    chosen = _chosen(order, lines, line_pks)
    cancellation = Cancellation(
        order=order,
        reason=reason,
        whole_order=len(chosen) == sum(1 for line in lines if line.quantity_left),
        requested_by=user,
        requested_at=now,
        not_before=channel.grace(order, now),
    )
    try:
        with transaction.atomic():
            cancellation.save(force_insert=True)
    except IntegrityError:  # the constraint says so, whoever was first
        raise CannotCancel(
            _("Order %(number)s is being canceled already.") % {"number": order.number}
        ) from None
    CancellationItem.objects.bulk_create(
        CancellationItem(cancellation=cancellation, line=line) for line in chosen
    )
    add_note(
        order.timeline,
        ORDER_NOTE if cancellation.whole_order else LINES_NOTE,
        user=user,
        params={"reason": reason, "lines": ", ".join(str(line) for line in chosen)},
    )
    return cancellation


def _chosen(
    order: CommerceOrder, lines: Sequence[CommerceOrderLine], pks: Collection[int] | None
) -> list[CommerceOrderLine]:
    """The lines to cancel: of each everything, so nothing of it may have been shipped."""
    if pks is None:
        chosen = [line for line in lines if line.quantity_left or line.quantity_shipped]
    else:
        chosen = [line for line in lines if line.pk in pks]
        if len(chosen) != len(set(pks)):
            raise CannotCancel(_("Order %(number)s has no such item.") % {"number": order.number})
    if not chosen:
        raise CannotCancel(_("Choose at least one item to cancel."))
    for line in chosen:
        if line.quantity_shipped:
            raise CannotCancel(
                _("%(line)s: shipped already, it cannot be canceled.") % {"line": line}
            )
        if not line.quantity_left:
            raise CannotCancel(_("%(line)s: canceled already.") % {"line": line})
    return chosen


def refuses_cancelling(order: CommerceOrder) -> str:
    """Why this order cannot be canceled from here, in one sentence; "" when it can."""
    if order.state not in UNFINISHED_STATES:
        return _("Order %(number)s is %(state)s: it cannot be canceled.") % {
            "number": order.number,
            "state": CommerceOrder.State(order.state).label,
        }
    return sales_channel.of(order).refuses_cancelling(order)


def open_cancellation(order: CommerceOrder) -> Cancellation | None:
    """The cancellation of this order that is not finished."""
    return order.cancellations.filter(state__in=OPEN_STATES).first()


def refuses_shipping(order: CommerceOrder) -> str:
    """Why an order that is being canceled must not be shipped; "" when it is not."""
    cancellation = open_cancellation(order)
    return stops_shipping(order, cancellation) if cancellation else ""


def stops_shipping(order: CommerceOrder, cancellation: Cancellation) -> str:
    """What has to become of an open cancellation before its order may be shipped."""
    if can_proceed(cancellation.withdraw):
        return _(
            "Order %(number)s is to be canceled: take the cancellation back before you ship."
        ) % {"number": order.number}
    return _("Order %(number)s is being canceled: wait for the answer of the sales channel.") % {
        "number": order.number
    }


@transaction.atomic
def withdraw_cancellation(*, cancellation_id: int, user: str = "") -> Cancellation:
    """Take it back while it has not been sent. Raises CannotCancel when it has."""
    cancellation = Cancellation.objects.select_related("order").get(pk=cancellation_id)
    if can_proceed(cancellation.withdraw):
        cancellation.withdraw(timezone.now())
        if record(cancellation, was=State.REQUESTED):
            add_note(
                cancellation.order.timeline,
                WITHDRAWN_NOTE,
                user=user,
            )
            return cancellation
    raise CannotCancel(
        _("The cancellation of order %(number)s cannot be taken back any more.")
        % {"number": cancellation.order.number}
    )


def record(cancellation: Cancellation, *, was: State, claim: object = None) -> bool:
    """Write the outcome a transition put on `cancellation`; False when somebody else was first.

    `was` and `claim` are what the stored row must still be.
    """
    return save_if(cancellation, fields=RECORD, state=was, claim=claim)


def finish(cancellations: Sequence[Cancellation], *, now: datetime) -> None:
    """The channel shows these canceled: one statement for all."""
    for cancellation in cancellations:
        cancellation.finish(now)
    # Guarded though decided above: a worker may be recording the channel's answer just now.
    Cancellation.objects.filter(pk__in=[c.pk for c in cancellations], state__in=OPEN_STATES).update(
        state=State.DONE, finished_at=now, claim=None, claimed_at=None
    )


def refuse(cancellations: Sequence[Cancellation], answer: str, *, now: datetime) -> None:
    """The channel did otherwise, all for the same reason: one statement for all."""
    for cancellation in cancellations:
        cancellation.refuse(now, answer)
    Cancellation.objects.filter(pk__in=[c.pk for c in cancellations], state__in=OPEN_STATES).update(
        state=State.REFUSED, finished_at=now, answer=answer, claim=None, claimed_at=None
    )


def cancellations_of(order: CommerceOrder) -> list[Cancellation]:
    """What was asked for, the newest first: three statements."""
    return list(order.cancellations.prefetch_related("items__line"))
