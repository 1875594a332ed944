"""Products and the reservation ledger."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
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
