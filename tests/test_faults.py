"""Every fault at every call of both workflows: whatever goes wrong, it ends in the same state.

Nothing waits: `portal.hurry` makes due what has to wait, and quotas are lifted.
"""

from datetime import timedelta

import pytest
from django.db.models import Sum

from channels.amazon.errors import SpApiError
from channels.models import AmazonStore, ChannelOrder, CommunicationError, SyncCursor, SyncRun
from channels.sandbox import moves
from channels.sandbox.faults import KINDS
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import AMAZON, Buyer, Status
from channels.sandbox.sellers import DEMO_EU
from channels.sandbox.server import serve
from channels.sandbox.world import World
from channels.services import polling
from channels.services.fetching import import_order
from customers.models import Customer
from orders.models import CommerceOrder, OrderNote, OutboxMessage, Product, Reservation
from tests import portal
from tests.trouble import Amazon, Trouble, troubles

pytestmark = pytest.mark.django_db

ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")
LINES = (Line(sku="KET-12", quantity=2), Line(sku="MUG-3", quantity=1))


@pytest.fixture
def amazon(sandbox, settings):
    """The pretend Amazon with a connected store; nobody counts calls."""
    Product.objects.create(sku="KET-12", manage_stock=True, quantity=10)
    portal.connect(sandbox, customer_creation="new")
    portal.without_quota(sandbox)
    return Amazon(sandbox.url, sandbox.world, settings)


# Import


@pytest.fixture
def orders(amazon):
    """Of both workflows: FBM pending and FBA pending, seen and moved on since; FBM and FBA new."""
    create = amazon.world.create_order
    verified = create("SE", Draft(status=Status.PENDING, buyer=ANNA, lines=LINES))
    sent_out = create("SE", Draft(status=Status.PENDING, fulfilled_by=AMAZON, lines=LINES))
    portal.poll()
    amazon.world.change(verified.order_id, moves.verify)
    amazon.world.change(sent_out.order_id, moves.ship_by_amazon)
    new = create("SE", Draft(buyer=ANNA, lines=LINES))
    new_by_amazon = create("SE", Draft(status=Status.SHIPPED, fulfilled_by=AMAZON, lines=LINES))
    return [verified, new, sent_out, new_by_amazon]


def poll_until_quiet(amazon, polls=10):
    """Poll until a whole sweep went well and nothing is left to go wrong or to read again."""
    details = []
    for _ in range(polls):
        portal.hurry()
        run = portal.poll()
        if run.outcome == SyncRun.Outcome.COMPLETE and not unsettled(amazon):
            return
        details.append(run.detail)
    raise AssertionError(details)


def unsettled(amazon):
    return amazon.world.faults.waiting or open_errors().exists()


def open_errors():
    return CommunicationError.objects.filter(resolved_at=None)


def assert_imported(orders):
    """Everything of both workflows is there, and once."""
    stored = ChannelOrder.objects.values_list(
        "amazon_order_id", "placement", "commerce_order__state"
    )
    states = ["pending", "pending", "complete", "complete"]
    expected = [(o.order_id, "placed", state) for o, state in zip(orders, states, strict=True)]
    assert sorted(stored) == sorted(expected)
    increments = sorted(CommerceOrder.objects.values_list("number", flat=True))
    assert increments == ["000000001", "000000002", "000000003", "000000004"]
    assert [customer.profile["email"] for customer in Customer.objects.all()] == [ANNA.email]
    ledger = Reservation.objects.values_list("event", "product__sku", "quantity")
    assert list(ledger) == [("placed", "KET-12", -2), ("placed", "KET-12", -2)]
    notes = list(OrderNote.objects.values_list("timeline", "text"))
    assert len(set(notes)) == len(notes), notes
    assert not open_errors().exists()


def assert_swept(amazon, before):
    """The watermark moved, and not past an order that was not seen."""
    cursor = SyncCursor.objects.get()
    assert before < cursor.watermark <= amazon.world.clock.now() - polling.OVERLAP
    assert cursor.next_token == ""


