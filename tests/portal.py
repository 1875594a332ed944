"""The portal as a test drives it against the pretend Amazon: connect, poll, ship, deliver."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from channels.amazon.usage_plan import USAGE_PLANS
from channels.models import (
    AmazonStore,
    Backfill,
    BulkJob,
    ChannelOrder,
    CommunicationError,
    Feed,
    Report,
    SellerAccount,
    SyncCursor,
)
from channels.sandbox.sellers import DEMO_EU
from channels.services import backfilling, delivery, order_settings, polling, proving, quota
from channels.services.connecting import Connection, connect_store, sweep_from
from channels.services.describing import describe
from orders.models import OutboxMessage
from orders.services.shipments import PackageDraft, create_shipment

LONG_AGO = timedelta(days=30)


def connect(
    sandbox,
    *,
    name="Amazon SE",
    country_code="SE",
    seller=DEMO_EU,
    history=False,
    since_days=LONG_AGO.days,
    **settings,
):
    """A store connected to the pretend Amazon, with order settings by their command line names.

    As if it had been connected long ago and not been swept since: one sweep brings everything.
    With `history` it is as if just connected: what was before comes by its backfill.
    """
    since = timezone.now() - timedelta(days=since_days)
    store = connect_store(
        Connection(
            name=name,
            region=seller.region,
            country_code=country_code,
            seller_id=seller.seller_id,
            client_id=seller.client_id,
            client_secret=seller.client_secret,
            refresh_token=seller.refresh_token,
            endpoint=sandbox.url,
            lwa_endpoint=sandbox.url,
            import_since=since,
        )
    )
    if not history:
        Backfill.objects.filter(store=store).delete()
        with transaction.atomic():
            sweep_from(store.account, since)
    if settings:
        order_settings.change(store, settings)
    return AmazonStore.objects.get(pk=store.pk)


def poll(account_id=None):
    """One sweep, whether due or not; the run."""
    account_id = account_id or SellerAccount.objects.get().pk
    return polling.poll_account(account_id)


def backfill(**only):
    """Read the one backfill there is, whether due or not; the row as it is afterwards."""
    pk = Backfill.objects.get(**only).pk
    backfilling.read_to_the_end(pk)
    return Backfill.objects.get(pk=pk)


def order(amazon_order_id):
    """The stored order, or None."""
    return (
        ChannelOrder.objects.select_related("commerce_order", "store", "account")
        .filter(amazon_order_id=amazon_order_id)
        .first()
    )


def shown(amazon_order_id):
    """What `show_order --reveal` says."""
    return describe(order(amazon_order_id), reveal=True)


def ship(amazon_order_id, *, tracking="SE0000000001", carrier="PostNord", quantities=None, **more):
    """Ship all that is left, or these units by order item id."""
    commerce_order = order(amazon_order_id).commerce_order
    lines = {line.channel_item_id: line.pk for line in commerce_order.lines.all()}
    by_line = {lines[item]: units for item, units in quantities.items()} if quantities else None
    draft = PackageDraft(carrier_code=carrier, tracking_number=tracking, quantities=by_line, **more)
    return create_shipment(order_id=commerce_order.pk, packages=[draft])


def hurry():
    """As if the waiting times of messages, polls, history, reports, jobs, errors were over."""
    OutboxMessage.objects.update(not_before=timezone.now())
    SyncCursor.objects.update(due_at=timezone.now())
    Backfill.objects.update(due_at=timezone.now())
    Report.objects.update(due_at=timezone.now())
    BulkJob.objects.update(due_at=timezone.now())
    Feed.objects.update(due_at=timezone.now())
    CommunicationError.objects.update(at=timezone.now() - LONG_AGO)


def due(now: datetime) -> list[int]:
    """Confirmations to send, oldest first."""
    return list(OutboxMessage.objects.due(now).values_list("pk", flat=True))


def unproven(now: datetime) -> list[int]:
    """Channel orders with a confirmation to look for, longest waiting first."""
    waiting = OutboxMessage.objects.unproven(now)
    orders = waiting.values_list("package__order__channel_order", flat=True)
    return list(dict.fromkeys(orders))


def deliver(rounds=10):
    """Send and prove until nothing is open, waiting for nothing."""
    from channels.amazon.errors import SpApiError
    from channels.services.quota import NoQuota
    from orders.models.outbox import State

    open_states = [State.PENDING, State.IN_FLIGHT, State.SENT]
    for _ in range(rounds):
        if not OutboxMessage.objects.filter(state__in=open_states).exists():
            return
        hurry()
        delivery.deliver(due(timezone.now()))
        hurry()
        for pk in unproven(timezone.now()):
            try:
                proving.prove(pk)
            except (SpApiError, NoQuota):
                continue


def without_quota(sandbox):
    """Amazon counts no calls any more, and the portal's own buckets fill at once."""
    sandbox.world.settings.plan = "unlimited"  # states no rate, so what is learned here stays
    for account in SellerAccount.objects.all():
        for operation in USAGE_PLANS:
            quota.learn_rate(account, operation, 1e9)


def end_leases():
    """As if so much time had passed that what workers hold is theirs no longer."""
    SyncCursor.objects.exclude(claim=None).update(claimed_until=timezone.now() - LONG_AGO)
    Backfill.objects.exclude(claim=None).update(claimed_until=timezone.now() - LONG_AGO)
    Report.objects.exclude(claim=None).update(claimed_until=timezone.now() - LONG_AGO)
    BulkJob.objects.exclude(claim=None).update(claimed_until=timezone.now() - LONG_AGO)
    Feed.objects.exclude(claim=None).update(claimed_until=timezone.now() - LONG_AGO)
    OutboxMessage.objects.exclude(claim=None).update(claimed_at=timezone.now() - LONG_AGO)
