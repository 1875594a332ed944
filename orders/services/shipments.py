"""Shipping: the one service behind the page, the command and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Manager, Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders import sales_channel
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OutboxMessage,
    Package,
    PackageItem,
    Shipment,
)
from orders.models.commerce_order import OPEN_STATES
from orders.models.event import Change
from orders.sentences import gettext as _
from orders.services import cancellation, outbox
from orders.services.errors import CancelRequested, CannotShip, DoubtfulNumber
from orders.services.inventory import deduct_shipped
from orders.services.notes import add_note, name_of, state_change
from orders.services.packages import PackageDraft, check_demands, checked, tracking_warnings

SHIPPED_NOTE = gettext_noop("Package %(number)s shipped with %(carrier)s.")
DESPITE_NOTE = gettext_noop("Shipped although the buyer asked to cancel.")
UNCHECKED_NOTE = gettext_noop("Shipped without a last look at Amazon: %(why)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A shipment, what is odd about its tracking numbers, and why the order was not checked."""

    shipment: Shipment
    warnings: list[str]
    unchecked: str  # "": what the channel says was read just before


def ship(
    *,
    order_id: int,
    packages: Sequence[PackageDraft],
    user: User | None = None,
    packages_seen: int | None = None,
    despite_cancel_request: bool = False,
    despite_warnings: bool = True,
) -> Shipped:
    """Look at the order in its channel once more, then ship it: what every edge calls.

    The channel is asked with no transaction open. When it does not answer that stops nothing: a
    warehouse must not stand still. Raises CannotShip, with nothing shipped; DoubtfulNumber unless
    `despite_warnings`, CancelRequested unless `despite_cancel_request`.
    """
    known = CommerceOrder.objects.get(pk=order_id)
    unchecked = ""
    if known.state in OPEN_STATES:
        unchecked = sales_channel.of(known).refresh(known)
    warnings = check_after_look(known, packages, despite_warnings=despite_warnings)
    shipment = create_shipment(
        order_id=order_id,
        packages=packages,
        user=user,
        packages_seen=packages_seen,
        despite_cancel_request=despite_cancel_request,
        unchecked=unchecked,
    )
    return Shipped(shipment=shipment, warnings=warnings, unchecked=unchecked)


def check_after_look(
    known: CommerceOrder, packages: Sequence[PackageDraft], *, despite_warnings: bool
) -> list[str]:
    """Whether these packages can be shipped now; `known` is the order as it was before the look.

    Returns what is odd about their numbers. Raises CannotShip, DoubtfulNumber as `ship` does.
    """
    order = CommerceOrder.objects.get(pk=known.pk)
    channel = sales_channel.of(order)
    if known.state in OPEN_STATES and channel.refuses_confirming(order):
        raise CannotShip(
            _("Order %(number)s was canceled meanwhile: do not ship it.") % {"number": order.number}
        )
    _check_order(order, channel)
    warnings = tracking_warnings(order, packages)
    if warnings and not despite_warnings:
        raise DoubtfulNumber(warnings)
    return warnings


@transaction.atomic
def create_shipment(
    *,
    order_id: int,
    packages: Sequence[PackageDraft],
    user: User | None = None,
    packages_seen: int | None = None,
    despite_cancel_request: bool = False,
    unchecked: str = "",
) -> Shipment:
    """Ship some or all of an order; its packages are queued for the channel in the same commit.

    `packages_seen` is how many the person saw: a form posted twice, or by two people, ships once.
    `unchecked` is why there was no last look, "" when there was one: a note keeps it.
    Raises CannotShip, with nothing written. When every unit has left the order becomes Complete.
    Goes by what is stored: people and programs call `ship`, which looks at the channel first.
    """
    now = timezone.now()
    order = CommerceOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    channel = sales_channel.of(order)
    _check_order(order, channel)
    if packages_seen is not None and order.packages.count() != packages_seen:
        raise CannotShip(
            _("Order %(number)s was shipped from meanwhile: look at its packages first.")
            % {"number": order.number}
        )
    if not packages:
        raise CannotShip(_("A shipment needs at least one package."))
    asked_to_cancel = channel.buyer_cancel_reasons(order) is not None
    if asked_to_cancel and not despite_cancel_request:
        raise CancelRequested(
            _("The buyer of order %(number)s asked to cancel it: ship it only by decision.")
            % {"number": order.number}
        )
    lines = {line.pk: line for line in order.lines.order_by("pk")}
    shipment = Shipment.objects.create(
        order=order,
        number=_last(order.shipments, "number") + 1,
        by=Shipment.By.MERCHANT,
        created_by=user,
    )
    number = max(_last(order.packages, "number"), *channel.numbers_shown(order), 0)
    created = [
        _create_package(order, shipment, lines, checked(draft, order, now), number + count)
        for count, draft in enumerate(packages, 1)
    ]
    all_shipped = all(line.quantity_left == 0 for line in lines.values())
    before = order.state
    _advance(order, all_shipped=all_shipped, now=now)
    not_before = channel.grace(order, now)
    outbox.enqueue(OutboxMessage.Topic.PACKAGE_SHIPPED, created, not_before=not_before)
    moved = channel.packages_created(order, created, all_shipped=all_shipped, now=now)
    moved += state_change(before, order)
    _note(order, user, created, moved, asked_to_cancel=asked_to_cancel)
    contents = PackageItem.objects.filter(package__shipment=shipment).order_by("pk")
    deduct_shipped(list(contents.select_related("line", "package__order")))
    if unchecked:
        add_note(order.timeline, UNCHECKED_NOTE, params={"why": unchecked})
    return shipment


