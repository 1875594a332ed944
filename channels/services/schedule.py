"""The beat schedule: one dispatcher per kind of work, never an entry per store.

Beat costs per entry, a dispatcher picks what is due with one statement. The entries live in
django-celery-beat, where operators change them; what they changed stays.
"""

from django_celery_beat.models import IntervalSchedule, PeriodicTask

# name, task, seconds between runs
ENTRIES = (
    ("Poll Amazon for orders", "channels.tasks.poll_due_accounts", 5),
    ("Read history from Amazon", "channels.tasks.dispatch_backfills", 5),
    ("Release held orders", "channels.tasks.release_held", 2),
    ("Release expired reservations", "channels.tasks.release_expired", 60),
    ("Send shipment confirmations", "channels.tasks.dispatch_deliveries", 5),
    ("Ask what became of feeds", "channels.tasks.dispatch_feeds", 5),
    ("Look for proof of confirmations", "channels.tasks.dispatch_proofs", 10),
    ("Ask Amazon for tracking numbers of FBA orders", "channels.tasks.dispatch_reports", 60),
    ("Send cancellations and see them through", "channels.tasks.dispatch_cancellations", 15),
    ("Go on with jobs of many orders", "channels.tasks.dispatch_bulk_jobs", 5),
    ("Delete old jobs", "channels.tasks.delete_old_jobs", 3_600),
    # Not once a day: beat counts from its start, and a portal restarted daily would never do it.
    ("Delete old logs", "channels.tasks.delete_old_logs", 3600),
    ("Add up sales", "channels.tasks.count_sales", 15),
    ("Say that a worker is alive", "channels.tasks.beat_heart", 60),
)


def seed_schedule() -> None:
    """Create the entries that are missing."""
    for name, task, seconds in ENTRIES:
        interval = IntervalSchedule.objects.filter(
            every=seconds, period=IntervalSchedule.SECONDS
        ).first() or IntervalSchedule.objects.create(every=seconds, period=IntervalSchedule.SECONDS)
        PeriodicTask.objects.get_or_create(
            name=name,
            # A run nobody picked up in time is worthless: the next one sees the same work.
            defaults={"task": task, "interval": interval, "expire_seconds": 3 * seconds},
        )
