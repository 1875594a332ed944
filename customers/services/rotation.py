"""Sealing with the newest key what an older key has sealed, so that the old one can be dropped."""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from customers.sealed import SealedField, key_id_of

BATCH = 500


def reseal() -> dict[str, int]:
    """Seal every row of every model with the newest key; how many rows changed, per model.

    A batch at a time, each locked while it is sealed: it may run beside the portal, be cut off, and
    run again. Blind indexes have a key of their own and stay.
    """
    return {model._meta.label_lower: _reseal_model(model) for model in _models_with_secrets()}


def _models_with_secrets() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if _sealed_fields(model))


def _sealed_fields(model: type[models.Model]) -> list[str]:
    return [f.attname for f in model._meta.concrete_fields if isinstance(f, SealedField)]


def _reseal_model(model: type[models.Model]) -> int:
    changed, last = 0, 0
    while pks := list(
        model._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        changed += _reseal_rows(model, pks)
        last = pks[-1]
    return changed


@transaction.atomic
def _reseal_rows(model: type[models.Model], pks: list[int]) -> int:
    names = _sealed_fields(model)
    newest = next(iter(settings.PII_KEYS))
    rows = model._base_manager.select_for_update().filter(pk__in=pks).order_by("pk")
    sealed = {
        pk: values
        for pk, *values in model._base_manager.filter(pk__in=pks).values_list("pk", *names)
    }
    old = [
        row
        for row in rows
        if any(value is not None and key_id_of(value) != newest for value in sealed[row.pk])
    ]
    for row in old:
        for name in names:
            setattr(row, name, getattr(row, name))  # opened, and as a new value sealed anew
        row.save(update_fields=names)
    return len(old)
