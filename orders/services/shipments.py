"""Shipping: the one service behind the page, the command and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders import sales_channel
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    OutboxMessage,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
    StockMovement,
)
from orders.models.commerce_order import OPEN_STATES
from orders.models.event import Actor
from orders.services import cancellation, outbox
from orders.services.errors import CannotShip
from orders.services.inventory import held_units, lock_products
from orders.services.notes import add_note

CLOCK_SKEW = timedelta(minutes=2)  # a browser's "now" may be ahead of the server's


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDraft:
    """A parcel as staff enter it. `quantities` maps line pk to units; None: all that is left."""

    carrier_code: str
    tracking_number: str
    carrier_name: str = ""
    shipping_method: str = ""
    shipped_at: datetime | None = None  # None: now
    quantities: Mapping[int, int] | None = None


@transaction.atomic
def create_shipment(
    *,
    order_id: int,
    packages: Sequence[PackageDraft],
    user: User | None = None,
    packages_seen: int | None = None,
) -> Shipment:
    """Ship some or all of an order; its packages are queued for the channel in the same commit.

    `packages_seen` is how many the person saw: a form posted twice, or by two people, ships once.
    Raises CannotShip, with nothing written. When every unit has left the order becomes Complete.
    """
    now = timezone.now()
    order = CommerceOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    channel = sales_channel.of(order)
    _check_order(order, channel)
    if packages_seen is not None and order.packages.count() != packages_seen:
        raise CannotShip(
            f"Order {order.number} was shipped from meanwhile: look at its packages first."
        )
    if not packages:
        raise CannotShip("A shipment needs at least one package.")
    lines = {line.pk: line for line in order.lines.order_by("pk")}
    shipment = Shipment.objects.create(
        order=order,
        number=_next(order.shipments, "number"),
        by=Shipment.By.MERCHANT,
        created_by=user,
    )
    created = [
        _create_package(order, shipment, lines, _checked(draft, order, now)) for draft in packages
    ]
    all_shipped = all(line.quantity_left == 0 for line in lines.values())
    _advance(order, all_shipped=all_shipped, now=now)
    not_before = channel.grace(order, now)
    outbox.enqueue(OutboxMessage.Topic.PACKAGE_SHIPPED, created, not_before=not_before)
    for package in created:
        add_note(
            order.timeline,
            gettext_noop("Package %(number)s shipped with %(carrier)s."),
            actor=Actor.STAFF if user else Actor.PORTAL,
            user=user.get_username() if user else "",
            params={"number": package.number, "carrier": package},
        )
    channel.packages_created(order, created, all_shipped=all_shipped, now=now)
    _deduct_stock(order, created)
    return shipment


def _check_order(order: CommerceOrder, channel: sales_channel.SalesChannel) -> None:
    if order.state not in OPEN_STATES:
        raise CannotShip(
            f"Order {order.number} is {order.get_state_display()}: it cannot be shipped."
        )
    if refusal := cancellation.refuses_shipping(order) or channel.refuses_shipping(order):
        raise CannotShip(refusal)


def _checked(draft: PackageDraft, order: CommerceOrder, now: datetime) -> PackageDraft:
    """The draft with its ship date filled in, or CannotShip naming what is wrong."""
    if not draft.tracking_number.strip():
        raise CannotShip("The tracking number is missing.")
    if not draft.carrier_code.strip():
        raise CannotShip("The carrier is missing.")
    known = {carrier.code for carrier in sales_channel.of(order).carriers(order)}
    if draft.carrier_code not in known:
        raise CannotShip(f"Carrier {draft.carrier_code!r} is not known; use Other and its name.")
    if draft.carrier_code == "Other" and not draft.carrier_name.strip():
        raise CannotShip("Carrier Other needs the carrier's name.")
    for label, value in (
        ("tracking number", draft.tracking_number),
        ("carrier name", draft.carrier_name),
        ("shipping method", draft.shipping_method),
    ):
        if len(value) > 64:
            raise CannotShip(f"The {label} is longer than 64 characters.")
    shipped_at = draft.shipped_at or now
    if timezone.is_naive(shipped_at):
        raise CannotShip(f"The ship date {shipped_at.isoformat()} has no time zone.")
    if shipped_at > now + CLOCK_SKEW:
        raise CannotShip(f"The ship date {shipped_at.isoformat()} lies in the future.")
    if shipped_at < order.purchased_at:
        raise CannotShip(
            f"The ship date {shipped_at.isoformat()} lies before the purchase "
            f"({order.purchased_at.isoformat()})."
        )
    return PackageDraft(
        carrier_code=draft.carrier_code.strip(),
        carrier_name=draft.carrier_name.strip(),
        tracking_number=draft.tracking_number.strip(),
        shipping_method=draft.shipping_method.strip(),
        shipped_at=min(shipped_at, now),
        quantities=draft.quantities,
    )


def _create_package(
    order: CommerceOrder,
    shipment: Shipment,
    lines: dict[int, CommerceOrderLine],
    draft: PackageDraft,
) -> Package:
    left = {pk: line.quantity_left for pk, line in lines.items() if line.quantity_left}
    quantities = left if draft.quantities is None else draft.quantities
    chosen = {pk: units for pk, units in quantities.items() if units}
    if not chosen:
        raise CannotShip("The package is empty: choose at least one unit that is not shipped yet.")
    package = Package.objects.create(
        order=order,
        shipment=shipment,
        number=_next(order.packages, "number"),
        carrier_code=draft.carrier_code,
        carrier_name=draft.carrier_name,
        shipping_method=draft.shipping_method,
        tracking_number=draft.tracking_number,
        shipped_at=draft.shipped_at,
    )
    for pk, units in sorted(chosen.items()):
        _ship_units(lines.get(pk), units, order)
        PackageItem.objects.create(package=package, line_id=pk, quantity=units)
    return package


def _ship_units(line: CommerceOrderLine | None, units: int, order: CommerceOrder) -> None:
    """Count units as shipped, never more than are left: the UPDATE itself checks."""
    if line is None:
        raise CannotShip(f"Order {order.number} has no such item.")
    if units < 0:
        raise CannotShip(f"{line}: the quantity {units} is negative.")
    # What nobody can have left is not asked: the database has no number for it.
    counted = units <= line.quantity_left and CommerceOrderLine.objects.filter(
        pk=line.pk,
        quantity_ordered__gte=F("quantity_shipped") + F("quantity_canceled") + units,
    ).update(quantity_shipped=F("quantity_shipped") + units)
    if counted != 1:
        raise CannotShip(
            f"{line.sku or line.channel_item_id}: {units} to ship, "
            f"but only {line.quantity_left} left."
        )
    line.quantity_shipped += units


def _deduct_stock(order: CommerceOrder, packages: Sequence[Package]) -> None:
    """What left the shelf is deducted there, and no longer reserved. Four statements, all products.

    Last of all: whoever locks an order and products locks the order first.
    """
    units: dict[tuple[Package, int], int] = {}
    items = PackageItem.objects.filter(package__in=packages, line__product__manage_stock=True)
    by_pk = {package.pk: package for package in packages}
    for item in items.select_related("line").order_by("pk"):
        assert item.line.product_id is not None
        where = (by_pk[item.package_id], item.line.product_id)
        units[where] = units.get(where, 0) + item.quantity
    if not units:
        return
    lock_products(product_id for _, product_id in units)
    held = held_units([order.timeline])[order.timeline]
    lines, movements = [], []
    for (package, product_id), count in units.items():
        key = f"package:{package.pk}"
        Product.objects.filter(pk=product_id).update(quantity=F("quantity") - count)
        movements.append(
            StockMovement(
                product_id=product_id,
                kind=StockMovement.Kind.SHIPPED,
                change=-count,
                object_key=key,
            )
        )
        given_back = min(count, held.get(product_id, 0))
        held[product_id] = held.get(product_id, 0) - given_back
        if given_back:
            lines.append(
                Reservation(
                    product_id=product_id,
                    event=Reservation.Event.SHIPPED,
                    order_uid=order.timeline,
                    object_key=key,
                    quantity=given_back,
                )
            )
    Reservation.objects.bulk_create(lines)
    StockMovement.objects.bulk_create(movements)


def _advance(order: CommerceOrder, *, all_shipped: bool, now: datetime) -> None:
    if all_shipped:
        order.complete(now)
    elif order.state == CommerceOrder.State.PENDING:
        order.start_processing()
    else:
        return
    order.save(update_fields=["state", "status", "completed_at"])


def _next(rows: object, field: str) -> int:
    """The next number under this order; the order row is locked."""
    return (rows.aggregate(last=Max(field))["last"] or 0) + 1  # type: ignore[attr-defined]


def packages_of(order: CommerceOrder) -> list[Package]:
    """The packages of an order with their contents and confirmations: four statements."""
    return list(
        order.packages.select_related("shipment").prefetch_related("items__line", "messages")
    )
