"""What all our admin pages build on."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

audit = logging.getLogger("sync_portal.audit")
M = TypeVar("M", bound=Model)

admin.site.site_header = "Sync Portal"
admin.site.site_title = "Sync Portal"
admin.site.index_title = _("All records")
admin.site.enable_nav_sidebar = False
admin.site.empty_value_display = "–"

VIEW_PERSONAL_DATA = "orders.view_personal_data"


def may_see_personal_data(request: HttpRequest) -> bool:
    """Whether names and addresses are shown in clear to this user."""
    return request.user.has_perm(VIEW_PERSONAL_DATA)


def log_reveal(request: HttpRequest, rows: Sequence[Model]) -> None:
    """Seeing personal data is logged: who, what rows, never the data."""
    if rows:
        ids = " ".join(str(row.pk) for row in rows)
        label = rows[0]._meta.label_lower
        audit.info("Personal data of %s %s shown to user %s", label, ids, request.user.pk)


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page a posted form names in ``next``, if it is one of ours."""
    address = request.POST.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else otherwise


def yes_or_no(name: str, label: Any) -> Callable[[Model], SafeString]:
    """A column of Yes and No, drawn as Django draws it; Django's own says True and False."""

    @admin.display(description=label, ordering=name)
    def column(row: Model) -> SafeString:
        icon, text = ("yes", _("Yes")) if getattr(row, name) else ("no", _("No"))
        return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{icon}.svg"), text)

    column.__name__ = name
    return column


class FormChangeList(ChangeList):
    """A list whose filters are one form: what is left empty there is no filter."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        filters = super().get_filters_params(params)
        return {name: values for name, values in filters.items() if any(values)}


class ReadableKeys(admin.ModelAdmin[M]):
    """Admins with actions."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was ticked and can be no key of a row is nothing: Django would look for it."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        keys = [text for text in chosen if self._is_key(text)]
        if keys != chosen:
            post = request.POST.copy()
            post.setlist(ACTION_CHECKBOX_NAME, keys)
            request.POST = post  # type: ignore[assignment]  # immutable to others, not to Django
        return super().changelist_view(request, extra_context)

    def _is_key(self, text: str) -> bool:
        try:
            self.opts.pk.clean(text, None)
        except ValidationError:
            return False
        return True


class FormFilters(ReadableKeys[M]):
    """Admins with a list whose filters are one form."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FormChangeList


class RevealingChangeList(FormChangeList):
    """A list with names in it: who sees them in clear is logged."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if may_see_personal_data(request):
            log_reveal(request, list(self.result_list))


class ReadOnlyAdmin(FormFilters[M]):
    """Rows that machines write: people look, and act through actions and small forms."""

    show_full_result_count = False
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def visible(self, request: HttpRequest, object_id: str) -> M:
        """The row, for somebody who may see it; 404 where there is none."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        return row


class PageAdmin(ReadOnlyAdmin[M]):
    """Rows with a page of ours in the place of Django's form."""

    page_template = ""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.visible(request, object_id)
        if request.method == "POST":
            raise PermissionDenied  # nobody changes it by hand
        clear = self.reveals(request, row)
        if clear:
            log_reveal(request, [row])
        context = {**self.page_context(request, row), **self.page(request, row, clear=clear)}
        return TemplateResponse(request, self.page_template, context)

    def reveals(self, request: HttpRequest, row: M) -> bool:
        """Whether this page shows personal data in clear; that is logged."""
        return may_see_personal_data(request)

    def page_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What every page about a row shows."""
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": str(row)}

    def page(self, request: HttpRequest, row: M, *, clear: bool) -> dict[str, Any]:
        """What the page of this row shows; personal data masked unless `clear`."""
        raise NotImplementedError  # pragma: no cover
