"""The timeline of an order: what happened, who did it, when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.sentences import Sentence

Change = list[Any]  # one entry of OrderNote.changes


class Actor(models.TextChoices):
    """Whose doing it was."""

    AMAZON = "amazon", "Amazon"
    PORTAL = "portal", _("Portal")
    STAFF = "staff", _("Staff")
    COMMAND = "command", _("Command line")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value that moved, as it is read: None where there was, or is, nothing."""

    label: str
    before: str | datetime | None
    after: str | datetime | None


class OrderNote(models.Model):
    """One entry. Append-only, and no personal data in it.

    `text` is the English sentence with ``%(name)s`` places, `params` fills them: so a note written
    by a worker is read in the language of the person who looks (str(note)). Values are kept as
    those of every `Sentence`: words of ours among them are translated too.

    `changes` are what moved: [label, before, after], written by `change()` of
    orders/services/notes.py. The label is an English word to be translated; a value is null, text
    as it is, {"word": English} to be translated or {"at": ISO 8601}. Both null: it changed, and
    the values are nobody's business here (an address).
    """

    timeline = models.UUIDField(editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor = models.CharField(_("who"), max_length=8, choices=Actor.choices)
    user_name = models.CharField(_("user"), max_length=150, blank=True)
    text = models.CharField(_("note"), max_length=300)
    params = models.JSONField(default=dict, blank=True)
    changes = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("order note")
        verbose_name_plural = _("order notes")
        ordering = ["-id"]
        indexes = [models.Index(fields=["timeline", "-id"], name="ordernote_newest")]

    def __str__(self) -> str:
        return str(Sentence(self.text, self.params))

    def shown_changes(self) -> list[Shown]:
        """What moved, in the reader's language."""
        return [
            Shown(gettext(label), _shown(before), _shown(after))
            for label, before, after in self.changes
        ]


def _shown(value: Any) -> str | datetime | None:
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]  # text or None
    if "at" in value:
        return datetime.fromisoformat(value["at"])
    return gettext(value["word"])
