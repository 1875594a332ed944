"""Forgetting a customer: everything that says who it was is gone, the books stay."""

import json
import threading

import pytest
from django.apps import apps
from django.db import transaction

from channels.amazon.types import RawOrder
from channels.models import ChannelOrder, CommunicationError
from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Address, Buyer
from channels.services import errors_log
from channels.services.fetching import fetch_order
from channels.troubles import IMPORT
from customers.models import Customer
from customers.sealed import SealedField
from customers.services.forgetting import CannotForget, forget_customer
from orders.models import CommerceOrder, CommerceOrderLine, OrderNote, Package
from tests import factories, portal
from tests.channels import pages
from tests.channels.shop import bring, shop
from tests.snapshot import everything
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db

BUYER = Buyer(
    name="Siobhán O'Brien",
    email="k3v9x@marketplace.amazon.se",
    company="Öberg & O'Brien AB",
    vat_id="SE556677889901",
)
HOME = Address(
    name="Siobhán O'Brien",
    line1="Björkvägen 12",
    postal_code="903 21",
    city="Umeå",
    country_code="SE",
    phone="+46 70 174 06 05",
)
GIFT = Line(sku="MUG", gift_message="Grattis, mormor Sigrid!", gift_wrap_level="Classic")
DRAFT = Draft(buyer=BUYER, address=HOME, lines=(GIFT,), programs=("AMAZON_BUSINESS",))
PERSONAL = (
    "Siobhán", "O'Brien", "k3v9x", "556677889901", "Björkvägen", "903 21", "174 06 05", "Sigrid",
)  # fmt: skip


@pytest.fixture
def order(sandbox):
    """A shipped order of a customer, imported as orders are."""
    portal.connect(sandbox, customer_creation="new")
    amazon = sandbox.world.create_order("SE", DRAFT)
    portal.poll()
    portal.ship(amazon.order_id)
    portal.deliver()
    return portal.order(amazon.order_id)


@pytest.fixture
def customer(order):
    customer = order.commerce_order.customer
    assert {word for word in PERSONAL if word in readable()} == set(PERSONAL)
    return customer


def forget(customer):
    return forget_customer(customer_id=customer.pk, user="karin")


def readable():
    """All that the database says to somebody who has the keys: every column of every row."""
    rows = (row for model in apps.get_models() for row in model._base_manager.all())
    return "\n".join(map(_readable, rows))


def _readable(row):
    """Sealed columns opened by reading; json escapes nothing, so that names are found."""
    names = [field.attname for field in row._meta.concrete_fields]
    return json.dumps({n: getattr(row, n) for n in names}, default=str, ensure_ascii=False)


