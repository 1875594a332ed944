"""ChannelOrder.status and ChannelOrder.placement: every state against every transition.

These tests have no database (but for the twins): a transition that saved, or read, would fail.
"""

from typing import Any

import pytest
from django.db import transaction
from django_fsm import ConcurrentTransition, TransitionNotAllowed, can_proceed

from channels.amazon.types import Status
from channels.models import ChannelOrder
from channels.policy import HoldReason
from orders.models import CommerceOrder
from tests import factories
from tests.factories import NOW
from tests.machines import changed_columns, columns, declared_transitions, sources

S = ChannelOrder.Status
NOT_YET_SHIPPED = (S.PENDING_AVAILABILITY, S.PENDING, S.UNSHIPPED)
STATUS_TABLE = {
    "amazon_pending_availability": (sources(S.UNKNOWN), S.PENDING_AVAILABILITY),
    "amazon_pending": (sources(S.UNKNOWN, S.PENDING_AVAILABILITY, S.UNSHIPPED), S.PENDING),
    "amazon_unshipped": (sources(S.UNKNOWN, S.PENDING_AVAILABILITY, S.PENDING), S.UNSHIPPED),
    "amazon_partially_shipped": (sources(S.UNKNOWN, NOT_YET_SHIPPED), S.PARTIALLY_SHIPPED),
    "amazon_shipped": (sources(S.UNKNOWN, NOT_YET_SHIPPED, S.PARTIALLY_SHIPPED), S.SHIPPED),
    "amazon_canceled": (sources(S.UNKNOWN, NOT_YET_SHIPPED, S.PARTIALLY_SHIPPED), S.CANCELED),
    "amazon_canceled_before_confirmation": (sources(S.SHIPPED), S.CANCELED),
    "amazon_unfulfillable": (sources(S.UNKNOWN, NOT_YET_SHIPPED), S.UNFULFILLABLE),
    "ship_partially": (sources(S.UNSHIPPED, S.PARTIALLY_SHIPPED), S.PARTIALLY_SHIPPED),
    "ship": (sources(S.UNSHIPPED, S.PARTIALLY_SHIPPED), S.SHIPPED),
    "take_back_shipping": (sources(S.SHIPPED, S.PARTIALLY_SHIPPED), S.UNSHIPPED),
    "take_back_some_shipping": (sources(S.SHIPPED), S.PARTIALLY_SHIPPED),
}

P = ChannelOrder.Placement
UNPLACED = (P.AWAITING, P.HELD, P.VIEW_ONLY, P.IGNORED)
PLACEMENT_TABLE = {
    "place": (sources(UNPLACED), P.PLACED),
    "hold": (sources(UNPLACED), P.HELD),
    "view_only": (sources(UNPLACED), P.VIEW_ONLY),
    "ignore": (sources(UNPLACED), P.IGNORED),
    "wait": (sources(UNPLACED), P.AWAITING),
}
COMMERCE_ORDER = CommerceOrder(pk=5)
PLACEMENT_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "place": (COMMERCE_ORDER,),
    "hold": (HoldReason.UNKNOWN_SKU, "MUG"),
}


def channel_order(**values: Any) -> ChannelOrder:
    """Amazon's own word is Unshipped: what is ahead of it is ours."""
    return ChannelOrder(**{"amazon_status": "UNSHIPPED", "proven_at": NOW, **values})


def placed_in(placement: str) -> ChannelOrder:
    held = {"hold_reason": "total", "hold_detail": "1 - 2 = -1"} if placement == P.HELD else {}
    return channel_order(placement=placement, **held)


# Amazon's word


@pytest.mark.parametrize("status", S.values)
@pytest.mark.parametrize("name", STATUS_TABLE)
def test_status_every_state_against_every_transition(name, status):
    order = channel_order(status=status)
    before = columns(order)
    allowed, target = STATUS_TABLE[name]
    assert can_proceed(getattr(order, name)) is (status in allowed)
    if status in allowed:
        getattr(order, name)()
        assert order.status == target
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(order, name)()
        assert changed_columns(order, before) == {}


def test_status_the_table_lists_every_transition_and_source():
    assert declared_transitions(ChannelOrder, "status") == {
        name: set(allowed) for name, (allowed, _) in STATUS_TABLE.items()
    }


@pytest.mark.parametrize("name", STATUS_TABLE)
def test_status_a_move_changes_no_other_column(name):
    allowed, target = STATUS_TABLE[name]
    for status in allowed:
        order = channel_order(status=status)
        before = columns(order)
        getattr(order, name)()
        expected = {} if status == target else {"status": target}
        assert changed_columns(order, before) == expected


@pytest.mark.parametrize(
    ("amazon_status", "open_to_it"),
    [("UNSHIPPED", True), ("PARTIALLY_SHIPPED", True), ("", True), ("SHIPPED", False)],
)
def test_status_shipped_is_canceled_only_while_it_is_our_own_word(amazon_status, open_to_it):
    order = ChannelOrder(status=S.SHIPPED, amazon_status=amazon_status)
    assert can_proceed(order.amazon_canceled_before_confirmation) is open_to_it


