"""The timeline: one way to write a note."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import translation
from django.utils.functional import Promise

from orders.models import OrderNote
from orders.models.event import Actor


def note(
    timeline: UUID,
    text: str,
    *,
    actor: Actor | None = None,
    user: str = "",
    params: Mapping[str, object] | None = None,
) -> OrderNote:
    """A note, not yet saved. `text` is a literal marked with gettext_noop, `params` its values.

    A value that is a lazy label, or a list of them, is read in the reader's language as `text` is.
    Without an `actor` it is the user's where there is one, else the portal's.
    """
    actor = actor or (Actor.STAFF if user else Actor.PORTAL)
    values = {name: _stored(value) for name, value in (params or {}).items()}
    return OrderNote(timeline=timeline, actor=actor, user_name=user, text=text, params=values)


def _stored(value: object) -> str | list[str]:
    """Words of ours as a list of msgids, all else as it stands (OrderNote.params)."""
    words = value if isinstance(value, list) else [value]
    if not all(isinstance(word, Promise) for word in words):
        return str(value)[:500]
    with translation.override("en"):
        return [str(word)[:500] for word in words]


def add_note(
    timeline: UUID,
    text: str,
    *,
    actor: Actor | None = None,
    user: str = "",
    params: Mapping[str, object] | None = None,
) -> None:
    """Write one entry of the timeline."""
    note(timeline, text, actor=actor, user=user, params=params).save(force_insert=True)


def name_of(user: User | None) -> str:
    """As a note names a user; "" is the portal itself."""
    return user.get_username() if user else ""
