"""What Amazon is told about a package, and whether it shows it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_noop

from channels.amazon.types import PackageConfirmation
from channels.models import ChannelOrder
from channels.models.order_status import Status
from orders.models import OutboxMessage, Package, PackageItem, Shipment
from orders.sentences import gettext as _

ELSEWHERE = gettext_noop(
    "Confirmed elsewhere meanwhile as package %(number)s: not sent a second time."
)
CANCELED = gettext_noop("Amazon has canceled the order: nothing of it can be confirmed any more.")


def with_items(path: str = "items") -> Prefetch[str]:
    """The items of many packages with their lines. As `items__line` Django 5.2 asks SQLite for each
    line by an OR of its own, which ends at a thousand."""
    return Prefetch(path, PackageItem.objects.select_related("line"))


def confirmation_of(package: Package) -> PackageConfirmation:
    """The `confirmShipment` body of a package. Its number is stable for the package's life."""
    assert package.shipped_at is not None  # every package of the merchant has a ship date
    prefetch_related_objects([package], "items__line")  # of many they are there already
    items = list(package.items.all())
    return PackageConfirmation(
        package_reference_id=str(package.number),
        carrier_code=package.carrier_code,
        carrier_name=package.carrier_name,
        shipping_method=package.shipping_method,
        tracking_number=package.tracking_number,
        ship_date=package.shipped_at,
        items=tuple((item.line.channel_item_id, item.quantity) for item in items),
        unit_codes={
            item.line.channel_item_id: tuple(item.unit_codes) for item in items if item.unit_codes
        },
        cod_collection_method=package.cod_collection_method,
    )


def is_shown(package: Package, reported: Iterable[Mapping[str, Any]]) -> bool:
    """Whether Amazon's packages hold this one: same reference, same number, same units.

    The carrier is not compared: Amazon shows its own spelling of it.
    """
    units = {item.line.channel_item_id: item.quantity for item in package.items.all()}
    return any(
        entry["reference"] == str(package.number)
        and _folded(entry["tracking_number"]) == _folded(package.tracking_number)
        and dict(entry["items"]) == units
        for entry in reported
    )


def refuses_confirming(order: ChannelOrder) -> str:
    """Why Amazon has nothing of this order to confirm any more; "" when it has."""
    return CANCELED if order.status == Status.CANCELED else ""


def confirmed_elsewhere(package: Package, order: ChannelOrder) -> str:
    """Who told Amazon of these units meanwhile; "" when nobody did, or nobody knows.

    More units than were ordered would be shipped if Amazon got this package beside those that it
    has under references which are not ours. A repeat of what Amazon shows is no second package.
    """
    if not order.packages:
        return ""
    ours = list(
        Package.objects.filter(order=package.order_id, shipment__by=Shipment.By.MERCHANT)
        .exclude(messages__state=OutboxMessage.State.REFUSED)
        .exclude(messages__dismissed_at__isnull=False, messages__proven_at=None)
        .prefetch_related("items__line")
    )
    references = {str(each.number) for each in (*ours, package)}
    if any(entry["reference"] == str(package.number) for entry in order.packages):
        return ""
    units: Counter[str] = Counter()
    for each in ours:
        units.update({i.line.channel_item_id: i.quantity for i in each.items.all()})
    there: dict[str, str] = {}
    for entry in order.packages:
        if entry["reference"] not in references:
            units.update(dict(entry["items"]))
            there |= {item_id: entry["reference"] for item_id, _ in entry["items"]}
    for item in package.items.select_related("line"):
        line = item.line
        wanted = line.quantity_ordered - line.quantity_canceled
        if units[line.channel_item_id] > wanted and line.channel_item_id in there:
            return _(ELSEWHERE) % {"number": there[line.channel_item_id]}
    return ""


def _folded(number: str) -> str:
    return "".join(number.split()).casefold()
