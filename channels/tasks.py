"""Celery's edge: ids in, one service call each. Every task may run twice, or die half-way.

Beat runs the dispatchers (seeded by a migration, editable in the admin). What a dead
worker held comes back by leases in the database, not by the broker.
"""

import logging
from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from channels.amazon.errors import SpApiError
from channels.models import BulkJob
from channels.services import (
    alive,
    backfilling,
    bulk,
    cancelling,
    delivery,
    dispatching,
    fba_reports,
    fba_shipments,
    feed_cancellations,
    feed_results,
    feeding,
    log_retention,
    polling,
    proving,
    releasing,
    reserving,
    sales,
    statistics,
)
from channels.services.quota import NoQuota

log = logging.getLogger(__name__)

DELIVERY_BATCH = 20


@shared_task
def poll_due_accounts() -> None:
    """Beat: poll every account that is due."""
    for account_id in polling.due_accounts(timezone.now()):
        poll_account.delay(account_id)


@shared_task
def poll_account(account_id: int) -> None:
    """Sweep one account. Beat asks again while this waits its turn: the second returns at once."""
    polling.poll_account(account_id, only_due=True)


@shared_task
def release_held() -> None:
    """Beat: products, stock, mappings or order settings changed; held orders may go now."""
    releasing.release_held()


@shared_task
def release_expired() -> None:
    """Beat: Pending orders whose stock was kept long enough."""
    reserving.release_expired(now=timezone.now())


@shared_task
def dispatch_backfills() -> None:
    """Beat: go on with history, one store at a time."""
    if due := backfilling.next_due(timezone.now()):
        backfill_store.delay(*due)


@shared_task
def backfill_store(backfill_id: int, due_at: datetime) -> None:
    """Read a turn of one backfill; the next turn queues behind whatever came meanwhile.

    `due_at`: as it was when this was queued. Beat asks again while this waits its turn: only the
    first has a turn, and a next one.
    """
    if backfilling.read_backfill(backfill_id, due_at=due_at):
        dispatch_backfills()


@shared_task
def dispatch_deliveries() -> None:
    """Beat: take back what dead workers held, and send what is due, call by call or as a feed."""
    delivery.release_stranded()
    for turn in dispatching.turns(timezone.now()):
        for start in range(0, len(turn.calls), DELIVERY_BATCH):
            deliver_messages.delay(turn.calls[start : start + DELIVERY_BATCH])
        if turn.feed:
            submit_feed.delay(turn.account_id, turn.feed)


@shared_task
def deliver_messages(ids: list[int]) -> None:
    """Send these confirmations; those another worker holds are left to it."""
    delivery.deliver(ids)


@shared_task
def submit_feed(account_id: int, ids: list[int]) -> None:
    """Send these confirmations as one feed; what another worker holds is left to it."""
    feeding.submit_confirmations(account_id, ids)


@shared_task
def dispatch_feeds() -> None:
    """Beat: ask what became of feeds."""
    feed_cancellations.release_stranded(timezone.now())
    for feed_pk in feed_results.due_feeds(timezone.now()):
        check_feed.delay(feed_pk)


@shared_task
def check_feed(feed_pk: int) -> None:
    """Ask about one feed; when it has ended, settle what was in it."""
    feed_results.check_feed(feed_pk)


@shared_task
def dispatch_proofs() -> None:
    """Beat: look whether Amazon shows what it accepted, first in what sweeps have brought."""
    proving.prove_seen()
    for order_id in dispatching.looks(timezone.now()):
        prove_order.delay(order_id)


@shared_task
def prove_order(channel_order_id: int) -> None:
    """Read one order back. What cannot be read now is looked for again at the next beat."""
    try:
        proving.prove(channel_order_id)
    except (SpApiError, NoQuota) as exc:
        log.info("Proof postponed: %s", exc, extra={"channel_order": channel_order_id})


@shared_task
def dispatch_reports() -> None:
    """Beat: want reports of FBA shipments where tracking numbers are missing; go on with others."""
    now = timezone.now()
    fba_shipments.want_reports(now)
    for report_id in fba_shipments.due_reports(now):
        read_report.delay(report_id)


@shared_task
def read_report(report_id: int) -> None:
    """Take one report a step further. One that is not ready is looked at again later."""
    fba_reports.read_report(report_id, only_due=True)


@shared_task
def dispatch_cancellations() -> None:
    """Beat: one feed per account of what is to be canceled, and a look at what does not show."""
    for account_id, ids in cancelling.due(timezone.now()).items():
        send_cancellations.delay(account_id, ids)
    for cancellation_id in cancelling.unshown(timezone.now()):
        look_at_cancellation.delay(cancellation_id)


@shared_task
def send_cancellations(account_id: int, ids: list[int]) -> None:
    """Send these cancellations; those another worker holds are left to it."""
    try:
        cancelling.send(account_id, ids)
    except (SpApiError, NoQuota) as exc:
        log.info("Cancellations postponed: %s", exc, extra={"account": account_id})


@shared_task
def look_at_cancellation(cancellation_id: int) -> None:
    """Read one order back that should show as canceled."""
    try:
        cancelling.look(cancellation_id)
    except (SpApiError, NoQuota) as exc:
        log.info("Cancellation is asked about later: %s", exc, extra={"pk": cancellation_id})


@shared_task
def dispatch_bulk_jobs() -> None:
    """Beat: go on with jobs that wait, or whose worker died."""
    for job_id, due_at in bulk.due_jobs(timezone.now()):
        run_bulk_job.delay(job_id, due_at)


@shared_task
def run_bulk_job(job_id: int, due_at: datetime) -> None:
    """Work at a job for a turn; the next turn queues behind whatever came meanwhile.

    `due_at`: as it was when this was queued. Beat asks again while this waits its turn: only the
    first has a turn, and a next one.
    """
    job = bulk.run(job_id, due_at=due_at)
    if job and job.finished_at is None and job.due_at <= timezone.now():
        run_bulk_job.delay(job_id, job.due_at)


def run_soon(job: BulkJob) -> None:
    """Have a worker begin with a job once it is committed. Without a broker beat finds it later."""

    def queue() -> None:
        try:
            run_bulk_job.delay(job.pk, job.due_at)
        except OperationalError:
            log.warning("The queue does not answer.", extra={"job": job.pk})

    transaction.on_commit(queue)


@shared_task
def delete_old_jobs() -> None:
    """Beat: forget jobs that ended long ago."""
    bulk.delete_old(timezone.now())


@shared_task
def delete_old_logs() -> None:
    """Beat: delete what is older than the log retention says; the tables have changed by then."""
    log_retention.delete_old_logs(timezone.now())
    statistics.refresh()


@shared_task
def count_sales() -> None:
    """Beat: orders changed; the sums of their days are counted anew."""
    sales.count_sales()


@shared_task
def beat_heart() -> None:
    """Beat: whoever runs this is alive, and so is beat."""
    alive.beat_heart(timezone.now())
