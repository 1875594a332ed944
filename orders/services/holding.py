"""Holding an order: nothing of it is shipped or confirmed until somebody releases it."""

from django.db import transaction
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from orders.models import CommerceOrder, OrderNote
from orders.sentences import gettext as _
from orders.services.errors import CannotHold
from orders.services.notes import add_note, state_change

HOLD_NOTE = gettext_noop("Put on hold: %(reason)s")
UNHOLD_NOTE = gettext_noop("No longer on hold.")
MAX_REASON = 200


@transaction.atomic
def hold_order(*, order_id: int, reason: str, user: str = "") -> CommerceOrder:
    """Put an order that may be shipped on hold; the reason is noted. Raises CannotHold."""
    reason = " ".join(reason.split())
    if not reason:
        raise CannotHold(_("Give a reason: it is kept in the order's history."))
    if len(reason) > MAX_REASON:
        raise CannotHold(
            _("The reason is longer than %(count)d characters.") % {"count": MAX_REASON}
        )
    order = _locked(order_id)
    if not can_proceed(order.hold):
        raise CannotHold(
            _("Order %(number)s is %(state)s: it cannot be held.")
            % {"number": order.number, "state": CommerceOrder.State(order.state).label}
        )
    before = order.state
    order.hold()
    order.save(update_fields=["state", "status", "state_before_hold"])
    params, moved = {"reason": reason}, state_change(before, order)
    add_note(order.timeline, HOLD_NOTE, user=user, params=params, changes=moved)
    return order


@transaction.atomic
def unhold_order(*, order_id: int, user: str = "") -> CommerceOrder:
    """Let a held order go on where it was. Raises CannotHold."""
    order = _locked(order_id)
    if not can_proceed(order.unhold):
        raise CannotHold(
            _("Order %(number)s is %(state)s: it is not on hold.")
            % {"number": order.number, "state": CommerceOrder.State(order.state).label}
        )
    before = order.state
    order.unhold()
    order.save(update_fields=["state", "status", "state_before_hold"])
    add_note(order.timeline, UNHOLD_NOTE, user=user, changes=state_change(before, order))
    return order


def hold_reason(order: CommerceOrder) -> str:
    """Why an order is on hold, as its history has it."""
    newest = OrderNote.objects.filter(timeline=order.timeline, text=HOLD_NOTE).first()
    return str(newest.params["reason"]) if newest else ""


def _locked(order_id: int) -> CommerceOrder:
    order: CommerceOrder = CommerceOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    return order
