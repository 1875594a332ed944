"""What was shipped outside the portal (Seller Central, Buy Shipping, a feed) is taken over.

Every package that Amazon shows under a reference that is not ours becomes a package of the Commerce
order, so that nobody ships its units again. A package of ours on its way keeps its reference: the
same reference is the same package.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels.models import ChannelOrder, ChannelOrderItem, SellerAccount
from channels.models.order_status import Status
from channels.services.merging import Merged
from channels.services.reported_shipments import number_of, reported_packages, unexplained_package
from customers.bulk import insert_rows, update_rows
from orders.models import (
    CommerceOrder,
    CommerceOrderLine,
    Package,
    PackageItem,
    Shipment,
)
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.event import Actor
from orders.services.inventory import deduct_shipped
from orders.services.notes import note, state_change
from orders.services.states import write_moves

ELSEWHERE_NOTE = gettext_noop("Package %(number)s was confirmed elsewhere.")
UNEXPLAINED_NOTE = gettext_noop(
    "Amazon counts units as shipped and shows no package: taken over as package %(number)s."
)
State = CommerceOrder.State


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open order, what is known of its packages, and its lines."""

    merged: Merged
    order: CommerceOrder  # that of `merged`
    shipments: list[Shipment]
    lines: list[CommerceOrderLine]

    @property
    def packages(self) -> list[Package]:
        return [package for shipment in self.shipments for package in shipment.packages.all()]


@dataclass(frozen=True, slots=True)
class Taken:
    """One shipment that was taken over: its packages with their units by item."""

    candidate: Candidate
    shipment: Shipment
    packages: list[tuple[Package, dict[str, int]]]


def take_over(batch: Sequence[Merged], *, now: datetime) -> list[PackageItem]:
    """Take over what Amazon shows of these orders; the contents of the new packages.

    A constant number of statements, none where nothing that has left is new. The caller holds the
    locks of the orders, and deducts the stock (`deduct_shipped`) with the lock of the products.
    """
    changed = [merged for merged in batch if merged.shipped_changed and _is_open(merged)]
    if not changed:
        return []
    found = (_new(candidate, now) for candidate in _candidates(changed))
    taken = [each for each in found if each is not None]
    if not taken:
        return []
    items = _write(taken)
    _advance(taken, now)
    return items


@transaction.atomic
def take_over_stored(channel_order_id: int) -> int:
    """Take over what is stored of one order's packages already; how many are new.

    For an order whose units became free again after Amazon showed them shipped.
    """
    account_id = ChannelOrder.objects.values_list("account_id", flat=True).get(pk=channel_order_id)
    SellerAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    linked = CommerceOrder.objects.select_for_update(of=("self",)).filter(
        channel_order=channel_order_id
    )
    commerce_order = linked.first()
    order = ChannelOrder.objects.select_for_update(of=("self",)).get(pk=channel_order_id)
    order.commerce_order = commerce_order
    merged = Merged(order, list(order.items.all()), is_new=False, shipped_changed=True)
    items = take_over([merged], now=timezone.now())
    deduct_shipped(items)
    if items:
        order.save(update_fields=["proven_at"])
        insert_rows(merged.notes)
    return len({item.package_id for item in items})


def _is_open(merged: Merged) -> bool:
    order, linked = merged.order, merged.order.commerce_order
    return (
        linked is not None
        and linked.state in UNFINISHED_STATES
        and not order.is_fba
        and order.status != Status.CANCELED
    )


def _candidates(changed: Sequence[Merged]) -> list[Candidate]:
    pks = [merged.order.commerce_order_id for merged in changed]
    lines: defaultdict[int, list[CommerceOrderLine]] = defaultdict(list)
    for line in CommerceOrderLine.objects.filter(order__in=pks):
        lines[line.order_id].append(line)
    # Of most of them nothing has left yet: no shipment, and no statement.
    begun = [pk for pk, all_ in lines.items() if any(line.quantity_shipped for line in all_)]
    shipments: defaultdict[int, list[Shipment]] = defaultdict(list)
    for shipment in Shipment.objects.filter(order__in=begun).prefetch_related(
        "packages__items__line"
    ):
        shipments[shipment.order_id].append(shipment)
    return [
        Candidate(merged, order, shipments[order.pk], lines[order.pk])
        for merged in changed
        if (order := merged.order.commerce_order) is not None
    ]


