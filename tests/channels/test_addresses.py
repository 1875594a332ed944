"""Correcting a shipping address: what is written, what stays, what is refused."""

import pytest

from channels.models import ChannelOrder
from channels.services.addresses import (
    PARTS,
    AddressChanged,
    CannotCorrect,
    changed_at_amazon,
    shipping_address,
    version,
)
from channels.services.reconsidering import reconsider
from customers.models import CustomerAddress
from orders.models import OrderNote, Product
from tests import factories
from tests.channels.correcting import again, commerce_address, correct, drop, notes_of, somebody
from tests.factories import NOW
from tests.orders.shipping import ship
from tests.snapshot import everything
from tests.timeline import moved

pytestmark = pytest.mark.django_db

SENT = {
    "name": "Åsa Öberg",
    "line1": "Storgatan 1",
    "postal_code": "903 26",
    "city": "Umeå",
    "country_code": "SE",
    "address_type": "RESIDENTIAL",
}
EMAIL = {"email": "asa@marketplace.amazon.se"}


def order_to(address=SENT, **overrides):
    return factories.placed_order(recipient=address, **overrides)


# What is written


def test_the_correction_goes_before_amazons_address_which_stays():
    order = order_to()
    correct(order, line1="Storgatan 11", line2="lgh 1203")

    stored = again(order)
    corrected = {**SENT, "line1": "Storgatan 11", "line2": "lgh 1203"}
    assert stored.recipient == SENT
    assert stored.corrected_address == {"address": corrected, "original": SENT}
    assert (stored.corrected_by, stored.corrected_at is not None) == ("kim", True)
    assert shipping_address(stored) == corrected
    assert commerce_address(order) == ("staff", corrected | EMAIL)
    assert CustomerAddress.objects.count() == 1


def test_the_note_names_the_parts_and_never_a_value():
    order = order_to()
    correct(order, line1="Storgatan 11", phone="+46 70 174 06 05", city="")
    note = OrderNote.objects.latest("id")
    assert str(note) == "Shipping address corrected."
    assert moved(note) == ["Address line 1", "City", "Phone"]
    assert (note.actor, note.user_name) == ("staff", "kim")
    kept = f"{note.text} {note.params} {note.changes}"
    for value in ("Storgatan", "174", "Umeå", "Öberg"):
        assert value not in kept


def test_a_correction_of_a_correction_says_what_changed_since():
    order = order_to()
    correct(order, line1="Storgatan 11")
    correct(order, city="Luleå")
    assert moved(OrderNote.objects.latest("id")) == ["City"]
    assert again(order).corrected_address == {
        "address": {**SENT, "line1": "Storgatan 11", "city": "Luleå"},
        "original": SENT,
    }


def test_the_correction_is_sealed():
    order = order_to()
    correct(order, line1="Hemlighetsgatan 7")
    stored = ChannelOrder.objects.filter(pk=order.pk).values_list("corrected_address", flat=True)
    assert b"Hemlig" not in bytes(stored.get())


def test_dropping_brings_amazons_address_back():
    order = order_to()
    before = commerce_address(order)
    correct(order, name="", line1="Storgatan 11", phone="1")
    drop(order)

    stored = again(order)
    assert (stored.corrected_address, stored.corrected_at, stored.corrected_by) == (None, None, "")
    assert commerce_address(order) == before == ("amazon", SENT | EMAIL)
    assert notes_of(order)[-1] == ("Correction of the shipping address dropped: Amazon's is used.")


def test_amazons_own_address_typed_again_drops_the_correction():
    order = order_to()
    correct(order, line1="Storgatan 11")
    correct(order, line1="Storgatan 1")
    assert again(order).corrected_address is None
    assert commerce_address(order) == ("amazon", SENT | EMAIL)


def test_the_relay_address_stays_though_amazon_gave_another_one_since():
    order = order_to()
    ChannelOrder.objects.filter(pk=order.pk).update(placement="placed")
    row = again(order)
    row.buyer = {"name": "Åsa Öberg", "email": "other@marketplace.amazon.se"}
    row.save()
    correct(order, line1="Storgatan 11")
    assert commerce_address(order)[1]["email"] == EMAIL["email"]
    drop(order)
    assert commerce_address(order)[1]["email"] == EMAIL["email"]


