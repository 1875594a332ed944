"""Rows in every state, so that every part of every page shows."""

from django.contrib.auth.models import Group, User
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, SolarSchedule

from channels.models import (
    BulkJob,
    BulkJobRow,
    ChannelOrder,
    CommunicationError,
    FeedEntry,
    SalesChannelSettings,
    SavedView,
    SyncRun,
)
from channels.models.order_status import Status
from channels.policy import HoldReason
from channels.services.carriers import map_carrier
from channels.services.merging import REFUSED_NOTE
from channels.services.sku_mapping import map_sku
from orders.models import OrderStatus, OutboxMessage, Package
from orders.services.cancellation import request_cancellation
from orders.services.holding import hold_order
from orders.services.notes import add_note
from tests import factories
from tests.channels.correcting import correct
from tests.orders.shipping import ship


def fill() -> None:
    """The rows that the portal and its staff write. What a person would have typed is xxx."""
    store = factories.amazon_store(name="Amazon SE", customer_creation="new")
    mug = factories.product("MUG", quantity=1)
    for status in Status:
        factories.channel_order(store=store, status=status)
    for reason in HoldReason:
        held = factories.channel_order(store=store, items=[factories.item("GONE")])
        held.hold(reason, "GONE")
        held.save()
    shipped, held, canceled, partly = (
        factories.placed_order(store=store, items=[factories.item("MUG", quantity=2)])
        for _ in range(4)
    )
    ship(shipped)
    hold_order(order_id=held.commerce_order_id, reason="xxx", user="kim")
    request_cancellation(order_id=canceled.commerce_order_id, reason="NoInventory", user="kim")
    for state in OutboxMessage.State:
        package = factories.package(order=partly.commerce_order)
        factories.outbox_message(package=package, state=state, last_error="HTTP 403 xxx")
    correct(partly, line1="Storgatan 11")
    add_note(partly.uid, REFUSED_NOTE, params={"status": "X", "ours": Status.SHIPPED.label})
    factories.backfill(store=store)
    factories.report(account=store.account, detail="xxx")
    feed = factories.feed(account=store.account)
    FeedEntry.objects.create(feed=feed, number=1, confirmation=OutboxMessage.objects.first())
    SyncRun.objects.create(account=store.account, started_at=factories.NOW)
    CommunicationError.objects.create(
        account=store.account, operation="getOrder", code="xxx", message="xxx", at=factories.NOW
    )
    map_sku(store=store, seller_sku="AMZ-MUG", product=mug)
    map_carrier(name="xxx", code="PostNord")


def fill_more() -> None:
    """What stands around it: trouble, jobs, a shared view, and a row of all else that has pages."""
    store = factories.amazon_store(name="Amazon DE", country="DE")
    store.account.problem, store.account.problem_at = "xxx", factories.NOW
    store.account.save()
    factories.placed_order(store=store, cancel_requested=True)
    factories.placed_order(store=store)
    factories.amazon_store(name="Amazon FR", country="FR", account=store.account)
    off = factories.amazon_store(name="Amazon IT", country="IT", account=store.account)
    off.active = False
    off.save()
    factories.communication_error(
        account=store.account, store=store, operation="import", amazon_order_id="xxx", payload="{}"
    )
    kim = User.objects.get(username="kim")
    order = factories.placed_order(store=store)
    ship(order)
    for kind in BulkJob.Kind:
        _job(kind, order, kim)
        _job(kind, order, kim, finished_at=factories.NOW)
    SavedView.objects.create(owner=kim, name="xxx", shared=True)
    SalesChannelSettings.objects.get_or_create(pk=1)
    OrderStatus.objects.create(code="xxx", state="processing")
    Group.objects.create(name="xxx")
    ClockedSchedule.objects.create(clocked_time=timezone.now())
    CrontabSchedule.objects.create()
    SolarSchedule.objects.create(event="dawn_civil", latitude=1, longitude=1)


def _job(kind: str, order: ChannelOrder, user: User, **more: object) -> None:
    """One that did something and was refused something; what waits, waits for its worker."""
    payload = {"shipped": [Package.objects.latest("pk").pk]} if kind == BulkJob.Kind.SHIP else {}
    states = ["done", "refused"] if more else ["done", "refused", "waiting"]
    job = BulkJob.objects.create(
        kind=kind, created_by=user, user_name="kim", language="en",
        total=len(states), done=1, refused=1, **more,
    )  # fmt: skip
    for number, state in enumerate(states, start=1):
        at = None if state == "waiting" else factories.NOW
        BulkJobRow.objects.create(
            job=job,
            position=number,
            order=order,
            label="xxx",
            state=state,
            at=at,
            payload=payload if state == "done" else {},
        )
