"""Pages by the key of their first or last row instead of by number: each costs the same.

A list is one or more segments, one after the other: the rows with a ship-by date, then those
without. In a segment all columns run in one direction, so that one row comparison finds the place:
``(ship_by, id) > (…, …)``, which an index on these columns answers.

Tokens are signed: what somebody made up is none, and no value of it reaches the database.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import F, Field, Model, OrderBy, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from orders.services.finding import capped_values

END = "end"  # as `before`: the last page


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that fulfil `condition`, by `columns`; ``id`` is added as the last one."""

    condition: Q
    columns: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        return (*self.columns, "id")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: the segment it is in, and its values there."""

    segment: int
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows in the order they are shown; the tokens of the pages beside them, "" where none is."""

    rows: list[Any]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Keyset:
    """How a list is sorted: by `columns` as a whole, by `segments` page by page."""

    columns: tuple[str, ...]
    segments: Sequence[Segment]
    descending: bool = False

    def page(
        self,
        rows: QuerySet[Any],
        *also: QuerySet[Any],
        size: int,
        after: str = "",
        before: str = "",
        dress: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda found: found,
    ) -> Page:
        """The page after or before a token; the first page for none, and for one that is none.

        Where no row is left behind a token, as in a list of what is to be shipped, that end of the
        list: the last page, or the first one before it.

        `also`: other rows of the same list, or the same ones: each is read by an index of its own.
        `dress` adds what a row shows: to the rows of the page alone, not to all that are sorted.
        """
        start = self._place(rows.model, after)
        end = None if start else self._place(rows.model, before)
        backward = bool(end or (before == END and not start))
        found: list[tuple[Any, int]] = []
        walks = (self._walk(one, start or end, backward=backward) for one in (rows, *also))
        for parts in zip(*walks, strict=True):
            left = size + 1 - len(found)
            if left:
                shown = dress(rows.model._default_manager.filter(pk__in=_first(parts, left)))
                part, segment = parts[0]
                ordered = shown.order_by(*part.query.order_by)[:left]
                found += [(row, segment) for row in ordered]
        if not found and (start or end):
            return self.page(rows, *also, size=size, before=END if start else "", dress=dress)
        more = len(found) > size
        found = found[:size]
        if backward:
            found.reverse()
        tokens = [self._token(*found[0]), self._token(*found[-1])] if found else ["", ""]
        has_before = more if backward else start is not None
        has_after = bool(end) if backward else more
        return Page(
            rows=[row for row, _ in found],
            before=tokens[0] if has_before else "",
            after=tokens[1] if has_after else "",
        )

    def ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """All rows in this order, for what reads them to the end."""
        return rows.order_by(*(self._by(rows.model, key) for key in (*self.columns, "id")))

    def _by(self, model: type[Model], key: str) -> OrderBy:
        """Where NULLs go is said of columns that have some: no index has NULLs last, descending."""
        last = True if _has_nulls(model, key) else None
        return F(key).desc(nulls_last=last) if self.descending else F(key).asc(nulls_last=last)

    def _walk(
        self, rows: QuerySet[Any], place: Place | None, *, backward: bool
    ) -> Iterator[tuple[QuerySet[Any], int]]:
        """The parts from a place on, each with the number of its segment."""
        order = range(len(self.segments))
        for number in reversed(order) if backward else order:
            if place and (number > place.segment if backward else number < place.segment):
                continue
            here = place.values if place and place.segment == number else None
            yield self._part(rows, number, here, backward=backward), number

    def _part(
        self, rows: QuerySet[Any], number: int, values: Any, *, backward: bool
    ) -> QuerySet[Any]:
        segment = self.segments[number]
        keys = segment.key
        down = self.descending != backward
        part = rows.filter(segment.condition)
        if values is not None:
            beyond = TupleLessThan if down else TupleGreaterThan
            part = part.filter(beyond(tuple(F(key) for key in keys), values))
            # It follows; SQLite, which compares no rows in Django, finds the place by it.
            part = part.filter(**{f"{keys[0]}__{'lte' if down else 'gte'}": values[0]})
        return part.order_by(*(f"-{key}" if down else key for key in keys))

    # Tokens

    def _token(self, row: Model, number: int) -> str:
        keys = self.segments[number].key
        return self._signer.sign_object([number, *(str(_value(row, key)) for key in keys)])

    def _place(self, model: type[Model], token: str) -> Place | None:
        """What a token says; None for nonsense, and for a token of another order."""
        try:
            number, *values = self._signer.unsign_object(token)
            fields = [_field(model, key) for key in self.segments[number].key]
            read = tuple(f.to_python(v) for f, v in zip(fields, values, strict=True))
        except (BadSignature, IndexError, ValueError, ValidationError):
            return None
        return Place(number, read)

    @property
    def _signer(self) -> Signer:
        return Signer(salt=" ".join((__name__, *self.columns)))


def _first(parts: Sequence[tuple[QuerySet[Any], int]], count: int) -> Any:
    """The keys of the first rows of each part; of several parts as values, or all would be sorted
    together. One statement then."""
    if len(parts) == 1:
        return parts[0][0].values("pk")[:count]
    found = capped_values([part.values("pk") for part, _ in parts], limit=count - 1)
    return {key for keys in found for key in keys}


def nullable(column: str) -> Keyset:
    """By `column`; rows without a value come last, whichever way."""
    here, gone = Q(**{f"{column}__isnull": False}), Q(**{f"{column}__isnull": True})
    return Keyset((column,), (Segment(here, (column,)), Segment(gone)))


def plain(*columns: str) -> Keyset:
    """By columns that always have a value."""
    return Keyset(columns, (Segment(Q(), columns),))


def _value(row: Any, path: str) -> Any:
    for name in path.split(LOOKUP_SEP):
        row = getattr(row, name)
    return row


def _field(model: type[Model], path: str) -> Field[Any, Any]:
    return list(_fields(model, path))[-1]


def _has_nulls(model: type[Model], path: str) -> bool:
    return any(field.null for field in _fields(model, path))


def _fields(model: Any, path: str) -> Iterator[Field[Any, Any]]:
    """Each field on the way to a column, the column last."""
    for name in path.split(LOOKUP_SEP):
        field = model._meta.get_field(name)
        if not isinstance(field, Field):
            raise FieldDoesNotExist(path)
        yield field
        model = field.related_model
