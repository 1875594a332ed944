"""Products and the reservation ledger."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin import ReadOnlyAdmin
from orders.models import Product, Reservation
from orders.services.inventory import with_salable


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin[Product]):
    list_display = ["sku", "name", "enabled", "manage_stock", "quantity", "salable"]
    list_filter = ["enabled", "manage_stock"]
    search_fields = ["=sku", "name"]
    search_help_text = _("SKU or name")
    fields = ["sku", "name", "enabled", "manage_stock", "quantity"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return with_salable(super().get_queryset(request))

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "quantity":
            kwargs["show_hidden_initial"] = True  # changed means: from what the person saw
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Only what was changed: a shipment may have deducted from the quantity meanwhile."""
        obj.save(update_fields=form.changed_data if change else None)

    @admin.display(description=_("Salable"))
    def salable(self, product: Product) -> Any:
        return product.salable if product.manage_stock else "–"  # type: ignore[attr-defined]  # annotated

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin[Reservation]):
    list_display = ["at", "product", "event", "quantity", "object_key"]
    list_filter = ["event"]
    list_select_related = ["product"]
    search_fields = ["=product__sku"]
    search_help_text = _("SKU")
