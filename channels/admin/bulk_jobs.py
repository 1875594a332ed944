"""Jobs: who had what done to many orders, how far it is, and what became of each order."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from channels.admin.bulk_actions import list_url, to_job, user_of
from channels.admin.bulk_undo import UndoPages, undo_context
from channels.models import BulkJob, BulkJobRow
from channels.services import bulk
from channels.services.bulk_progress import job_state, seconds_left
from customers.admin import PageAdmin
from orders import sentences
from orders.templatetags.portal_ui import badge

State = BulkJobRow.State
PAGE = 100
SHOWN = (
    "job_id", "position", "label", "payload", "state", "message", "at", "order__commerce_order_id",
)  # fmt: skip
# What a person looks for first comes first.
RANK = Case(
    When(state=State.REFUSED, then=Value(0)),
    When(state=State.STOPPED, then=Value(1)),
    When(state=State.WAITING, then=Value(2)),
    default=Value(3),
)


@admin.register(BulkJob)
class BulkJobAdmin(UndoPages, PageAdmin[BulkJob]):
    page_template = "admin/channels/bulkjob/job.html"
    list_display = ["what", "state_column", "progress_column", "created_at", "user_name"]
    list_display_links = ["what"]
    list_filter = ["kind", ("finished_at", admin.EmptyFieldListFilter)]
    sortable_by = ()
    ordering = ["-id"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/stop/", view(self.stop_view), name="channels_bulkjob_stop"),
            path("<int:pk>/again/", view(self.again_view), name="channels_bulkjob_again"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees orders sees what is done to them."""
        return request.user.has_perm("channels.view_channelorder")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or self.has_view_permission(request)

    # Columns

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def what(self, job: BulkJob) -> str:
        return str(job)

    @admin.display(description=gettext_lazy("State"))
    def state_column(self, job: BulkJob) -> SafeString:
        return badge(*job_state(job))

    @admin.display(description=gettext_lazy("How far"))
    def progress_column(self, job: BulkJob) -> SafeString:
        return format_html(
            '<progress max="{}" value="{}" aria-label="{}"></progress> {}',
            job.total,
            job.settled,
            _("How far"),
            _("%(settled)d of %(total)d") % {"settled": job.settled, "total": job.total},
        )

    # Page

    def reveals(self, request: HttpRequest, row: BulkJob) -> bool:
        return False  # nothing sealed is opened

    def page(self, request: HttpRequest, row: BulkJob, *, clear: bool) -> dict[str, Any]:
        job = row
        chosen = request.GET.get("state", "")
        state = chosen if chosen in State.values else ""
        counts = _counts(job)
        count = counts[state] if state else job.total
        pages = max(1, -(-count // PAGE))
        page = min(max(1, _number(request.GET.get("p"))), pages)
        may = bulk.may(user_of(request), job.kind)
        return {
            "job": job,
            "orders_url": list_url(request),
            "job_state": job_state(job),
            "seconds_left": seconds_left(job),
            "tabs": [("", _("All"), job.total)]
            + [(value, State(value).label, n) for value, n in counts.items() if n],
            "state": state,
            "rows": _rows(job, state)[(page - 1) * PAGE : page * PAGE],
            "page": page,
            "pages": pages,
            "can_stop": may and job.finished_at is None,
            "left": job.refused + job.stopped if may and job.finished_at else 0,
            **undo_context(job, may=may),
        }

    # What can be done

    @method_decorator(require_POST)
    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self._job_to_change(request, pk)
        why = sentences.gettext("Stopped by %(user)s.") % {"user": request.user.get_username()}
        count = bulk.stop(job.pk, why)
        text = ngettext(
            "Stopped: %(count)d order was not touched.",
            "Stopped: %(count)d orders were not touched.",
            count,
        )
        if count:
            messages.success(request, text % {"count": count})
        else:
            messages.warning(request, _("Nothing was waiting any more."))
        return HttpResponseRedirect(reverse("admin:channels_bulkjob_change", args=[pk]))

    @method_decorator(require_POST)
    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What was refused or not done becomes a job of its own, once."""
        job = self._job_to_change(request, pk)
        try:
            new = bulk.again(job, user=user_of(request))
        except bulk.CannotStart as exc:
            messages.error(request, str(exc))
            return HttpResponseRedirect(reverse("admin:channels_bulkjob_change", args=[pk]))
        return to_job(new)

    def _job_to_change(self, request: HttpRequest, pk: int) -> BulkJob:
        job = get_object_or_404(BulkJob, pk=pk)
        if not (self.has_view_permission(request) and bulk.may(user_of(request), job.kind)):
            raise PermissionDenied
        return job


def _counts(job: BulkJob) -> dict[str, int]:
    """By state, in the order of the tabs."""
    return {
        State.REFUSED.value: job.refused,
        State.STOPPED.value: job.stopped,
        State.WAITING.value: job.waiting,
        State.DONE.value: job.done,
        State.UNDONE.value: job.undone,
    }


def _rows(job: BulkJob, state: str) -> QuerySet[BulkJobRow]:
    """With what links need of their orders: nothing sealed is opened."""
    wanted = Q(state=state) if state else Q()
    rows = job.rows.filter(wanted).select_related("order").only(*SHOWN)
    return rows.order_by("position") if state else rows.order_by(RANK, "position")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1
