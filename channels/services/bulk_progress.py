"""How far a job is, and how long it will take."""

import math

from django.db.models import Count
from django.utils import timezone

from channels.amazon.usage_plan import GET_ORDER
from channels.models import BulkJob, BulkJobRow, SellerAccount
from channels.services import quota
from orders.sentences import gettext as _
from orders.sentences import ngettext

State = BulkJobRow.State


def job_state(job: BulkJob) -> tuple[str, str]:
    """Code and label of where a job stands."""
    if job.finished_at and job.stopped:
        return "stopped", _("Stopped")
    if job.finished_at and job.refused:
        text = ngettext("Finished, %(count)d refused", "Finished, %(count)d refused", job.refused)
        return "refused", text % {"count": job.refused}
    if job.finished_at:
        return "done", _("Finished")
    if job.detail:
        return "waiting", _("Waiting")
    return ("running", _("Running")) if job.started_at else ("waiting", _("Queued"))


def seconds_left(job: BulkJob) -> int | None:
    """About how long the rest takes; None when nobody can say yet."""
    if job.finished_at:
        return None
    if job.kind == BulkJob.Kind.FETCH:
        return _quota_seconds(job)
    if not (job.started_at and job.settled):
        return None
    worked = (timezone.now() - job.started_at).total_seconds()
    return math.ceil(worked / job.settled * job.waiting)


def _quota_seconds(job: BulkJob) -> int:
    """Until Amazon lets the last call through, at the account that has most to ask."""
    waiting = job.rows.filter(state=State.WAITING, order__isnull=False)
    counts = dict(
        waiting.order_by().values_list("order__account").annotate(count=Count("pk")).order_by()
    )
    longest = 0.0
    for account in SellerAccount.objects.filter(pk__in=counts):
        level = quota.look(account, GET_ORDER)
        longest = max(longest, (counts[account.pk] - level.tokens) / level.rate)
    return math.ceil(longest)
