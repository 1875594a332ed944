"""Carrier mappings: which of Amazon's carrier codes a name of the merchant's stands for."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from channels.amazon.carriers import carriers_for, folded
from channels.models import CarrierMapping
from channels.services.carriers import CannotMapCarrier, check_mapping, map_carrier


class CarrierMappingForm(forms.ModelForm[CarrierMapping]):
    """The code is chosen from Amazon's list: one letter wrong, and Amazon refuses the package."""

    carrier_code = forms.ChoiceField(label=_("Amazon's carrier code"))

    class Meta:
        model = CarrierMapping
        fields = ["name", "carrier_code", "carrier_name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "carrier_code" in self.fields:  # not where it is only shown
            choices = [("", _("Choose…")), *((code, code) for code in carriers_for(""))]
            self.fields["carrier_code"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        name = data.get("name") or self.instance.name
        if self.errors:
            return data
        others = CarrierMapping.objects.exclude(pk=self.instance.pk)
        if others.filter(name_key=folded(name)).exists():
            raise forms.ValidationError(_("This name is mapped already."))
        try:
            check_mapping(name, data["carrier_code"], data["carrier_name"])
        except CannotMapCarrier as exc:
            raise forms.ValidationError(str(exc)) from None
        return data


@admin.register(CarrierMapping)
class CarrierMappingAdmin(admin.ModelAdmin[CarrierMapping]):
    form = CarrierMappingForm
    list_display = ["name", "carrier_code", "carrier_name", "created_at"]
    list_per_page = 100
    search_fields = ["name", "carrier_code", "carrier_name"]
    search_help_text = _("Carrier")
    show_full_result_count = False
    fields = ["name", "carrier_code", "carrier_name"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: CarrierMapping | None = None
    ) -> list[str]:
        return ["name"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: CarrierMapping, form: Any, change: bool
    ) -> None:
        mapping = map_carrier(name=obj.name, code=obj.carrier_code, carrier_name=obj.carrier_name)
        obj.pk = mapping.pk
