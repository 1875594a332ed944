"""The sandbox's world: who sells, what was ordered, and what Amazon shows of it right now.

Every order is a list of versions. Amazon shows a version only once it has become visible, which
gives eventual consistency for free: a confirmation is accepted at once and seen later.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, RLock
from typing import Any

from channels.sandbox.clock import Clock
from channels.sandbox.faults import Faults
from channels.sandbox.feed_records import Feed, FeedDocument
from channels.sandbox.invent import Draft, Inventor
from channels.sandbox.marketplaces import Marketplace, find
from channels.sandbox.records import Order, Seller, Status
from channels.sandbox.sellers import DEMO_SELLERS
from channels.sandbox.showcase import SHOWCASE
from channels.sandbox.statuses import to_status
from channels.sandbox.usage import PLANS, Usage

_MILLISECOND = timedelta(milliseconds=1)
_CALLS_KEPT = 1000


class Unknown(LookupError):
    """There is no such order or seller."""


@dataclass(slots=True)
class Settings:
    """How this Amazon behaves; may be changed at any time."""

    plan: str = "amazon"  # one of usage.PLANS
    visibility_lag: float = 0.0  # seconds until searches and gets show a change
    feed_seconds: float = 0.0  # that it takes to process a feed
    search_lag: float = 0.0  # the upper bound of a search without one lies so many seconds back

    def __post_init__(self) -> None:
        if self.plan not in PLANS:
            raise ValueError(f"There is no plan {self.plan!r}; there are {', '.join(PLANS)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call received; never a token, never a body."""

    at: datetime
    operation: str
    seller_id: str | None
    order_id: str | None
    status: int | None  # None: the connection was closed instead
    request_id: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class _Version:
    order: Order
    visible_from: datetime
    is_confirmation: bool


@dataclass(slots=True, kw_only=True)
class AccessToken:
    """What an LWA access token stands for; ``seller_id`` None: a grantless one."""

    seller_id: str | None
    client_id: str
    expires_at: datetime
    is_revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Cursor:
    """Where a search goes on: its other parameters, what it selected, and how far it has come."""

    seller_id: str
    parameters: dict[str, str]
    order_ids: list[str]
    position: int
    bound: datetime
    issued_at: datetime


@dataclass(slots=True)
class _State:
    """What ``reset`` throws away."""

    sellers: dict[str, Seller] = field(default_factory=dict)
    versions: dict[str, list[_Version]] = field(default_factory=dict)
    stale_until: datetime | None = None