@pytest.fixture
def before(orders):
    """The watermark before anything goes wrong."""
    return SyncCursor.objects.get().watermark


@pytest.mark.parametrize("trouble", troubles("token"))
def test_import_survives_at_the_token(amazon, orders, before, trouble):
    amazon.world.revoke(DEMO_EU.seller_id)  # else the token of the sweep before still works
    trouble.strike(amazon, "token")

    poll_until_quiet(amazon)

    assert_imported(orders)
    assert_swept(amazon, before)


@pytest.mark.parametrize("trouble", troubles("search", but=["repeated_token"]))
def test_import_survives_at_the_first_page(amazon, orders, before, trouble):
    trouble.strike(amazon, "search")

    poll_until_quiet(amazon)

    assert_imported(orders)
    assert_swept(amazon, before)


@pytest.mark.parametrize("trouble", troubles("search"))
def test_import_survives_at_a_later_page(amazon, orders, before, trouble):
    earlier = amazon.world.clock.now() - timedelta(minutes=5)
    for _ in range(100):  # a page of orders that nobody stores comes first
        draft = Draft(status=Status.PENDING, fulfilled_by=AMAZON)
        amazon.world.create_order("SE", draft, at=earlier)
    amazon.world.faults.push("stall", "search")  # for no time at all: the first page is well
    trouble.strike(amazon, "search")

    poll_until_quiet(amazon)

    assert_imported(orders)
    assert_swept(amazon, before)


@pytest.mark.parametrize("trouble", troubles("get"))
def test_import_of_one_order_survives(amazon, orders, trouble):
    trouble.strike(amazon, "get")
    store = AmazonStore.objects.get()

    for order in orders:
        assert any(order_is_read(store, order) for _ in range(3))

    assert amazon.world.faults.waiting == ()
    assert_imported(orders)


def order_is_read(store, order):
    try:
        return not import_order(store, order.order_id).set_aside
    except SpApiError:
        return False


def test_older_reads_change_nothing(amazon):
    order = amazon.world.create_order("SE", Draft(buyer=ANNA, lines=LINES))
    portal.poll()
    portal.ship(order.order_id, tracking="SE1")
    portal.deliver()
    before = portal.shown(order.order_id)

    amazon.world.show_stale(3600)
    run = portal.poll()
    import_order(AmazonStore.objects.get(), order.order_id)

    assert (run.seen, run.changed) == (1, 0)
    assert portal.shown(order.order_id) == before
    assert portal.order(order.order_id).is_completed
    assert portal.order(order.order_id).packages[0]["tracking_number"] == "SE1"


# Delivery


@pytest.fixture
def shipped(amazon):
    """An order of the merchant that left in two packages; Amazon knows of none."""
    order = amazon.world.create_order("SE", Draft(buyer=ANNA, lines=LINES))
    portal.poll()
    kettle, mug = (item.order_item_id for item in order.items)
    portal.ship(order.order_id, tracking="SE1", quantities={kettle: 1})
    portal.ship(order.order_id, tracking="SE2", quantities={kettle: 1, mug: 1})
    return order


def assert_delivered(amazon, order):
    """Amazon has both packages once, with our reference and number, and the portal knows it."""
    assert amazon.world.faults.waiting == ()
    assert packages_at_amazon(amazon, order) == [("1", "PostNord", "SE1"), ("2", "PostNord", "SE2")]
    assert amazon.world.order(order.order_id).status is Status.SHIPPED
    assert portal.order(order.order_id).is_completed
    notes = [note["text"] for note in portal.shown(order.order_id)["notes"]]
    assert notes.count("Amazon shows everything shipped.") == 1
    assert notes.count("Amazon shows package 1.") == notes.count("Amazon shows package 2.") == 1
    assert not [text for text in notes if "refused" in text]
    assert list(OutboxMessage.objects.values_list("state", flat=True)) == ["proven", "proven"]
    assert Product.objects.get(sku="KET-12").quantity == 8
    assert Reservation.objects.aggregate(balance=Sum("quantity")) == {"balance": 0}
    assert not open_errors().exists()


