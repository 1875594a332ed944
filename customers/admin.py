"""Customers in the admin, and what all our admin pages build on."""

import logging
from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.models import CommerceStore, Customer
from customers.services.masking import mask_address, mask_email, mask_name
from customers.services.stores import start_numbers

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


@admin.register(CommerceStore)
class CommerceStoreAdmin(admin.ModelAdmin[CommerceStore]):
    list_display = ["name", "code", "next_order_number"]
    fields = ["name", "code", "next_order_number"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["next_order_number", *(["code"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: CommerceStore, form: Any, change: bool) -> None:
        if change:  # only what was changed: an import may have raised the number meanwhile
            obj.save(update_fields=form.changed_data)
            return
        obj.save()
        start_numbers(obj)


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin[Customer]):
    list_display = ["__str__", "store", "source", "created_at"]
    list_filter = ["store"]
    list_select_related = ["store"]
    ordering = ["-id"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RevealingChangeList

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        if customer and self.has_view_permission(request) and may_see_personal_data(request):
            log_reveal(request, [customer])
        return super().change_view(request, object_id, form_url, extra_context)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name in clear or masked: a column made for this request, not kept on the admin."""
        clear = may_see_personal_data(request)

        @admin.display(description=_("name"))
        def name(customer: Customer) -> str:
            value = customer.profile.get("name")
            return (value if clear else mask_name(value)) or "–"

        return ["__str__", name, "store", "source", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Customer | None = None) -> list[Any]:
        clear = may_see_personal_data(request)

        @admin.display(description=_("profile"))
        def profile(customer: Customer) -> SafeString:
            values = customer.profile
            if not clear:
                values = {**values, "name": mask_name(values.get("name")),
                          "email": mask_email(values.get("email"))}  # fmt: skip
            return _definition(values)

        @admin.display(description=_("addresses"))
        def addresses(customer: Customer) -> SafeString:
            known = {_place(a.address): a.address for a in customer.addresses.order_by("-id")[:20]}
            return format_html_join(
                "", "<p>{}</p>",
                ((_definition(a if clear else mask_address(a)),) for a in known.values()),
            )  # fmt: skip

        return ["store", profile, addresses, "source", "created_at"]


def _definition(values: dict[str, Any]) -> SafeString:
    return format_html_join(", ", "{}", ((value,) for value in values.values() if value))


def _place(address: dict[str, Any]) -> str:
    return "|".join(str(value) for value in address.values())
