"""Reports asked of Amazon: how far each is, and what it brought."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from channels.models import Report
from customers.admin import ReadOnlyAdmin


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin[Report]):
    list_display = [
        "created_at", "account", "report_type", "state", "since", "until", "checks", "due_at",
        "rows", "applied", "detail",
    ]  # fmt: skip
    list_filter = ["state", "report_type", "account"]
    list_select_related = ["account"]
    search_fields = ["=report_id"]
    search_help_text = _("Report id")
    fields = [
        "account", "report_type", "state", "since", "until", "report_id", "created_at", "checks",
        "due_at", "finished_at", "rows", "applied", "detail",
    ]  # fmt: skip
