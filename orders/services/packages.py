"""A package as people enter it, and what must be true of it before it is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from orders import sales_channel, tracking_numbers
from orders.models import CommerceOrder, CommerceOrderLine
from orders.sales_channel import Carrier
from orders.sentences import gettext as _
from orders.services.errors import CannotShip

OTHER = "Other"
CLOCK_SKEW = timedelta(minutes=2)  # a browser's "now" may be ahead of the server's


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDraft:
    """A parcel as staff enter it. `quantities` maps line pk to units; None: all that is left.

    `carrier_code` may be any spelling or mapped name that the channel can resolve. `unit_codes`
    maps line pk to the codes of its units, where the channel wants them.
    """

    carrier_code: str
    tracking_number: str
    carrier_name: str = ""
    shipping_method: str = ""
    shipped_at: datetime | None = None  # None: now
    quantities: Mapping[int, int] | None = None
    unit_codes: Mapping[int, Sequence[str]] = field(default_factory=dict)
    cod_collection_method: str = ""


def checked(
    draft: PackageDraft,
    order: CommerceOrder,
    now: datetime,
    *,
    resolve: Callable[[str, str], Carrier] | None = None,
) -> PackageDraft:
    """The draft with carrier and ship date filled in, or CannotShip naming what is wrong.

    Who checks many orders gives a `resolve` that asks the database for no order alone.
    """
    if not draft.tracking_number.strip():
        raise CannotShip(_("The tracking number is missing."))
    if not draft.carrier_code.strip():
        raise CannotShip(_("The carrier is missing."))
    for label, value in (
        (_("tracking number"), draft.tracking_number),
        (_("carrier name"), draft.carrier_name),
        (_("shipping method"), draft.shipping_method),
    ):
        if len(value) > 64:
            raise CannotShip(_("The %(label)s is longer than 64 characters.") % {"label": label})
    resolve = resolve or partial(sales_channel.of(order).resolve_carrier, order)
    carrier = resolve(draft.carrier_code.strip(), draft.carrier_name.strip())
    if carrier.code == OTHER and not carrier.name:
        raise CannotShip(_("Carrier Other needs the carrier's name."))
    return replace(
        draft,
        carrier_code=carrier.code,
        carrier_name=carrier.name,
        tracking_number=draft.tracking_number.strip(),
        shipping_method=draft.shipping_method.strip(),
        shipped_at=_ship_date(draft.shipped_at or now, order, now),
    )


def _ship_date(shipped_at: datetime, order: CommerceOrder, now: datetime) -> datetime:
    if timezone.is_naive(shipped_at):
        raise CannotShip(
            _("The ship date %(date)s has no time zone.") % {"date": shipped_at.isoformat()}
        )
    if shipped_at > now + CLOCK_SKEW:
        raise CannotShip(_("The ship date %(date)s lies in the future.") % {"date": shipped_at})
    if shipped_at < order.purchased_at:
        raise CannotShip(
            _("The ship date %(date)s lies before the purchase (%(purchase)s).")
            % {"date": shipped_at, "purchase": order.purchased_at}
        )
    return min(shipped_at, now)


def check_demands(
    draft: PackageDraft, order: CommerceOrder, units: Mapping[CommerceOrderLine, int]
) -> None:
    """Raises CannotShip when the channel would miss something about a package of these units."""
    channel = sales_channel.of(order)
    demands = channel.demands(order)
    if draft.cod_collection_method and draft.cod_collection_method not in demands.cod_methods:
        raise CannotShip(
            _("Order %(number)s is not paid for by cash on delivery.") % {"number": order.number}
        )
    for line, count in units.items():
        codes = draft.unit_codes.get(line.pk, ())
        needed = count if line.channel_item_id in demands.coded_items else 0
        if needed and len(set(codes)) != count:
            raise CannotShip(
                _(
                    "%(item)s needs one code per unit: %(count)s to ship, "
                    "%(given)s different codes given."
                )
                % {
                    "item": line.sku or line.channel_item_id,
                    "count": count,
                    "given": len(set(codes)),
                }
            )
        if codes and not needed:
            raise CannotShip(
                _("%(item)s needs no codes.") % {"item": line.sku or line.channel_item_id}
            )
        if wrong := next((code for code in codes if not channel.is_unit_code(code)), None):
            raise CannotShip(_("%(wrong)r is not the code of a unit.") % {"wrong": wrong})


def tracking_warnings(order: CommerceOrder, drafts: Sequence[PackageDraft]) -> list[str]:
    """What is odd about the tracking numbers: one sentence each. Raises CannotShip."""
    now = timezone.now()
    ready = [checked(draft, order, now) for draft in drafts]
    found = (tracking_numbers.problem(d.carrier_code, d.tracking_number) for d in ready)
    return list(dict.fromkeys(warning for warning in found if warning))
