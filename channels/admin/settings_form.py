"""The form of order settings: Adobe's words, help beside each field, what depends on what."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from channels.models import OrderSettings
from channels.services import order_settings
from customers.models import CommerceStore
from orders.models import OrderStatus
from orders.models.commerce_order import OPEN_STATES

ENABLED = "enabled"
SWITCH = [(ENABLED, _("Enabled")), ("disabled", _("Disabled"))]
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")

# field: (the one it depends on, the value that makes it count); all depend on the import
DEPENDS = {
    "processing_order_status": ("order_status", "custom"),
    "pending_reserve_days": ("pending_orders", "reserve"),
}

HELP = {
    "import_amazon_orders": _(
        "Disabled: orders show on the Orders tab, view only, with a link to Seller Central."
    ),
    "import_since": _(
        "UTC. Orders placed before are never imported. An earlier date imports the history since "
        "then, beside the daily orders."
    ),
    "commerce_store": _("Where Commerce orders and customers are created."),
    "fba_orders": _("Amazon has shipped them. Stock is never touched."),
    "customer_creation": _(
        "New: a customer of that Commerce store with the same e-mail is reused, else created with "
        "the order's name and address. Without an e-mail from Amazon the order is a guest order."
    ),
    "order_number_source": _("Commerce: the next number of the Commerce store, without gaps."),
    "number_prefix": _("Put before either number."),
    "number_prefix_fba": _("Instead of the prefix above, for orders fulfilled by Amazon."),
    "number_prefix_prime": _("Instead of the prefix above, for Prime orders."),
    "number_prefix_business": _("Instead of the prefix above, for Amazon Business orders."),
    "order_status": _("Of new Commerce orders that still have to be shipped."),
    "processing_order_status": _("A status of state Pending or Processing."),
    "pending_orders": _("While Amazon verifies the payment. Released when the order is canceled."),
    "pending_reserve_days": _("If the order is still pending then."),
    "out_of_stock": _(
        "Of orders that you ship. Oversold: the salable quantity becomes negative. Hold: until "
        "stock is added."
    ),
    "unknown_sku": _(
        "Hold: until the SKU is mapped or added. Unmatched: the line is linked when it is."
    ),
    "product_disabled": _("Hold: until the product is enabled."),
    "grace_minutes": _("So long a package can be taken back before Amazon is told."),
}

SECTIONS = (
    (_("Import"), ("import_amazon_orders", "import_since", "commerce_store", "fba_orders")),
    (_("Customer"), ("customer_creation",)),
    (
        _("Order number"),
        (
            "order_number_source", "number_prefix", "number_prefix_fba", "number_prefix_prime",
            "number_prefix_business",
        ),
    ),
    (_("Order status"), ("order_status", "processing_order_status")),
    (_("Stock"), ("pending_orders", "pending_reserve_days", "out_of_stock")),
    (_("Catalog"), ("unknown_sku", "product_disabled")),
    (_("Shipping"), ("grace_minutes",)),
)  # fmt: skip


class OrderSettingsForm(forms.Form):
    """One field per setting, by the names and values of the command line.

    What the person did not change is not sent on: somebody else may have changed it meanwhile.
    """

    def __init__(self, data: Any = None, *, settings: OrderSettings, can_change: bool) -> None:
        initial = order_settings.show(settings) | {"import_since": settings.import_since}
        super().__init__(data, initial=initial)
        for _title, names in SECTIONS:
            for name in names:
                self.fields[name] = _field(name)
        for name, field in self.fields.items():
            field.help_text = HELP[name]
            field.show_hidden_initial = True
            if parent := DEPENDS.get(name):
                field.widget.attrs["data-depends-on"] = "=".join(parent)
            if not can_change or not self._counts(name):
                field.widget.attrs["disabled"] = True

    def _counts(self, name: str) -> bool:
        """Whether the setting has an effect, as the page shows the others."""
        if name == "import_amazon_orders":
            return True
        parent, value = DEPENDS.get(name, ("import_amazon_orders", ENABLED))
        return self._shown(parent) == value and (
            parent == "import_amazon_orders" or self._counts(parent)
        )

    def _shown(self, name: str) -> Any:
        return self.data.get(name, self.initial[name]) if self.is_bound else self.initial[name]

    def sections(self) -> Iterator[tuple[object, list[forms.BoundField]]]:
        """The fields in groups, for the template."""
        for title, names in SECTIONS:
            yield title, [self[name] for name in names]

    def shown(self, name: str, value: Any) -> Any:
        """A value of the history as the page calls it: a choice by its label, a moment as one."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return dict(field.choices).get(value, value)  # type: ignore[arg-type]  # no groups
        if isinstance(field, forms.DateTimeField) and (moment := parse_datetime(value)):
            return localtime(moment)
        return _text(value)

    def values(self) -> dict[str, str]:
        """What the person changed, by name, as the command line would write it."""
        return {
            name: _text(self.cleaned_data[name])
            for name in self.changed_data
            if name in self.data  # a disabled field is not sent: it keeps its value
        }


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def _field(name: str) -> forms.Field:
    column = OrderSettings._meta.get_field(name)
    label = str(column.verbose_name)  # type: ignore[union-attr]  # no relation but the two below
    if name == "import_amazon_orders":
        return forms.ChoiceField(label=label, choices=SWITCH)
    if name == "commerce_store":
        stores = [(s.code, s.name) for s in CommerceStore.objects.all()]
        return forms.ChoiceField(label=label, choices=stores, required=False)
    if name == "processing_order_status":
        statuses = OrderStatus.objects.filter(state__in=OPEN_STATES)
        choices = [("", _("Choose…")), *((s.code, _(s.label)) for s in statuses)]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if name == "import_since":
        return forms.DateTimeField(label=label, widget=MOMENT, required=False)
    if options := getattr(column, "choices", None):
        return forms.ChoiceField(label=label, choices=options, required=False)
    if name in ("pending_reserve_days", "grace_minutes"):
        return forms.IntegerField(label=label, required=False, min_value=0)
    return forms.CharField(label=label, required=False, max_length=16, strip=False)
