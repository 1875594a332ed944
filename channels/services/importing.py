"""Import of a page of orders: one transaction, a constant number of statements, whatever is in it.

An order whose raw bytes are those of last time is recognised before any decoding. One that cannot
be read, or that the database refuses, is set aside alone with its reason; the others land.
"""

import gc
import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from channels.amazon.errors import SpApiError
from channels.amazon.mapping import order_from_wire
from channels.amazon.types import AmazonOrder, Dataset, FulfilledBy, RawOrder, Status
from channels.models import (
    AmazonStore,
    ChannelOrder,
    ChannelOrderItem,
    SellerAccount,
)
from channels.policy import is_stored, is_wanted
from channels.services import buyer_terms, errors_log
from channels.services.bisecting import bisect
from channels.services.closing import close_canceled
from channels.services.following import follow
from channels.services.following_addresses import follow_addresses
from channels.services.merging import Merged, merge
from channels.services.placing import place
from channels.services.sales import sales_changed
from channels.services.settling import settle_cancellations
from channels.services.taking_over import take_over
from customers.bulk import insert_rows, update_rows
from orders.models import Cancellation, CommerceOrder

log = logging.getLogger(__name__)

ORDER_COLUMNS = [
    "store", "commerce_order", "status", "placement", "hold_reason", "hold_detail",
    "amazon_status", "fulfilled_by", "purchase_date", "last_updated", "ship_by", "deliver_by",
    "service_level", "sales_channel", "programs", "replaces_order_id", "currency", "grand_total",
    "delivery_tip", "cancel_requested", "buyer", "recipient", "item_texts", "packages", "digest",
    "proven_at", "reserved_until", "holds_stock", "synced_at",
]  # fmt: skip
ITEM_COLUMNS = [
    f.name
    for f in ChannelOrderItem._meta.concrete_fields
    if f.name not in {"id", "order", "order_item_id"}
]


@dataclass(slots=True)
class PageResult:
    """What became of a page. `seen` counts orders sent, the others are parts of it."""

    seen: int = 0
    created: int = 0
    changed: int = 0
    placed: int = 0
    set_aside: int = 0

    def add(self, other: "PageResult") -> None:
        self.seen += other.seen
        self.created += other.created
        self.changed += other.changed
        self.placed += other.placed
        self.set_aside += other.set_aside


@dataclass(frozen=True, slots=True)
class Arrived:
    """A raw order and what it says."""

    raw: RawOrder
    order: AmazonOrder
    is_known: bool


def import_page(
    account: SellerAccount,
    raw_orders: Sequence[RawOrder],
    *,
    datasets: frozenset[Dataset],
    now: datetime,
) -> PageResult:
    """Import what one page of `searchOrders` (or one `getOrder`) brought. Twice is harmless."""
    with _no_garbage_collection():
        result = PageResult(seen=len(raw_orders))
        arrived = []
        for raw, is_known in _without_unchanged(account, raw_orders):
            try:
                order = order_from_wire(raw.raw, datasets)
            except SpApiError as exc:
                errors_log.set_aside(account, raw, exc, now=now)
                result.set_aside += 1
                continue
            if is_known or is_stored(order.status, order.fulfilled_by):
                arrived.append(Arrived(raw, order, is_known))
        for part in bisect(
            _newest(arrived), partial(_import, account, now), partial(_set_aside, account, now)
        ):
            result.add(part)
    return result


def _set_aside(
    account: SellerAccount, now: datetime, arrival: Arrived, exc: Exception
) -> PageResult:
    """The order that the database refuses; logged without its words, which may quote the row."""
    where = "".join(traceback.format_tb(exc.__traceback__))
    order_id = {"amazon_order_id": arrival.order.amazon_order_id}
    log.error("Order set aside: %s\n%s", type(exc).__name__, where, extra=order_id)
    errors_log.set_aside(account, arrival.raw, exc, now=now)
    return PageResult(set_aside=1)


@transaction.atomic
def _import(account: SellerAccount, now: datetime, arrived: Sequence[Arrived]) -> PageResult:
    has_errors = _lock(account)
    stores = stores_of(account)
    stored = _lock_stored(account, arrived)
    batch = []
    for arrival in arrived:
        merged = _merged(account, arrival, stores, stored)
        if merged and merge(arrival.order, merged, digest=arrival.raw.digest, now=now):
            batch.append(merged)
    by_pk = {store.pk: store for store in stores.values()}
    follow(batch, now=now)
    follow_addresses(batch)
    taken_over = take_over(batch, now=now)
    placed = place(batch, by_pk, now=now, shipped=taken_over)
    close_canceled(batch, now=now)
    settle_cancellations(batch, now=now)
    write(batch)
    if has_errors:
        errors_log.resolve(account, [m.order.amazon_order_id for m in batch], now=now)
    created = sum(merged.is_new for merged in batch)
    return PageResult(created=created, changed=len(batch) - created, placed=placed)


def _lock(account: SellerAccount) -> bool:
    """One import per account at a time: what is read under this lock still is true when it is
    written. Whether an order of the account was set aside, to be resolved.
    """
    locked = SellerAccount.objects.select_for_update(no_key=True).filter(pk=account.pk)
    has_errors: bool = locked.values_list(Exists(errors_log.open_of(account)), flat=True).get()
    return has_errors


