"""The columns of the Orders tab: what they show, and what they can be sorted by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from channels.models import ChannelOrder
from channels.services.addresses import shipping_address
from channels.templatetags.channel_ui import ship_by
from customers.services.masking import mask_name
from orders.models import CommerceOrder
from orders.templatetags.portal_ui import badge, money

NUMBER = "number"  # it names the row: never left out
SHOWN_ITEMS = 3
# What cells read, and what an order is sorted by
FIELDS = (
    "uid", "amazon_order_id", "status", "placement", "proven_at", "fulfilled_by", "purchase_date",
    "last_updated", "ship_by", "service_level", "currency", "grand_total", "cancel_requested",
    "buyer", "recipient", "shown_status", "store", "commerce_order", "commerce_order__number",
    "commerce_order__state",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An order and what is told about it: each is fetched for a whole page at once."""

    order: ChannelOrder
    clear: bool  # personal data, else masked
    note: str
    now: datetime


class Addresses:
    """Addresses of rows by their key. `reverse` a few hundred times would be a tenth of a page."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _parts(self) -> list[str]:
        return reverse(self.name, args=[0]).split("/0/")

    def of(self, pk: int) -> str:
        before, after = self._parts
        return f"{before}/{pk}/{after}"


CHANNEL_ORDER = Addresses("admin:channels_channelorder_change")
COMMERCE_ORDER = Addresses("admin:orders_commerceorder_change")
STORE = Addresses("admin:channels_amazonstore_dashboard")
SHIP = Addresses("admin:orders_commerceorder_ship")


@dataclass(frozen=True, slots=True)
class Column:
    """`key` stands in addresses and saved views. `sorts`: the list can be sorted by it."""

    key: str
    label: object
    cell: Callable[[Row], str]
    sorts: bool = False
    by_default: bool = True


def _purchase_date(row: Row) -> str:
    return date_format(timezone.localtime(row.order.purchase_date), "SHORT_DATETIME_FORMAT")


def _number(row: Row) -> SafeString:
    url = CHANNEL_ORDER.of(row.order.pk)
    return format_html('<a href="{}">{}</a>', url, row.order.amazon_order_id)


def _status(row: Row) -> SafeString:
    order = row.order
    badges = [badge(*order.tab_status)]
    if order.commerce_order and order.commerce_order.state == CommerceOrder.State.ON_HOLD:
        badges.append(badge("on_hold", CommerceOrder.State.ON_HOLD.label))
    if order.is_asked_to_cancel:
        asked = pgettext("badge", "Cancel requested")
        badges.append(format_html('<span class="badge warn">{}</span>', asked))
    return SafeString(" ".join(badges))


def _buyer(row: Row) -> str:
    order = row.order
    name = (order.buyer or {}).get("name") or (order.recipient or {}).get("name")
    return (name if row.clear else mask_name(name)) or ""


def _total(row: Row) -> str:
    return money(row.order.grand_total, row.order.currency)


def _commerce_order(row: Row) -> str | SafeString:
    linked = row.order.commerce_order
    if linked is None:
        return ""
    return format_html('<a href="{}">{}</a>', COMMERCE_ORDER.of(linked.pk), linked.number)


def _ship_by(row: Row) -> str | SafeString:
    return ship_by(row.order, row.now)


def _fulfilled_by(row: Row) -> str:
    return "Amazon" if row.order.is_fba else _("Merchant")


def _store(row: Row) -> SafeString:
    store = row.order.store
    return format_html('<a href="{}">{}</a>', STORE.of(store.pk), store.name)


def _note(row: Row) -> SafeString:
    return format_html('<span title="{0}">{0}</span>', row.note)


def _items(row: Row) -> str:
    """``2 × MUG-1, KET-12 +1``"""
    items = list(row.order.items.all())
    shown = [
        (f"{i.quantity_ordered} × " if i.quantity_ordered != 1 else "") + (i.seller_sku or i.asin)
        for i in items[:SHOWN_ITEMS]
    ]
    more = f" +{len(items) - SHOWN_ITEMS}" if len(items) > SHOWN_ITEMS else ""
    return ", ".join(shown) + more


def _ship_to(row: Row) -> str:
    """Place and country, which are no personal data."""
    address = shipping_address(row.order)
    return " ".join(filter(None, (address.get("city"), address.get("country_code"))))


def _tracking(row: Row) -> str:
    linked = row.order.commerce_order
    packages = linked.packages.all() if linked else ()
    return ", ".join(p.tracking_number for p in packages if p.tracking_number)


def _updated(row: Row) -> str:
    return date_format(timezone.localtime(row.order.last_updated), "SHORT_DATETIME_FORMAT")


COLUMNS = (
    Column("purchase_date", gettext_lazy("Purchase date"), _purchase_date, sorts=True),
    Column(NUMBER, gettext_lazy("Order number"), _number, sorts=True),
    Column("status", gettext_lazy("Status"), _status, sorts=True),
    Column("buyer", gettext_lazy("Buyer's name"), _buyer),
    Column("items", gettext_lazy("Items"), _items, by_default=False),
    Column("total", gettext_lazy("Grand total"), _total, sorts=True),
    Column("commerce_order", gettext_lazy("Commerce order"), _commerce_order, sorts=True),
    Column("ship_by", gettext_lazy("Ship by"), _ship_by, sorts=True),
    Column("ship_to", gettext_lazy("Ship to"), _ship_to, by_default=False),
    Column("service_level", gettext_lazy("Service level"), lambda row: row.order.service_level,
           by_default=False),
    Column("tracking", gettext_lazy("Tracking numbers"), _tracking, by_default=False),
    Column("fulfilled_by", gettext_lazy("Fulfilled by"), _fulfilled_by, sorts=True),
    Column("store", gettext_lazy("Store"), _store, sorts=True),
    Column("updated", gettext_lazy("Last update"), _updated, by_default=False),
    Column("note", gettext_lazy("Order notes"), _note),
)  # fmt: skip
DEFAULT = tuple(column.key for column in COLUMNS if column.by_default)


def chosen(keys: object) -> list[Column]:
    """The columns of `keys`, in the order of the tab; the default ones for none and for nonsense.

    The order number is always among them.
    """
    wanted = set(map(str, keys)) if isinstance(keys, list | tuple) else set()
    known = wanted & {column.key for column in COLUMNS}
    wanted = known | {NUMBER} if known else set(DEFAULT)
    return [column for column in COLUMNS if column.key in wanted]
