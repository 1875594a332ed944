"""What the database itself refuses: every constraint of our models, violated once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from channels.models import (
    AmazonStore,
    BulkJob,
    BulkJobRow,
    CarrierMapping,
    ChannelOrder,
    ChannelOrderItem,
    CommunicationError,
    DailySales,
    Feed,
    FeedEntry,
    SalesChannelSettings,
    SavedView,
    SellerAccount,
    SkuMapping,
)
from customers.models import CommerceStore, Customer, CustomerAddress
from orders.models import (
    Cancellation,
    CancellationItem,
    CommerceOrder,
    OutboxMessage,
    Package,
    PackageItem,
    Product,
    Reservation,
    Shipment,
    StockMovement,
)
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
OURS = [
    model
    for app in ("customers", "orders", "channels")
    for model in apps.get_app_config(app).get_models()
]
CONSTRAINTS = {
    constraint.name: (model, constraint) for model in OURS for constraint in model._meta.constraints
}


@contextmanager
def refused_by(name: str) -> Iterator[None]:
    """The block violates exactly the constraint with this name."""
    model, constraint = CONSTRAINTS[name]
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert _words_for(model, constraint) in str(refusal.value)


def _words_for(model: type[models.Model], constraint: models.BaseConstraint) -> str:
    """How the database names it. SQLite names the columns of a unique constraint instead."""
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        table = model._meta.db_table
        columns = [model._meta.get_field(name).column for name in constraint.fields]
        return "UNIQUE constraint failed: " + ", ".join(f"{table}.{name}" for name in columns)
    return constraint.name


# Each function violates the constraint it is called by.


def customer_one_per_email():
    factories.customer(email="asa@example.com")
    factories.customer(email=" ASA@example.com ")


def commerceorder_number_once():
    factories.commerce_order(number="000000001")
    factories.commerce_order(number="000000001")


def commerceorder_state_known():
    factories.commerce_order(state="lost")


def commerceorder_complete_has_time():
    factories.commerce_order(state="complete", completed_at=None)


def commerceorderline_item_once():
    order = factories.commerce_order()
    factories.line(order, channel_item_id="1")
    factories.line(order, channel_item_id="1")


def commerceorderline_shipped_within_ordered():
    factories.line(factories.commerce_order(), quantity=3, quantity_shipped=2, quantity_canceled=2)


def shipment_number_once():
    order = factories.commerce_order()
    Shipment.objects.create(order=order, number=1, by="merchant")
    Shipment.objects.create(order=order, number=1, by="merchant")


def package_number_once():
    order = factories.commerce_order()
    factories.package(order=order, number=4)
    factories.package(order=order, number=4)


def package_number_positive():
    factories.package(number=0)


def packageitem_line_once():
    package = factories.package()
    line = factories.line(package.order)
    PackageItem.objects.create(package=package, line=line, quantity=1)
    PackageItem.objects.create(package=package, line=line, quantity=1)


def packageitem_not_empty():
    package = factories.package()
    line = factories.line(package.order)
    PackageItem.objects.create(package=package, line=line, quantity=0)


def _reservation(**values: Any) -> Reservation:
    return Reservation.objects.create(
        **{"event": "placed", "order_uid": uuid4(), "object_key": "order:1", "quantity": -1}
        | values
    )


def reservation_once_per_event():
    product = factories.product()
    _reservation(product=product)
    _reservation(product=product)


def reservation_sign_follows_event():
    _reservation(product=factories.product(), event="shipped", quantity=-1)


def _movement(**values: Any) -> StockMovement:
    product = Product.objects.filter(sku="MUG").first() or factories.product()
    return StockMovement.objects.create(**{"product": product, "kind": "set", "change": 1} | values)


def stockmovement_moves():
    _movement(change=0)


def stockmovement_once_per_object():
    _movement(kind="shipped", object_key="package:1")
    _movement(kind="shipped", object_key="package:1")


def outboxmessage_once():
    package = factories.package()
    factories.outbox_message(package=package)
    factories.outbox_message(package=package)


def outboxmessage_in_flight_is_claimed():
    factories.outbox_message(state="in_flight", claim=None)


def outboxmessage_proven_has_time():
    factories.outbox_message(state="proven", proven_at=None)


def outboxmessage_dismissed_with_reason():
    factories.outbox_message(dismissed_at=NOW)


def saleschannelsettings_one_row():
    SalesChannelSettings.objects.create(pk=2)


def saleschannelsettings_since_when():
    SalesChannelSettings.objects.create(pk=1, read_only=True)


def saleschannelsettings_keeps_logs():
    SalesChannelSettings.objects.create(pk=1, log_retention_days=0)


def cancellation_one_open():
    order = factories.commerce_order()
    factories.cancellation(order=order, state="accepted")
    factories.cancellation(order=order)


def cancellation_in_flight_is_claimed():
    factories.cancellation(state="in_flight", claim=None)


def cancellation_finished_has_time():
    factories.cancellation(state="done", finished_at=None)


def cancellationitem_line_once():
    line = factories.line(factories.commerce_order())
    cancellation = factories.cancellation(order=line.order)
    CancellationItem.objects.create(cancellation=cancellation, line=line)


def selleraccount_once():
    factories.seller_account(region="eu", seller_id="A1")
    factories.seller_account(region="eu", seller_id="A1")


def amazonstore_marketplace_once():
    account = factories.seller_account()
    factories.amazon_store(account=account, country="SE")
    factories.amazon_store(account=account, country="SE")


def dailysales_once():
    store = factories.amazon_store()
    for _ in range(2):
        DailySales.objects.create(
            store=store, day=NOW.date(), status="shipped", currency="SEK", orders=1, amount=1
        )


def _mapping(seller_sku: str) -> None:
    store = AmazonStore.objects.first() or factories.amazon_store()
    product = Product.objects.filter(sku="MUG").first() or factories.product()
    SkuMapping.objects.create(store=store, seller_sku=seller_sku, product=product)


def skumapping_once():
    _mapping("AMZ-1")
    _mapping("AMZ-1")


def skumapping_names_a_sku():
    _mapping("")


def backfill_one_open_per_store():
    store = factories.backfill(finished_at=NOW).store
    for _ in range(2):
        factories.backfill(store=store)


def backfill_reaches_back():
    factories.backfill(until=NOW, reached=NOW + timedelta(seconds=1))


def feed_once():
    account = factories.seller_account()
    for _ in range(2):
        Feed.objects.create(account=account, feed_type=Feed.Type.FULFILLMENT, feed_id="F1")


def _feed(**values: Any) -> Feed:
    account = factories.seller_account()
    return Feed.objects.create(account=account, feed_type=Feed.Type.FULFILLMENT, **values)


def feed_submitted_has_time():
    _feed(state="submitted", submitted_at=None)


def feedentry_number_once():
    feed = _feed()
    for _ in range(2):
        FeedEntry.objects.create(feed=feed, number=1, confirmation=factories.outbox_message())


def feedentry_is_about_one_thing():
    FeedEntry.objects.create(feed=_feed(), number=1)


def report_one_open_per_type():
    account = factories.report(state="done").account
    factories.report(account=account, state="wanted")
    factories.report(account=account, state="requested")


def _job(**values: Any) -> BulkJob:
    return BulkJob.objects.create(kind="hold", **values)


def bulkjob_counts_add_up():
    _job(total=1, done=1, refused=1)


def bulkjobrow_position_once():
    job = _job()
    for _ in range(2):
        BulkJobRow.objects.create(job=job, position=1)


def bulkjobrow_settled_at():
    BulkJobRow.objects.create(job=_job(), position=1, state="done")


def _carrier(name: str, **values: Any) -> CarrierMapping:
    return CarrierMapping.objects.create(name=name, name_key=name.casefold(), **values)


def carriermapping_other_has_name():
    _carrier("Budbil", carrier_code="Other")


def channelorder_once():
    store = factories.amazon_store()
    factories.channel_order(store=store, amazon_order_id="702-0000001-0000001")
    factories.channel_order(store=store, amazon_order_id="702-0000001-0000001")


def channelorder_status_known():
    factories.channel_order(status="lost")


def channelorder_placed_means_linked():
    factories.channel_order(placement="placed")


def channelorder_held_has_reason():
    factories.channel_order(placement="held")


def channelorderitem_once():
    items = [factories.item(order_item_id="1"), factories.item(order_item_id="1")]
    factories.channel_order(items=items)


def communicationerror_open_once():
    account = factories.seller_account()
    for _ in range(2):
        CommunicationError.objects.create(
            account=account, operation="import", code="x", message="x", at=NOW
        )


def savedview_name_once() -> None:
    owner = User.objects.create_user("anna")
    for _ in range(2):
        SavedView.objects.create(owner=owner, name="Mine")


def savedview_shared_has_name() -> None:
    SavedView.objects.create(owner=User.objects.create_user("anna"), shared=True)


def savedview_is_somebodys() -> None:
    SavedView.objects.create(name="Mine")


VIOLATIONS: list[Callable[[], None]] = [
    customer_one_per_email,
    commerceorder_number_once,
    commerceorder_state_known,
    commerceorder_complete_has_time,
    commerceorderline_item_once,
    commerceorderline_shipped_within_ordered,
    shipment_number_once,
    package_number_once,
    package_number_positive,
    packageitem_line_once,
    packageitem_not_empty,
    reservation_once_per_event,
    reservation_sign_follows_event,
    stockmovement_moves,
    stockmovement_once_per_object,
    outboxmessage_once,
    outboxmessage_in_flight_is_claimed,
    outboxmessage_proven_has_time,
    outboxmessage_dismissed_with_reason,
    saleschannelsettings_one_row,
    saleschannelsettings_since_when,
    saleschannelsettings_keeps_logs,
    cancellation_one_open,
    cancellation_in_flight_is_claimed,
    cancellation_finished_has_time,
    cancellationitem_line_once,
    selleraccount_once,
    amazonstore_marketplace_once,
    dailysales_once,
    skumapping_once,
    skumapping_names_a_sku,
    backfill_one_open_per_store,
    backfill_reaches_back,
    feed_once,
    feed_submitted_has_time,
    feedentry_number_once,
    feedentry_is_about_one_thing,
    report_one_open_per_type,
    bulkjob_counts_add_up,
    bulkjobrow_position_once,
    bulkjobrow_settled_at,
    carriermapping_other_has_name,
    channelorder_once,
    channelorder_status_known,
    channelorder_placed_means_linked,
    channelorder_held_has_reason,
    channelorderitem_once,
    communicationerror_open_once,
    savedview_name_once,
    savedview_shared_has_name,
    savedview_is_somebodys,
]


@pytest.mark.parametrize("violate", VIOLATIONS, ids=lambda violate: violate.__name__)
def test_the_database_refuses(violate):
    with refused_by(violate.__name__):
        violate()


def test_every_constraint_is_violated_above():
    assert sorted(violate.__name__ for violate in VIOLATIONS) == sorted(CONSTRAINTS)


# The other side of constraints with two


def test_a_link_needs_a_placement():
    order = factories.channel_order()
    with refused_by("channelorder_placed_means_linked"):
        ChannelOrder.objects.filter(pk=order.pk).update(commerce_order=factories.commerce_order())


def test_a_reason_needs_a_hold():
    with refused_by("channelorder_held_has_reason"):
        factories.channel_order(hold_reason="total")


def test_a_reason_needs_a_dismissal():
    with refused_by("outboxmessage_dismissed_with_reason"):
        factories.outbox_message(dismiss_reason="given up")


def test_a_mode_that_is_off_has_no_since():
    with refused_by("saleschannelsettings_since_when"):
        SalesChannelSettings.objects.create(pk=1, read_only_since=NOW)


def test_an_order_reserves_negative_units():
    with refused_by("reservation_sign_follows_event"):
        _reservation(product=factories.product(), event="placed", quantity=1)


@pytest.mark.parametrize("event", Reservation.Event.values)
def test_a_ledger_line_of_no_units(event):
    with refused_by("reservation_sign_follows_event"):
        _reservation(product=factories.product(), event=event, quantity=0)


def test_an_event_nobody_knows():
    with refused_by("reservation_sign_follows_event"):
        _reservation(product=factories.product(), event="stolen", quantity=-1)


def test_a_shipped_line_cannot_be_counted_up_past_what_was_ordered():
    line = factories.line(factories.commerce_order(), quantity=2, quantity_shipped=2)
    with refused_by("commerceorderline_shipped_within_ordered"):
        type(line).objects.filter(pk=line.pk).update(quantity_shipped=F("quantity_shipped") + 1)


def test_a_resolved_error_leaves_room_for_a_new_one():
    communicationerror = {
        "account": factories.seller_account(),
        "operation": "import",
        "code": "x",
        "message": "x",
        "at": NOW,
    }
    CommunicationError.objects.create(**communicationerror, resolved_at=NOW)
    CommunicationError.objects.create(**communicationerror, resolved_at=NOW)
    CommunicationError.objects.create(**communicationerror)
    assert CommunicationError.objects.count() == 3


def test_feeds_that_amazon_has_not_numbered_yet_may_be_many():
    account = _feed().account
    Feed.objects.create(account=account, feed_type=Feed.Type.FULFILLMENT)
    assert Feed.objects.filter(account=account, feed_id="").count() == 2


def test_a_feed_entry_is_not_about_two_things():
    message = factories.outbox_message()
    cancellation = Cancellation.objects.create(order=message.package.order, reason="NoInventory")
    with refused_by("feedentry_is_about_one_thing"):
        FeedEntry.objects.create(
            feed=_feed(), number=1, confirmation=message, cancellation=cancellation
        )


def test_a_carrier_with_a_code_of_amazons_has_no_name():
    with refused_by("carriermapping_other_has_name"):
        _carrier("Brev", carrier_code="PostNord", carrier_name="PostNord")


@pytest.mark.parametrize("state", ["done", "refused", "withdrawn"])
def test_a_finished_cancellation_leaves_room_for_a_new_one(state):
    order = factories.commerce_order()
    factories.cancellation(order=order, state=state)
    factories.cancellation(order=order)
    assert order.cancellations.count() == 2


def test_a_cancellation_that_is_open_has_not_finished():
    with refused_by("cancellation_finished_has_time"):
        factories.cancellation(finished_at=NOW)


# Columns that are unique by themselves


def _address() -> CustomerAddress:
    return CustomerAddress.objects.create(address={"name": "Åsa Öberg"})


def _communication_error() -> CommunicationError:
    return CommunicationError.objects.create(
        account=factories.seller_account(), operation="import", code="x", message="x", at=NOW
    )


def _carrier_mapping() -> CarrierMapping:
    return _carrier(uuid4().hex, carrier_code="PostNord")


def _commerce_store() -> CommerceStore:
    return factories.commerce_store(uuid4().hex)


def _customer() -> Customer:
    return factories.customer(email=f"{uuid4().hex}@example.com")


def _product() -> Product:
    return factories.product(uuid4().hex)


UNIQUE_COLUMNS = [
    (_commerce_store, "code"),
    (_customer, "uid"),
    (_address, "uid"),
    (factories.commerce_order, "uid"),
    (factories.commerce_order, "timeline"),
    (_product, "sku"),
    (factories.seller_account, "uid"),
    (factories.amazon_store, "name"),
    (factories.placed_order, "uid"),
    (factories.placed_order, "commerce_order"),
    (_communication_error, "uid"),
    (_carrier_mapping, "name_key"),
    (_job, "token"),
]


@pytest.mark.parametrize(("make", "column"), UNIQUE_COLUMNS)
def test_a_unique_column_holds_a_value_once(make, column):
    one, other = make(), make()
    with pytest.raises(IntegrityError), transaction.atomic():
        type(one).objects.filter(pk=other.pk).update(**{column: getattr(one, column)})


def test_every_unique_column_is_listed_above():
    listed = {(type(make()), column) for make, column in UNIQUE_COLUMNS}
    assert listed == {
        (model, field.name)
        for model in OURS
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key
    }


# What is linked cannot be deleted


@pytest.mark.parametrize(
    "model", [CommerceStore, SellerAccount, AmazonStore, CommerceOrder, Product]
)
def test_a_row_that_an_order_needs_cannot_be_deleted(model):
    factories.placed_order()
    with pytest.raises(models.ProtectedError):
        model.objects.get().delete()


def test_the_items_of_an_order_go_with_it():
    order = factories.channel_order(items=[factories.item("A"), factories.item("B")])
    order.delete()
    assert ChannelOrderItem.objects.count() == 0


def test_the_packages_and_messages_of_an_order_go_with_it():
    message = factories.outbox_message()
    message.package.order.delete()
    assert (Package.objects.count(), OutboxMessage.objects.count()) == (0, 0)