def packages_at_amazon(amazon, order):
    packages = amazon.world.order(order.order_id).packages
    return sorted((p.reference_id, p.carrier_code, p.tracking_number) for p in packages)


@pytest.mark.parametrize("trouble", troubles("token"))
def test_delivery_survives_at_the_token(amazon, shipped, trouble):
    amazon.world.revoke(DEMO_EU.seller_id)
    trouble.strike(amazon, "token")

    portal.deliver()

    assert_delivered(amazon, shipped)


@pytest.mark.parametrize("trouble", troubles("confirm"))
def test_delivery_survives_at_the_confirmation(amazon, shipped, trouble):
    trouble.strike(amazon, "confirm", times=2)

    portal.deliver(rounds=20)

    assert_delivered(amazon, shipped)


@pytest.mark.parametrize("trouble", troubles("get"))
def test_delivery_survives_at_the_proof(amazon, shipped, trouble):
    trouble.strike(amazon, "get", times=2)

    portal.deliver()

    assert_delivered(amazon, shipped)


@pytest.mark.parametrize("trouble", troubles("get"))
def test_delivery_survives_at_the_look_before_a_second_attempt(amazon, shipped, trouble):
    Trouble("lost_reply").strike(amazon, "confirm")
    trouble.strike(amazon, "get")

    portal.deliver()

    assert_delivered(amazon, shipped)


# Everything at once


SLOW = {"stall", "stale"}


def orders_of_all_sorts(amazon, count):
    """A quarter each: FBM pending, FBM unshipped, FBM unshipped, FBA shipped."""
    kinds = (
        Draft(status=Status.PENDING, lines=LINES),
        Draft(lines=LINES),
        Draft(buyer=ANNA, lines=LINES),
        Draft(status=Status.SHIPPED, fulfilled_by=AMAZON, lines=LINES),
    )
    return [amazon.world.create_order("SE", kinds[n % len(kinds)]) for n in range(count)]


def test_when_three_calls_in_ten_go_wrong_nothing_is_lost_or_doubled():
    with serve(World(seed=7)) as amazon:
        Product.objects.create(sku="KET-12", manage_stock=True, quantity=100)
        portal.connect(amazon, customer_creation="new")
        portal.without_quota(amazon)
        orders = orders_of_all_sorts(amazon, 40)
        amazon.world.faults.at_random(0.3, set(KINDS) - SLOW)
        poll_until_quiet(amazon, polls=50)
        for order in orders[::4]:
            amazon.world.change(order.order_id, moves.verify)
        while CommerceOrder.objects.count() < len(orders):
            poll_until_quiet(amazon, polls=50)
        by_merchant = [order for n, order in enumerate(orders) if n % 4 != 3]
        for order in by_merchant:
            portal.ship(order.order_id, tracking=f"SE{order.order_id}")
        portal.deliver(rounds=100)

        assert ChannelOrder.objects.count() == CommerceOrder.objects.count() == 40
        assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"proven"}
        for order in by_merchant:
            assert packages_at_amazon(amazon, order) == [("1", "PostNord", f"SE{order.order_id}")]
            assert portal.order(order.order_id).is_completed
        assert Product.objects.get(sku="KET-12").quantity == 100 - 2 * len(by_merchant)
        assert Reservation.objects.aggregate(balance=Sum("quantity")) == {"balance": 0}
        numbers = sorted(CommerceOrder.objects.values_list("number", flat=True))
        assert numbers == [f"{n:09d}" for n in range(1, 41)]
        assert Customer.objects.count() == 21  # Anna, and twenty who bought once
