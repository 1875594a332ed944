"""Column types, and the two ways to write only over what was read."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMFieldMixin

from orders.sentences import from_column, to_column


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # Decimal in, Decimal out
    """An amount of money. NULL means that nobody told us, which is not zero.

    Three decimals hold every ISO 4217 currency (KWD has three, JPY none).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 15)
        kwargs.setdefault("decimal_places", 3)
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class SentenceField(models.CharField):  # type: ignore[type-arg]  # text in, text out
    """Words that somebody reads later: a `Sentence` in the reader's language, Amazon's as they are.

    What is too long for the column is cut off.
    """

    max_length: int

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value and from_column(value)

    def get_prep_value(self, value: Any) -> Any:
        return to_column(value, self.max_length) if isinstance(value, str) else value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # the same column


class GuardedByState(ConcurrentTransitionMixin):
    """A row whose save() is refused when its state was changed since it was read.

    django-fsm-2 4.2.4 reads the state of every row it makes; for a row loaded without that column
    (Django's delete collector does so) that loads the row again, without end.
    """

    @property
    def state_fields(self) -> Iterable[FSMFieldMixin]:
        return [field for field in super().state_fields if field.attname in self.__dict__]


def save_if(row: models.Model, *, fields: list[str], **expected: Any) -> bool:
    """Write `fields` of `row` where the stored row still is as `expected`.

    False when somebody else was first: nothing was written and `row` is to be thrown away. State is
    decided by calling a transition on `row` before (a plain QuerySet.update would bypass it).
    """
    values = {name: getattr(row, name) for name in fields}
    changed = type(row)._base_manager.filter(pk=row.pk, **expected).update(**values)
    return bool(changed == 1)
