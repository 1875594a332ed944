"""Jobs: one thing done to many orders. A person starts one, a worker does it row by row.

A row's work and its outcome are one commit, so that a crash at any point neither loses a row nor
does it twice. What asks Amazon first does so with no transaction open, and may ask again.
What is done to a row: channels/services/bulk_handlers.py.
"""

import logging
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4, uuid5

from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import User
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.formats import number_format

from channels.amazon.errors import SpApiError, Throttled
from channels.models import BulkJob, BulkJobRow
from channels.services.answers import words
from channels.services.bulk_handlers import HANDLERS, Handler, NotDone
from channels.services.bulk_rows import waiting_rows
from channels.services.pauses import pause_after
from channels.services.quota import NoQuota
from channels.services.searching import LostLease, keep, lease
from orders.models.fields import save_if
from orders.sentences import gettext as _
from orders.services.errors import Refusal

log = logging.getLogger(__name__)

Kind, State = BulkJob.Kind, BulkJobRow.State

MAX_ROWS = 50_000
CHUNK = 1_000  # rows written with one statement
TURN = 20.0  # seconds; then the worker is free for whatever came meanwhile
LEASE = timedelta(minutes=2)  # renewed with every row; longer than asking Amazon about one may take
AFTER_FAILURE = timedelta(minutes=1)
KEPT = timedelta(days=90)
# None of a row's doing: the job goes on with this row later.
PASSING = (
    NoQuota, Throttled, LostLease, OperationalError, InterfaceError, SoftTimeLimitExceeded,
)  # fmt: skip


class CannotStart(Refusal):
    """This job cannot be started."""


class DoneAlready(CannotStart):
    """What is asked for was done by `job`, which has ended: once more is a new request."""

    def __init__(self, job: BulkJob) -> None:
        super().__init__(_("This was done already. To have it done once more, ask for it again."))
        self.job = job


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be done: `label` is the order's number as the person gave it.

    `payload` is what is peculiar to this row, JSON, without personal data.
    """

    order_id: int | None
    label: str
    payload: dict[str, Any] = field(default_factory=dict)


def may(user: User | None, kind: str) -> bool:
    """Whether `user` may have jobs of this kind done: any of its handler's permissions will do."""
    if user is None or not user.is_active:
        return False
    return any(user.has_perm(permission) for permission in HANDLERS[Kind(kind)].permissions)


# Starting


