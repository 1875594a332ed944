"""Amazon's status laid over ours: what moves, what is refused, what is noted."""

from datetime import timedelta

import pytest

from channels.amazon.types import Status
from tests.channels.updates import LATER, first_seen, update

S = Status


def test_amazons_list_that_lags_behind_our_shipping_changes_nothing():
    merged = first_seen()
    merged.order.ship()
    assert update(merged, status=S.UNSHIPPED, amazon_status="UNSHIPPED") == []
    assert merged.order.status == "shipped"


def test_amazons_list_that_lags_behind_a_part_shipped_changes_nothing():
    merged = first_seen()
    merged.order.ship_partially()
    assert update(merged, status=S.UNSHIPPED, amazon_status="UNSHIPPED") == []
    assert merged.order.status == "partially_shipped"


def test_amazon_confirms_what_we_shipped_without_a_note():
    merged = first_seen()
    merged.order.ship()
    assert update(merged, status=S.SHIPPED, amazon_status="SHIPPED") == []
    assert (merged.order.status, merged.order.amazon_status) == ("shipped", "SHIPPED")


def test_a_refused_move_is_noted_once():
    merged = first_seen(status=S.SHIPPED, amazon_status="SHIPPED")
    back = {"status": S.UNSHIPPED, "amazon_status": "UNSHIPPED"}
    assert update(merged, **back) == ["Amazon's list says UNSHIPPED; the order stays Shipped here."]
    assert update(merged, **back, last_updated=LATER + timedelta(hours=1)) == []
    assert merged.order.status == "shipped"


def test_canceled_before_amazon_heard_of_our_package():
    merged = first_seen()
    merged.order.ship()
    assert update(merged, status=S.CANCELED, amazon_status="CANCELLED") == ["Canceled at Amazon."]
    assert (merged.order.status, merged.order.amazon_status) == ("canceled", "CANCELLED")


def test_canceled_after_amazon_itself_said_shipped_is_refused():
    merged = first_seen(status=S.SHIPPED, amazon_status="SHIPPED")
    assert update(merged, status=S.CANCELED, amazon_status="CANCELLED") == [
        "Amazon's list says CANCELLED; the order stays Shipped here."
    ]
    assert merged.order.status == "shipped"


def test_an_unknown_status_is_kept_as_a_word_and_noted_once():
    merged = first_seen()
    unknown = {"status": S.UNKNOWN, "amazon_status": "LOST_AT_SEA"}
    assert update(merged, **unknown) == [
        "Amazon sent a status the portal does not know: LOST_AT_SEA."
    ]
    assert update(merged, **unknown) == []
    assert (merged.order.status, merged.order.amazon_status) == ("unshipped", "LOST_AT_SEA")


def test_another_unknown_status_is_noted_again():
    merged = first_seen(status=S.UNKNOWN, amazon_status="LOST_AT_SEA")
    assert update(merged, status=S.UNKNOWN, amazon_status="FOUND") == [
        "Amazon sent a status the portal does not know: FOUND."
    ]


@pytest.mark.parametrize("status", [status for status in Status if status is not S.UNKNOWN])
def test_an_order_first_seen_in_an_unknown_status_takes_any_known_one(status):
    merged = first_seen(status=S.UNKNOWN, amazon_status="LOST_AT_SEA")
    update(merged, status=status, amazon_status=status.upper())
    assert merged.order.status == status


def test_a_word_of_amazons_that_is_too_long_is_cut_and_noted_once():
    merged = first_seen(status=S.UNKNOWN, amazon_status="X" * 99)
    assert merged.order.amazon_status == "X" * 32
    assert update(merged, status=S.UNKNOWN, amazon_status="X" * 99) == []
