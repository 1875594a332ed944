"""Whatever order updates arrive in, the newest is what is stored."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.amazon.types import Address, AmazonOrder, Amounts, Buyer, Money, Status
from channels.models import ChannelOrder
from channels.services.merging import Merged, merge
from tests.channels.updates import PACKAGE
from tests.factories import NOW, amazon_item, amazon_order
from tests.machines import columns

S = Status
STATUS_WALKS = [
    # what Amazon may say one after the other
    [S.PENDING_AVAILABILITY, S.PENDING, S.UNSHIPPED, S.PARTIALLY_SHIPPED, S.SHIPPED],
    [S.PENDING, S.UNSHIPPED, S.PENDING, S.UNSHIPPED, S.SHIPPED],
    [S.PENDING, S.UNSHIPPED, S.CANCELED],
    [S.PENDING, S.CANCELED],
    [S.UNSHIPPED, S.PARTIALLY_SHIPPED, S.CANCELED],
    [S.UNKNOWN, S.UNSHIPPED, S.SHIPPED],
    [S.PENDING, S.UNFULFILLABLE],
]


@st.composite
def histories(draw) -> list[AmazonOrder]:
    """The updates of one order, oldest first; each with every group."""
    amount = st.decimals(0, 999, places=2)
    quantity = st.integers(0, 5)
    name = st.text(min_size=1, max_size=5)

    def snapshot(position: int, status: Status) -> AmazonOrder:
        item = amazon_item(
            quantity_ordered=draw(quantity),
            quantity_shipped=draw(quantity),
            amounts=Amounts(item=draw(amount), total=draw(amount)),
            is_gift=draw(st.booleans()),
            cancel_requested=draw(st.booleans()),
        )
        return amazon_order(
            last_updated=NOW + timedelta(seconds=position),
            status=status,
            amazon_status=status.upper(),
            items=(item,),
            ship_by=NOW + timedelta(days=draw(quantity)),
            grand_total=Money(amount=draw(amount), currency="SEK"),
            buyer=Buyer(name=draw(name), email=draw(name)),
            recipient=Address(name=draw(name), city=draw(name)),
            packages=(PACKAGE,) if draw(st.booleans()) else (),
        )

    return [snapshot(*step) for step in enumerate(draw(st.sampled_from(STATUS_WALKS)))]


def stored_after(updates: list[AmazonOrder]) -> tuple[dict, list[dict]]:
    """What is stored in the end, but for what tells one run from another."""
    merged = Merged(ChannelOrder(amazon_order_id="702-1111111-2222222"), [], is_new=True)
    for told in updates:
        merge(told, merged, digest=str(told.last_updated).encode(), now=NOW)
        merged = Merged(merged.order, merged.items, is_new=False)
    order = columns(merged.order)
    del order["uid"], order["imported_at"]
    return order, [columns(item) for item in merged.items]


@given(st.data())
def test_updates_in_any_order_and_repeated_end_in_the_newest(data):
    history = data.draw(histories())
    arrivals = data.draw(
        st.lists(st.sampled_from(history), max_size=8).map(lambda more: [*history, *more])
    )
    arrivals = data.draw(st.permutations(arrivals))
    assert stored_after(arrivals) == stored_after(history[-1:])
