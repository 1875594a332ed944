"""Packing slips of orders, and the note that each was printed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext_noop

from channels.models import ChannelOrder
from channels.papers.packing_slip import Line, Slip, packing_slips
from channels.papers.text import is_printable
from channels.services.addresses import shipping_address
from channels.services.packing import Parcel
from customers.services.masking import address_lines
from orders.models import OrderNote, Shipment
from orders.models.commerce_order import UNFINISHED_STATES
from orders.money import shown
from orders.sentences import gettext as _
from orders.services.notes import note

PRINTED_NOTE = gettext_noop("Packing slip printed.")
REPRINTED_NOTE = gettext_noop("Packing slip printed again (%(count)s).")
UNPRINTABLE = gettext_noop(
    "Its address has signs that the portal cannot print, only boxes (□). Correct the address, or "
    "print the slip all the same and write it by hand."
)
# On the label of the carrier, who needs them; not in the parcel.
NOT_ON_SLIPS = {"phone", "email", "delivery_instructions"}


def judged(parcels: Sequence[Parcel]) -> list[Parcel]:
    """The same, in doubt where somebody would be sent a parcel with boxes for an address."""
    return [
        parcel
        if parcel.doubt or all(map(is_printable, _address(parcel.order)))
        else replace(parcel, doubt=_(UNPRINTABLE))
        for parcel in parcels
    ]


def print_slips(parcels: Sequence[Parcel], *, user: User, with_prices: bool = False) -> bytes:
    """The slips as one PDF, each noted in its order's history.

    Noted first: a slip that was noted and is lost is printed again with "Reprint" on it, which
    nobody packs twice.
    """
    printed = note_printing([parcel.order.pk for parcel in parcels], user=user)
    return packing_slips(
        [
            slip(parcel, with_prices=with_prices, reprint=printed[parcel.order.uid])
            for parcel in parcels
        ]
    )


@transaction.atomic
def note_printing(order_ids: Collection[int], *, user: User) -> dict[UUID, int]:
    """How often slips of what is in these parcels were printed before this time, by order uid.

    Once a part of an order has left, a slip is of the rest: those before were for another parcel.
    Three statements for all. The rows are locked: of two who print at once, one reprints.
    """
    locked = ChannelOrder.objects.select_for_update(of=("self",)).filter(pk__in=order_ids)
    printed = dict.fromkeys(locked.order_by("pk").values_list("uid", flat=True), 0)
    parts_since = Shipment.objects.filter(
        order__timeline=OuterRef("timeline"),
        order__state__in=UNFINISHED_STATES,
        created_at__gte=OuterRef("at"),
    )
    notes = OrderNote.objects.filter(
        ~Exists(parts_since), timeline__in=printed, text__in=[PRINTED_NOTE, REPRINTED_NOTE]
    ).order_by()
    printed |= dict(notes.values_list("timeline").annotate(count=Count("id")))
    OrderNote.objects.bulk_create(
        note(
            uid,
            REPRINTED_NOTE if count else PRINTED_NOTE,
            user=user.get_username(),
            params={"count": count} if count else None,
        )
        for uid, count in printed.items()
    )
    return printed


def slip(parcel: Parcel, *, with_prices: bool, reprint: int = 0) -> Slip:
    """What is printed of an order. A gift never has prices."""
    order, linked = parcel.order, parcel.order.commerce_order
    with_prices = with_prices and not is_gift(parcel)
    return Slip(
        seller=parcel.seller,
        store=order.store.name,
        number=linked.number if linked else "",
        amazon_order_id=order.amazon_order_id,
        facts=_facts(order),
        address=_address(order),
        lines=_lines(parcel, with_prices=with_prices),
        remarks=_remarks(order),
        total=shown(order.grand_total, order.currency) if with_prices else "",
        reprint=reprint,
        size=parcel.size,
    )


def is_gift(parcel: Parcel) -> bool:
    """Whether anything in it is a gift."""
    return any(content.item.is_gift for content in parcel.contents) or bool(_messages(parcel.order))


def _messages(order: ChannelOrder) -> dict[str, str]:
    """Gift messages by order item id."""
    return dict((order.item_texts or {}).get("gift_messages", {}))


def _lines(parcel: Parcel, *, with_prices: bool) -> list[Line]:
    """What goes into the parcel; all that was wanted, where nothing is left to send."""
    order, messages = parcel.order, _messages(parcel.order)
    is_over = not any(content.left for content in parcel.contents)
    return [
        Line(
            sku=content.sku,
            title=content.title,
            quantity=content.wanted if is_over else content.left,
            ordered=content.item.quantity_ordered,
            is_gift=content.item.is_gift,
            gift_message=messages.get(content.item.order_item_id, ""),
            amount=shown(content.item.total, order.currency) if with_prices else "",
        )
        for content in parcel.contents
    ]


def _facts(order: ChannelOrder) -> list[tuple[str, str]]:
    zone = order.store.zone
    facts = [
        (_("Order number"), order.commerce_order.number if order.commerce_order else ""),
        (_("Amazon order"), order.amazon_order_id),
        (_("Purchase date"), _day(order.purchase_date, zone)),
        (_("Service level"), order.service_level),
        (_("Ship by"), _day(order.ship_by, zone)),
    ]
    return [(label, value) for label, value in facts if value]


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    """The day on the clock of the order's store, as every page shows it."""
    return date_format(moment.astimezone(zone), "SHORT_DATE_FORMAT") if moment else ""


def _address(order: ChannelOrder) -> list[str]:
    """Where it goes, as corrected by staff; empty when nobody said."""
    if order.erased_at:
        return [_("Erased")]
    parts = {k: v for k, v in shipping_address(order).items() if k not in NOT_ON_SLIPS}
    return address_lines(parts, clear=True)


def _remarks(order: ChannelOrder) -> list[str]:
    remarks: list[str] = []
    if order.replaces_order_id:
        told = _("Replacement for order %(number)s.") % {"number": order.replaces_order_id}
        remarks.append(told)
    return remarks
