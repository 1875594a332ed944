"""What a person should do about an order now: one decision, for both of its pages."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from channels.models import ChannelOrder
from channels.models.order_status import Placement, Status
from channels.services import attention, cancel_rules, read_only, ship_rules
from channels.services.causes import cause_of
from orders.models import CommerceOrder, OutboxMessage, Package
from orders.models.commerce_order import OPEN_STATES
from orders.models.outbox import State
from orders.sales_channel import Act, NextStep
from orders.sentences import gettext as _
from orders.services.cancellation import open_cancellation
from orders.services.holding import hold_reason

TO_SHIP = (Status.UNSHIPPED, Status.PARTIALLY_SHIPPED)
PENDING = (Status.PENDING, Status.PENDING_AVAILABILITY)
OVER = (Status.CANCELED, Status.UNFULFILLABLE)


def next_step(order: ChannelOrder, packages: Sequence[Package], *, now: datetime) -> NextStep:
    """The decision; `packages` of its Commerce order with their confirmations. What is most urgent
    goes first. Three statements at most."""
    linked = order.commerce_order
    if linked is None:
        return _without_commerce_order(order)
    if order.status == Status.CANCELED:
        return _canceled(packages)
    return (
        _being_canceled(linked)
        or _on_hold(linked)
        or _refused(order, linked, packages)
        or (_open(order) if linked.state in OPEN_STATES else _finished(order, packages, now))
    )


def _without_commerce_order(order: ChannelOrder) -> NextStep:
    if order.placement == Placement.HELD:
        acts = ((Act.SEE_CAUSE, _("Remove the cause")),)
        return NextStep(tone="bad", text=cause_of(order), acts=acts)
    if order.status == Status.CANCELED:
        return NextStep(tone="off", text=_("Canceled at Amazon: nothing to do."))
    if order.status == Status.UNFULFILLABLE:
        return NextStep(tone="off", text=_("Unfulfillable at Amazon: nothing to do here."))
    if order.placement == Placement.VIEW_ONLY:
        text = _("View only: order settings do not import this store.")
        return NextStep(tone="off", text=text, acts=_at_amazon())
    if order.placement == Placement.IGNORED:
        return NextStep(tone="off", text=_("Nothing to do: no Commerce order is wanted of it."))
    if order.status in PENDING:
        return NextStep(tone="wait", text=_payment())
    text = _("No Commerce order yet: it is created as soon as Amazon sends what is missing.")
    return NextStep(tone="wait", text=text)


def _canceled(packages: Sequence[Package]) -> NextStep:
    if not _unsettled(packages):
        return NextStep(tone="off", text=_("Canceled at Amazon: nothing to do."))
    text = _(
        "Canceled at Amazon after a package was shipped here: stop the parcel or expect it "
        "back, then take the package back or dismiss its confirmation."
    )
    return NextStep(tone="bad", text=text, acts=((Act.SEE_PACKAGES, _("Look at the packages")),))


def _being_canceled(linked: CommerceOrder) -> NextStep | None:
    cancellation = open_cancellation(linked)
    if cancellation is None:
        return None
    requested = cancellation.state == cancellation.State.REQUESTED
    back = ((Act.WITHDRAW, _("Take the cancellation back")),) if requested else ()
    if requested and read_only.is_read_only():
        text = _("Being canceled, but in read-only mode Amazon is not asked. Do not ship.")
        return NextStep(tone="warn", text=text, acts=_end_read_only(), beside=back)
    state = str(cancellation.get_state_display()).lower()
    text = _("Being canceled: %(state)s. Do not ship.") % {"state": state}
    return NextStep(tone="wait", text=text, beside=back)


def _on_hold(linked: CommerceOrder) -> NextStep | None:
    if linked.state != CommerceOrder.State.ON_HOLD:
        return None
    text = _("On hold: %(reason)s") % {"reason": hold_reason(linked) or "–"}
    return NextStep(tone="warn", text=text, acts=((Act.UNHOLD, _("Unhold")),))


def _refused(
    order: ChannelOrder, linked: CommerceOrder, packages: Sequence[Package]
) -> NextStep | None:
    if not any(message.state == State.REFUSED for message in _unsettled(packages)):
        return None
    text = _("A confirmation is refused: Amazon does not know of the package.")
    see = ((Act.SEE_CONFIRMATIONS, _("See why, and what to do")),)
    can_ship = linked.state in OPEN_STATES and not ship_rules.refuses(order, linked)
    rest = ((Act.SHIP, _("Ship the rest")),) if can_ship else ()
    return NextStep(tone="bad", text=text, acts=see, beside=rest)


def _open(order: ChannelOrder) -> NextStep:
    if order.status == Status.SHIPPED:
        text = _("Amazon shows it shipped, but its Commerce order is still open.")
        over = ((Act.TAKE_OVER, _("Take over its packages")),)
        return NextStep(tone="warn", text=text, acts=over)
    if order.status in PENDING:
        return NextStep(tone="wait", text=_payment())
    if refusal := ship_rules.refuses(order, order.commerce_order):
        at_amazon = _at_amazon() if order.status in OVER else ()
        tone = "warn" if order.status in OVER else "wait"
        return NextStep(tone=tone, text=refusal, acts=at_amazon)
    ship = (Act.SHIP, _("Ship"))
    if order.status == Status.UNKNOWN:
        text = _("Amazon sent a status the portal does not know: look there before you ship.")
        return NextStep(tone="warn", text=text, acts=_at_amazon(), beside=(ship,))
    if order.cancel_requested:
        return _asked_to_cancel(order)
    if order.is_late:
        text = _("Late: ship it now and enter the tracking number.")
        return NextStep(tone="bad", text=text, acts=(ship,))
    if order.status == Status.PARTIALLY_SHIPPED:
        text = _("Ship the rest and enter its tracking number.")
    else:
        text = _("Ship it and enter the tracking number.")
    return NextStep(tone="todo", text=text, acts=(ship,))


def _asked_to_cancel(order: ChannelOrder) -> NextStep:
    """To cancel is what the buyer wants; where Amazon does not let us, only shipping is left."""
    text = _("The buyer asked to cancel. Ship only if you cannot stop it.")
    ship = (Act.SHIP, _("Ship anyway"))
    if cancel_rules.refuses(order):
        return NextStep(tone="warn", text=text, acts=(ship,))
    return NextStep(
        tone="warn",
        text=text,
        acts=((Act.CANCEL, _("Cancel the order")), ship),
        reason=cancel_rules.BUYER_CANCELED,
        items=tuple(item.order_item_id for item in order.items.all() if item.cancel_requested),
    )


def _finished(order: ChannelOrder, packages: Sequence[Package], now: datetime) -> NextStep:
    """Amazon shows it by itself, unless it cannot be told, or somebody gave up telling it."""
    if order.is_completed:
        return NextStep(tone="good", text=_("Nothing to do: Amazon shows everything shipped."))
    unsettled = _unsettled(packages)
    if not unsettled:
        return _settled(order, packages)
    waiting = any(message.state == State.PENDING for message in unsettled)
    if waiting and read_only.is_read_only():
        text = _("Shipped, but in read-only mode Amazon is not told.")
        return NextStep(tone="warn", text=text, acts=_end_read_only())
    if any(attention.is_stuck(message, order.ship_by, now) for message in unsettled):
        text = _("Shipped, but Amazon does not show it, and its ship-by moment is near or over.")
        see = ((Act.SEE_CONFIRMATIONS, _("See why, and what to do")),)
        return NextStep(tone="bad", text=text, acts=see)
    if kept := [m.not_before for m in unsettled if m.can_be_taken_back(now)]:
        moment = date_format(timezone.localtime(max(kept)), "SHORT_DATETIME_FORMAT")
        text = _("Shipped. Amazon is told at %(moment)s; it can be taken back until then.")
        return NextStep(tone="wait", text=text % {"moment": moment})
    return NextStep(tone="wait", text=_("Shipped. Waiting until Amazon shows the packages."))


def _settled(order: ChannelOrder, packages: Sequence[Package]) -> NextStep:
    """Nothing of it is on its way to Amazon."""
    messages = [package.message for package in packages]
    if any(m and m.dismissed_at and not m.proven_at for m in messages):
        text = _("Shipped; a confirmation was dismissed: nobody waits for Amazon to show it.")
        return NextStep(tone="off", text=text)
    if order.status == Status.SHIPPED:
        return NextStep(tone="wait", text=_("Shipped. Waiting until Amazon shows the packages."))
    return NextStep(tone="off", text=_("Nothing to do: nothing is left to ship."))


def _unsettled(packages: Sequence[Package]) -> list[OutboxMessage]:
    """Their confirmations that are neither proven nor given up."""
    messages = [package.message for package in packages]
    return [m for m in messages if m and m.proven_at is None and m.dismissed_at is None]


def _payment() -> str:
    return _("Amazon is verifying the payment. Do not ship yet.")


def _at_amazon() -> tuple[tuple[Act, str], ...]:
    return ((Act.OPEN_AT_CHANNEL, _("Open in Seller Central")),)


def _end_read_only() -> tuple[tuple[Act, str], ...]:
    return ((Act.END_READ_ONLY, _("See what is kept")),)
