"""The timeline, as both pages of an order show it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.admin.comments import COMMENT
from orders.models import CommerceOrder, OrderNote
from orders.models.event import Actor

SHOWN = 50


def timeline_context(
    request: HttpRequest, timeline: UUID, order: CommerceOrder | None
) -> dict[str, Any]:
    """The newest entries, or those before ``?before=``; of all, or of ``?who=``. One statement.

    `order` is what can be commented on.
    """
    who = request.GET.get("who", "")
    who = who if who in Actor.values else ""
    before = _number(request.GET.get("before", ""))
    notes = OrderNote.objects.filter(timeline=timeline)
    if who:
        notes = notes.filter(actor=who)
    if before is not None:
        notes = notes.filter(pk__lt=before)
    found = list(notes[: SHOWN + 1])
    older = found[SHOWN - 1].pk if len(found) > SHOWN else None
    may_comment = order is not None and request.user.has_perm(COMMENT)
    return {
        "notes": found[:SHOWN],
        "whose": [
            {"label": label, "url": _url(request, who=value), "here": value == who}
            for value, label in [("", _("Everybody")), *Actor.choices]
        ],
        "older_url": _url(request, who=who, before=older) if older else "",
        "newest_url": _url(request, who=who) if before is not None else "",
        "comment_on": order if may_comment else None,
    }


def _url(request: HttpRequest, **query: object) -> str:
    """This page at its timeline, with what of `query` is given."""
    kept = {"tab": request.GET["tab"]} if "tab" in request.GET else {}
    given = {name: value for name, value in query.items() if value}
    return f"?{urlencode(kept | given)}#history"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