def test_a_name_that_amazon_did_not_send_is_the_buyers_one_that_staff_took_out_is_none():
    nameless = {"line1": "Storgatan 1", "country_code": "SE"}
    order = order_to(nameless)
    correct(order, line1="Storgatan 11")
    assert commerce_address(order)[1]["name"] == "Åsa Öberg"

    named = order_to()
    correct(named, name="")
    assert "name" not in commerce_address(named)[1]


def test_an_address_that_amazon_did_not_send_can_be_given():
    order = order_to(None, buyer=None)
    assert order.commerce_order.shipping_address is None
    correct(order, line1="Storgatan 11")
    assert again(order).corrected_address == {
        "address": {"line1": "Storgatan 11"},
        "original": {},
    }
    assert commerce_address(order) == ("staff", {"line1": "Storgatan 11"})


def test_a_customers_order_keeps_its_customer():
    order = order_to(store=factories.amazon_store(customer_creation="new"))
    correct(order, line1="Storgatan 11")
    address = CustomerAddress.objects.get()
    assert address.customer == order.commerce_order.customer
    assert address.customer.profile["name"] == "Åsa Öberg"


# Before there is a Commerce order


def test_a_held_order_is_placed_with_the_correction():
    Product.objects.create(sku="MUG", enabled=False)
    held = factories.channel_order(placement="held", hold_reason="product_disabled", recipient=SENT)
    correct(held, line1="Storgatan 11")
    assert CustomerAddress.objects.count() == 0

    Product.objects.update(enabled=True)
    assert reconsider(held.account_id, [held.pk]) == 1
    assert commerce_address(held) == ("staff", {**SENT, "line1": "Storgatan 11"} | EMAIL)
    assert again(held).corrected_by == "kim"


def test_a_dropped_correction_does_not_reach_the_commerce_order():
    held = factories.channel_order(placement="held", hold_reason="total", recipient=SENT)
    correct(held, line1="Storgatan 11")
    drop(held)
    assert reconsider(held.account_id, [held.pk]) == 1
    assert commerce_address(held) == ("amazon", SENT | EMAIL)


# What was typed


def test_only_blanks_around_a_value_are_taken_away():
    order = order_to()
    correct(order, line1="  Box 7,  Lgh 3 \n", region="pr", country_code="us", postal_code="00926")
    address = shipping_address(again(order))
    assert (address["line1"], address["region"]) == ("Box 7,  Lgh 3", "pr")
    assert (address["country_code"], address["postal_code"]) == ("us", "00926")


def test_what_nobody_touched_keeps_amazons_exact_text():
    """Blanks at its ends, a line break, more than anyone may type, a code of three letters."""
    odd = SENT | {
        "line1": " Storgatan 1 ",
        "line2": "over\ntwo lines",
        "delivery_instructions": "Ring. " * 60,
        "country_code": "SWE",
    }
    order = order_to(odd)
    correct(order, city="Luleå", line1="Storgatan 1", line2="overtwo lines")
    assert shipping_address(again(order)) == odd | {"city": "Luleå"}
    assert moved(OrderNote.objects.latest("id")) == ["City"]


@pytest.mark.parametrize("part", [part for part in PARTS if part != "country_code"])
def test_every_part_can_be_corrected_up_to_its_length(part):
    order = order_to()
    correct(order, **{part: "é" * 256})
    assert commerce_address(order)[1][part] == "é" * 256
    before = everything()
    with pytest.raises(CannotCorrect, match="is longer than 256 characters") as caught:
        correct(order, **{part: "é" * 257})
    assert caught.value.part == part
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line1": "a\tb"}, "Address line 1 holds a character that cannot be printed."),
        ({"name": "a\x00b"}, "Name holds a character that cannot be printed."),
        ({"city": "a\x85b"}, "City holds a character that cannot be printed."),
        ({"phone": "a\u2028b"}, "Phone holds a character that cannot be printed."),
        ({"country_code": "SWE"}, "The country code is two letters, such as SE."),
        ({"country_code": "S1"}, "The country code is two letters, such as SE."),
        ({"country_code": "ÅÄ"}, "The country code is two letters, such as SE."),
    ],
)
def test_what_cannot_be_an_address_is_refused_by_its_part(changes, told):
    order = order_to()
    before = everything()
    with pytest.raises(CannotCorrect) as caught:
        correct(order, **changes)
    assert (str(caught.value), [caught.value.part]) == (told, list(changes))
    assert everything() == before