def _new(candidate: Candidate, now: datetime) -> Taken | None:
    """The shipment of what is not known yet; None where all is."""
    order, channel_order = candidate.order, candidate.merged.order
    known = candidate.packages
    numbers = {package.number for package in known}
    unknown = [entry for entry in channel_order.packages if not _is_known(entry, known)]
    left = {line.channel_item_id: line.quantity_left for line in candidate.lines}
    number = max((shipment.number for shipment in candidate.shipments), default=0) + 1
    shipment = Shipment(order=order, number=number, by=Shipment.By.CHANNEL, created_at=now)
    packages = reported_packages(unknown, shipment, left, numbers)
    texts = [ELSEWHERE_NOTE] * len(packages)
    if channel_order.status == Status.SHIPPED and not channel_order.packages:
        counted = _counted(candidate.merged.items, candidate.lines)
        if rest := unexplained_package(shipment, counted, numbers):
            packages.append(rest)
            texts.append(UNEXPLAINED_NOTE)
    for text, (package, _) in zip(texts, packages, strict=True):
        params = {"number": package.number}
        told = note(order.timeline, text, actor=Actor.AMAZON, params=params)
        candidate.merged.notes.append(told)
    return Taken(candidate, shipment, packages) if packages else None


def _is_known(entry: Mapping[str, Any], packages: Sequence[Package]) -> bool:
    """Ours by its reference; where that cannot be a number of ours, by its tracking number."""
    if number := number_of(entry["reference"]):
        return any(package.number == number for package in packages)
    return any(
        package.tracking_number == entry["tracking_number"][:64]
        and {item.line.channel_item_id for item in package.items.all()}
        <= {item_id for item_id, _ in entry["items"]}
        for package in packages
        if package.shipment.by == Shipment.By.CHANNEL
    )


def _counted(
    items: Sequence[ChannelOrderItem], lines: Sequence[CommerceOrderLine]
) -> dict[str, int]:
    """Units that Amazon counts as shipped beyond what is known here, by item."""
    by_item = {item.order_item_id: item.quantity_shipped for item in items}
    return {
        line.channel_item_id: min(
            line.quantity_left, by_item.get(line.channel_item_id, 0) - line.quantity_shipped
        )
        for line in lines
    }


def _write(taken: Sequence[Taken]) -> list[PackageItem]:
    """Shipments, packages, items, and the units counted on their lines: four statements."""
    insert_rows(each.shipment for each in taken)
    insert_rows(package for each in taken for package, _ in each.packages)
    items, moved = [], []
    for each in taken:
        line_of = {line.channel_item_id: line for line in each.candidate.lines}
        for package, contents in each.packages:
            for item_id, count in contents.items():
                line = line_of[item_id]
                line.quantity_shipped += count
                moved.append(line)
                items.append(PackageItem(package=package, line=line, quantity=count))
    insert_rows(items)
    update_rows({line.pk: line for line in moved}.values(), ["quantity_shipped"])
    return items


def _advance(taken: Sequence[Taken], now: datetime) -> None:
    """Complete where nothing is left, else Processing. What has left beats a hold."""
    moved = []
    for each in taken:
        order, channel_order = each.candidate.order, each.candidate.merged.order
        before = order.state
        own = (s for s in each.candidate.shipments if s.by == Shipment.By.MERCHANT)
        if not any(shipment.packages.all() for shipment in own):
            channel_order.proven_at = now  # Amazon itself shows all there is
        if not any(line.quantity_left for line in each.candidate.lines):
            if order.state == State.ON_HOLD:
                order.unhold()
            order.complete(now)
        elif order.state == State.PENDING:
            order.start_processing()
        else:
            continue
        moved.append(order)
        told = each.candidate.merged.notes[-1]  # of its last package, which moved it
        told.changes += state_change(before, order)
    write_moves(moved)
