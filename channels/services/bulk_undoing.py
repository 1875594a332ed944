"""Taking back what a job shipped, as far as Amazon has not been told of it yet."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from channels.models import AmazonStore, BulkJob, BulkJobRow
from channels.services import bulk
from orders.models import CommerceOrder, OutboxMessage, Package
from orders.models.fields import save_if
from orders.sentences import gettext as _
from orders.sentences import said
from orders.services.errors import CannotTakeBack
from orders.services.taking_back import take_back_package

State = BulkJobRow.State

PATIENCE = 20.0  # seconds that somebody waits for the page; the rest takes another press


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Rows that were taken back, that cannot be, and that there was no time for."""

    undone: int = 0
    kept: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What of a job can still be taken back: orders, and seconds until the first cannot."""

    orders: int
    seconds: int


def chance(job: BulkJob) -> Chance:
    """Two statements at most, one where nothing waits for its grace period."""
    deadlines = _deadlines(job, timezone.now())
    if not deadlines:
        return Chance(orders=0, seconds=0)
    first = min(deadlines.values()) - timezone.now()
    return Chance(orders=len(deadlines), seconds=max(0, int(first.total_seconds())))


def stores_without_grace(job: BulkJob) -> list[AmazonStore]:
    """Stores of this job whose order settings tell Amazon at once."""
    stores = AmazonStore.objects.filter(
        pk__in=job.rows.filter(state=State.DONE).values("order__store"),
        order_settings__grace_minutes=0,
    )
    return list(stores.order_by("name"))


def take_back(job_id: int, *, user: User, patience: float = PATIENCE) -> TakenBack:
    """Take back all that can be, what ends first first; what the job has not done yet is left.

    A row is taken back with all packages it still has, or says why not.
    """
    bulk.stop(job_id, _("Not shipped: the job was taken back."))
    job = BulkJob.objects.get(pk=job_id)
    deadlines = _deadlines(job, timezone.now())
    done = job.rows.filter(state=State.DONE).order_by("position").values_list("pk", flat=True)
    rows = sorted(done, key=lambda pk: (pk not in deadlines, deadlines.get(pk)))
    ends = time.monotonic() + patience
    undone = kept = 0
    for pk in rows:
        if time.monotonic() > ends:
            break
        if _take_back_row(job_id, pk, user):
            undone += 1
        else:
            kept += 1
    return TakenBack(undone=undone, kept=kept, left=len(rows) - undone - kept)


def _take_back_row(job_id: int, row_id: int, user: User) -> bool:
    """All packages of a row and its mark, in one commit; False, with the reason, when one is told.

    Packages that were taken back by hand are gone, and a row of which all are is taken back.
    The job is locked first, as by the worker that is at it.
    """
    try:
        with transaction.atomic():
            BulkJob.objects.select_for_update(of=("self",)).get(pk=job_id)
            row = BulkJobRow.objects.get(pk=row_id)
            if row.state != State.DONE:
                return True  # by somebody else, at the same time
            for package_id in _packages_left(row):
                take_back_package(package_id=package_id, user=user)
            row.state, row.message, row.at = State.UNDONE, _("Taken back."), timezone.now()
            row.save(update_fields=["state", "message", "at"])
            BulkJob.objects.filter(pk=job_id).update(done=F("done") - 1, undone=F("undone") + 1)
    except CannotTakeBack as exc:
        row = BulkJobRow.objects.get(pk=row_id)
        row.message = said(exc)
        save_if(row, fields=["message"], state=State.DONE)
        return False
    return True


def _packages_left(row: BulkJobRow) -> list[int]:
    """Those of its packages that are still there, and stay so: whoever takes one back waits."""
    packages = Package.objects.filter(pk__in=row.payload["shipped"])
    orders = CommerceOrder.objects.filter(pk__in=packages.order_by().values("order"))
    list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    return list(packages.order_by("pk").values_list("pk", flat=True))


def _deadlines(job: BulkJob, now: datetime) -> dict[int, datetime]:
    """Until when each row can be taken back, of those that can."""
    waiting = OutboxMessage.objects.filter(
        state=OutboxMessage.State.PENDING, not_before__gt=now, attempts=0
    )
    if not waiting.exists():
        return {}
    packages = {
        package_id: pk
        for pk, payload in job.rows.filter(state=State.DONE).values_list("pk", "payload")
        for package_id in payload["shipped"]
    }
    ends: dict[int, datetime] = {}
    for message in waiting.filter(package__in=packages):
        if message.can_be_taken_back(now):
            pk = packages[message.package_id]
            ends[pk] = min(ends.get(pk, message.not_before), message.not_before)
    return ends
