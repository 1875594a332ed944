"""What all our admin pages build on."""

import logging
from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest
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


class RevealingChangeList(ChangeList):
    """A list with names in it: who sees them in clear is logged."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if may_see_personal_data(request):
            log_reveal(request, list(self.result_list))


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Rows that machines write: people look, and act through actions and small forms."""

    show_full_result_count = False
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