def sealed_columns():
    return {
        (model.__name__, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
    }


def test_nothing_readable_is_left_of_the_buyer(order, customer):
    channel_order = ChannelOrder.objects.get(pk=order.pk)
    channel_order.corrected_address = {"name": "Siobhán O'Brien", "line1": "Björkvägen 14"}
    channel_order.save(update_fields=["corrected_address"])
    errors_log.log_error(
        order.account,
        operation=IMPORT,
        code="UnexpectedPayload",
        message="orderItems: expected a list",
        amazon_order_id=order.amazon_order_id,
        payload='{"buyerName": "Siobhán O\'Brien"}',
        now=factories.NOW,
    )

    forget(customer)

    left = readable()
    assert [word for word in PERSONAL if word in left] == []


def test_every_sealed_column_is_erased_or_no_buyers():
    """A new sealed column has to be thought of here, and in an eraser."""
    assert sealed_columns() == {
        ("Customer", "profile"),
        ("CustomerAddress", "address"),
        ("ChannelOrder", "buyer"),
        ("ChannelOrder", "recipient"),
        ("ChannelOrder", "corrected_address"),
        ("ChannelOrder", "item_texts"),
        ("CommunicationError", "payload"),
        ("SellerAccount", "credentials"),  # the merchant's own
    }


def test_the_books_stay(order, customer):
    kept = (CommerceOrder, CommerceOrderLine, Package)
    before = [list(model.objects.order_by("pk").values()) for model in kept]
    notes = [str(note) for note in OrderNote.objects.filter(timeline=order.uid).order_by("id")]

    forget(customer)

    assert [list(model.objects.order_by("pk").values()) for model in kept] == before
    *earlier, last = OrderNote.objects.filter(timeline=order.uid).order_by("id")
    assert [str(note) for note in earlier] == notes
    assert (str(last), last.user_name, last.actor) == (
        "The customer's personal data was erased.",
        "karin",
        "staff",
    )
    forgotten = Customer.objects.get()
    assert (forgotten.profile, forgotten.email_is_relay) == ({}, False)
    assert forgotten.forgotten_at is not None
    assert [address.address for address in forgotten.addresses.all()] == [{}]


def test_twice_is_harmless(customer):
    forget(customer)
    before = everything()
    forget(customer)
    assert everything() == before


def test_another_customer_stays(customer):
    other = factories.customer(email="other@example.com")
    forget(customer)
    assert Customer.objects.get(pk=other.pk).profile["email"] == "other@example.com"


# While it must not be


@pytest.mark.parametrize("state", ["pending", "processing", "on_hold"])
def test_refused_while_an_order_has_to_be_shipped(state):
    customer = factories.customer()
    factories.commerce_order(customer=customer, state="complete", completed_at=factories.NOW)
    factories.commerce_order(customer=customer, state=state, number="000000077")
    before = everything()

    with pytest.raises(CannotForget) as refused:
        forget(customer)

    assert str(refused.value) == (
        "Order 000000077 still has to be shipped: complete or cancel it first."
    )
    assert everything() == before


@pytest.mark.parametrize("state", ["canceled", "closed"])
def test_not_refused_by_an_order_that_has_ended(state):
    customer = factories.customer()
    factories.commerce_order(customer=customer, state=state)
    assert forget(customer).forgotten_at


# Afterwards


def test_no_later_update_brings_it_back(sandbox, order, customer):
    forget(customer)
    sandbox.world.change(order.amazon_order_id, moves.deliver)
    portal.poll()
    fetch_order(ChannelOrder.objects.get())

    left = readable()
    assert [word for word in PERSONAL if word in left] == []
    fresh = ChannelOrder.objects.get()
    assert fresh.last_updated > order.last_updated
    assert (fresh.buyer, fresh.recipient, fresh.item_texts) == (None, None, None)


def test_an_update_that_cannot_be_read_is_kept_without_what_it_says(order, customer):
    forget(customer)
    text = b'{"orderId": "x", "buyer": {"buyerName": "Siobh\xc3\xa1n O\'Brien"}}'
    raw = RawOrder(amazon_order_id=order.amazon_order_id, raw=text, digest=bytes(16))

    errors_log.set_aside(order.account, raw, ValueError("bad"), now=factories.NOW)

    error = CommunicationError.objects.get(amazon_order_id=order.amazon_order_id, resolved_at=None)
    assert error.payload is None


def test_the_same_buyer_is_a_new_customer(sandbox, customer):
    forget(customer)
    again = sandbox.world.create_order("SE", DRAFT)
    portal.poll()

    new = portal.order(again.order_id).commerce_order.customer
    assert new.pk != customer.pk
    assert new.profile["name"] == "Siobhán O'Brien"
    assert Customer.objects.get(pk=customer.pk).profile == {}


def test_two_customers_may_be_forgotten_in_one_store():
    for email in ("a@example.com", "b@example.com"):
        forget(factories.customer(email=email))
    assert Customer.objects.exclude(forgotten_at=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_order_that_is_just_being_imported_is_seen():
    """The import has found the customer and has not committed: forgetting waits for it."""
    store = shop(customer_creation="new")
    bring(store, pages.Draft(number=1, status="SHIPPED"))
    customer = Customer.objects.get()
    written = threading.Event()

    def importing():
        with transaction.atomic():
            bring(store, pages.Draft(number=2))
            written.set()
            threading.Event().wait(0.3)

    def forgetting():
        written.wait(10)
        forget(customer)

    imported, forgotten = in_parallel([importing, forgetting])

    assert imported is None
    assert isinstance(forgotten, CannotForget)
    assert Customer.objects.get().orders.count() == 2
