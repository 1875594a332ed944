"""Order settings + what Amazon says + stock -> what to do with an order. Pure: no ORM, no clock.

The table in docs/order-settings.md is this module's test. Reading order: `is_wanted` says whether
an order is stored at all, `decide` whether a stored one becomes a Commerce order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from channels.amazon.types import FulfilledBy, Status


class Action(StrEnum):
    """What to do with a stored order that has no Commerce order yet."""

    WAIT = "wait"  # Amazon has not verified it
    PLACE = "place"
    HOLD = "hold"
    VIEW_ONLY = "view_only"
    IGNORE = "ignore"  # nothing to create, now or later


class HoldReason(StrEnum):
    """Why the Commerce order cannot be created."""

    UNKNOWN_SKU = "unknown_sku"
    PRODUCT_DISABLED = "product_disabled"
    OUT_OF_STOCK = "out_of_stock"
    TOTAL = "total"
    DETAILS_MISSING = "details_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The order settings that decide; True or False reads as its name says."""

    import_enabled: bool = True
    create_fba: bool = True
    hold_unknown_sku: bool = False
    hold_disabled: bool = True
    hold_out_of_stock: bool = False
    reserve_pending: bool = False
    import_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What decides about an order. Totals are None when Amazon did not send them."""

    status: Status
    fulfilled_by: FulfilledBy
    made_on_amazon: bool = True  # False: a multi-channel order the seller made himself
    is_replacement: bool = False  # free of charge: no amounts is right
    grand_total: Decimal | None = None
    lines_total: Decimal | None = None
    delivery_tip: Decimal | None = None  # in the grand total, in no line


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """One line and the product it stands for; `sku` is the product's, else Amazon's."""

    sku: str
    units_left: int  # ordered, not yet shipped
    known: bool
    enabled: bool = True
    salable: int | None = None  # None: not managed, or order settings do not ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`complete`: the Commerce order is created as Complete. `reason`, `detail`: the cause."""

    action: Action
    complete: bool = False
    reason: HoldReason | None = None
    detail: str = ""


WAIT = Decision(action=Action.WAIT)
IGNORE = Decision(action=Action.IGNORE)
VIEW_ONLY = Decision(action=Action.VIEW_ONLY)

UNVERIFIED = frozenset({Status.PENDING, Status.PENDING_AVAILABILITY})
TO_SHIP = frozenset({Status.UNSHIPPED, Status.PARTIALLY_SHIPPED})
OVER = frozenset({Status.CANCELED, Status.UNFULFILLABLE})
BEFORE_SHIP_BY = timedelta(minutes=15)  # by then Amazon is told, whatever the grace period


def is_stored(status: Status | None, fulfilled_by: FulfilledBy | None) -> bool:
    """Whether such orders are stored at all, whatever order settings say: FBA once Shipped."""
    return fulfilled_by is FulfilledBy.MERCHANT or (
        fulfilled_by is FulfilledBy.AMAZON and status is Status.SHIPPED
    )


def is_wanted(
    *, status: Status, fulfilled_by: FulfilledBy, purchase_date: datetime, rules: Rules
) -> bool:
    """Whether a new order is stored: one of those that are, and not older than the date."""
    return purchase_date >= rules.import_since and is_stored(status, fulfilled_by)


def decide(
    order: OrderFacts, lines: Sequence[LineFacts], rules: Rules, *, by_hand: bool = False
) -> Decision:
    """What to do with a stored order without a Commerce order.

    `by_hand`: a person takes the responsibility, so nothing holds it.
    """
    if order.status in OVER or not order.made_on_amazon:
        return IGNORE
    if not rules.import_enabled:
        return VIEW_ONLY
    fba = order.fulfilled_by is FulfilledBy.AMAZON
    if fba and not rules.create_fba:
        return IGNORE
    shipped = order.status is Status.SHIPPED
    if not shipped and (fba or order.status not in TO_SHIP):
        return WAIT
    place = Decision(action=Action.PLACE, complete=shipped)
    if by_hand:
        return place
    obstacle = _money(order) or _products(lines, rules)
    if obstacle is None and not shipped and rules.hold_out_of_stock:
        obstacle = _stock(lines)
    return obstacle or place


def reserves_pending(order: OrderFacts, rules: Rules) -> bool:
    """Whether stock is kept for an order whose payment Amazon still verifies."""
    return (
        rules.reserve_pending
        and order.status in UNVERIFIED
        and order.fulfilled_by is FulfilledBy.MERCHANT
        and decide(order, (), rules).action is Action.WAIT
    )


def charges_of_no_line(order: OrderFacts) -> Decimal | None:
    """The delivery tip, where the grand total holds it: Amazon adds it to no line."""
    if order.grand_total is None or order.lines_total is None or order.delivery_tip is None:
        return None
    counted = order.grand_total == order.lines_total + order.delivery_tip
    return order.delivery_tip if counted else None


def grace_end(now: datetime, *, minutes: int, ship_by: datetime | None) -> datetime:
    """Until when a shipment of now can be taken back; `now`: it goes out at once."""
    end = now + timedelta(minutes=minutes)
    if ship_by is not None:
        end = min(end, ship_by - BEFORE_SHIP_BY)
    return max(end, now)


def _hold(reason: HoldReason, detail: str) -> Decision:
    return Decision(action=Action.HOLD, reason=reason, detail=detail)


def _money(order: OrderFacts) -> Decision | None:
    if order.grand_total is None or order.lines_total is None:
        if order.is_replacement:
            return None
        return _hold(HoldReason.DETAILS_MISSING, "prices")
    if order.grand_total == order.lines_total or charges_of_no_line(order) is not None:
        return None
    difference = order.grand_total - order.lines_total
    return _hold(HoldReason.TOTAL, f"{order.grand_total} - {order.lines_total} = {difference}")


def _products(lines: Sequence[LineFacts], rules: Rules) -> Decision | None:
    for line in lines:
        if not line.known and rules.hold_unknown_sku:
            return _hold(HoldReason.UNKNOWN_SKU, line.sku)
        if line.known and not line.enabled and rules.hold_disabled:
            return _hold(HoldReason.PRODUCT_DISABLED, line.sku)
    return None


def _stock(lines: Sequence[LineFacts]) -> Decision | None:
    needed: dict[str, int] = {}
    for line in lines:
        needed[line.sku] = needed.get(line.sku, 0) + line.units_left
    for line in lines:
        # A SKU that others oversold does not hold an order that needs none of it any more.
        if line.salable is not None and 0 < needed[line.sku] > line.salable:
            return _hold(HoldReason.OUT_OF_STOCK, line.sku)
    return None
