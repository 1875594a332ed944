"""The Ship form: items x quantity, carrier, tracking number, ship date."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders import sales_channel
from orders.models import CommerceOrder, CommerceOrderLine
from orders.services.shipments import PackageDraft

OTHER = "Other"


class ShipForm(forms.Form):
    """One package. Every line that has units left is a field named ``line-<pk>``."""

    carrier_code = forms.ChoiceField(label=_("Carrier"))
    carrier_name = forms.CharField(
        label=_("Carrier name"),
        required=False,
        max_length=64,
        help_text=_("Only for carrier Other."),
    )
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=64)
    shipped_at = forms.DateTimeField(
        label=_("Ship date"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("UTC. Empty: now."),
    )

    packages_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, order: CommerceOrder) -> None:
        super().__init__(data, initial={"packages_seen": order.packages.count()})
        carriers = sales_channel.of(order).carriers(order)
        choices = [("", _("Choose…")), *((c.code, c.label) for c in carriers)]
        self.fields["carrier_code"].choices = choices  # type: ignore[attr-defined]
        self.fields["tracking_number"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}
        self.lines = [line for line in order.lines.all() if line.quantity_left]
        for line in self.lines:
            self.fields[_name(line)] = forms.IntegerField(
                label=line.sku or line.name,
                min_value=0,
                max_value=line.quantity_left,
                initial=line.quantity_left,
            )

    def rows(self) -> list[tuple[CommerceOrderLine, forms.BoundField]]:
        """The lines with their fields, for the template."""
        return [(line, self[_name(line)]) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("carrier_code") == OTHER and not data.get("carrier_name"):
            self.add_error("carrier_name", _("Carrier Other needs the carrier's name."))
        if not self.errors and not any(data[_name(line)] for line in self.lines):
            self.add_error(None, _("Choose at least one unit to ship."))
        return data

    def draft(self) -> PackageDraft:
        data = self.cleaned_data
        return PackageDraft(
            carrier_code=data["carrier_code"],
            carrier_name=data["carrier_name"] if data["carrier_code"] == OTHER else "",
            tracking_number=data["tracking_number"],
            shipped_at=data["shipped_at"] or timezone.now(),
            quantities={line.pk: data[_name(line)] for line in self.lines},
        )


def _name(line: CommerceOrderLine) -> str:
    return f"line-{line.pk}"
