"""A wrong number corrected after sending: Amazon ends with the right one, same reference."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import ChannelOrder
from channels.sandbox.invent import Draft, Line
from channels.sandbox.server import serve
from channels.sandbox.world import World
from orders.models import OrderNote, OutboxMessage, Package, Shipment
from orders.services.correcting import as_seen, correct_package
from orders.services.errors import CannotShip, DoubtfulNumber, UnknownCarrier
from orders.services.packages import PackageDraft
from orders.services.shipments import create_shipment
from tests import factories, portal
from tests.channels.delivering import connected, message, notes, send, shipped_order
from tests.channels.test_taking_over import confirm
from tests.orders.shipping import everything
from tests.timeline import moved

pytestmark = pytest.mark.django_db
RIGHT = "RR123456785SE"
THREE_ITEMS = tuple(Line(sku=sku, quantity=5) for sku in ("KET-12", "MUG-3", "CAP-1"))
SEEDS = count(1000)  # another seed, other order numbers


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


def correct(number=RIGHT, *, package=None, **values):
    package = package or Package.objects.get()
    given = {"carrier_code": "PostNord", "tracking_number": number, **values}
    return correct_package(package_id=package.pk, **given)


def shown(amazon, order):
    packages = amazon.world.order(order.order_id).packages
    return [(p.reference_id, p.carrier_code, p.tracking_number) for p in packages]


def test_a_proven_number_is_corrected_and_proven_again(amazon):
    order = shipped_order(amazon, tracking="WRONG")
    portal.deliver()
    assert portal.order(order.order_id).is_completed

    assert correct() == []

    row = message()
    assert (row.state, row.proven_at, row.attempts) == ("pending", None, 1)
    assert not portal.order(order.order_id).is_completed
    assert notes(order)[-1] == "Package 1 corrected."
    newest = OrderNote.objects.latest("id")
    assert moved(newest) == ["Tracking number: WRONG → RR123456785SE"]
    portal.deliver()
    assert shown(amazon, order) == [("1", "PostNord", RIGHT)]
    assert message().state == "proven"
    assert portal.order(order.order_id).is_completed


@pytest.mark.parametrize("sent", [True, False])
def test_what_is_not_proven_yet_goes_out_as_it_is_now(amazon, sent):
    order = shipped_order(amazon, tracking="WRONG")
    if sent:
        send()
    correct(carrier_code="dsv")
    portal.deliver()
    assert shown(amazon, order) == [("1", "DSV", RIGHT)]


def test_a_refused_package_may_be_corrected(amazon):
    order = shipped_order(amazon, tracking="WRONG")
    OutboxMessage.objects.update(state="refused", last_error="No.")
    correct()
    portal.deliver()
    assert shown(amazon, order) == [("1", "PostNord", RIGHT)]


def test_a_confirmation_whose_fate_is_unknown_ends_with_the_right_number(amazon):
    order = shipped_order(amazon, tracking="WRONG")
    amazon.world.faults.push("lost_reply", "confirm")
    send()
    correct()
    portal.deliver()
    assert shown(amazon, order) == [("1", "PostNord", RIGHT)]
    assert message().state == "proven"


def test_a_package_confirmed_elsewhere_is_corrected_under_its_own_reference(amazon):
    order = amazon.world.create_order("SE", Draft(lines=(Line(sku="KET-12"),)))
    portal.poll()
    confirm(amazon, order, {0: 1}, reference="71", tracking="WRONG")
    portal.poll()
    assert OutboxMessage.objects.count() == 0

    correct()
    assert Package.objects.get().confirmation == "pending"
    portal.deliver()

    assert shown(amazon, order) == [("71", "PostNord", RIGHT)]
    assert message().state == "proven"
    assert portal.order(order.order_id).is_completed


# Refused, with nothing written


def refused(error, **values):
    before = everything()
    with pytest.raises(error) as caught:
        correct(**values)
    assert everything() == before
    return str(caught.value)


def shipped(**values):
    order = factories.placed_order()
    draft = PackageDraft(carrier_code="PostNord", tracking_number="WRONG", **values)
    create_shipment(order_id=order.commerce_order_id, packages=[draft])
    return order


def test_not_while_it_is_being_sent():
    shipped()
    OutboxMessage.objects.all().delete()
    factories.outbox_message(package=Package.objects.get(), state="in_flight")
    told = refused(CannotShip)
    assert told == "Package 1 is being sent now: try again in a moment."


def test_not_what_amazon_shipped():
    shipped()
    Shipment.objects.update(by="amazon")
    assert refused(CannotShip) == "Package 1 was shipped by Amazon: its number is Amazon's."


def test_not_a_package_that_amazon_does_not_show():
    shipped()
    OutboxMessage.objects.all().delete()
    Shipment.objects.update(by="channel")
    assert "shows no package 1" in refused(CannotShip)


def test_not_what_somebody_else_corrected_meanwhile():
    shipped()
    seen = as_seen(Package.objects.get())
    correct()
    told = refused(CannotShip, number="RR123456785NO", seen=seen)
    assert told == "Package 1 was corrected meanwhile: look at it first."


def test_not_what_is_like_that_already():
    shipped()
    assert refused(CannotShip, number="WRONG") == "Package 1 is like that already."


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"number": " "}, CannotShip),
        ({"carrier_code": "Pigeon"}, UnknownCarrier),
        ({"carrier_code": "Other"}, CannotShip),
        ({"number": "1" * 65}, CannotShip),
        ({"number": "RR1", "despite_warnings": False}, DoubtfulNumber),
    ],
)
def test_not_what_is_wrong_itself(values, error):
    shipped()
    refused(error, **values)


def test_a_correction_does_not_end_a_grace_period():
    shipped()
    later = factories.NOW.replace(year=2100)
    OutboxMessage.objects.update(not_before=later)
    correct()
    assert message().not_before == later


def test_a_correction_takes_a_dismissal_back():
    shipped()
    OutboxMessage.objects.update(
        state="refused", dismissed_at=factories.NOW, dismissed_by="x", dismiss_reason="Given up."
    )
    correct()
    row = message()
    assert (row.state, row.dismissed_at, row.dismiss_reason) == ("pending", None, "")


def test_the_channel_order_waits_for_proof_again():
    order = shipped()
    ChannelOrder.objects.update(proven_at=factories.NOW)
    correct()
    assert ChannelOrder.objects.get(pk=order.pk).proven_at is None


# Whatever is in the packages


CONTENTS = st.lists(  # of each package: units by the position of the item
    st.dictionaries(st.integers(0, 2), st.just(1), min_size=1), min_size=5, max_size=5
)


@given(contents=CONTENTS, corrected=st.integers(1, 5), sent_before=st.booleans())
@settings(max_examples=10)
def test_amazon_ends_with_exactly_our_packages(contents, corrected, sent_before):
    """Five packages of three items, one number corrected: before or after they were sent."""
    with serve(World(seed=next(SEEDS))) as running:
        amazon = connected(running)
        order = amazon.world.create_order("SE", Draft(lines=THREE_ITEMS))
        portal.poll()
        linked = portal.order(order.order_id).commerce_order
        lines = list(linked.lines.order_by("pk"))
        drafts = [
            PackageDraft(
                carrier_code="DSV",
                tracking_number=f"T{number}",
                quantities={lines[at].pk: units for at, units in package.items()},
            )
            for number, package in enumerate(contents, 1)
        ]
        create_shipment(order_id=linked.pk, packages=drafts)
        if sent_before:
            portal.deliver()
        changed = linked.packages.get(number=corrected)
        correct(package=changed, number="CORRECTED", carrier_code="DSV")
        portal.deliver()

        ids = [item.order_item_id for item in order.items]
        assert [
            (p.tracking_number, {ids.index(i.order_item_id): i.quantity for i in p.items})
            for p in sorted(amazon.world.order(order.order_id).packages, key=reference)
        ] == [
            ("CORRECTED" if number == corrected else f"T{number}", package)
            for number, package in enumerate(contents, 1)
        ]
        messages = OutboxMessage.objects.filter(package__order=linked)
        assert set(messages.values_list("state", flat=True)) == {"proven"}


def reference(package):
    return int(package.reference_id)
