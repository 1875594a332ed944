"""Taking back what a job shipped, from its page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from channels.admin.bulk_actions import user_of
from channels.models import BulkJob
from channels.services import bulk
from channels.services.bulk_undoing import TakenBack, chance, stores_without_grace, take_back
from customers.admin import ReadOnlyAdmin


def undo_context(job: BulkJob, *, may: bool) -> dict[str, Any]:
    """What the page of a job says about taking it back, once it has ended.

    Before, the page is read again every two seconds, and this is not cheap.
    """
    if job.kind != BulkJob.Kind.SHIP or not (may and job.done and job.finished_at):
        return {}
    found = chance(job)
    return {
        "undo": found,
        "without_grace": [] if found.orders else stores_without_grace(job),
    }


class UndoPages(ReadOnlyAdmin[BulkJob]):
    """The view of BulkJobAdmin that takes a job back."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", view, name="channels_bulkjob_undo"), *super().get_urls()]

    @method_decorator(require_POST)
    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back all that Amazon has not been told of yet."""
        job = get_object_or_404(BulkJob, pk=pk, kind=BulkJob.Kind.SHIP)
        if not (self.has_view_permission(request) and bulk.may(user_of(request), job.kind)):
            raise PermissionDenied
        _tell(request, take_back(job.pk, user=user_of(request)))
        return HttpResponseRedirect(reverse("admin:channels_bulkjob_change", args=[pk]))


def _tell(request: HttpRequest, result: TakenBack) -> None:
    texts = [
        ngettext(
            "%(count)d order taken back. Amazon is not told.",
            "%(count)d orders taken back. Amazon is not told.",
            result.undone,
        )
        % {"count": result.undone}
    ]
    if result.kept:
        text = ngettext(
            "%(count)d stays shipped: its line says why.",
            "%(count)d stay shipped: their lines say why.",
            result.kept,
        )
        texts.append(text % {"count": result.kept})
    if result.left:
        text = ngettext(
            "%(count)d is left: take back once more.",
            "%(count)d are left: take back once more.",
            result.left,
        )
        texts.append(text % {"count": result.left})
    level = messages.WARNING if result.kept or result.left else messages.SUCCESS
    messages.add_message(request, level, " ".join(texts))
