"""A package whose carrier, tracking number or date was wrong: corrected here and at the channel."""

from datetime import UTC, datetime
from hashlib import blake2b

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_fsm import can_proceed

from orders import sales_channel
from orders.models import CommerceOrder, OutboxMessage, Package, Shipment
from orders.models.fields import save_if
from orders.models.outbox import State
from orders.sentences import gettext as _
from orders.services import outbox
from orders.services.errors import CannotShip, DoubtfulNumber
from orders.services.notes import add_note, change, name_of
from orders.services.packages import PackageDraft, checked, tracking_warnings

CORRECTED_NOTE = gettext_noop("Package %(number)s corrected.")
COLUMNS = ["carrier_code", "carrier_name", "tracking_number", "shipping_method", "shipped_at"]
LABELS = {  # of what people see of a package
    "carrier": gettext_noop("Carrier"),
    "tracking_number": gettext_noop("Tracking number"),
    "shipping_method": gettext_noop("Shipping method"),
    "shipped_at": gettext_noop("Ship date"),
}


def as_seen(package: Package) -> str:
    """A package as somebody sees it, in a few letters: a form says by it what it was about."""
    moment = package.shipped_at.astimezone(UTC) if package.shipped_at else None
    texts = [getattr(package, column) for column in COLUMNS if column != "shipped_at"]
    return blake2b(repr([*texts, moment]).encode(), digest_size=8).hexdigest()


@transaction.atomic
def correct_package(
    *,
    package_id: int,
    carrier_code: str,
    tracking_number: str,
    carrier_name: str = "",
    shipping_method: str = "",
    shipped_at: datetime | None = None,
    user: User | None = None,
    seen: str | None = None,
    despite_warnings: bool = True,
) -> list[str]:
    """Tell the channel a package anew, under the same number; what is odd about the new one.

    `shipped_at` None: as it was. `seen`: what the person corrects (`as_seen`); somebody else may
    have been first. A package confirmed elsewhere may be corrected too: from then on it has a
    confirmation of ours. Raises CannotShip, with nothing written; DoubtfulNumber unless
    `despite_warnings`.
    """
    now = timezone.now()
    order = CommerceOrder.objects.select_for_update(of=("self",)).get(packages=package_id)
    package = order.packages.select_related("shipment").get(pk=package_id)
    _check(package, order, seen)
    draft = PackageDraft(
        carrier_code=carrier_code,
        carrier_name=carrier_name,
        tracking_number=tracking_number,
        shipping_method=shipping_method,
        shipped_at=shipped_at or package.shipped_at,
    )
    warnings = tracking_warnings(order, [draft])
    if warnings and not despite_warnings:
        raise DoubtfulNumber(warnings)
    before, seen_before = _shown(package), as_seen(package)
    draft = checked(draft, order, now)
    for column in COLUMNS:
        setattr(package, column, getattr(draft, column))
    if as_seen(package) == seen_before:
        raise CannotShip(_("Package %(number)s is like that already.") % {"number": package.number})
    package.save(update_fields=COLUMNS)
    sales_channel.of(order).package_corrected(order)
    _tell(package, now)
    after = _shown(package)
    moved = [
        change(label, before[name], after[name])
        for name, label in LABELS.items()
        if before[name] != after[name]
    ]
    params = {"number": package.number}
    add_note(order.timeline, CORRECTED_NOTE, user=name_of(user), params=params, changes=moved)
    return warnings


def _shown(package: Package) -> dict[str, object]:
    """A package as people see it, by LABELS."""
    carrier = package.carrier_name or package.carrier_code
    return {"carrier": carrier, **{name: getattr(package, name) for name in COLUMNS[2:]}}


def _check(package: Package, order: CommerceOrder, seen: str | None) -> None:
    by_whom, number = package.shipment.by, package.number
    if by_whom == Shipment.By.AMAZON:
        raise CannotShip(
            _("Package %(number)s was shipped by Amazon: its number is Amazon's.")
            % {"number": number}
        )
    if answer := sales_channel.of(order).refuses_confirming(order):
        raise CannotShip(_(answer))
    if package.message is None and number not in sales_channel.of(order).numbers_shown(order):
        raise CannotShip(
            _("The channel shows no package %(number)s of order %(order)s: correct it there.")
            % {"number": number, "order": order.number}
        )
    if seen is not None and seen != as_seen(package):
        raise CannotShip(
            _("Package %(number)s was corrected meanwhile: look at it first.") % {"number": number}
        )


def _tell(package: Package, now: datetime) -> None:
    """Queue its confirmation again, or for the first time."""
    message = package.message
    if message is None:
        outbox.enqueue(
            OutboxMessage.Topic.PACKAGE_SHIPPED, [package], not_before=now, is_known=True
        )
        return
    was = State(message.state)
    # What was never sent keeps its time: the order's grace period is not over.
    waits = was is State.PENDING and not message.attempts and not message.outcome_unknown
    if can_proceed(message.correct):
        # Somebody gave up on it as it was; as it is now it is sent.
        message.dismissed_at, message.dismissed_by, message.dismiss_reason = None, "", ""
        message.correct(max(now, message.not_before) if waits else now)
        if save_if(message, fields=outbox.RECORD + outbox.DISMISSAL, state=was):
            return
    raise CannotShip(
        _("Package %(number)s is being sent now: try again in a moment.")
        % {"number": package.number}
    )
