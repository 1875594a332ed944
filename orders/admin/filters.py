"""Filters drawn as one bar above the list: a plain GET form, and a chip for each one applied.

A value that a filter cannot read leaves no row: what is done to "all that match" must never be done
to all there are.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin import ListFilter, ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.admin import FormChangeList
from orders.money import typed_amount

SHOWN_VALUE = 60  # letters of what somebody typed


class BarFilter(SimpleListFilter):
    """A filter of the bar. `kind` names the control: choice, many, date or amount.

    Subclasses name the `column` that the chosen value stands in, or say themselves what it means.
    """

    kind = "choice"
    column = ""

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: ModelAdmin[Any],
    ) -> None:
        self.sent = [text for text in params.get(self.parameter_name or "", []) if text.strip()]
        super().__init__(request, params, model, model_admin)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.unread():
            return queryset.none()
        value = self.value()
        return self.narrow(request, queryset, value) if value else queryset

    def narrow(self, request: HttpRequest, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that `value` leaves."""
        return rows.filter(**{self.column: value})

    def has_output(self) -> bool:
        return True

    def reads(self, text: str) -> bool:
        """Whether `text` is a value of this filter."""
        return text in {str(known) for known, *_rest in self.lookup_choices}

    def unread(self) -> list[str]:
        """What was sent and is no value of this filter."""
        return [text for text in self.sent if not self.reads(text)]

    def value(self) -> str | None:
        """What is applied, the last of several; None for nothing."""
        values = self.values()
        return values[-1] if values else None

    def options(self) -> list[dict[str, Any]]:
        """The control's options with what is chosen."""
        chosen = self.values()
        return [
            {"value": str(value), "label": label, "chosen": str(value) in chosen}
            for value, label in self.lookup_choices
        ]

    def values(self) -> list[str]:
        """What is applied, as text."""
        return [text for text in self.sent if self.reads(text)][-1:]

    def chips(self, changelist: ChangeList) -> Iterable[dict[str, str]]:
        """One chip per value, readable or not, with the address of the list without it."""
        labels = {str(value): str(label) for value, label in self.lookup_choices}
        for value in (*self.values(), *self.unread()):
            yield {
                "label": capfirst(f"{self.title}: {labels.get(value, value[:SHOWN_VALUE])}"),
                "url": self._without(changelist, value),
            }

    def _without(self, changelist: ChangeList, value: str) -> str:
        return changelist.get_query_string(remove=[self.parameter_name or ""])


class ManyFilter(BarFilter):
    """Several values at once: ``?status=unshipped&status=error``."""

    kind = "many"

    def narrow(self, request: HttpRequest, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{f"{self.column}__in": self.values()})

    def values(self) -> list[str]:
        return [text for text in self.sent if self.reads(text)]

    def _without(self, changelist: ChangeList, value: str) -> str:
        rest = [text for text in self.sent if text != value]
        return changelist.get_query_string({str(self.parameter_name): rest or None})


class RangeFilter(BarFilter):
    """One end of a range. Subclasses name the column and which end."""

    is_end = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]  # SimpleListFilter leaves out a filter without look-ups


class DateFilter(RangeFilter):
    """One end of a range of days."""

    kind = "date"

    def reads(self, text: str) -> bool:
        return _day(text) is not None

    def values(self) -> list[str]:
        return [day.isoformat() for text in self.sent[-1:] if (day := _day(text))]

    def narrow(self, request: HttpRequest, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        midnight = timezone.make_aware(datetime.combine(date.fromisoformat(value), time.min))
        if self.is_end:
            return rows.filter(**{f"{self.column}__lt": midnight + timedelta(days=1)})
        return rows.filter(**{f"{self.column}__gte": midnight})


class AmountFilter(RangeFilter):
    """One end of a range of amounts, as the reader writes them: ``12,50`` or ``12.50``."""

    kind = "amount"

    def reads(self, text: str) -> bool:
        return typed_amount(text) is not None

    def values(self) -> list[str]:
        amounts = map(typed_amount, self.sent[-1:])
        return [number_format(amount) for amount in amounts if amount is not None]

    def narrow(self, request: HttpRequest, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        end = "lte" if self.is_end else "gte"
        return rows.filter(**{f"{self.column}__{end}": typed_amount(self.sent[-1])})


def _day(text: str) -> date | None:
    """The day; None for what is no date, and for the first and the last there is.

    Those have no midnight in every zone, or no day after.
    """
    try:
        day = parse_date(text.strip())
    except ValueError:
        return None
    return day if day and date.min < day < date.max else None


class BarChangeList(FormChangeList):
    """A change list that knows its chips, and says what it cannot read."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        for told in self.unread():
            messages.error(request, told)

    def unread(self) -> list[str]:
        """Why nothing is listed: a sentence for each value that its filter cannot read."""
        told = _("Filter %(filter)s cannot read %(value)s, so nothing is listed.")
        return [
            told % {"filter": spec.title, "value": value[:SHOWN_VALUE]}
            for spec in self.filter_specs
            if isinstance(spec, BarFilter)
            for value in spec.unread()
        ]

    def chips(self) -> list[dict[str, str]]:
        """What was searched for, and each value of each filter."""
        chips = [
            {"label": f"{_('Search')}: {self.query[:SHOWN_VALUE]}", "url": self.without_search()}
        ]
        return (chips if self.query else []) + [
            chip
            for spec in self.filter_specs
            for chip in (spec.chips(self) if isinstance(spec, BarFilter) else self._chips(spec))
        ]

    def _chips(self, spec: ListFilter) -> Iterable[dict[str, str]]:
        """As `BarFilter.chips`, of a filter of Django's."""
        sent = self.get_filters_params().keys() & set(spec.expected_parameters())
        for choice in spec.choices(self):
            if sent and choice["selected"]:
                yield {
                    "label": capfirst(f"{spec.title}: {choice['display']}"),
                    "url": self.get_query_string(remove=list(sent)),
                }

    def without_search(self) -> str:
        """The address of the list with its filters alone."""
        return str(self.get_query_string(remove=[SEARCH_VAR]))
