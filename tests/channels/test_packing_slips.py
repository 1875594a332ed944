"""What is printed of an order, and that it is noted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone, translation

from channels.models import ChannelOrder
from channels.services.packing import parcels
from channels.services.packing_slips import note_printing, print_slips, slip
from orders.models import CommerceOrderLine, OrderNote, OutboxMessage
from orders.services.taking_back import take_back_package
from tests import factories
from tests.channels.correcting import correct
from tests.channels.packing import gift, parcel, to_pack
from tests.channels.papers.reading import pages, text
from tests.orders.shipping import draft, line_of, ship
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim():
    return User.objects.create_user("kim")


def printed(order, **more):
    return slip(parcel(order), **{"with_prices": False, **more})


def notes(order):
    return [str(n) for n in OrderNote.objects.filter(timeline=order.uid).order_by("id")]


def test_a_slip():
    order = to_pack(
        items=[factories.item("KET-12", quantity=2), factories.item("MUG")],
        service_level="STANDARD",
        ship_by=factories.NOW,
    )
    made = printed(order)
    number = order.commerce_order.number
    assert (made.number, made.amazon_order_id) == (number, order.amazon_order_id)
    assert (made.seller, made.store) == ("main", order.store.name)
    assert list(made.facts) == [
        ("Order number", number),
        ("Amazon order", order.amazon_order_id),
        ("Purchase date", "2026-03-02"),
        ("Service level", "STANDARD"),
        ("Ship by", "2026-03-03"),
    ]
    assert [(line.sku, line.quantity, line.ordered) for line in made.lines] == [
        ("KET-12", 2, 2),
        ("MUG", 1, 1),
    ]
    assert made.reprint == 0


def test_days_are_those_on_the_clock_of_the_orders_store():
    order = to_pack(
        store=factories.amazon_store(country="US"),
        purchase_date=datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
        ship_by=datetime(2026, 3, 5, 7, 59, 59, tzinfo=UTC),  # the last second in Seattle
    )
    facts = dict(printed(order).facts)
    assert (facts["Purchase date"], facts["Ship by"]) == ("2026-03-01", "2026-03-04")


def test_the_address_has_neither_phone_nor_e_mail():
    made = printed(to_pack())
    assert made.address == ["Åsa Öberg", "Storgatan 1", "114 55 Stockholm", "Sweden"]


def test_the_corrected_address_goes_before_amazons():
    order = to_pack()
    correct(order, line1="Storgatan 11", phone="")
    assert "Storgatan 11" in printed(ChannelOrder.objects.get(pk=order.pk)).address


def test_nobody_said_where_it_goes():
    assert printed(to_pack(recipient=None)).address == []


def test_what_was_erased_is_not_said_to_be_missing():
    assert printed(to_pack(recipient=None, buyer=None, erased_at=factories.NOW)).address == [
        "Erased"
    ]


def test_units_left_to_ship():
    order = to_pack(items=[factories.item(quantity=5)])
    CommerceOrderLine.objects.update(quantity_shipped=2)
    (line,) = printed(order).lines
    assert (line.quantity, line.ordered) == (3, 5)


def test_an_order_that_left_is_printed_as_it_was_sent():
    order = to_pack(items=[factories.item(quantity=5)])
    CommerceOrderLine.objects.update(quantity_shipped=4, quantity_canceled=1)
    (line,) = printed(order).lines
    assert (line.quantity, line.ordered) == (4, 5)


def test_prices_only_when_asked_for():
    order = to_pack(items=[factories.item(price="249.50", quantity=2)])
    made = printed(order, with_prices=True)
    assert (made.lines[0].amount, made.total) == ("499.00 SEK", "499.00 SEK")
    made = printed(order)
    assert (made.lines[0].amount, made.total) == ("", "")


def test_an_amount_that_amazon_did_not_send_is_a_dash():
    order = to_pack()
    order.items.update(total=None)
    assert printed(order, with_prices=True).lines[0].amount == "–"


@pytest.mark.parametrize("message", ["Grattis!", ""])
def test_a_gift_never_has_prices(message):
    made = printed(gift(message), with_prices=True)
    assert (made.total, made.lines[0].amount) == ("", "")
    assert made.lines[0].is_gift
    assert made.lines[0].gift_message == message


def test_a_gift_in_the_file_itself(kim):
    pdf = print_slips([parcel(gift())], user=kim, with_prices=True)
    assert "Grattis!" in text(pdf)
    assert "77.00" not in text(pdf)


def test_a_replacement_says_for_what():
    made = printed(to_pack(replaces_order_id="702-1-2"))
    assert made.remarks == ["Replacement for order 702-1-2."]


def test_it_speaks_the_language_of_who_prints(kim):
    order = to_pack()
    with translation.override("sv"):
        words = text(print_slips([parcel(order)], user=kim))
    assert all(told in words for told in ("Följesedel", "Skickas till", "Sida 1 av 1"))


# Noted


def test_printing_is_noted_and_printing_again_too(kim):
    order = to_pack()
    before = len(notes(order))
    assert "Reprint" not in text(print_slips([parcel(order)], user=kim))
    assert "Reprint 1" in text(print_slips([parcel(order)], user=kim))
    assert "Reprint 2" in text(print_slips([parcel(order)], user=kim))

    assert notes(order)[before:] == [
        "Packing slip printed.",
        "Packing slip printed again (1).",
        "Packing slip printed again (2).",
    ]
    newest = OrderNote.objects.first()
    assert (newest.actor, newest.user_name) == ("staff", "kim")


def test_a_slip_of_the_rest_of_an_order_is_a_first_one(kim):
    order = to_pack(items=[factories.item("KET", quantity=2), factories.item("MUG")])
    for reprint in (0, 1):
        assert note_printing([order.pk], user=kim) == {order.uid: reprint}
    shipment = ship(order, draft(quantities={line_of(order, "KET").pk: 2}))
    for reprint in (0, 1):
        assert note_printing([order.pk], user=kim) == {order.uid: reprint}

    OutboxMessage.objects.update(not_before=timezone.now() + timedelta(hours=1))
    take_back_package(package_id=shipment.packages.get().pk)
    assert note_printing([order.pk], user=kim) == {order.uid: 4}  # of the whole again


def test_a_slip_of_an_order_that_left_whole_is_a_reprint(kim):
    order = to_pack()
    note_printing([order.pk], user=kim)
    ship(order)
    assert note_printing([order.pk], user=kim) == {order.uid: 1}


def test_each_order_counts_for_itself(kim):
    first, second = to_pack(), to_pack()
    note_printing([first.pk], user=kim)
    assert note_printing([first.pk, second.pk], user=kim) == {first.uid: 1, second.uid: 0}


def test_slips_come_in_the_order_of_the_parcels(kim):
    orders = [to_pack() for _ in range(3)]
    found = list(reversed(parcels([order.pk for order in orders])))
    pdf = print_slips(found, user=kim)
    for page, expected in zip(pages(pdf), found, strict=True):
        assert expected.order.amazon_order_id in page


def test_statements_do_not_grow_with_the_orders(kim, django_assert_num_queries):
    orders = [to_pack() for _ in range(20)]
    savepoint = 2
    for count in (1, 20):
        with django_assert_num_queries(3 + savepoint):
            note_printing([order.pk for order in orders[:count]], user=kim)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_print_at_once_one_reprints(kim):
    order = to_pack()
    counts = in_parallel([lambda: note_printing([order.pk], user=kim)[order.uid]] * 4)
    assert sorted(counts) == [0, 1, 2, 3]
