"""The communication errors log, the page of one error, and the sync runs."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from channels.admin.error_filters import (
    CodeFilter,
    ErrorsFrom,
    ErrorsTo,
    ErrorStoreFilter,
    OpenFilter,
    OperationFilter,
)
from channels.admin.error_page import error_context
from channels.amazon.errors import SpApiError
from channels.models import ChannelOrder, CommunicationError, SyncRun
from channels.services.answers import words
from channels.services.errors_log import NO_NUMBER, dismiss
from channels.services.looking_again import CannotTryAgain, try_again
from channels.services.quota import NoQuota
from channels.troubles import operation_label
from customers.admin import PageAdmin, ReadOnlyAdmin
from orders.admin.filters import BarChangeList
from orders.admin.paging import CappedPaginator
from orders.services.errors import CannotDismiss
from orders.templatetags.portal_ui import answered, badge

MAX_SEARCH_TERMS = 200
AT_ONCE = 1000


class ErrorList(BarChangeList):
    """The list with the orders that its page is about: one statement."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        errors = list(self.result_list)
        orders = {}
        if request.user.has_perm("channels.view_channelorder"):
            found = ChannelOrder.objects.filter(
                account__in={error.account_id for error in errors},
                amazon_order_id__in={error.amazon_order_id for error in errors} - {""},
            ).values_list("account", "amazon_order_id", "pk")
            orders = {(account, number): pk for account, number, pk in found}
        for error in errors:
            error.order_pk = orders.get((error.account_id, error.amazon_order_id))
        self.result_list = errors


@admin.register(CommunicationError)
class CommunicationErrorAdmin(PageAdmin[CommunicationError]):
    page_template = "admin/channels/communicationerror/error.html"
    change_list_template = "admin/channels/communicationerror/change_list.html"
    paginator = CappedPaginator
    list_display = [
        "at", "store_column", "code", "message_column", "operation_column", "order_column", "times",
        "state_column",
    ]  # fmt: skip
    list_display_links = ["at"]
    list_filter = [
        OpenFilter, ErrorStoreFilter, OperationFilter, CodeFilter, ErrorsFrom, ErrorsTo,
    ]  # fmt: skip
    list_select_related = ["account", "store"]
    sortable_by = ["at"]
    search_fields = ["amazon_order_id__exact", "request_id__exact"]
    search_help_text = _("Order numbers or request ids")
    actions = ["dismiss_errors"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ErrorList]:
        return ErrorList

    def get_queryset(self, request: HttpRequest) -> QuerySet[CommunicationError]:
        """What Amazon sent is large and sealed: only its own page reads it."""
        return super().get_queryset(request).defer("payload")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/try-again/",
                view(self.try_again_view),
                name="channels_communicationerror_try_again",
            ),
            path(
                "<int:pk>/dismiss/",
                view(self.dismiss_view),
                name="channels_communicationerror_dismiss",
            ),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CommunicationError], search_term: str
    ) -> tuple[QuerySet[CommunicationError], bool]:
        """Whole numbers, as many as pasted."""
        terms = search_term.replace(",", " ").split()[:MAX_SEARCH_TERMS]
        if not terms:
            return queryset, False
        wanted = Q(amazon_order_id__in=terms) | Q(request_id__in=terms)
        return queryset.filter(wanted), False

    # Columns

    @admin.display(description=_("Store"))
    def store_column(self, error: CommunicationError) -> str:
        return str(error.store or error.account)

    @admin.display(description=_("Message"))
    def message_column(self, error: CommunicationError) -> str | SafeString:
        return answered(error.message)

    @admin.display(description=_("Operation"))
    def operation_column(self, error: CommunicationError) -> object:
        return operation_label(error.operation)

    @admin.display(description=_("Order"))
    def order_column(self, error: CommunicationError) -> str | SafeString:
        number = error.amazon_order_id
        if number.startswith(NO_NUMBER):
            return str(_("not readable"))
        if (pk := error.order_pk) is None:  # type: ignore[attr-defined]  # set by ErrorList
            return number
        url = reverse("admin:channels_channelorder_change", args=[pk])
        return format_html('<a href="{}">{}</a>', url, number)

    @admin.display(description=_("State"))
    def state_column(self, error: CommunicationError) -> SafeString:
        return state_badge(error)

    # Actions

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels.change_communicationerror")

    @admin.action(description=_("Dismiss"), permissions=["settle"])
    def dismiss_errors(self, request: HttpRequest, queryset: QuerySet[CommunicationError]) -> None:
        dismissed, refusals = 0, []
        for pk in queryset.filter(resolved_at=None).values_list("pk", flat=True)[:AT_ONCE]:
            try:
                dismissed += _dismiss(request, pk)
            except CannotDismiss as exc:
                refusals.append(str(exc))
        text = ngettext("%(count)d error dismissed.", "%(count)d errors dismissed.", dismissed)
        level = messages.WARNING if refusals or not dismissed else messages.SUCCESS
        self.message_user(request, " ".join([text % {"count": dismissed}, *refusals[:1]]), level)

    # Pages

    def reveals(self, request: HttpRequest, row: CommunicationError) -> bool:
        """``?raw=1``: what Amazon sent."""
        reveal = "raw" in request.GET and row.payload is not None
        if reveal and not super().reveals(request, row):
            raise PermissionDenied
        return reveal

    def page(self, request: HttpRequest, row: CommunicationError, *, clear: bool) -> dict[str, Any]:
        """What happened, and what to do."""
        return {
            **error_context(request, row, reveal=clear),
            "title": operation_label(row.operation),
            "state": state_badge(row),
            "may_settle": self.has_settle_permission(request),
        }

    @method_decorator(require_POST)
    def try_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Fetch an order that was set aside, now."""
        self._check(request, pk)
        try:
            is_in = try_again(pk)
        except (CannotTryAgain, SpApiError, NoQuota) as exc:
            self.message_user(request, words(exc), messages.ERROR)
        else:
            if is_in:
                self.message_user(request, _("The order could be read."), messages.SUCCESS)
            else:
                text = _("It went wrong again: the message says how.")
                self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(_page(pk))

    @method_decorator(require_POST)
    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person has seen to it, or gives up."""
        self._check(request, pk)
        try:
            if _dismiss(request, pk):
                self.message_user(request, _("The error is dismissed."), messages.SUCCESS)
            else:
                self.message_user(request, _("It is settled already."), messages.WARNING)
        except CannotDismiss as exc:
            self.message_user(request, str(exc), messages.ERROR)
        return HttpResponseRedirect(_page(pk))

    def _check(self, request: HttpRequest, pk: int) -> None:
        if not (self.has_view_permission(request) and self.has_settle_permission(request)):
            raise PermissionDenied
        if not CommunicationError.objects.filter(pk=pk).exists():
            raise Http404


def _dismiss(request: HttpRequest, pk: int) -> bool:
    return dismiss(pk, user=request.user.get_username(), now=timezone.now())


def _page(pk: int) -> str:
    return reverse("admin:channels_communicationerror_change", args=[pk])


def state_badge(error: CommunicationError) -> SafeString:
    """Open, resolved by itself, or dismissed by a person."""
    if error.resolved_at is None:
        return badge("error", _("Open"))
    if error.resolved_by:
        return badge("ignored", _("Dismissed"))
    return badge("done", _("Resolved"))


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin[SyncRun]):
    list_display = [
        "started_at", "account", "outcome", "pages", "seen", "created", "changed", "placed",
        "set_aside", "detail",
    ]  # fmt: skip
    list_filter = ["outcome"]
    list_select_related = ["account"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("-id")
