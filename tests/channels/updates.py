"""Updates of one order, one laid over the other in memory."""

from datetime import timedelta

from channels.amazon.types import Address, AmazonPackage
from channels.models import ChannelOrder
from channels.services.merging import Merged, merge
from tests.factories import NOW, amazon_order

LATER = NOW + timedelta(hours=1)
FULL_ADDRESS = Address(
    name="Åsa Öberg", line1="Storgatan 1", city="Umeå", country_code="SE", phone="+46701740605"
)
PACKAGE = AmazonPackage(
    package_reference_id="1",
    carrier="PostNord",
    tracking_number="UA1SE",
    shipped_at=NOW,
    items=(("00000000000001", 1),),
)


def first_seen(**overrides) -> Merged:
    """An order as its first update left it."""
    merged = Merged(ChannelOrder(amazon_order_id="702-1111111-2222222"), [], is_new=True)
    assert merge(amazon_order(**overrides), merged, digest=b"first", now=NOW)
    return Merged(merged.order, merged.items, is_new=False)


def update(merged: Merged, **overrides) -> list[str]:
    """Lay a newer update over `merged`; the notes that came of it."""
    before = len(merged.notes)
    told = amazon_order(**{"last_updated": LATER, **overrides})
    assert merge(told, merged, digest=b"later", now=LATER)
    return [str(note) for note in merged.notes[before:]]
