"""Filters drawn as one bar above the list: a plain GET form, and a chip for each one applied."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from orders.money import typed_amount


class BarFilter(SimpleListFilter):
    """A filter of the bar. `kind` names the control: choice, many, date or amount.

    Subclasses name the `column` that the chosen value stands in, or say themselves what it means.
    """

    kind = "choice"
    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return self.narrow(request, queryset, value) if value else queryset

    def narrow(self, request: HttpRequest, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that `value` leaves."""
        return rows.filter(**{self.column: value})

    def has_output(self) -> bool:
        return True

    def value(self) -> str | None:
        """What is applied; None for nothing, and for what nobody offers."""
        value = super().value()
        return value if value in {str(known) for known, *_rest in self.lookup_choices} else None

    def options(self) -> list[dict[str, Any]]:
        """The control's options with what is chosen."""
        chosen = self.values()
        return [
            {"value": str(value), "label": label, "chosen": str(value) in chosen}
            for value, label in self.lookup_choices
        ]

    def values(self) -> list[str]:
        """What is applied, as text."""
        value = self.value()
        return [value] if value else []

    def chips(self, changelist: ChangeList) -> Iterable[dict[str, str]]:
        """One chip per applied value, with the address of the list without it."""
        labels = {str(value): str(label) for value, label in self.lookup_choices}
        for value in self.values():
            yield {
                "label": f"{self.title}: {labels.get(value, value)}",
                "url": self._without(changelist, value),
            }

    def _without(self, changelist: ChangeList, value: str) -> str:
        return changelist.get_query_string(remove=[self.parameter_name or ""])


class ManyFilter(BarFilter):
    """Several values at once: ``?status=unshipped&status=error``."""

    kind = "many"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: ModelAdmin[Any],
    ) -> None:
        sent = params.get(self.parameter_name or "", [])
        super().__init__(request, params, model, model_admin)
        known = {str(value) for value, *_rest in self.lookup_choices}
        self.chosen = [value for value in sent if value in known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.column}__in": self.chosen}) if self.chosen else queryset

    def values(self) -> list[str]:
        return self.chosen

    def _without(self, changelist: ChangeList, value: str) -> str:
        rest = [v for v in self.chosen if v != value]
        return changelist.get_query_string({str(self.parameter_name): rest or None})


class RangeFilter(BarFilter):
    """One end of a range. Subclasses name the column and which end."""

    is_end = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]  # SimpleListFilter leaves out a filter without look-ups


class DateFilter(RangeFilter):
    """One end of a range of days."""

    kind = "date"

    def day(self) -> date | None:
        """The chosen day; None for none and for what is no date."""
        try:
            day = parse_date(self.used_parameters.get(str(self.parameter_name)) or "")
        except ValueError:
            return None
        return day if day != date.max else None  # which has no day after

    def values(self) -> list[str]:
        return [day.isoformat()] if (day := self.day()) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = self.day()
        if day is None:
            return queryset
        midnight = timezone.make_aware(datetime.combine(day, time.min))
        if self.is_end:
            return queryset.filter(**{f"{self.column}__lt": midnight + timedelta(days=1)})
        return queryset.filter(**{f"{self.column}__gte": midnight})


class AmountFilter(RangeFilter):
    """One end of a range of amounts, as the reader writes them: ``12,50`` or ``12.50``."""

    kind = "amount"

    def amount(self) -> Decimal | None:
        """The amount that was typed; None for none and for what is no amount."""
        return typed_amount(str(self.used_parameters.get(str(self.parameter_name)) or ""))

    def values(self) -> list[str]:
        amount = self.amount()
        return [] if amount is None else [number_format(amount)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        amount = self.amount()
        if amount is None:
            return queryset
        end = "lte" if self.is_end else "gte"
        return queryset.filter(**{f"{self.column}__{end}": amount})


class BarChangeList(ChangeList):
    """A change list that knows its chips."""

    def chips(self) -> list[dict[str, str]]:
        """What was searched for, and each value of each filter."""
        chips = [{"label": f"{_('Search')}: {self.query[:60]}", "url": self.without_search()}]
        return (chips if self.query else []) + [
            chip
            for spec in self.filter_specs
            if isinstance(spec, BarFilter)
            for chip in spec.chips(self)
        ]

    def without_search(self) -> str:
        """The address of the list with its filters alone."""
        return str(self.get_query_string(remove=[SEARCH_VAR]))
