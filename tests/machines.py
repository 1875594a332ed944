"""What the tests of all state machines share."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model
from django_fsm import FSMField

Table = Mapping[str, tuple[frozenset[str], str]]  # transition: (allowed sources, target)


def declared_transitions(model: type[Model], column: str) -> dict[str, set[str]]:
    """The sources of each transition of `column`, by name, as django-fsm knows them."""
    field = model._meta.get_field(column)
    assert isinstance(field, FSMField)
    declared: dict[str, set[str]] = {}
    for transition in field.get_all_transitions(model):
        declared.setdefault(transition.name, set()).add(transition.source)
    return declared


def columns(row: Model) -> dict[str, Any]:
    """Every column of a row as it is in memory."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.generated
    }


def changed_columns(row: Model, before: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are not as `before`, with their new values."""
    return {name: value for name, value in columns(row).items() if value != before[name]}


def sources(*states: str | Iterable[str]) -> frozenset[str]:
    """States one by one or in groups, as one set."""
    return frozenset(
        state for group in states for state in ([group] if isinstance(group, str) else group)
    )