def test_a_part_that_no_address_has_is_not_stored():
    order = order_to()
    correct(order, line1="Storgatan 11", email="me@example.com", colour="red")
    assert again(order).corrected_address["address"] == {**SENT, "line1": "Storgatan 11"}


def test_nothing_is_required():
    order = order_to({"line1": "Storgatan 1"})
    correct(order, line1="")
    assert again(order).corrected_address["address"] == {}
    assert commerce_address(order) == ("staff", {**EMAIL, "name": "Åsa Öberg"})


# Refused


def shipped(order):
    ship(order)


def shipped_at_amazon(order):
    row = again(order)
    row.amazon_shipped()
    row.save()


def canceled(order):
    linked = order.commerce_order
    linked.cancel(NOW)
    linked.save()


def canceled_at_amazon(order):
    row = again(order)
    row.amazon_canceled()
    row.save()


def erased(order):
    ChannelOrder.objects.filter(pk=order.pk).update(erased_at=NOW)


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (shipped, "Order {} is shipped: its address is where it went."),
        (shipped_at_amazon, "Order {} is shipped: its address is where it went."),
        (canceled, "Order {} is canceled: nothing is sent to its address."),
        (canceled_at_amazon, "Order {} is canceled: nothing is sent to its address."),
        (erased, "The personal data of order {} was erased."),
    ],
)
@pytest.mark.parametrize("what", [lambda order: correct(order, line1="X"), drop])
def test_too_late(happens, told, what):
    order = order_to()
    correct(order, line1="Storgatan 11")
    happens(order)
    before = everything()
    with pytest.raises(CannotCorrect) as caught:
        what(order)
    assert str(caught.value) == told.format(order.amazon_order_id)
    assert everything() == before


def test_an_order_fulfilled_by_amazon_is_refused():
    order = order_to(fulfilled_by="amazon", status="shipped", amazon_status="SHIPPED")
    before = everything()
    with pytest.raises(CannotCorrect, match="is fulfilled by Amazon: Amazon ships it"):
        correct(order, line1="X")
    assert everything() == before


def test_an_order_that_is_shipped_in_part_can_be_corrected():
    order = order_to(status="partially_shipped", amazon_status="PARTIALLY_SHIPPED")
    correct(order, line1="Storgatan 11")
    assert commerce_address(order)[0] == "staff"


def test_nothing_changed_is_no_correction():
    order = order_to()
    before = everything()
    for what in (correct, drop):
        with pytest.raises(CannotCorrect, match="This is Amazon's address as it is"):
            what(order)
    assert everything() == before


# Two people, and one who is slow


def test_who_saw_another_address_is_refused():
    order = order_to()
    seen = version(again(order))
    correct(order, line1="Storgatan 11")
    before = everything()
    for what in (lambda: correct(order, line1="X", seen=seen), lambda: drop(order, seen=seen)):
        with pytest.raises(AddressChanged, match="was changed meanwhile"):
            what()
    assert everything() == before


def test_the_same_correction_twice_is_written_once():
    order = order_to()
    seen = version(again(order))
    correct(order, line1="Storgatan 11", seen=seen)
    before = everything()
    correct(order, line1="Storgatan 11", seen=seen)
    assert everything() == before


def test_a_version_is_of_one_order_and_one_address_and_shows_nothing():
    one, other = order_to(), order_to()
    versions = {version(one), version(other)}
    for line in ("storgatan 1", "Storgatan  1", "Storgatan 1 "):
        one.recipient = {**SENT, "line1": line}
        versions.add(version(one))
    assert len(versions) == 5
    assert all(len(found) == 64 for found in versions)


def test_kept_after_amazon_changed_its_own():
    order = order_to()
    correct(order, line1="Storgatan 11")
    row = again(order)
    row.recipient = {**SENT, "line1": "Lillgatan 2"}
    row.save()
    assert changed_at_amazon(again(order))

    correct(order)
    assert not changed_at_amazon(again(order))
    assert shipping_address(again(order)) == {**SENT, "line1": "Storgatan 11"}
    assert notes_of(order)[-1] == (
        "Shipping address kept as corrected, though Amazon changed its own."
    )
    assert somebody().username == again(order).corrected_by
