"""What an export of orders can hold: a column each, and how its cell follows from an order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.models import ChannelOrder, ChannelOrderItem
from channels.services.addresses import shipping_address
from orders.models import OrderNote, Package
from orders.money import in_currency

ITEMS, PACKAGES, NOTES = "items", "packages", "notes"  # what is read only for those who want it

# What the columns below read of an order
FIELDS = (
    "uid", "amazon_order_id", "status", "placement", "proven_at", "fulfilled_by", "purchase_date",
    "last_updated", "ship_by", "service_level", "currency", "grand_total", "buyer", "recipient",
    "corrected_address", "packages", "store__name", "commerce_order__number",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An order with what its columns need."""

    order: ChannelOrder
    items: Sequence[ChannelOrderItem] = ()
    packages: Sequence[Package] = ()
    note: OrderNote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportColumn:
    """`value` gives text, int, Decimal, datetime, or None: what Amazon did not send is empty."""

    label: str | Promise
    value: Callable[[Source], Any]
    width: int = 16
    is_personal: bool = False
    needs: str = ""


def _column(
    label: str | Promise, value: Callable[[ChannelOrder], Any], **more: Any
) -> ExportColumn:
    """One that follows from the order alone."""
    return ExportColumn(label=label, value=lambda source: value(source.order), **more)


def _amount(name: str) -> Callable[[Source], Decimal | None]:
    """The sum over the items, as far as Amazon sent any."""

    def total(source: Source) -> Decimal | None:
        amounts = [getattr(item, name) for item in source.items]
        given = [amount for amount in amounts if amount is not None]
        return in_currency(sum(given), source.order.currency) if given else None

    return total


def _listed(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, values)))


def _buyer_name(order: ChannelOrder) -> str | None:
    return (order.buyer or {}).get("name") or (order.recipient or {}).get("name")


def _address_part(name: str) -> Callable[[ChannelOrder], str | None]:
    return lambda order: shipping_address(order).get(name)


def _carriers(source: Source) -> str:
    ours = [package.carrier_name or package.carrier_code for package in source.packages]
    return _listed(ours or [package.get("carrier") for package in source.order.packages])


def _tracking_numbers(source: Source) -> str:
    ours = [package.tracking_number for package in source.packages]
    return _listed(ours or [package.get("tracking_number") for package in source.order.packages])


# Those of the Orders tab first, by what they are there; the rest as a spreadsheet wants it.
COLUMNS: dict[str, ExportColumn] = {
    "purchase_date": _column(_("Purchase date (UTC)"), lambda order: order.purchase_date, width=18),
    "number": _column(_("Order number"), lambda order: order.amazon_order_id, width=22),
    "status": _column(_("Status"), lambda order: str(order.tab_status[1])),
    "buyer": _column(_("Buyer's name"), _buyer_name, width=24, is_personal=True),
    "total": _column(
        _("Grand total"), lambda order: in_currency(order.grand_total, order.currency)
    ),
    "currency": _column(_("Currency"), lambda order: order.currency, width=9),
    "commerce_order": _column(
        _("Commerce order"), lambda order: str(order.commerce_order or ""), width=18
    ),
    "ship_by": _column(_("Ship by (UTC)"), lambda order: order.ship_by, width=18),
    "fulfilled_by": _column(_("Fulfilled by"), lambda order: order.get_fulfilled_by_display()),
    "store": _column(_("Store"), lambda order: order.store.name),
    "note": ExportColumn(
        label=_("Order notes"), value=lambda source: str(source.note or ""), width=40, needs=NOTES
    ),
    "updated": _column(_("Last update (UTC)"), lambda order: order.last_updated, width=18),
    "buyer_email": _column(
        _("Buyer's e-mail"), lambda order: (order.buyer or {}).get("email"),
        width=34, is_personal=True,
    ),
    "city": _column(_("Ship to: city"), _address_part("city")),
    "postal_code": _column(
        _("Ship to: postcode"), _address_part("postal_code"), is_personal=True
    ),
    "country": _column(_("Ship to: country"), _address_part("country_code"), width=9),
    "service_level": _column(_("Service level"), lambda order: order.service_level),
    "items": ExportColumn(
        label=_("Items"),
        value=lambda source: "; ".join(
            f"{item.quantity_ordered} × {item.title or item.seller_sku}" for item in source.items
        ),
        width=50,
        needs=ITEMS,
    ),
    "skus": ExportColumn(
        label=_("SKUs"),
        value=lambda source: _listed(item.seller_sku for item in source.items),
        needs=ITEMS,
    ),
    "asins": ExportColumn(
        label=_("ASINs"),
        value=lambda source: _listed(item.asin for item in source.items),
        needs=ITEMS,
    ),
    "units_ordered": ExportColumn(
        label=_("Units ordered"),
        value=lambda source: sum(item.quantity_ordered for item in source.items),
        needs=ITEMS,
    ),
    "units_shipped": ExportColumn(
        label=_("Units shipped at Amazon"),
        value=lambda source: sum(item.quantity_shipped for item in source.items),
        needs=ITEMS,
    ),
    **{
        name: ExportColumn(label=label, value=_amount(name), needs=ITEMS)
        for name, label in (
            ("item_amount", _("Item amount")),
            ("shipping_amount", _("Shipping")),
            ("gift_wrap_amount", _("Gift wrap")),
            ("other_amount", _("Other charges")),
            ("discount_amount", _("Discount")),
            ("tax_amount", _("Tax")),
        )
    },
    "carriers": ExportColumn(label=_("Carrier"), value=_carriers, needs=PACKAGES),
    "tracking": ExportColumn(
        label=_("Tracking numbers"), value=_tracking_numbers, width=24, needs=PACKAGES
    ),
}  # fmt: skip
