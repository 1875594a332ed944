"""SKU mappings: which product an Amazon Seller SKU of a store stands for."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from channels.admin.store_links import store_link
from channels.models import SkuMapping
from channels.services.sku_mapping import CannotMap, check_seller_sku, find_product, map_sku, unmap
from customers.admin import FormFilters
from orders.models import Product


class SkuMappingForm(forms.ModelForm[SkuMapping]):
    """The product is named by its SKU: catalogs are long, and a page works without scripts."""

    sku = forms.CharField(label=_("SKU of the product"), max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["sku"] = self.instance.product.sku

    def clean_seller_sku(self) -> str:
        seller_sku: str = self.cleaned_data["seller_sku"]
        try:
            check_seller_sku(seller_sku)
        except CannotMap as exc:
            raise forms.ValidationError(str(exc)) from None
        return seller_sku

    def clean_sku(self) -> Product:
        try:
            return find_product(self.cleaned_data["sku"])
        except CannotMap as exc:
            raise forms.ValidationError(str(exc)) from None


@admin.register(SkuMapping)
class SkuMappingAdmin(FormFilters[SkuMapping]):
    form = SkuMappingForm
    list_display = ["seller_sku", "store_column", "product_column", "created_at"]
    list_filter = ["store"]
    list_select_related = ["store", "product"]
    list_per_page = 100
    search_fields = ["seller_sku", "product__sku"]
    search_help_text = _("Amazon Seller SKU or SKU")
    show_full_result_count = False
    fields = ["store", "seller_sku", "sku"]

    @admin.display(description=_("Amazon store"), ordering="store__name")
    def store_column(self, mapping: SkuMapping) -> SafeString:
        return store_link(mapping.store)

    @admin.display(description=_("product"), ordering="product__sku")
    def product_column(self, mapping: SkuMapping) -> SafeString:
        url = reverse("admin:orders_product_change", args=[mapping.product_id])
        return format_html('<a href="{}">{}</a>', url, mapping.product.sku)

    def get_fields(self, request: HttpRequest, obj: SkuMapping | None = None) -> list[Any]:
        may_edit = self.has_change_permission(request) if obj else True
        return ["store", "seller_sku", "sku" if may_edit else "product"]

    def get_readonly_fields(self, request: HttpRequest, obj: SkuMapping | None = None) -> list[str]:
        return ["store", "seller_sku"] if obj else []

    def save_model(self, request: HttpRequest, obj: SkuMapping, form: Any, change: bool) -> None:
        product = form.cleaned_data["sku"]
        obj.pk = map_sku(store=obj.store, seller_sku=obj.seller_sku, product=product).pk

    def delete_model(self, request: HttpRequest, obj: SkuMapping) -> None:
        unmap(store=obj.store, seller_sku=obj.seller_sku)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SkuMapping]) -> None:
        for mapping in queryset.select_related("store"):
            unmap(store=mapping.store, seller_sku=mapping.seller_sku)
