"""Read-only mode: what would change something at Amazon is kept as rows, and not sent.

A person switches it on, or it is on by itself while the database is open under another site URL
than the one it is at home at: a copy must not confirm shipments to the real Amazon.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from channels.models import SalesChannelSettings
from orders.sentences import gettext as _
from orders.services.errors import Refusal

log = logging.getLogger("sync_portal.audit")

Why = SalesChannelSettings.Why


class CannotSwitch(Refusal):
    """Read-only mode stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """The mode as it is. `since` is None while nobody has written down that the site is another."""

    read_only: bool
    why: str = ""
    since: datetime | None = None
    site_url: str  # of this portal
    home_url: str  # where the database is at home; "": nobody said yet

    @property
    def elsewhere(self) -> bool:
        return _is_elsewhere(self.home_url)

    @property
    def reason(self) -> object:
        return Why(self.why).label if self.why else ""


def is_read_only() -> bool:
    """Whether nothing that changes something at Amazon may be sent; one statement.

    Asked where sending starts, and wherever something is submitted.
    """
    return _rows().filter(Q(read_only=True) | _elsewhere()).exists()


def mode() -> Mode:
    """All about it; one statement."""
    row = _rows().first() or SalesChannelSettings()
    why = Why.SITE if _is_elsewhere(row.site_url) else ""
    return Mode(
        read_only=row.read_only or bool(why),
        why=row.read_only_why or why,
        since=row.read_only_since,
        site_url=settings.SITE_URL,
        home_url=row.site_url,
    )


def guard_site(*, stores: bool = True) -> None:
    """Write down that the database was opened elsewhere: since when it is read-only, and why.

    Run when a process starts, not with every request. A database without a home is at home where
    the environment names the site URL; with `stores` that is remembered. One SELECT, as a rule.
    """
    row = _rows().first()
    if row is not None and row.site_url == settings.SITE_URL:
        return
    if row is None or not row.site_url:
        if stores and settings.SITE_URL_GIVEN:
            _create()
            _rows().filter(site_url="").update(site_url=settings.SITE_URL)
        return
    if (
        _rows()
        .filter(_elsewhere(), read_only=False)
        .update(read_only=True, read_only_why=Why.SITE, read_only_since=timezone.now())
    ):
        log.warning("Read-only mode on: the database is at home at %s", row.site_url)


def switch_on(*, user: str) -> bool:
    """A person switches it on; False when it was on already."""
    _create()
    changed = (
        _rows()
        .filter(read_only=False)
        .update(read_only=True, read_only_why=Why.PERSON, read_only_since=timezone.now())
    )
    if changed:
        log.info("Read-only mode switched on by user %s", user)
    return bool(changed)


@transaction.atomic
def switch_off(*, user: str, adopt_site: bool = False) -> bool:
    """What was kept goes out from now on; False when it was off already.

    `adopt_site`: this site is the database's home from now on. Without it a database that is at
    home elsewhere stays read-only: CannotSwitch.
    """
    now = mode()
    if not now.read_only:
        return False
    if now.elsewhere and not adopt_site:
        raise CannotSwitch(
            _(
                "This database is at home at %(home_url)s, not at %(site_url)s. Adopt this site "
                "only if nothing else confirms shipments of these seller accounts."
            )
            % {"home_url": now.home_url, "site_url": now.site_url}
        )
    _rows().update(
        read_only=False,
        read_only_why="",
        read_only_since=None,
        site_url=now.site_url if now.elsewhere else now.home_url,
    )
    log.info("Read-only mode switched off by user %s", user)
    return True


def _is_elsewhere(home_url: str) -> bool:
    return home_url not in ("", settings.SITE_URL)


def _rows() -> QuerySet[SalesChannelSettings]:
    return SalesChannelSettings.objects.filter(pk=1)


def _elsewhere() -> Q:
    return ~Q(site_url__in=["", settings.SITE_URL])


def _create() -> None:
    SalesChannelSettings.objects.bulk_create([SalesChannelSettings(pk=1)], ignore_conflicts=True)