def stores_of(account: SellerAccount) -> dict[str, AmazonStore]:
    """The account's stores by marketplace, with their settings."""
    stores = AmazonStore.objects.filter(account=account).select_related(
        "order_settings", "order_settings__processing_order_status"
    )
    return {store.marketplace_id: store for store in stores}


def _without_unchanged(
    account: SellerAccount, raw_orders: Sequence[RawOrder]
) -> list[tuple[RawOrder, bool]]:
    """One SELECT, no decoding: what differs from what is stored, and whether it is stored."""
    digests = dict(
        ChannelOrder.objects.filter(
            account=account, amazon_order_id__in=[raw.amazon_order_id for raw in raw_orders]
        ).values_list("amazon_order_id", "digest")
    )
    return [
        (raw, known is not None)
        for raw in raw_orders
        if (known := digests.get(raw.amazon_order_id)) is None or bytes(known) != raw.digest
    ]


def _newest(arrived: Iterable[Arrived]) -> list[Arrived]:
    """Each order once, as last updated: a page may show an order twice while it changes."""
    newest: dict[str, Arrived] = {}
    for arrival in arrived:
        known = newest.get(arrival.order.amazon_order_id)
        if known is None or arrival.order.last_updated >= known.order.last_updated:
            newest[arrival.order.amazon_order_id] = arrival
    return list(newest.values())


def _lock_stored(account: SellerAccount, arrived: Sequence[Arrived]) -> dict[str, Merged]:
    """What is stored of these orders, locked; Commerce orders first, as shipping locks them."""
    commerce_orders = _lock_linked(account, arrived)
    orders = ChannelOrder.objects.select_for_update(of=("self",)).filter(
        account=account, amazon_order_id__in=[a.order.amazon_order_id for a in arrived]
    )
    by_pk = {order.pk: Merged(order, [], is_new=False) for order in orders.order_by("pk")}
    for item in ChannelOrderItem.objects.filter(order__in=by_pk).order_by("pk"):
        by_pk[item.order_id].items.append(item)
    for merged in by_pk.values():
        if linked := commerce_orders.get(merged.order.commerce_order_id):
            merged.order.commerce_order = linked
            merged.is_being_canceled = linked.is_being_canceled  # type: ignore[attr-defined]  # annotated
    return {merged.order.amazon_order_id: merged for merged in by_pk.values()}


def _lock_linked(
    account: SellerAccount, arrived: Sequence[Arrived]
) -> dict[int | None, CommerceOrder]:
    """The Commerce orders of these orders, by pk: what Amazon changed they follow."""
    known = [arrival.order.amazon_order_id for arrival in arrived if arrival.is_known]
    if not known:
        return {}
    being_canceled = Exists(Cancellation.objects.open().filter(order=OuterRef("pk")))
    orders = (
        CommerceOrder.objects.select_for_update(of=("self",))
        .filter(channel_order__account=account, channel_order__amazon_order_id__in=known)
        .annotate(is_being_canceled=being_canceled)
    )
    return {order.pk: order for order in orders.order_by("pk")}


def _merged(
    account: SellerAccount,
    arrival: Arrived,
    stores: Mapping[str, AmazonStore],
    stored: Mapping[str, Merged],
) -> Merged | None:
    """The stored order, or a new one; None when order settings do not want it."""
    amazon = arrival.order
    if known := stored.get(amazon.amazon_order_id):
        return known
    store = stores.get(amazon.marketplace_id or "")
    if store is None or amazon.status is None or amazon.fulfilled_by is None:
        return None  # a marketplace that is not connected, or no FULFILLMENT: nothing to go by
    wanted = is_wanted(
        status=Status(amazon.status),
        fulfilled_by=FulfilledBy(amazon.fulfilled_by),
        purchase_date=amazon.purchase_date,
        rules=store.order_settings.rules(),
    )
    if not wanted:
        return None
    order = ChannelOrder(account=account, store=store, amazon_order_id=amazon.amazon_order_id)
    return Merged(order, [], is_new=True)


def write(batch: Sequence[Merged]) -> None:
    """Orders, items, notes, what buyers are found by, and whose sums changed: seven statements, one
    more when a known buyer is another. The rows are locked, so nobody else writes them."""
    insert_rows(m.order for m in batch if m.is_new)
    update_rows((m.order for m in batch if not m.is_new), ORDER_COLUMNS)
    items = [item for m in batch for item in (m.items if m.is_new else m.changed_items)]
    update_rows((item for item in items if item.pk), ITEM_COLUMNS)
    insert_rows(item for item in items if not item.pk)
    insert_rows(note for m in batch for note in m.notes)
    named = [m for m in batch if m.people_changed]
    buyer_terms.forget([m.order.pk for m in named if m.had_people])
    buyer_terms.index(m.order for m in named)
    sales_changed(
        (merged.order.store_id, at)
        for merged in batch
        for at in {merged.order.purchase_date, merged.purchased_before}
        if at is not None
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Thousands of short-lived objects a page: the collector would walk them for nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
