"""A world that moves by itself: orders arrive, are verified, shipped by Amazon, delivered.

No thread drives it. What is due is done when somebody looks, at the moment it was due, so a seed
always tells the same story.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from heapq import heappop, heappush
from random import Random

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, MERCHANT, Order, Status
from channels.sandbox.world import World

MAX_ARRIVALS = 150  # then no more orders arrive; what is there lives on
_COUNTRIES = ("SE", "SE", "SE", "DE", "DE", "GB", "US", "JP")
_EXTRAS = {
    "SE": Decimal("49.00"),
    "DE": Decimal("4.90"),
    "GB": Decimal("3.99"),
    "US": Decimal("5.99"),
    "JP": Decimal(410),
}
_CANCEL_REASONS = ("Order created by mistake", "Item would not arrive on time", "Found it cheaper")

Span = tuple[float, float]  # seconds: from, to
_FIRST_ARRIVAL: Span = (4, 8)
_BETWEEN_ARRIVALS: Span = (12, 20)
_UNTIL_AVAILABLE: Span = (45, 75)
_UNTIL_VERIFIED: Span = (4, 12)
_UNTIL_AMAZON_SHIPS: Span = (10, 25)
_UNTIL_REGRET: Span = (15, 40)
_UNTIL_DELIVERED: Span = (60, 120)


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    serial: int  # keeps the order of what is due at the same moment
    happen: Callable[[datetime], None] = field(compare=False)


class LivingWorld(World):
    """See World; ``reset`` starts the same life anew."""

    live = True

    def reset(self) -> None:
        """Begin again with the same seed."""
        with self.lock:
            self._chance = Random(self.seed)
            self._due: list[_Due] = []
            self._serial = 0
            self._arrivals = 0
            super().reset()
            now = self.clock.now()
            for order in reversed(self.orders()):
                self._plan_life(order, now)
            self._plan(now, _FIRST_ARRIVAL, self._arrive)

    def catch_up(self) -> None:
        """Do what is due by now, oldest first."""
        with self.lock:
            now = self.clock.now()
            while self._due and self._due[0].at <= now:
                due = heappop(self._due)
                due.happen(due.at)

    def change(
        self,
        order_id: str,
        move: Callable[[Order], Order],
        *,
        at: datetime | None = None,
        is_confirmation: bool = False,
    ) -> Order:
        """See World; a parcel the merchant confirmed reaches the buyer by itself."""
        with self.lock:
            order = super().change(order_id, move, at=at, is_confirmation=is_confirmation)
            if is_confirmation:
                self._plan_move(order_id, order.updated, _UNTIL_DELIVERED, moves.deliver)
            return order

    def _plan(self, now: datetime, span: Span, happen: Callable[[datetime], None]) -> None:
        at = now + timedelta(seconds=self._chance.uniform(*span))
        self._serial += 1
        heappush(self._due, _Due(at, self._serial, happen))

    def _plan_move(
        self, order_id: str, now: datetime, span: Span, move: Callable[[Order], Order]
    ) -> None:
        self._plan(now, span, partial(self._move, order_id, move))

    def _move(self, order_id: str, move: Callable[[Order], Order], at: datetime) -> None:
        # Somebody may have moved the order meanwhile; then life goes on without this step.
        with suppress(moves.CannotMove):
            self._plan_life(self.change(order_id, move, at=at), at)

    def _arrive(self, at: datetime) -> None:
        country_code = self._chance.choice(_COUNTRIES)
        draft = self._draft(_EXTRAS[country_code])
        self._plan_life(self.create_order(country_code, draft, at=at), at)
        self._arrivals += 1
        if self._arrivals < MAX_ARRIVALS:
            self._plan(at, _BETWEEN_ARRIVALS, self._arrive)

    def _plan_life(self, order: Order, now: datetime) -> None:
        """The order's next step, if it takes one by itself."""
        plan = partial(self._plan_move, order.order_id, now)
        if order.status == Status.PENDING_AVAILABILITY:
            plan(_UNTIL_AVAILABLE, moves.await_checks)
        elif order.fulfilled_by == AMAZON and order.status in (Status.PENDING, Status.UNSHIPPED):
            plan(_UNTIL_AMAZON_SHIPS, moves.ship_by_amazon)
        elif order.status == Status.PENDING:
            # One in ten payments fails.
            fails = self._chance.random() < 0.1
            plan(_UNTIL_VERIFIED, _fail_payment if fails else moves.verify)
        elif order.status == Status.UNSHIPPED and self._is_regretted(order):
            reason = self._chance.choice(_CANCEL_REASONS)
            plan(_UNTIL_REGRET, partial(moves.request_cancel, reason=reason))

    def _is_regretted(self, order: Order) -> bool:
        has_asked = any(item.cancel_requested for item in order.items)
        return not has_asked and self._chance.random() < 0.12

    def _draft(self, extra: Decimal) -> Draft:
        """``extra`` is what shipping or gift wrap costs in the marketplace's currency."""
        chance = self._chance.random
        is_gift = chance() < 0.1
        line = Line(
            quantity=self._chance.choice((1, 1, 1, 2, 3)),
            shipping=extra if chance() < 0.4 else Decimal(),
            discount=extra if chance() < 0.2 else Decimal(),
            gift_wrap=extra if is_gift else Decimal(),
            gift_wrap_level="Classic" if is_gift else None,
            gift_message="Many happy returns!" if is_gift else None,
        )
        programs = [name for name in ("PRIME", "AMAZON_BUSINESS") if chance() < 0.2]
        return Draft(
            status=Status.PENDING,
            fulfilled_by=AMAZON if chance() < 0.25 else MERCHANT,
            lines=(line, Line()) if chance() < 0.3 else (line,),
            programs=tuple(programs),
            service_level="EXPEDITED" if "PRIME" in programs else "STANDARD",
        )


def _fail_payment(order: Order) -> Order:
    return moves.cancel(order, by="AMAZON", reason="Payment could not be verified")
