"""``GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL``: what Amazon shipped, with tracking numbers.

A tab-separated text. Columns are found by their names in the first line: marketplaces leave some
out, and new ones come in anywhere. Only the columns named here are read; those with names,
addresses and e-mail addresses are never looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from channels.amazon.documents import DOWNLOAD
from channels.amazon.errors import Detail, UnexpectedPayload

REPORT_TYPE: Final = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"

ORDER_ID: Final = "amazon-order-id"
ITEM_ID: Final = "amazon-order-item-id"
QUANTITY: Final = "quantity-shipped"
TRACKING: Final = "tracking-number"
NEEDED: Final = (ORDER_ID, ITEM_ID, QUANTITY, TRACKING)
OPTIONAL: Final = ("shipment-id", "shipment-item-id", "shipment-date", "carrier")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedRow:
    """Units of one order item in one parcel. "" and None: Amazon did not say."""

    amazon_order_id: str
    order_item_id: str
    quantity: int
    tracking_number: str
    shipment_id: str = ""
    shipment_item_id: str = ""
    shipped_at: datetime | None = None
    carrier: str = ""

    @property
    def is_multi_channel(self) -> bool:
        """Of an order that was not placed on Amazon."""
        return self.amazon_order_id.startswith("S")


@dataclass(slots=True)
class FulfilledShipments:
    """The rows of a report, read as they are iterated over (once), and what is wrong with them.

    Raises UnexpectedPayload when the text is not such a report.
    """

    lines: Iterable[str]
    read: int = 0  # rows so far, bad ones too
    bad: int = 0  # of them, those that say nothing
    problem: str = ""  # the first bad row and why; never one of its values
    _columns: Mapping[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[ShippedRow]:
        lines = iter(self.lines)
        self._columns = _columns(next(lines, ""))
        for line in lines:
            if not line.strip():
                continue
            self.read += 1
            try:
                yield self._row(line.split("\t"))
            except ValueError as exc:
                self.bad += 1
                said = Detail("row %(row)s: %(problem)s", row=self.read, problem=exc.args[0])
                self.problem = self.problem or said

    def _row(self, cells: list[str]) -> ShippedRow:
        def cell(name: str) -> str:
            index = self._columns.get(name, len(cells))
            text = cells[index].strip() if index < len(cells) else ""
            if not text.isprintable():
                raise ValueError(Detail("%(name)s is unreadable", name=name))
            return text

        for name in (ORDER_ID, ITEM_ID):
            if not cell(name):
                raise ValueError(Detail("%(name)s is empty", name=name))
        return ShippedRow(
            amazon_order_id=cell(ORDER_ID),
            order_item_id=cell(ITEM_ID),
            quantity=_units(cell(QUANTITY)),
            tracking_number=cell(TRACKING),
            shipment_id=cell("shipment-id"),
            shipment_item_id=cell("shipment-item-id"),
            shipped_at=_instant(cell("shipment-date")),
            carrier=cell("carrier"),
        )


def _columns(head: str) -> dict[str, int]:
    """Where each column stands; the first one where a name comes twice."""
    names = [name.strip().casefold() for name in head.split("\t")]
    if missing := [name for name in NEEDED if name not in names]:
        if not head.strip():
            raise UnexpectedPayload(DOWNLOAD, Detail("the document is empty"))
        what = Detail("the column %(name)s is missing", name=missing[0])
        raise UnexpectedPayload(DOWNLOAD, what)
    return {name: names.index(name) for name in (*NEEDED, *OPTIONAL) if name in names}


def _units(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text)):
        raise ValueError(Detail("%(name)s is not a number of units", name=QUANTITY))
    return int(text)


def _instant(text: str) -> datetime | None:
    """A moment in UTC. Without an offset nobody knows which moment is meant."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None
