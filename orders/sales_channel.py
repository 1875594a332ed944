"""The port through which orders speak with the sales channel an order came from.

`orders` does not know Amazon. A channel registers here under its name (CommerceOrder.channel) and
is called inside the transaction of the fact it is told about: both land or neither does. What has
to leave the house goes through the outbox instead. Why not the outbox for both: docs/adr/0005.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
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


class Act(StrEnum):
    """What a person can do about an order. Which page, and who may: orders/admin/next_step.py."""

    SHIP = "ship"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"  # the cancellation that was asked for
    UNHOLD = "unhold"
    TAKE_OVER = "take_over"  # packages that the channel shows
    SEE_PACKAGES = "see_packages"
    SEE_CONFIRMATIONS = "see_confirmations"
    SEE_CAUSE = "see_cause"  # that keeps a Commerce order from being created
    END_READ_ONLY = "end_read_only"
    OPEN_AT_CHANNEL = "open_at_channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do next, in one sentence, and what for: `acts` with their labels.

    The first of `acts` that somebody may do is the button of the page; those that follow, and
    those `beside`, stand next to it. `tone`: todo, warn, bad, wait, good or off.
    """

    tone: str
    text: str
    acts: tuple[tuple[Act, str], ...] = ()
    beside: tuple[tuple[Act, str], ...] = ()
    # To cancel: the reason, and the channel items it is about
    reason: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceData:
    """What an invoice needs beside the amounts of the order, as far as the channel gave it."""

    # name, company, vat_id, purchase_order_number: personal data
    buyer: Mapping[str, str]
    # The part of the tax on each of item, shipping, gift_wrap, discount, and what else there is
    taxes: Mapping[str, Decimal]
    tax_collected_by_channel: bool = False


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

    def is_told(self, order: CommerceOrder) -> bool:
        """Whether messages about this order are sent; False while they are kept (read-only)."""

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

    def usual_carrier(self, order: CommerceOrder) -> Carrier | None:
        """The carrier used last where this order was sold, as far as one was used lately."""

    def next_to_ship(self, order: CommerceOrder) -> CommerceOrder | None:
        """The order after this one by ship-by moment, sold where this one was, else the first."""

    def refuses_cancelling(self, order: CommerceOrder) -> str:
        """Why this order cannot be canceled from here, in one sentence; "" when it can."""

    def reasons_to_cancel(self, order: CommerceOrder) -> list[tuple[str, str]]:
        """The channel's reasons to cancel, code and label, the likely one first."""

    def next_step(self, order: CommerceOrder, packages: Sequence[Package]) -> NextStep:
        """What a person should do about this order now; `packages` are all of it."""

    def invoice_data(self, order: CommerceOrder) -> InvoiceData:
        """What to invoice to whom."""

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
