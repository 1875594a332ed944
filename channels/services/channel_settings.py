"""Sales channel settings beside read-only mode: log retention and debug logging."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from channels.models import SalesChannelSettings
from channels.models.settings import RETENTION_CHOICES
from channels.services import call_log
from orders.sentences import gettext as _
from orders.services.errors import Refusal

log = logging.getLogger("sync_portal.audit")

DEBUG_LASTS = timedelta(hours=24)  # then it ends by itself
NAMES = ("log_retention_days", "debug_logging")
ON, OFF = "on", "off"


class WrongSetting(Refusal):
    """There is no such setting, or it does not take this value."""


def current() -> SalesChannelSettings:
    """The settings as they are; one statement. Unsaved defaults where nobody changed any."""
    return SalesChannelSettings.objects.filter(pk=1).first() or SalesChannelSettings(pk=1)


def is_debugging(settings: SalesChannelSettings, now: datetime) -> bool:
    """Whether calls are logged now."""
    return settings.debug_until is not None and now < settings.debug_until


def show() -> dict[str, Any]:
    """As the command prints them."""
    settings = current()
    is_on = is_debugging(settings, timezone.now())
    return {
        "log_retention_days": settings.log_retention_days,
        "debug_logging": ON if is_on else OFF,
        "debug_until": settings.debug_until if is_on else None,
    }


@transaction.atomic
def change(values: Mapping[str, str], *, user: str) -> list[str]:
    """Set these, by the names and values of the command; returns what changed, ``name=value``.

    What is like that already does not change: debug logging that is on ends when it would have.
    Raises WrongSetting.
    """
    columns, now = _columns(values), timezone.now()
    SalesChannelSettings.objects.bulk_create([SalesChannelSettings(pk=1)], ignore_conflicts=True)
    row = SalesChannelSettings.objects.select_for_update().get(pk=1)
    is_on = is_debugging(row, now)
    if "debug_until" in columns and bool(columns["debug_until"]) == is_on:
        del columns["debug_until"]
    if columns.get("log_retention_days") == row.log_retention_days:
        del columns["log_retention_days"]
    if not columns:
        return []
    for column, value in columns.items():
        setattr(row, column, value)
    row.save(update_fields=list(columns))
    call_log.look_again()
    changed = [f"{name}={values[name]}" for name in NAMES if _COLUMN[name] in columns]
    log.info("Sales channel settings %s by user %s", " ".join(changed), user)
    return changed


_COLUMN = {"log_retention_days": "log_retention_days", "debug_logging": "debug_until"}


def _columns(values: Mapping[str, str]) -> dict[str, Any]:
    """What the values mean for the row."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if name == "log_retention_days":
            columns[name] = _days(value)
        elif name == "debug_logging":
            columns["debug_until"] = _until(value)
        else:
            text = _("There is no setting %(name)s. Settings: %(names)s.")
            raise WrongSetting(text % {"name": name, "names": ", ".join(NAMES)})
    return columns


def _days(value: str) -> int:
    choices = [str(days) for days, _label in RETENTION_CHOICES]
    if value not in choices:
        text = _("log_retention_days is one of %(choices)s.")
        raise WrongSetting(text % {"choices": ", ".join(choices)})
    return int(value)


def _until(value: str) -> datetime | None:
    if value not in (ON, OFF):
        raise WrongSetting(_("debug_logging is on or off."))
    return timezone.now() + DEBUG_LASTS if value == ON else None