def start(
    *,
    kind: str,
    user: User,
    rows: Iterable[NewRow],
    params: dict[str, Any] | None = None,
    token: UUID | None = None,
) -> BulkJob:
    """Write a job and its rows, which may be a generator: they are never in memory together.

    With a `token` that a job has already: that job, and nothing is written. Raises CannotStart
    without a row and above MAX_ROWS, DoneAlready.
    """
    token = token or uuid4()
    if job := known(token):
        return job
    job = BulkJob(
        token=token,
        kind=kind,
        params=params or {},
        created_by=user,
        user_name=user.get_username(),
        language=translation.get_language() or "",
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            job.total = _write_rows(job, rows)
            job.save(update_fields=["total"])
    except IntegrityError:
        if twin := BulkJob.objects.filter(token=token).first():  # posted twice at the same time
            return twin
        raise
    return job


def known(token: UUID) -> BulkJob | None:
    """The job of a form that was posted before, until it ends; then raises DoneAlready."""
    job = BulkJob.objects.filter(token=token).first()
    if job and job.finished_at:
        raise DoneAlready(job)
    return job


def _write_rows(job: BulkJob, rows: Iterable[NewRow]) -> int:
    total = 0
    numbered = enumerate(rows, start=1)
    while chunk := list(islice(numbered, CHUNK)):
        total += len(chunk)
        if total > MAX_ROWS:
            raise CannotStart(too_many())
        BulkJobRow.objects.bulk_create(
            BulkJobRow(
                job=job,
                position=position,
                order_id=row.order_id,
                label=row.label[:64],
                payload=row.payload,
            )
            for position, row in chunk
        )
    if not total:
        raise CannotStart(_("No order was chosen."))
    return total


def too_many() -> str:
    """Why a selection is too large."""
    limit = number_format(MAX_ROWS, force_grouping=True)
    return _("One job takes at most %(limit)s orders: narrow the list.") % {"limit": limit}


def again(job: BulkJob, *, user: User) -> BulkJob:
    """The job of what this one, which has ended, refused or left undone. Raises CannotStart.

    There is one, whoever asks and how often: what that leaves is tried again from there.
    """
    if job.finished_at is None:
        raise CannotStart(_("The job has not ended yet."))
    left = job.rows.filter(state__in=(State.REFUSED, State.STOPPED)).order_by("position")
    rows = (NewRow(row.order_id, row.label, row.payload) for row in left.iterator(chunk_size=CHUNK))
    token = uuid5(job.token, "again")
    try:
        return start(kind=job.kind, user=user, rows=rows, params=job.params, token=token)
    except DoneAlready as exc:
        return exc.job


# Working


def due_jobs(now: datetime) -> list[tuple[int, datetime]]:
    """Jobs to go on with that no worker is at, and since when each is due; the longest first."""
    free = BulkJob.objects.filter(finished_at=None, due_at__lte=now).exclude(claimed_until__gte=now)
    return list(free.order_by("due_at", "pk").values_list("pk", "due_at"))


def run(job_id: int, *, due_at: datetime | None = None) -> BulkJob | None:
    """Work at a job for a turn; the job as it is then, `finished_at` empty while rows wait.

    None when another worker is at it or it is finished; with `due_at` also when it is not due as of
    then (any more): each turn moves that, so that of all who are asked for one turn one makes it.
    """
    unfinished = BulkJob.objects.filter(pk=job_id, finished_at=None).select_related("created_by")
    if due_at:
        unfinished = unfinished.filter(due_at=due_at)
    with lease(unfinished, timezone.now(), only_due=bool(due_at), length=LEASE) as job:
        if job is None:
            return None
        with translation.override(job.language):
            try:
                _turn(job)
            except LostLease:
                return None
            except Exception as exc:
                _pause(job, AFTER_FAILURE, words(exc))
                raise
        return job


def _turn(job: BulkJob) -> None:
    """Row after row, until none waits or the turn is over.

    Without quota of one account the rows of the others go on; the job pauses when none is left.
    """
    job.due_at, job.detail = timezone.now(), ""
    job.started_at = job.started_at or job.due_at
    _keep(job, "due_at", "started_at", "detail")
    if not may(job.created_by, job.kind):
        stop(job.pk, _("%(user)s may not do this any more.") % {"user": job.user_name})
        raise LostLease
    handler = HANDLERS[Kind(job.kind)]
    ends = time.monotonic() + TURN
    pauses: dict[int | None, timedelta] = {}
    for row, account_id in waiting_rows(job, without=pauses.keys()):
        try:
            _settle(job, row, handler)
        except (NoQuota, Throttled) as exc:
            pauses[account_id] = _pause_after(exc)
        if time.monotonic() > ends:
            return
    if pauses:
        why = _("Amazon's quota is used up for now. It goes on by itself.")
        _pause(job, min(pauses.values()), why)
    else:
        job.finished_at = timezone.now()
        _keep(job, "finished_at")


def _keep(job: BulkJob, *fields: str) -> None:
    """Write `fields` and renew the lease, which locks the job; raises LostLease."""
    keep(job, timezone.now(), list(fields), length=LEASE)


def _settle(job: BulkJob, row: BulkJobRow, handler: Handler) -> None:
    """Do one row: its work and its outcome are one commit. Raises what is PASSING."""
    try:
        answer = handler.ask(job, row) if handler.ask else None
        with transaction.atomic():
            _keep(job)  # whoever stops it waits for this row
            said = handler.do(job, row, answer)
            if isinstance(said, NotDone):
                _record(job, row, State.REFUSED, said.why)
            else:
                _record(job, row, State.DONE, said)
    except PASSING:
        raise
    except Exception as exc:  # noqa: BLE001  # one row's failure is told there, the others go on
        with transaction.atomic():
            _keep(job)
            _record(job, row, State.REFUSED, _why(row, exc))


def _record(job: BulkJob, row: BulkJobRow, state: BulkJobRow.State, message: str) -> None:
    row.state, row.message, row.at = state, message, timezone.now()
    if not save_if(row, fields=["state", "message", "at"], state=State.WAITING):
        raise LostLease
    BulkJob.objects.filter(pk=job.pk).update(**{state.value: F(state.value) + 1})


def _why(row: BulkJobRow, exc: Exception) -> str:
    """What may be shown of it: a failure of our own might quote personal data."""
    if isinstance(exc, Refusal | SpApiError):
        return words(exc)
    where = "".join(traceback.format_tb(exc.__traceback__))
    log.error(
        "Row of a job failed: %s\n%s",
        type(exc).__name__,
        where,
        extra={"job": row.job_id, "position": row.position},
    )
    return words(exc)


def _pause(job: BulkJob, pause: timedelta, detail: str) -> None:
    """It goes on where it was, later."""
    job.due_at, job.detail = timezone.now() + pause, detail
    save_if(job, fields=["due_at", "detail"], claim=job.claim)


def _pause_after(error: NoQuota | Throttled) -> timedelta:
    return timedelta(seconds=error.seconds) if isinstance(error, NoQuota) else pause_after(error)


# Ending


@transaction.atomic
def stop(job_id: int, why: str) -> int:
    """Leave undone what still waits; `why` is said on each row. Returns how many rows that were.

    A row that is being worked at is finished first.
    """
    job = BulkJob.objects.select_for_update(of=("self",)).get(pk=job_id)
    if job.finished_at:
        return 0
    now = timezone.now()
    waiting = job.rows.filter(state=State.WAITING)
    count = waiting.update(state=State.STOPPED, message=why, at=now)
    job.stopped, job.finished_at, job.detail = count, now, ""
    job.claim = job.claimed_until = None  # whoever is at it finds out with the next row
    job.save(update_fields=["stopped", "finished_at", "detail", "claim", "claimed_until"])
    return count


def delete_old(now: datetime) -> int:
    """Forget jobs that ended long ago; returns how many."""
    old = BulkJob.objects.filter(finished_at__lt=now - KEPT).values_list("pk", flat=True)
    pks = list(old)
    for pk in pks:  # one at a time: none of these transactions is long
        BulkJob.objects.filter(pk=pk).delete()
    return len(pks)
