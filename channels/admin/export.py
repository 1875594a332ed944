"""Export of the Orders tab: what the list shows with its filters, or a selection, as a file."""

import logging
from copy import copy
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin.orders_tab import OrdersTab
from channels.admin.views import shown_columns
from channels.models import ChannelOrder
from channels.services.export_columns import COLUMNS
from channels.services.exporting import CONTENT_TYPES, CSV, XLSX, export, is_personal
from customers.admin import ReadOnlyAdmin, log_reveal, may_see_personal_data

EXPORT = "channels.export_channelorder"
LIST = "admin:channels_channelorder_changelist"
OURS = ("format", "column")  # in the address of a file; the rest are the list's filters
# Columns of the Orders tab that are others in a file
AS_SHOWN = {"total": ["total", "currency"], "ship_to": ["city", "country"]}

audit = logging.getLogger("sync_portal.audit")


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[(XLSX, "Excel (XLSX)"), (CSV, "CSV (UTF-8)")],
        initial=XLSX,
    )
    column = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one column.")},
    )

    def __init__(self, data: Any = None, *, keys: list[str], shown: list[str]) -> None:
        super().__init__(data, initial={"column": [key for key in shown if key in keys]})
        field = cast(forms.MultipleChoiceField, self.fields["column"])
        field.choices = [(key, COLUMNS[key].label) for key in keys]

    def keys(self) -> list[str]:
        """The chosen columns, as they stand in COLUMNS."""
        chosen = set(self.cleaned_data["column"])
        return [key for key in COLUMNS if key in chosen]


class ExportActions(ReadOnlyAdmin[ChannelOrder]):
    """The export of the list, and of a selection."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="channels_channelorder_export"), *super().get_urls()]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(EXPORT)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Without a format the form; with it the file of the list at the same filters and sort."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        filters = request.GET.copy()
        for name in OURS:
            filters.pop(name, None)
        form = self._export_form(request, request.GET)
        if not form.is_valid():
            fields = [(name, value) for name, values in filters.lists() for value in values]
            back = f"{reverse(LIST)}?{filters.urlencode()}"
            return self._export_page(request, form, method="get", fields=fields, back=back)
        try:
            orders = as_listed(self, request, filters)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse(LIST))
        return _file(request, orders, form)

    @admin.action(description=gettext_lazy("Export"), permissions=["export"])
    def export_orders(
        self, request: HttpRequest, queryset: QuerySet[ChannelOrder]
    ) -> HttpResponseBase:
        """First the form, which then posts the same action."""
        form = self._export_form(request, request.POST)
        if form.is_valid():
            return _file(request, queryset, form)
        post = request.POST
        fields = [
            ("action", "export_orders"),
            ("select_across", post.get("select_across", "0")),
            *((ACTION_CHECKBOX_NAME, pk) for pk in post.getlist(ACTION_CHECKBOX_NAME)),
        ]
        back = request.get_full_path()
        return self._export_page(request, form, method="post", fields=fields, back=back)

    def _export_form(self, request: HttpRequest, data: QueryDict) -> ExportForm:
        """Bound once a format is chosen. Asking for what one may not see is refused."""
        clear = may_see_personal_data(request)
        known = [key for key in data.getlist("column") if key in COLUMNS]
        if not clear and is_personal(known):
            raise PermissionDenied
        keys = [key for key, column in COLUMNS.items() if clear or not column.is_personal]
        shown = [key for column in shown_columns(request) for key in AS_SHOWN.get(column, [column])]
        return ExportForm(data if "format" in data else None, keys=keys, shown=shown)

    def _export_page(self, request: HttpRequest, form: ExportForm, **more: Any) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Export orders"),
            "form": form,
            **more,
        }
        return TemplateResponse(request, "admin/channels/channelorder/export.html", context)


def as_listed(
    model_admin: ReadOnlyAdmin[ChannelOrder], request: HttpRequest, filters: QueryDict
) -> QuerySet[ChannelOrder]:
    """The orders of the list at these filters, all pages of it, sorted as there.

    Raises IncorrectLookupParameters as the list does, and for a value that a filter cannot read:
    a message tells. No page is read for it.
    """
    asked = copy(request)
    asked.GET = filters  # type: ignore[assignment]  # it is not written to
    asked.resolver_match = resolve(reverse(LIST))
    listing = model_admin.get_changelist(asked)
    unpaged = type("Unpaged", (listing,), {"get_results": lambda *_args: None})
    lister = copy(model_admin)
    lister.get_changelist = lambda *_args, **_kwargs: unpaged  # type: ignore[method-assign]  # a copy
    found = cast(OrdersTab, lister.get_changelist_instance(asked))
    if found.unread():
        raise IncorrectLookupParameters
    orders: QuerySet[ChannelOrder] = found.queryset
    return orders


def _file(
    request: HttpRequest, orders: QuerySet[ChannelOrder], form: ExportForm
) -> StreamingHttpResponse:
    file_format, keys = form.cleaned_data["format"], form.keys()
    audit.info(
        "Orders exported as %s (%s) by user %s", file_format, " ".join(keys), request.user.pk
    )
    name = f"orders-{timezone.localtime():%Y-%m-%d}.{file_format}"
    return StreamingHttpResponse(
        export(orders, keys, file_format=file_format, reveal=partial(log_reveal, request)),
        content_type=CONTENT_TYPES[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
