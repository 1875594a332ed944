"""The Ship form: packages, each with items x quantity, carrier, tracking number, ship date."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders import sales_channel, tracking_numbers
from orders.models import CommerceOrder, CommerceOrderLine, Package
from orders.sales_channel import Carrier, Demands
from orders.services.correcting import as_seen
from orders.services.packages import OTHER, PackageDraft

MAX_PACKAGES = 50  # on one page
SHIP_DATE = "%Y-%m-%dT%H:%M"


def on_the_clock(more: object) -> Any:
    """The help of a date that is typed: which clock it is of. Lazy."""
    return format_lazy("{}. {}", settings.TIME_ZONE, more)


class CarrierForm(forms.Form):
    """Carrier, number and date of one package."""

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
        input_formats=[SHIP_DATE],  # and ISO 8601: no language's own order of day and month
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=SHIP_DATE),
        help_text=on_the_clock(_("Empty: now.")),
    )

    def offer(self, carriers: Sequence[Carrier]) -> None:
        choices = [("", _("Choose…")), *((c.code, c.label) for c in carriers)]
        self.fields["carrier_code"].choices = choices  # type: ignore[attr-defined]
        self.fields["tracking_number"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("carrier_code") == OTHER and not data.get("carrier_name"):
            self.add_error("carrier_name", _("Carrier Other needs the carrier's name."))
        return data

    def carrier_name_sent(self) -> str:
        """The name, where it is asked for: it goes with code Other only."""
        data = self.cleaned_data
        return data["carrier_name"] if data["carrier_code"] == OTHER else ""


class PackageForm(CarrierForm):
    """One package. Every line that has units left is a field named ``line-<pk>``."""

    cod_collection_method = forms.ChoiceField(label=_("Cash on delivery"), required=False)

    def __init__(
        self, *args: Any, lines: Sequence[CommerceOrderLine], demands: Demands, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        self.coded = [line for line in lines if line.channel_item_id in demands.coded_items]
        for line in lines:
            self.fields[_name(line)] = forms.IntegerField(
                label=line.sku or line.name,
                min_value=0,
                max_value=line.quantity_left,
                initial=line.quantity_left,
            )
        for line in self.coded:
            self.fields[_codes(line)] = forms.CharField(
                label=_("Codes of %(sku)s") % {"sku": line.sku or line.name},
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("One per unit, each on a line of its own."),
            )
        methods = [(method, _("Paid by the buyer directly")) for method in demands.cod_methods]
        if methods:
            choices = [("", _("No cash on delivery")), *methods]
            self.fields["cod_collection_method"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["cod_collection_method"]

    def rows(self) -> list[tuple[CommerceOrderLine, forms.BoundField]]:
        """The lines with their fields, for the template."""
        return [(line, self[_name(line)]) for line in self.lines]

    def other_fields(self) -> list[forms.BoundField]:
        """The fields that are not in the table of lines."""
        names = {self[_name(line)].name for line in self.lines}
        return [field for field in self.visible_fields() if field.name not in names]

    def is_wanted(self) -> bool:
        """Whether something of it is to be shipped: it has units or a number."""
        typed = (self[_name(line)].data for line in self.lines)
        return bool(self["tracking_number"].data) or any(map(_whole, typed))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not any(data[_name(line)] for line in self.lines):
            self.add_error(None, _("Choose at least one unit to ship."))
        return data

    def draft(self) -> PackageDraft:
        data = self.cleaned_data
        return PackageDraft(
            carrier_code=data["carrier_code"],
            carrier_name=self.carrier_name_sent(),
            tracking_number=data["tracking_number"],
            shipped_at=data["shipped_at"],
            quantities={line.pk: data[_name(line)] for line in self.lines},
            unit_codes={line.pk: data[_codes(line)].split() for line in self.coded},
            cod_collection_method=data.get("cod_collection_method", ""),
        )


class ShipForm(forms.Form):
    """What is shipped at once: `blocks`, one per package, and the decisions about all of them.

    The first block's names have no prefix, those of block n ``package-n-``. A later block without
    units and number is no package. `one_more`: what was typed stays, nothing is checked, and a
    block follows that offers what the others leave, with the carrier of the one before.
    """

    packages_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    packages = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=MAX_PACKAGES
    )
    despite_cancel_request = forms.BooleanField(
        label=_("Ship although the buyer asked to cancel"), required=False
    )

    def __init__(self, data: Any = None, *, order: CommerceOrder, one_more: bool = False) -> None:
        posted = _count(data) if data is not None else 1
        count = min(posted + one_more, MAX_PACKAGES)
        initial = {"packages_seen": order.packages.count(), "packages": count}
        if one_more:
            initial["packages_seen"] = data.get("packages_seen")
        super().__init__(None if one_more else data, initial=initial)
        self.order = order
        channel = sales_channel.of(order)
        self.lines = [line for line in order.lines.all() if line.quantity_left]
        demands, carriers = channel.demands(order), channel.carriers(order)
        usual = channel.usual_carrier(order) if data is None else None
        self.blocks = [
            PackageForm(
                None if one_more else data,
                prefix=_prefix(number),
                initial=_typed(data, number) if one_more else _carrier(usual),
                lines=self.lines,
                demands=demands,
            )
            for number in range(1, count + 1)
        ]
        if one_more:
            self._offer_the_rest()
        for block in self.blocks:
            block.offer(carriers)
        unnumbered = (block for block in self.blocks if not block["tracking_number"].value())
        self._focus(next(unnumbered, self.blocks[-1]), "tracking_number")

    def _focus(self, block: PackageForm, name: str) -> None:
        """Where whoever types goes on."""
        for field in (field for other in self.blocks for field in other.fields.values()):
            field.widget.attrs.pop("autofocus", None)
        block.fields[name].widget.attrs["autofocus"] = True

    def _offer_the_rest(self) -> None:
        *before, last = self.blocks
        for name in ("carrier_code", "carrier_name"):
            last.initial[name] = before[-1].initial.get(name)
        for line in self.lines:
            taken = sum(_whole(block.initial.get(_name(line))) for block in before)
            last.initial[_name(line)] = max(line.quantity_left - taken, 0)

    def used(self) -> list[PackageForm]:
        """The blocks that are packages."""
        first, *others = self.blocks
        return [first, *(block for block in others if block.is_wanted())]

    def is_valid(self) -> bool:
        wrong = [(block, name) for block in self.used() for name in block.errors]
        fields = ((block, name) for block, name in wrong if name in block.fields)
        if first := next(fields, None):
            self._focus(*first)
        return super().is_valid() and not wrong

    def drafts(self) -> list[PackageDraft]:
        return [block.draft() for block in self.used()]

    @property
    def doubt(self) -> str:
        """What *Ship anyway* overrules, of a valid form."""
        return _doubt(self.order, self.used())


class CorrectForm(CarrierForm):
    """Another carrier, number or date for a package that is known."""

    shipping_method = forms.CharField(label=_("Shipping method"), required=False, max_length=64)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, package: Package) -> None:
        initial = {name: getattr(package, name) for name in self.base_fields if name != "seen"}
        super().__init__(data, initial={**initial, "seen": as_seen(package)})
        self.fields["shipped_at"].help_text = on_the_clock(_("Empty: as it was."))
        carriers = sales_channel.of(package.order).carriers(package.order)
        self.fields["tracking_number"].widget.attrs["autofocus"] = True
        if package.carrier_code not in {carrier.code for carrier in carriers}:
            carriers = [Carrier(code=package.carrier_code, label=package.carrier_code), *carriers]
        self.offer(carriers)
        self.package = package

    def clean_shipped_at(self) -> datetime | None:
        """None where it was left as shown: the field holds minutes, the date more than that."""
        typed: datetime | None = self.cleaned_data["shipped_at"]
        before = self.package.shipped_at
        if typed and before and _minute(typed) == _minute(before):
            return None
        return typed

    @property
    def doubt(self) -> str:
        """What *Correct anyway* overrules, of a valid form."""
        return _doubt(self.package.order, [self])


def _doubt(order: CommerceOrder, packages: Iterable[CarrierForm]) -> str:
    entered = (form.cleaned_data for form in packages)
    return tracking_numbers.doubt(
        order.pk, ((data["carrier_code"], data["tracking_number"]) for data in entered)
    )


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _carrier(usual: Carrier | None) -> dict[str, Any]:
    return {"carrier_code": usual.code, "carrier_name": usual.name} if usual else {}


def _prefix(number: int) -> str | None:
    return f"package-{number}" if number > 1 else None


def _count(data: Any) -> int:
    return min(max(_whole(data.get("packages")), 1), MAX_PACKAGES)


def _whole(text: Any) -> int:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _typed(data: Any, number: int) -> dict[str, Any]:
    """What was typed into a block, by the names without its prefix."""
    prefix = _prefix(number)
    start = f"{prefix}-" if prefix else ""
    return {name.removeprefix(start): data[name] for name in data if name.startswith(start)}


def _name(line: CommerceOrderLine) -> str:
    return f"line-{line.pk}"


def _codes(line: CommerceOrderLine) -> str:
    return f"codes-{line.pk}"
