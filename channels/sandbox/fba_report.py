"""The text of ``GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL``: what Amazon has shipped itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from channels.sandbox.records import AMAZON, NON_AMAZON, Item, Order
from channels.sandbox.reports import Asked
from channels.sandbox.world import World

REPORT_TYPE = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
MARGIN = timedelta(days=31)  # "one month" is the longest span of one report

COLUMNS = (
    "amazon-order-id", "merchant-order-id", "shipment-id", "shipment-item-id",
    "amazon-order-item-id", "merchant-order-item-id", "purchase-date", "payments-date",
    "shipment-date", "reporting-date", "buyer-email", "buyer-name", "buyer-phone-number", "sku",
    "product-name", "quantity-shipped", "currency", "item-price", "item-tax", "shipping-price",
    "shipping-tax", "gift-wrap-price", "gift-wrap-tax", "ship-service-level", "recipient-name",
    "ship-address-1", "ship-address-2", "ship-address-3", "ship-city", "ship-state",
    "ship-postal-code", "ship-country", "ship-phone-number", "bill-address-1", "bill-address-2",
    "bill-address-3", "bill-city", "bill-state", "bill-postal-code", "bill-country",
    "item-promotion-discount", "ship-promotion-discount", "carrier", "tracking-number",
    "estimated-arrival-date", "fulfillment-center-id", "fulfillment-channel", "sales-channel",
)  # fmt: skip
_CARRIERS = {
    "SE": ("POSTNORD", "DHL"),
    "DE": ("AMZN_DE", "DHL"),
    "GB": ("AMZN_UK", "ROYAL_MAIL"),
    "US": ("AMZN_US", "UPS"),
    "JP": ("AMZN_JP", "YAMATO"),
}
_JAPAN = timezone(timedelta(hours=9))
_UTC = timezone(timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a row tells of the parcel a line left in."""

    shipment_id: str
    carrier: str
    tracking_number: str


def parcel(order: Order, item: Item) -> Parcel:
    """Each line leaves in a parcel of its own, all of them in one shipment; always the same."""
    number = order.items.index(item)
    digits = order.order_id.replace("-", "")
    carriers = _CARRIERS.get(order.marketplace.country_code, ("DHL",))
    return Parcel(
        shipment_id=f"D{digits[-9:]}",
        carrier=carriers[number % len(carriers)],
        tracking_number=f"TBA{digits[-10:]}{number + 1:02d}",
    )


def shipped_at(world: World, order_id: str) -> datetime | None:
    """When Amazon shipped the order; None while it has not."""
    left = (o for o in world.history(order_id) if any(i.shipped_by_amazon for i in o.items))
    return next((order.updated for order in left), None)


def rows(world: World, asked: Asked) -> list[dict[str, str]]:
    """One row per line of what Amazon shipped in the time asked about, oldest first."""
    found = []
    for order in world.shown_orders():
        if (
            order.fulfilled_by == AMAZON
            and order.seller_id == asked.seller_id
            and order.marketplace.marketplace_id in asked.marketplace_ids
            and (moment := shipped_at(world, order.order_id)) is not None
            and asked.start <= moment <= asked.end
        ):
            found += [_row(order, item, moment) for item in order.items if item.shipped_by_amazon]
    return sorted(found, key=lambda row: (row["shipment-date"], row["amazon-order-item-id"]))


def text(found: list[dict[str, str]]) -> str:
    """The whole file."""
    lines = [COLUMNS, *(tuple(row.get(name, "") for name in COLUMNS) for row in found)]
    return "".join("\t".join(line) + "\r\n" for line in lines)


def _row(order: Order, item: Item, moment: datetime) -> dict[str, str]:
    """What is about the buyer stays empty: that is what GENERAL means."""
    zone = _JAPAN if order.marketplace.country_code == "JP" else _UTC
    parts = parcel(order, item)
    amounts = {charge.type: str(charge.amount) for charge in item.charges}
    return {
        "amazon-order-id": _multi_channel_id(order),
        "shipment-id": parts.shipment_id,
        "shipment-item-id": f"D{item.order_item_id[-11:]}",
        "amazon-order-item-id": item.order_item_id,
        "purchase-date": order.created.astimezone(zone).isoformat(timespec="seconds"),
        "payments-date": order.created.astimezone(zone).isoformat(timespec="seconds"),
        "shipment-date": moment.astimezone(zone).isoformat(timespec="seconds"),
        "reporting-date": moment.astimezone(zone).isoformat(timespec="seconds"),
        "sku": item.sku or "",
        "product-name": item.title,
        "quantity-shipped": str(item.shipped_by_amazon),
        "currency": order.marketplace.currency,
        "item-price": amounts.get("ITEM", ""),
        "item-tax": amounts.get("TAX", ""),
        "shipping-price": amounts.get("SHIPPING", ""),
        "gift-wrap-price": amounts.get("GIFT_WRAP", ""),
        "item-promotion-discount": amounts.get("DISCOUNT", ""),
        "ship-service-level": order.service_level.capitalize(),
        "carrier": parts.carrier,
        "tracking-number": parts.tracking_number,
        "fulfillment-center-id": "ARN1",
        "fulfillment-channel": "AFN",
        "sales-channel": order.marketplace.name,
    }


def _multi_channel_id(order: Order) -> str:
    """Multi-channel orders go by a number of another form here."""
    if order.channel != NON_AMAZON:
        return order.order_id
    digits = order.order_id.replace("-", "")
    return f"S01-{digits[-14:-7]}-{digits[-7:]}"
