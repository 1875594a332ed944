"""Pick lists: what many orders want from the shelves."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.utils import timezone
from django.utils.formats import date_format

from channels.papers.pick_list import Pick, pick_list
from channels.services.packing import Content, Parcel
from orders.sentences import ngettext


def print_pick_list(parcels: Sequence[Parcel]) -> bytes:
    """The list as a PDF, on the paper of the first order."""
    count = len(parcels)
    orders = ngettext("%(count)d order", "%(count)d orders", count) % {"count": count}
    now = date_format(timezone.localtime(), "SHORT_DATETIME_FORMAT")
    size = parcels[0].size if parcels else "A4"
    return pick_list(picks(parcels), about=f"{orders} · {now}", size=size)


def picks(parcels: Sequence[Parcel]) -> list[Pick]:
    """What is left to ship, one line a SKU (an item without one by its title), sorted by it."""
    names = _names(parcels)
    wanted: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    examples: dict[tuple[str, str], Content] = {}
    for parcel in parcels:
        for content in parcel.contents:
            if content.left:
                key = (content.sku, "" if content.sku else content.title)
                wanted[key][parcel.order.pk] += content.left
                examples.setdefault(key, content)
    return [
        Pick(
            sku=sku,
            name=_name(content := examples[sku, title]),
            quantity=orders.total(),
            orders=[(names[pk], units) for pk, units in orders.items()],
            on_hand=_on_hand(content),
        )
        for (sku, title), orders in sorted(wanted.items())
    ]


def _names(parcels: Sequence[Parcel]) -> dict[int, str]:
    """Numbers by order; with the store where two stores gave the same one."""
    given = Counter(parcel.number for parcel in parcels)
    return {
        p.order.pk: p.number if given[p.number] == 1 else f"{p.number} ({p.seller})"
        for p in parcels
    }


def _name(content: Content) -> str:
    return (content.product.name if content.product else "") or content.title


def _on_hand(content: Content) -> int | None:
    """Units on the shelf, where the stock of the product is managed."""
    product = content.product
    return product.quantity if product and product.manage_stock else None
