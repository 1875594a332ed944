"""The timeline: one way to write a note."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_noop, override

from orders.models import CommerceOrder, OrderNote
from orders.models.event import Actor, Change
from orders.sentences import stored

MAX_VALUE = 500
# Labels of what moves on both sides of the timeline.
COMMERCE_ORDER = gettext_noop("Commerce order")
CHANNEL_ORDER = gettext_noop("Channel order")

_nobody = ContextVar("_nobody", default=Actor.PORTAL)  # who acts where no user is logged in


@contextmanager
def by_command() -> Iterator[None]:
    """What a person does with a command is not the portal's own doing."""
    token = _nobody.set(Actor.COMMAND)
    try:
        yield
    finally:
        _nobody.reset(token)


def note(
    timeline: UUID,
    text: str,
    *,
    actor: Actor | None = None,
    user: str | None = None,
    params: Mapping[str, object] | None = None,
    changes: Sequence[Change] = (),
) -> OrderNote:
    """A note, not yet saved. `text` is a literal marked with gettext_noop, `params` its values.

    A value that is a lazy label, a list of them or a Sentence is read in the reader's language too.
    Without an `actor` it is the portal's own. `user` is who asked for it: "" is nobody who is
    logged in, such as a command.
    """
    if actor is None:
        actor = Actor.PORTAL if user is None else Actor.STAFF if user else _nobody.get()
    values = {name: stored(value, MAX_VALUE) for name, value in (params or {}).items()}
    return OrderNote(
        timeline=timeline,
        actor=actor,
        user_name=user or "",
        text=text,
        params=values,
        changes=list(changes),
    )


def add_note(
    timeline: UUID,
    text: str,
    *,
    actor: Actor | None = None,
    user: str | None = None,
    params: Mapping[str, object] | None = None,
    changes: Sequence[Change] = (),
) -> None:
    """Write one entry of the timeline."""
    row = note(timeline, text, actor=actor, user=user, params=params, changes=changes)
    row.save(force_insert=True)


def change(label: str, before: object, after: object) -> Change:
    """What moved: `label` is a literal marked with gettext_noop.

    Labels of choices are kept as words to be translated, times as times, all else as text.
    """
    return [label, _kept(before), _kept(after)]


def state_change(before: str, order: CommerceOrder) -> list[Change]:
    """The move of a Commerce order from the state `before`; none when it did not move."""
    if before == order.state:
        return []
    states = CommerceOrder.State
    return [change(COMMERCE_ORDER, states(before).label, states(order.state).label)]


def name_of(user: User | None) -> str:
    """As a note names a user; "" is nobody who is logged in."""
    return user.get_username() if user else ""


def _kept(value: object) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, Promise):
        with override(None):  # the English word
            return {"word": str(value)}
    return str(value)[:MAX_VALUE]
