"""Products, and the two lists that explain their numbers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.admin import ReadableKeys, ReadOnlyAdmin, yes_or_no
from orders.admin import catalog_csv
from orders.admin.filters import BarChangeList, BarFilter
from orders.admin.product_page import explanation
from orders.models import Product, Reservation, StockMovement
from orders.services.catalog import (
    BATCH,
    PARTS,
    ProductChange,
    change_product,
    change_products,
)
from orders.services.inventory import with_salable


class OversoldFilter(BarFilter):
    title = _("oversold")
    parameter_name = "oversold"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Product], value: str
    ) -> QuerySet[Product]:
        return rows.filter(manage_stock=True, salable__lt=0)  # type: ignore[misc]  # annotated


class ProductForm(forms.ModelForm[Product]):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            problems = self.change().problems(is_new=self.instance.pk is None)
            for problem in problems:
                self.add_error(None, problem)
        return data

    def change(self) -> ProductChange:
        """What the person changed: a shipment may have deducted from the quantity meanwhile."""
        sku = self.instance.sku if self.instance.pk else self.cleaned_data["sku"]
        changed = {part: self.cleaned_data[part] for part in PARTS if part in self.changed_data}
        return ProductChange(sku=sku, **changed)


@admin.register(Product)
class ProductAdmin(ReadableKeys[Product]):
    form = ProductForm
    list_display = [
        "sku", "name", yes_or_no("enabled", _("enabled")),
        yes_or_no("manage_stock", _("manage stock")), "quantity", "reserved", "salable",
    ]  # fmt: skip
    list_filter = ["enabled", "manage_stock", OversoldFilter]
    search_fields = ["sku", "name"]
    search_help_text = _("SKU or name")
    show_full_result_count = False
    actions = ["enable", "disable"]
    change_list_template = "admin/orders/product/change_list.html"
    change_form_template = "admin/orders/product/change_form.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BarChangeList]:
        return BarChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return with_salable(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        return [*catalog_csv.urls(self), *super().get_urls()]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Importing adds and changes."""
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_import = self.has_import_permission(request)
        return super().changelist_view(request, {"may_import": may_import})

    # Columns

    @admin.display(description=_("Reserved"))
    def reserved(self, product: Product) -> Any:
        salable: int = product.salable  # type: ignore[attr-defined]  # annotated
        return product.quantity - salable

    @admin.display(description=_("Salable"), ordering="salable")
    def salable(self, product: Product) -> Any:
        """Units; a dash where stock is not managed: always salable."""
        salable: int = product.salable  # type: ignore[attr-defined]  # annotated
        if not product.manage_stock:
            return "–"
        return oversold_badge(-salable) if salable < 0 else salable

    # Actions

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Product], *, enabled: bool) -> None:
        other = queryset.exclude(enabled=enabled).order_by("pk").values_list("sku", flat=True)
        changes = [ProductChange(sku=sku, enabled=enabled) for sku in other]
        for start in range(0, len(changes), BATCH):
            change_products(changes[start : start + BATCH], user=request.user.get_username())
        text = (
            ngettext("%(count)d product enabled.", "%(count)d products enabled.", len(changes))
            if enabled
            else ngettext(
                "%(count)d product disabled.", "%(count)d products disabled.", len(changes)
            )
        )
        level = messages.SUCCESS if changes else messages.WARNING
        self.message_user(request, text % {"count": len(changes)}, level)

    # Page

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> list[Any]:
        return [*PARTS] if obj else ["sku", *PARTS]

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name in PARTS:
            kwargs["show_hidden_initial"] = True  # changed means: from what the person saw
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        saved = change_product(form.change(), user=request.user.get_username())
        obj.pk = saved.pk

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Product | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= explanation(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def oversold_badge(units: int) -> SafeString:
    """How many units open orders need that are not there."""
    text = _("Oversold by %(count)d") % {"count": units}
    return format_html('<span class="badge bad">{}</span>', text)


class OfProduct(admin.SimpleListFilter):
    """One product, by its key; shown only while it is applied."""

    title = _("product")
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        pk = self.used_parameters.get("product", "")
        chosen = Product.objects.filter(pk=int(pk)) if pk.isdecimal() and len(pk) < 19 else []
        return [(str(product.pk), product.sku) for product in chosen]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(product=int(self.value() or 0))


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin[Reservation]):
    list_display = ["at", "product", "event", "quantity", "object_key"]
    list_filter = [OfProduct, "event"]
    list_select_related = ["product"]
    search_fields = ["=product__sku"]
    search_help_text = _("SKU")


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin[StockMovement]):
    list_display = ["at", "product", "kind", "change", "user_name", "object_key"]
    list_filter = [OfProduct, "kind"]
    list_select_related = ["product"]
    search_fields = ["=product__sku"]
    search_help_text = _("SKU")
