"""What the page for shipping many orders holds: one carrier for all, and a line per order."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import ChannelOrder
from channels.services import carriers
from channels.services.addresses import shipping_address
from channels.services.pasting import Pasted
from channels.services.ship_facts import ShipFacts
from channels.services.ship_judging import plain
from channels.services.ship_plan import ShipPlan
from channels.services.shipments_csv import ShipRow, is_mangled
from customers.countries import country_name
from customers.services.masking import mask_address
from orders import tracking_numbers
from orders.admin.ship_form import SHIP_DATE, on_the_clock
from orders.plain_text import visible
from orders.services.packages import OTHER

MAX_ORDERS = 200  # on one page


class ManyForm(forms.Form):
    """What is true of all orders on the page."""

    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"), required=False)
    carrier_name = forms.CharField(
        label=gettext_lazy("Carrier name"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("Only for carrier Other."),
    )
    shipped_at = forms.DateTimeField(
        label=gettext_lazy("Ship date"),
        required=False,
        input_formats=[SHIP_DATE],  # and ISO 8601: no language's own order of day and month
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=SHIP_DATE),
        help_text=on_the_clock(gettext_lazy("Empty: now.")),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Order number and tracking number, one per line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("Two columns of a spreadsheet, or tracking numbers only."),
    )

    def __init__(
        self, data: QueryDict | None, *, marketplace_id: str, initial: Mapping[str, Any]
    ) -> None:
        super().__init__(data, initial={**initial})
        self.carriers = carriers.choices(marketplace_id)
        chosen = [("", _("Choose…")), *((c.code, c.label) for c in self.carriers)]
        self.fields["carrier"].choices = chosen  # type: ignore[attr-defined]

    def check_carrier(self, lines: Sequence["ShipLine"]) -> None:
        """What is missing for all lines without a carrier of their own is said once."""
        data = self.cleaned_data
        if all(line.carrier for line in lines):
            return
        if not data["carrier"]:
            self.add_error("carrier", _("Choose the carrier, or enter one in each line."))
        elif data["carrier"] == OTHER and not data["carrier_name"]:
            self.add_error("carrier_name", _("Carrier Other needs the carrier's name."))

    def token_for(self, page: UUID, lines: Sequence["ShipLine"]) -> UUID:
        """Of a page and what is asked for: other numbers on the same page are another job."""
        asked = [[line.order.pk, line.tracking, line.carrier] for line in lines]
        return uuid5(page, json.dumps([asked, self.cleaned_data], default=str))


@dataclass(slots=True, kw_only=True)
class ShipLine:
    """One order on the page, and what was typed for it."""

    order: ChannelOrder
    refusal: str  # why it cannot be shipped from here; "" when it can
    packages: int  # it has now
    seen: int  # it had when the person saw it
    tracking: str = ""
    carrier: str = ""  # another one than that of all
    doubt: str = ""  # what there is to overrule, once it was looked at
    overruled: Collection[str] = ()  # doubts that were shown, and ticked
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def anyway(self) -> bool:
        """Whether it is to be shipped although its number, as it is now, was doubted."""
        return self.doubt in self.overruled

    @property
    def contents(self) -> list[tuple[int, str]]:
        """Units and SKU of what is left."""
        linked = self.order.commerce_order
        lines = linked.lines.all() if linked else ()
        return [
            (line.quantity_left, line.sku or line.channel_item_id)
            for line in lines
            if line.quantity_left
        ]

    @property
    def place(self) -> str:
        """Town and country: enough to tell parcels apart, and open to everybody."""
        address = mask_address(shipping_address(self.order))
        country = country_name(address.get("country_code") or "")
        return ", ".join(filter(None, (address.get("city"), country)))

    @property
    def numbers(self) -> str:
        """Both numbers, for the script that matches what is pasted."""
        linked = self.order.commerce_order
        return f"{self.order.amazon_order_id} {linked.number if linked else ''}".strip()


def chosen(data: QueryDict) -> dict[int, int]:
    """The orders of a posted page, and how many packages the person saw of each."""
    found = {}
    for text in data.getlist("order")[:MAX_ORDERS]:
        pk, _colon, seen = text.partition(":")
        if is_key(pk) and is_key(seen):
            found[int(pk)] = int(seen)
    return found


def is_key(text: str) -> bool:
    """Whether this can be the primary key of a row."""
    return text.isascii() and text.isdigit() and len(text) < 19


def lines_of(
    facts: ShipFacts, pks: Iterable[int], data: Mapping[str, str], seen: Mapping[int, int]
) -> list[ShipLine]:
    """The lines of a page, in the order of `pks`, with what was typed into them.

    ``anyway`` overrules all doubts that were shown, ``anyway-<pk>`` that of one line.
    """
    lines = []
    all_shown = data.get("anyway", "").split(".")
    for pk in pks:
        if (order := facts.orders.get(pk)) is None:
            continue
        packages = len(facts.packages.get(order.commerce_order_id or 0, ()))
        lines.append(
            ShipLine(
                order=order,
                refusal=facts.refusal_of_all(order),
                packages=packages,
                seen=seen.get(pk, packages),
                tracking=" ".join(visible(data.get(f"tracking-{pk}", "")).split()),
                carrier=" ".join(data.get(f"carrier-{pk}", "").split()),
                overruled={*all_shown, data.get(f"anyway-{pk}", "")} - {""},
            )
        )
    return lines


@dataclass(slots=True, kw_only=True)
class Filled:
    """What became of a pasted list: lines filled in, and what was left over, as it was pasted."""

    count: int = 0
    lineless: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)  # orders that had their number already


def fill(lines: Sequence[ShipLine], pasted: Iterable[Pasted], facts: ShipFacts) -> Filled:
    """Put pasted numbers on their lines; those without an order go to the free lines, in turn.

    A line takes one number of a list: a second parcel's would overwrite it unseen.
    """
    by_order = {line.order.pk: line for line in lines}
    # As far as it is asked: a line may get its own number meanwhile
    free = (line for line in lines if not line.refusal and not line.tracking)
    given: dict[int, str] = {}
    filled = Filled()
    for entry in pasted:
        found = facts.find(entry.order) if entry.order else ()
        line = next(free, None) if not entry.order else None
        if len(found) == 1:
            line = by_order.get(found[0].pk)
        number = plain(entry.tracking)
        if line is None or line.refusal:
            filled.lineless.append(entry.order or entry.tracking)
        elif line.order.pk not in given:
            line.tracking = entry.tracking
            given[line.order.pk] = number
        elif number != given[line.order.pk] and entry.order not in filled.several:
            filled.several.append(entry.order)
    filled.count = len(given)
    return filled


def ship_rows(lines: Sequence[ShipLine], form: ManyForm) -> Iterator[ShipRow]:
    """What is asked for, as rows of a plan."""
    data = form.cleaned_data
    shipped_at: datetime | None = data["shipped_at"]
    for position, line in enumerate(lines):
        carrier = line.carrier or data["carrier"]
        yield ShipRow(
            line=position,
            number=line.order.amazon_order_id,
            tracking_number=line.tracking,
            carrier=carrier,
            carrier_name=data["carrier_name"] if carrier == OTHER else "",
            shipped=shipped_at,
        )


def take_in(plan: ShipPlan, lines: Sequence[ShipLine]) -> bool:
    """Tell each line what is wrong or odd about it; whether all of them can be shipped now."""
    for planned in plan.rows:
        line = lines[planned.row.line]
        line.problems, line.warnings = [*planned.problems], [*planned.warnings]
        line.doubt = tracking_numbers.doubt(
            line.order.pk, [(planned.row.carrier, planned.row.tracking_number)]
        )
        if planned.is_shipped:
            line.problems.append(_("This is a package of the order already."))
        elif line.packages != line.seen:
            line.problems.append(_("It was shipped from meanwhile: see what is left."))
        if is_mangled(line.tracking):
            line.problems.append(_("A spreadsheet turned it into a number and lost digits."))
        if line.problems:
            line.warnings = []  # nothing to overrule yet
        line.seen = line.packages
    return all(not line.problems and (line.anyway or not line.warnings) for line in lines)
