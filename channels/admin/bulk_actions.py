"""Actions of the Orders tab: each starts a job and leads to the page where it can be watched."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from channels import tasks
from channels.models import BulkJob, ChannelOrder
from channels.services import bulk
from customers.admin import ReadOnlyAdmin
from orders.admin.hold_page import HoldForm
from orders.services.errors import Refusal
from orders.services.notes import MAX_VALUE

Kind = BulkJob.Kind
SHOWN = 20  # orders on the page that asks
CHUNK = 1_000
LIST = "orders_list"  # in the session: the query string of the list that an action led away from


class TokenForm(ActionForm):
    """The action's form with a token, so that what is posted twice is started once."""

    # Without autocomplete: a browser that loads the page again must not put the old token back.
    token = forms.UUIDField(
        label="",
        required=False,
        initial=uuid4,
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=MAX_VALUE,
        help_text=gettext_lazy("Stays in the history, readable: no names."),
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )

    def clean_text(self) -> str:
        """A note is one line."""
        return " ".join(self.cleaned_data["text"].split())


class BulkActions(ReadOnlyAdmin[ChannelOrder]):
    """The actions; `queryset` is what is ticked, or all that match the filters."""

    action_form = TokenForm
    actions = ["hold_orders", "unhold_orders", "retry_orders", "fetch_orders", "add_note"]

    @admin.action(description=gettext_lazy("Hold…"), permissions=["hold"])
    def hold_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        return self._ask(request, queryset, Kind.HOLD, HoldForm)

    @admin.action(description=gettext_lazy("Unhold"), permissions=["hold"])
    def unhold_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        return _start(request, queryset, Kind.UNHOLD)

    @admin.action(description=gettext_lazy("Retry"), permissions=["retry"])
    def retry_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        return _start(request, queryset, Kind.RETRY)

    @admin.action(description=gettext_lazy("Fetch again from Amazon"), permissions=["fetch"])
    def fetch_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        return _start(request, queryset, Kind.FETCH)

    @admin.action(description=gettext_lazy("Add note…"), permissions=["note"])
    def add_note(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponse | None:
        return self._ask(request, queryset, Kind.NOTE, NoteForm)

    def response_action(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        request.session[LIST] = request.GET.urlencode()
        return super().response_action(request, *args, **kwargs)

    def has_hold_permission(self, request: HttpRequest) -> bool:
        return bulk.may(user_of(request), Kind.HOLD)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bulk.may(user_of(request), Kind.RETRY)

    def has_fetch_permission(self, request: HttpRequest) -> bool:
        return bulk.may(user_of(request), Kind.FETCH)

    def has_note_permission(self, request: HttpRequest) -> bool:
        return bulk.may(user_of(request), Kind.NOTE)

    def _ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[ChannelOrder],
        kind: BulkJob.Kind,
        form_class: type[forms.Form],
    ) -> HttpResponse | None:
        """First a page that asks, which then posts the same action with the answer."""
        is_answer = any(name in request.POST for name in form_class.base_fields)
        form = form_class(request.POST if is_answer else None)
        if form.is_valid():
            return _start(request, queryset, kind, form.cleaned_data)
        try:
            count = _counted(queryset)
        except bulk.CannotStart as exc:
            messages.error(request, str(exc))
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": kind.label,
            "form": form,
            "orders": queryset.values("pk", "amazon_order_id")[:SHOWN],
            "count": count,
            "others": max(0, count - SHOWN),
            "action": request.POST["action"],
            "token": request.POST.get("token", ""),
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/channels/bulkjob/ask.html", context)


def _start(
    request: HttpRequest,
    queryset: QuerySet[ChannelOrder],
    kind: BulkJob.Kind,
    params: dict[str, Any] | None = None,
) -> HttpResponse | None:
    """Lead to the job; None, with a message, when it is refused."""
    try:
        job = start_job(request, kind, queryset, params)
    except bulk.CannotStart as exc:
        messages.error(request, refusal(exc))
        return None
    return HttpResponseRedirect(page_of(job))


def start_job(
    request: HttpRequest,
    kind: BulkJob.Kind,
    queryset: QuerySet[ChannelOrder],
    params: dict[str, Any] | None = None,
    asked: Sequence[Any] = (),
) -> BulkJob:
    """Start a job for these orders and have it worked at soon. Raises bulk.CannotStart.

    `asked`: what besides the ticks and filters tells one form of a page from another.
    """
    _counted(queryset)  # fifty thousand rows need not be written to see that it is one too many
    job = bulk.start(
        kind=kind,
        user=user_of(request),
        rows=_rows(queryset),
        params=params,
        token=_token(request, kind, params, asked),
    )
    tasks.run_soon(job)
    return job


def to_job(job: BulkJob) -> HttpResponse:
    """Have it worked at soon, and lead to its page."""
    tasks.run_soon(job)
    return HttpResponseRedirect(page_of(job))


def refusal(exc: Refusal) -> str:
    """Why nothing was done; with a link, safe to show, where a job did it already."""
    if isinstance(exc, bulk.DoneAlready):
        return format_html('{} <a href="{}">{}</a>', exc, page_of(exc.job), exc.job)
    return str(exc)


def list_url(request: HttpRequest) -> str:
    """The way back: the list with the filters that it had."""
    query = request.session.get(LIST, "")
    return reverse("admin:channels_channelorder_changelist") + (f"?{query}" if query else "")


def page_of(job: BulkJob) -> str:
    return reverse("admin:channels_bulkjob_change", args=[job.pk])


def user_of(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # admin_view lets nobody anonymous in


def posted_token(request: HttpRequest) -> UUID | None:
    """The token of the form, None without a readable one."""
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return None


def _counted(queryset: QuerySet[ChannelOrder]) -> int:
    """How many orders a job would have. Raises bulk.CannotStart when these are too many."""
    count = queryset.order_by()[: bulk.MAX_ROWS + 1].count()
    if count > bulk.MAX_ROWS:
        raise bulk.CannotStart(bulk.too_many())
    return count


def _rows(queryset: QuerySet[ChannelOrder]) -> Iterator[bulk.NewRow]:
    """Streamed, in the order of the list; no more than it takes to see that it is too many."""
    chosen = queryset.values_list("pk", "amazon_order_id")[: bulk.MAX_ROWS + 1]
    for pk, number in chosen.iterator(chunk_size=CHUNK):
        yield bulk.NewRow(pk, number)


def _token(
    request: HttpRequest, kind: str, params: dict[str, Any] | None, more: Sequence[Any]
) -> UUID | None:
    """Of this form and what it asks for: other orders chosen on the same page are another job."""
    token = posted_token(request)
    if token is None:
        return None
    chosen = sorted(request.POST.getlist(ACTION_CHECKBOX_NAME))
    across, filters = request.POST.get("select_across"), request.GET.urlencode()
    return uuid5(token, json.dumps([kind, params, chosen, across, filters, *more]))
