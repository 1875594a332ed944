"""What has to be known to judge many shipments: a constant number of statements, then none."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.db.models.functions import Upper

from channels.amazon.carriers import OTHER
from channels.models import CarrierMapping, ChannelOrder, ChannelOrderItem
from channels.services import carriers, ship_rules
from orders.models import Cancellation, CommerceOrder, CommerceOrderLine, Package
from orders.models.cancellation import OPEN_STATES as CANCELING
from orders.models.commerce_order import OPEN_STATES
from orders.sales_channel import Carrier
from orders.sentences import gettext as _
from orders.services.cancellation import stops_shipping

DIGITS = 9  # of a Commerce order number; spreadsheets drop the zeros it begins with
SEALED = ("buyer", "recipient", "corrected_address", "item_texts")


@dataclass(slots=True, kw_only=True)
class ShipFacts:
    """Channel orders with their Commerce orders and lines, and what else decides about them."""

    orders: dict[int, ChannelOrder]  # by their own pk
    by_number: dict[str, list[ChannelOrder]]
    mappings: dict[str, CarrierMapping]
    coded: set[tuple[int, str]]  # channel order, order item id
    canceling: dict[int, Cancellation]  # by Commerce order
    packages: dict[int, list[Package]]  # by Commerce order
    # Numbers of Commerce orders by their pk, by tracking number in capitals
    tracked: dict[str, dict[int, str]] = field(default_factory=dict)

    def find(self, number: str) -> list[ChannelOrder]:
        """The orders with this number, of Amazon or of Commerce."""
        return self.by_number.get(number) or self.by_number.get(_padded(number), [])

    def others_with(self, tracking_number: str, linked: CommerceOrder) -> list[str]:
        """Numbers of other orders that have a package with this tracking number."""
        having = self.tracked.get(tracking_number.upper(), {})
        return sorted(number for pk, number in having.items() if pk != linked.pk)

    def resolve(self, order: ChannelOrder, text: str, name: str) -> Carrier:
        """Amazon's carrier that is meant; a name goes with Other only. Raises UnknownCarrier."""
        marketplace_id = order.store.marketplace_id
        found = carriers.resolve(marketplace_id, text, name, mappings=self.mappings)
        return found if found.code == OTHER else Carrier(code=found.code, label=found.code)

    def refusal(self, order: ChannelOrder) -> str:
        """Why this order cannot be shipped from where nobody looks at it alone; "" when it can."""
        linked = order.commerce_order
        if linked is None:
            return _("Order %(number)s has no Commerce order: it cannot be shipped.") % {
                "number": order.amazon_order_id
            }
        if linked.state not in OPEN_STATES:
            return _("Order %(number)s is %(state)s: it cannot be shipped.") % {
                "number": linked.number,
                "state": CommerceOrder.State(linked.state).label,
            }
        if cancellation := self.canceling.get(linked.pk):
            return stops_shipping(linked, cancellation)
        if refusal := ship_rules.refuses(order, linked):
            return refusal
        if order.cancel_requested:
            return _("The buyer asked to cancel it: decide on its own page whether to ship.")
        return ""

    def codes_wanted(self, order: ChannelOrder, lines: Iterable[CommerceOrderLine]) -> str:
        """Where to enter the codes of units that are left of these lines; "" without any."""
        for line in lines:
            if line.quantity_left and (order.pk, line.channel_item_id) in self.coded:
                return _("%(item)s needs a code per unit: ship the order on its own page.") % {
                    "item": line.sku or line.channel_item_id
                }
        return ""

    def refusal_of_all(self, order: ChannelOrder) -> str:
        """As `refusal`, where all that is left of an order would go at once."""
        linked = order.commerce_order
        codes = self.codes_wanted(order, linked.lines.all()) if linked else ""
        return self.refusal(order) or codes


def pks_of(numbers: Iterable[str]) -> set[int]:
    """The channel orders with these numbers, of Amazon or of Commerce. Two statements."""
    wanted = {number for number in numbers if number}
    wanted |= {_padded(number) for number in wanted}
    by_amazon = ChannelOrder.objects.filter(amazon_order_id__in=wanted)
    by_commerce = ChannelOrder.objects.filter(commerce_order__number__in=wanted)
    return {*by_amazon.values_list("pk", flat=True), *by_commerce.values_list("pk", flat=True)}


def of_numbers(numbers: Iterable[str], tracking_numbers: Iterable[str]) -> ShipFacts:
    """About the orders with these numbers, and who else has these tracking numbers."""
    orders = ChannelOrder.objects.filter(pk__in=pks_of(numbers))
    return _facts(orders.defer(*SEALED), tracking_numbers)


def of_orders(pks: Collection[int]) -> ShipFacts:
    """About these orders; their addresses may be looked at."""
    return _facts(ChannelOrder.objects.filter(pk__in=pks), ())


def _padded(number: str) -> str:
    return number.zfill(DIGITS) if number.isascii() and number.isdigit() else number


def _facts(orders: QuerySet[ChannelOrder], tracking_numbers: Iterable[str]) -> ShipFacts:
    found = {
        order.pk: order
        for order in orders.select_related("store", "commerce_order").prefetch_related(
            "commerce_order__lines"
        )
    }
    linked = {o.commerce_order.pk for o in found.values() if o.commerce_order}
    coded = ChannelOrderItem.objects.filter(order__in=found).values_list(
        "order", "order_item_id", "programs"
    )
    canceling = Cancellation.objects.filter(order__in=linked, state__in=CANCELING)
    facts = ShipFacts(
        orders=found,
        by_number=_by_number(found.values()),
        mappings={mapping.name_key: mapping for mapping in CarrierMapping.objects.all()},
        coded={(pk, item) for pk, item, programs in coded if ship_rules.is_coded(programs)},
        canceling={cancellation.order_id: cancellation for cancellation in canceling},
        packages=defaultdict(list),
    )
    _add_packages(facts, linked, {number for number in tracking_numbers if number})
    return facts


def _by_number(orders: Iterable[ChannelOrder]) -> dict[str, list[ChannelOrder]]:
    found: defaultdict[str, list[ChannelOrder]] = defaultdict(list)
    for order in orders:
        linked: CommerceOrder | None = order.commerce_order
        for number in {order.amazon_order_id, linked.number if linked else order.amazon_order_id}:
            found[number].append(order)
    return dict(found)


def _add_packages(facts: ShipFacts, linked: Collection[int], numbers: Collection[str]) -> None:
    """Two statements: each has an index of its own, which neither has with OR between them."""
    for package in Package.objects.filter(order__in=linked):
        facts.packages[package.order_id].append(package)
    tracked = Package.objects.annotate(whole=Upper("tracking_number")).order_by()
    tracked = tracked.filter(whole__in={number.upper() for number in numbers})
    for whole, pk, number in tracked.values_list("whole", "order", "order__number"):
        facts.tracked.setdefault(whole, {})[pk] = number
