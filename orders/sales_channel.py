"""The port through which orders speak with the sales channel an order came from.

`orders` does not know Amazon. A channel registers here under its name (CommerceOrder.channel) and
is called inside the transaction of the fact it is told about: both land or neither does. What has
to leave the house goes through the outbox instead. Why not the outbox for both: docs/adr/0005.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orders.models import CommerceOrder, Package
from orders.models.event import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A carrier: `code` is the channel's, exactly spelled, `name` goes with code Other.

    Of a carrier to choose, `code` may also be a name that `resolve_carrier` knows.
    """

    code: str
    label: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What the channel wants to know about an order's packages beside carrier and number."""

    coded_items: frozenset[str] = frozenset()  # channel items that need one code per unit
    cod_methods: tuple[str, ...] = ()  # ways in which cash on delivery may have been taken


class SalesChannel(Protocol):
    """What a channel must answer. Only `refresh` may reach over the network."""

    def packages_created(
        self, order: CommerceOrder, packages: list[Package], *, all_shipped: bool, now: datetime
    ) -> list[Change]:
        """Packages were written; the order row is locked. What moved, for the timeline."""

    def package_corrected(self, order: CommerceOrder) -> None:
        """The channel has yet to show a package as it is now; the order row is locked."""

    def refuses_shipping(self, order: CommerceOrder) -> str:
        """Why this order must not be shipped, in one sentence; "" when it may."""

    def grace(self, order: CommerceOrder, now: datetime) -> datetime:
        """Until when what is done now can be taken back: the channel is not told before."""

    def units_wanted(self, order: CommerceOrder) -> dict[str, int]:
        """Units the buyer still gets, by channel item id; of a canceled order none."""

    def package_taken_back(self, order: CommerceOrder, *, some_shipped: bool) -> list[Change]:
        """A package the channel never heard of is gone; the order row is locked.

        `some_shipped`: units in other packages are left. What moved, for the timeline.
        """

    def confirmations_dismissed(self, order: CommerceOrder, *, now: datetime) -> None:
        """A person gave up on telling the channel about packages of this order."""

    def refresh(self, order: CommerceOrder) -> str:
        """Read the order from the channel, unless it was read a moment ago; no transaction is open.

        "" when what is stored is fresh now, else why it could not be read. Never raises for that.
        """

    def buyer_cancel_reasons(self, order: CommerceOrder) -> list[str] | None:
        """The buyer's reasons (personal data), if the buyer asked to cancel; None: nobody asked."""

    def refuses_confirming(self, order: CommerceOrder) -> str:
        """Why nothing of this order can be confirmed any more, in one sentence; "" when it can."""

    def carriers(self, order: CommerceOrder) -> list[Carrier]:
        """The carriers to choose from, the likely ones first."""

    def refuses_cancelling(self, order: CommerceOrder) -> str:
        """Why this order cannot be canceled from here, in one sentence; "" when it can."""

    def reasons_to_cancel(self, order: CommerceOrder) -> list[tuple[str, str]]:
        """The channel's reasons to cancel, code and label, the likely one first."""

    def order_url(self, order: CommerceOrder) -> str:
        """The order's page at the channel, for people; "" when there is none."""

    def resolve_carrier(self, order: CommerceOrder, text: str, name: str) -> Carrier:
        """The carrier that `text` means: a code, nearly a code, or a name of the merchant's.

        Raises orders.services.errors.CannotShip with what to do about it.
        """

    def demands(self, order: CommerceOrder) -> Demands:
        """What else has to be known about this order's packages."""

    def is_unit_code(self, code: str) -> bool:
        """Whether this can be the code of one unit."""

    def numbers_shown(self, order: CommerceOrder) -> frozenset[int]:
        """Numbers of the packages that the channel shows of this order, whoever sent them."""


_channels: dict[str, SalesChannel] = {}


def register(name: str, channel: SalesChannel) -> None:
    """Called once per channel, at start-up."""
    _channels[name] = channel


def of(order: CommerceOrder) -> SalesChannel:
    """The channel `order` came from; KeyError for a channel nobody registered."""
    return _channels[order.channel]