class World:
    """A still world: nothing moves unless told. All methods may be called from any thread.

    ``now`` holds its clock still at that time (else the real one runs); ``populate`` fills it
    with the showcase. It begins with the demo sellers of sellers.py.
    """

    live = False

    def __init__(
        self,
        *,
        seed: int = 1,
        now: datetime | None = None,
        settings: Settings | None = None,
        populate: bool = False,
    ) -> None:
        self.lock = RLock()
        self.closing = Event()  # wakes stalled replies when the server stops
        self.settings = settings or Settings()
        self.seed = seed
        self.clock = Clock(now)
        self._populates = populate
        self.reset()

    def reset(self) -> None:
        """Begin again with the same seed: sellers, orders, tokens, calls, faults and quotas."""
        with self.lock:
            self.faults = Faults(self.seed)
            self.usage = Usage()
            self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
            self.tokens: dict[str, AccessToken] = {}
            self.cursors: dict[str, Cursor] = {}
            self.feeds: dict[str, Feed] = {}
            self.feed_documents: dict[str, FeedDocument] = {}
            self._inventor = Inventor(self.seed)
            self._state = _State(sellers={seller.seller_id: seller for seller in DEMO_SELLERS})
            if self._populates:
                self._populate()

    def __getstate__(self) -> dict[str, Any]:
        """What keeping.py writes: everything but what belongs to this process."""
        return {k: v for k, v in vars(self).items() if k not in ("lock", "closing")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=RLock(), closing=Event())

    def catch_up(self) -> None:
        """Do what is due by now; called before every request. A still world has nothing due but
        feeds (feed_processing.py)."""

    # Sellers

    @property
    def sellers(self) -> tuple[Seller, ...]:
        """Every seller, demo sellers first."""
        return tuple(self._state.sellers.values())

    def seller(self, seller_id: str) -> Seller:
        """The seller of this id; Unknown names one that is not there."""
        try:
            return self._state.sellers[seller_id]
        except KeyError:
            raise Unknown(f"There is no seller {seller_id!r}.") from None

    def add_seller(self, seller: Seller) -> None:
        """Add a seller, or replace the one of the same id (to change roles, secret or token)."""
        with self.lock:
            self._state.sellers[seller.seller_id] = seller

    def revoke(self, seller_id: str, *, consent: bool = False) -> None:
        """The seller's access tokens stop working; with ``consent`` its refresh token does too."""
        with self.lock:
            seller = self.seller(seller_id)
            for token in self.tokens.values():
                if token.seller_id == seller_id:
                    token.is_revoked = True
            if consent:  # no request can carry an empty token
                self._state.sellers[seller_id] = replace(seller, refresh_token="")

    # Orders

    def order(self, order_id: str) -> Order:
        """The order as it truly is, whatever Amazon shows of it yet."""
        with self.lock:
            versions = self._state.versions.get(order_id)
        if versions is None:
            raise Unknown(f"There is no order {order_id!r}.")
        return versions[-1].order

    def orders(self) -> list[Order]:
        """All orders as they truly are, newest first."""
        with self.lock:
            latest = [versions[-1].order for versions in self._state.versions.values()]
        return sorted(latest, key=lambda order: (order.created, order.order_id), reverse=True)

    def shown(self, order_id: str) -> Order | None:
        """The order as ``getOrder`` shows it now; None when it is not visible (yet)."""
        with self.lock:
            now = self.clock.now()
            versions = self._state.versions.get(order_id, [])
            visible = [version for version in versions if version.visible_from <= now]
            if self._state.stale_until is not None and now <= self._state.stale_until:
                visible = _before_last_confirmation(visible)
            return visible[-1].order if visible else None

    def shown_orders(self) -> list[Order]:
        """All visible orders, as a search sees them now."""
        with self.lock:
            shown = (self.shown(order_id) for order_id in self._state.versions)
            return [order for order in shown if order is not None]

    def create_order(
        self,
        marketplace: str = "SE",
        draft: Draft | None = None,
        *,
        seller_id: str | None = None,
        at: datetime | None = None,
    ) -> Order:
        """A new order in a marketplace (id or country code), moved on to the draft's status.

        Without ``seller_id`` the first seller that participates there gets it. ``at`` is when it
        was last updated (default: now). ValueError and Unknown name what is wrong.
        """
        draft = draft or Draft()
        with self.lock:
            place = find(marketplace)
            seller = self.seller(seller_id) if seller_id else self._seller_in(place)
            if draft.order_id in self._state.versions:
                raise ValueError(f"There is already an order {draft.order_id!r}.")
            when = at or self.clock.tick()
            order = self._inventor.order(
                draft,
                seller=seller,
                marketplace=place,
                now=when,
                is_taken=self._state.versions.__contains__,
            )
            order = replace(to_status(order, draft.status, when), updated=when)
            return self._keep(order)

    def change(
        self,
        order_id: str,
        move: Callable[[Order], Order],
        *,
        at: datetime | None = None,
        is_confirmation: bool = False,
    ) -> Order:
        """Apply a move of moves.py (or any other change) and bump ``lastUpdatedTime``.

        ``at`` is when it happens (default: now). CannotMove and Unknown say why not.
        """
        with self.lock:
            before = self.order(order_id)
            after = move(before)
            when = max(at or self.clock.tick(), before.updated + _MILLISECOND)
            return self._keep(replace(after, updated=when), is_confirmation=is_confirmation)

    def move_to(self, order_id: str, status: Status) -> Order:
        """Bring the order to a status, shipping what that takes."""
        return self.change(order_id, lambda order: to_status(order, status, self.clock.now()))

    def show_stale(self, seconds: float) -> None:
        """For so long searches and gets show orders as they were before their last confirmation."""
        with self.lock:
            self._state.stale_until = self.clock.now() + timedelta(seconds=seconds)

    def _keep(self, order: Order, *, is_confirmation: bool = False) -> Order:
        visible_from = order.updated + timedelta(seconds=self.settings.visibility_lag)
        version = _Version(order, visible_from, is_confirmation)
        self._state.versions.setdefault(order.order_id, []).append(version)
        return order

    def _seller_in(self, marketplace: Marketplace) -> Seller:
        for seller in self.sellers:
            if marketplace in seller.marketplaces:
                return seller
        raise Unknown(f"No seller participates in {marketplace.name}.")

    def _populate(self) -> None:
        now = self.clock.now()
        for country_code, minutes, draft in SHOWCASE:
            self.create_order(country_code, draft, at=now - timedelta(minutes=minutes))


def _before_last_confirmation(versions: list[_Version]) -> list[_Version]:
    last = max((i for i, v in enumerate(versions) if v.is_confirmation), default=len(versions))
    return versions[:last]