def _note(
    order: CommerceOrder,
    user: User | None,
    created: Sequence[Package],
    moved: Sequence[Change],
    *,
    asked_to_cancel: bool,
) -> None:
    """One per package; what moved stands at the last one, which moved it."""
    name = name_of(user)
    for package in created:
        params = {"number": package.number, "carrier": package}
        changes = moved if package is created[-1] else ()
        add_note(order.timeline, SHIPPED_NOTE, user=name, params=params, changes=changes)
    if asked_to_cancel:
        add_note(order.timeline, DESPITE_NOTE, user=name)


def _check_order(order: CommerceOrder, channel: sales_channel.SalesChannel) -> None:
    if order.state not in OPEN_STATES:
        raise CannotShip(
            _("Order %(number)s is %(state)s: it cannot be shipped.")
            % {"number": order.number, "state": CommerceOrder.State(order.state).label}
        )
    if refusal := cancellation.refuses_shipping(order) or channel.refuses_shipping(order):
        raise CannotShip(refusal)


def _create_package(
    order: CommerceOrder,
    shipment: Shipment,
    lines: dict[int, CommerceOrderLine],
    draft: PackageDraft,
    number: int,
) -> Package:
    left = {pk: line.quantity_left for pk, line in lines.items() if line.quantity_left}
    quantities = left if draft.quantities is None else draft.quantities
    chosen = {pk: units for pk, units in quantities.items() if units}
    if not chosen:
        raise CannotShip(
            _("The package is empty: choose at least one unit that is not shipped yet.")
        )
    package = Package.objects.create(
        order=order,
        shipment=shipment,
        number=number,
        carrier_code=draft.carrier_code,
        carrier_name=draft.carrier_name,
        shipping_method=draft.shipping_method,
        tracking_number=draft.tracking_number,
        shipped_at=draft.shipped_at,
        cod_collection_method=draft.cod_collection_method,
    )
    for pk, units in sorted(chosen.items()):
        _ship_units(lines.get(pk), units, order)
        codes = list(draft.unit_codes.get(pk, ()))
        PackageItem.objects.create(package=package, line_id=pk, quantity=units, unit_codes=codes)
    check_demands(draft, order, {lines[pk]: units for pk, units in chosen.items()})
    return package


def _ship_units(line: CommerceOrderLine | None, units: int, order: CommerceOrder) -> None:
    """Count units as shipped, never more than are left: the UPDATE itself checks."""
    if line is None:
        raise CannotShip(_("Order %(number)s has no such item.") % {"number": order.number})
    if units < 0:
        raise CannotShip(
            _("%(line)s: the quantity %(units)s is negative.") % {"line": line, "units": units}
        )
    # What nobody can have left is not asked: the database has no number for it.
    counted = units <= line.quantity_left and CommerceOrderLine.objects.filter(
        pk=line.pk,
        quantity_ordered__gte=F("quantity_shipped") + F("quantity_canceled") + units,
    ).update(quantity_shipped=F("quantity_shipped") + units)
    if counted != 1:
        raise CannotShip(
            _("%(item)s: %(units)s to ship, but only %(left)s left.")
            % {"item": line.sku or line.channel_item_id, "units": units, "left": line.quantity_left}
        )
    line.quantity_shipped += units


def _advance(order: CommerceOrder, *, all_shipped: bool, now: datetime) -> None:
    if all_shipped:
        order.complete(now)
    elif order.state == CommerceOrder.State.PENDING:
        order.start_processing()
    else:
        return
    order.save(update_fields=["state", "status", "completed_at"])


def _last(rows: Manager[Any], field: str) -> int:
    """The last number under this order; the order row is locked."""
    return int(rows.aggregate(last=Max(field))["last"] or 0)


def packages_of(order: CommerceOrder) -> list[Package]:
    """The packages of an order with their contents and confirmations: four statements."""
    return list(
        order.packages.select_related("shipment").prefetch_related("items__line", "messages")
    )
