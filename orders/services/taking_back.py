"""Taking a package back before the sales channel hears of it: all of its shipping is undone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
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
    Shipment,
    StockMovement,
)
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.event import Change
from orders.sentences import gettext as _
from orders.sentences import lower
from orders.services.changes import products_changed
from orders.services.errors import CannotTakeBack
from orders.services.inventory import Event, Need, fresh_key, lock_products, settle
from orders.services.notes import add_note, name_of, state_change

State = CommerceOrder.State
MAX_REASON = 200

TAKEN_BACK_NOTE = gettext_noop("Package %(number)s taken back: %(items)s with %(carrier)s.")
REASON_NOTE = gettext_noop(
    "Package %(number)s taken back: %(items)s with %(carrier)s. Reason: %(reason)s"
)


@transaction.atomic
def take_back_package(
    *, package_id: int, user: User | None = None, reason: str = ""
) -> CommerceOrder:
    """Undo the shipping of a package whose confirmation still waits its grace period.

    Package, items and confirmation are removed; the note keeps what they were. Units are to be
    shipped again, unless the channel canceled them meanwhile, and go back to the shelf. Raises
    CannotTakeBack, with nothing written. A worker that claims the confirmation at the same moment
    is either before us or finds nothing.
    """
    reason = reason.strip()
    if len(reason) > MAX_REASON:
        raise CannotTakeBack(
            _("The reason is longer than %(count)s characters.") % {"count": MAX_REASON}
        )
    package, order = _locked(package_id)
    channel = sales_channel.of(order)
    items = list(package.items.select_related("line__product").order_by("pk"))
    before = order.state
    lines = {line.pk: line for line in order.lines.select_related("product").order_by("pk")}
    wanted = {} if order.state == State.CANCELED else channel.units_wanted(order)
    for item in items:
        _unship(lines[item.line_id], item.quantity, wanted)
    some_shipped = any(line.quantity_shipped for line in lines.values())
    _go_back(order, lines.values(), some_shipped=some_shipped, now=timezone.now())
    _remove(package)
    moved = channel.package_taken_back(order, some_shipped=some_shipped)
    moved += state_change(before, order)
    _note(package, order, items, moved, user=user, reason=reason)
    _return_stock(package.pk, order, lines.values(), user=user)
    return order


def _locked(package_id: int) -> tuple[Package, CommerceOrder]:
    """The package and its order, locked, as is its confirmation; CannotTakeBack if it is late."""
    gone = CannotTakeBack(_("This package does not exist: it may have been taken back already."))
    order_id = Package.objects.filter(pk=package_id).values_list("order", flat=True).first()
    if order_id is None:
        raise gone
    order = CommerceOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    package = order.packages.filter(pk=package_id).first()
    if package is None:
        raise gone
    message = OutboxMessage.objects.select_for_update().filter(package=package).first()
    if message is None:
        raise CannotTakeBack(
            _("Package %(number)s is not one that Amazon is told about.")
            % {"number": package.number}
        )
    if order.state == State.CLOSED or not message.can_be_taken_back(timezone.now()):
        raise CannotTakeBack(
            _(
                "Package %(number)s cannot be taken back any more: the grace period is over. "
                "Its confirmation is %(state)s."
            )
            % {"number": package.number, "state": lower(OutboxMessage.State(message.state).label)}
        )
    return package, order


def _unship(line: CommerceOrderLine, units: int, wanted: Mapping[str, int]) -> None:
    """Count units as not shipped; those the buyer does not get any more as canceled."""
    line.quantity_shipped -= units
    kept = max(wanted.get(line.channel_item_id, 0), line.quantity_shipped)
    line.quantity_canceled = max(line.quantity_canceled, line.quantity_ordered - kept)
    changed = CommerceOrderLine.objects.filter(pk=line.pk, quantity_shipped__gte=units).update(
        quantity_shipped=F("quantity_shipped") - units, quantity_canceled=line.quantity_canceled
    )
    if changed != 1:
        raise CannotTakeBack(
            _("%(line)s: fewer than %(units)s are shipped.") % {"line": line, "units": units}
        )


def _go_back(
    order: CommerceOrder,
    lines: Collection[CommerceOrderLine],
    *,
    some_shipped: bool,
    now: datetime,
) -> None:
    """The order has something to ship again, or is canceled when nobody wants what came back."""
    left = any(line.quantity_left for line in lines)
    if order.state != State.COMPLETE or (some_shipped and not left):
        return
    order.reopen()
    if not left:
        order.cancel(now)
    order.save(update_fields=["state", "status", "completed_at", "canceled_at"])


def _return_stock(
    package_id: int,
    order: CommerceOrder,
    lines: Collection[CommerceOrderLine],
    *,
    user: User | None,
) -> None:
    """What was deducted goes back to the shelf, and is reserved for what is left to ship."""
    products = {line.product.pk: line.product for line in lines if line.product}
    deducted = StockMovement.objects.filter(
        product__in=products, object_key=f"package:{package_id}"
    )
    moved = {movement.product_id: -movement.change for movement in deducted}
    locked = lock_products(Product.objects.filter(pk__in=products))
    for product_id, units in moved.items():
        Product.objects.filter(pk=product_id).update(quantity=F("quantity") + units)
    StockMovement.objects.bulk_create(
        StockMovement(
            product_id=product_id,
            kind=StockMovement.Kind.TAKEN_BACK,
            change=units,
            object_key=f"taken-back:{package_id}:{order.pk}",
            user_name=name_of(user),
        )
        for product_id, units in sorted(moved.items())
    )
    needs: dict[int, int] = {}
    for line in lines if order.state in UNFINISHED_STATES else ():
        if line.product_id and locked[line.product_id].manage_stock and line.quantity_left:
            needs[line.product_id] = needs.get(line.product_id, 0) + line.quantity_left
    uid = order.timeline
    settle([Need(order_uid=uid, event=Event.ADJUSTED, object_key=fresh_key(uid), units=needs)])
    products_changed(moved.keys())  # canceled units are salable now


def _remove(package: Package) -> None:
    """The package with its items and its confirmation; the shipment too when it was its last."""
    Package.objects.filter(pk=package.pk).delete()
    if not Package.objects.filter(shipment=package.shipment_id).exists():
        Shipment.objects.filter(pk=package.shipment_id).delete()


def _note(
    package: Package,
    order: CommerceOrder,
    items: Collection[PackageItem],
    moved: Sequence[Change],
    *,
    user: User | None,
    reason: str,
) -> None:
    contents = ", ".join(
        f"{item.quantity} × {item.line.sku or item.line.channel_item_id}" for item in items
    )
    add_note(
        order.timeline,
        REASON_NOTE if reason else TAKEN_BACK_NOTE,
        user=name_of(user),
        params={"number": package.number, "items": contents, "carrier": package, "reason": reason},
        changes=moved,
    )