@pytest.mark.parametrize("name", ["take_back_shipping", "take_back_some_shipping"])
@pytest.mark.parametrize(
    ("amazon_status", "open_to_it"),
    [("UNSHIPPED", True), ("PARTIALLY_SHIPPED", True), ("", True), ("SHIPPED", False)],
)
def test_status_shipping_is_taken_back_only_while_it_is_our_own_word(
    name, amazon_status, open_to_it
):
    order = ChannelOrder(status=S.SHIPPED, amazon_status=amazon_status)
    assert can_proceed(getattr(order, name)) is open_to_it


def test_status_the_stored_words_are_those_of_the_mapper():
    assert S.values == list(Status)


def test_status_cannot_be_assigned():
    order = channel_order(status=S.PENDING)
    with pytest.raises(AttributeError):
        order.status = S.SHIPPED
    assert order.status == S.PENDING


# What the portal did with it


@pytest.mark.parametrize("placement", P.values)
@pytest.mark.parametrize("name", PLACEMENT_TABLE)
def test_placement_every_state_against_every_transition(name, placement):
    order = placed_in(placement)
    before = columns(order)
    allowed, target = PLACEMENT_TABLE[name]
    assert can_proceed(getattr(order, name)) is (placement in allowed)
    if placement in allowed:
        getattr(order, name)(*PLACEMENT_ARGUMENTS.get(name, ()))
        assert order.placement == target
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(order, name)(*PLACEMENT_ARGUMENTS.get(name, ()))
        assert changed_columns(order, before) == {}


def test_placement_the_table_lists_every_transition_and_source():
    assert declared_transitions(ChannelOrder, "placement") == {
        name: set(allowed) for name, (allowed, _) in PLACEMENT_TABLE.items()
    }


NO_CAUSE = {"hold_reason": "", "hold_detail": ""}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("place", {"placement": "placed", "commerce_order_id": 5, **NO_CAUSE}),
        ("hold", {"hold_reason": "unknown_sku", "hold_detail": "MUG"}),
        ("view_only", {"placement": "view_only", **NO_CAUSE}),
        ("ignore", {"placement": "ignored", **NO_CAUSE}),
        ("wait", {"placement": "awaiting", **NO_CAUSE}),
    ],
)
def test_placement_a_transition_sets_its_own_columns(name, changes):
    order = placed_in(P.HELD)
    before = columns(order)
    getattr(order, name)(*PLACEMENT_ARGUMENTS.get(name, ()))
    assert changed_columns(order, before) == changes


def test_placement_hold_sets_its_cause():
    order = placed_in(P.AWAITING)
    before = columns(order)
    order.hold(HoldReason.OUT_OF_STOCK, "MUG")
    assert changed_columns(order, before) == {
        "placement": "held",
        "hold_reason": "out_of_stock",
        "hold_detail": "MUG",
    }


def test_placement_cannot_be_assigned():
    order = placed_in(P.AWAITING)
    with pytest.raises(AttributeError):
        order.placement = P.PLACED
    assert order.placement == P.AWAITING


def test_every_reason_to_hold_has_words_for_people():
    choices = ChannelOrder._meta.get_field("hold_reason").choices
    assert [code for code, _ in choices] == list(HoldReason)


# Twins


def twins() -> tuple[ChannelOrder, ChannelOrder]:
    pk = factories.channel_order().pk
    return ChannelOrder.objects.get(pk=pk), ChannelOrder.objects.get(pk=pk)


@pytest.mark.django_db
def test_of_two_twins_that_move_the_status_one_is_saved():
    one, other = twins()
    one.amazon_canceled()
    other.ship()
    one.save()
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        other.save()
    assert ChannelOrder.objects.get(pk=one.pk).status == S.CANCELED


@pytest.mark.django_db
def test_of_two_twins_that_move_the_placement_one_is_saved():
    one, other = twins()
    one.hold(HoldReason.TOTAL, "")
    other.ignore()
    one.save()
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        other.save()
    assert ChannelOrder.objects.get(pk=one.pk).placement == P.HELD


@pytest.mark.django_db
def test_of_twins_on_two_machines_the_second_is_not_saved_over_the_first():
    one, other = twins()
    one.ship()
    other.hold(HoldReason.TOTAL, "")
    one.save(update_fields=["status", "proven_at"])
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        other.save()
    stored = ChannelOrder.objects.get(pk=one.pk)
    assert (stored.status, stored.placement) == (S.SHIPPED, P.AWAITING)


@pytest.mark.django_db
def test_a_row_loaded_without_its_state_reads_it_later():
    factories.channel_order()
    order = ChannelOrder.objects.only("amazon_order_id").get()
    assert (order.status, order.placement) == (S.UNSHIPPED, P.AWAITING)


@pytest.mark.django_db
def test_a_row_that_read_its_state_later_is_guarded_from_then_on():
    factories.channel_order()
    late, other = ChannelOrder.objects.only("amazon_order_id").get(), ChannelOrder.objects.get()
    assert late.status == S.UNSHIPPED
    other.amazon_canceled()
    other.save()
    late.ship()
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        late.save()
    assert ChannelOrder.objects.get().status == S.CANCELED
