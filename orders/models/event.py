"""The timeline of an order: what happened, who did it, when."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Actor(models.TextChoices):
    """Whose doing it was."""

    AMAZON = "amazon", "Amazon"
    PORTAL = "portal", _("Portal")
    STAFF = "staff", _("Staff")


class OrderNote(models.Model):
    """One entry. Append-only, and no personal data in it.

    `text` is the English sentence with ``%(name)s`` places, `params` fills them: so a note written
    by a worker is read in the language of the person who looks (str(note)). A value that is a list
    holds words of ours, in English, which are translated too.
    """

    timeline = models.UUIDField(editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor = models.CharField(_("who"), max_length=8, choices=Actor.choices)
    user_name = models.CharField(_("user"), max_length=150, blank=True)
    text = models.CharField(_("note"), max_length=300)
    params = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("order note")
        verbose_name_plural = _("order notes")
        ordering = ["-id"]
        indexes = [models.Index(fields=["timeline", "-id"], name="ordernote_newest")]

    def __str__(self) -> str:
        if not self.params:
            return gettext(self.text)
        return gettext(self.text) % {
            name: ", ".join(map(gettext, value)) if isinstance(value, list) else value
            for name, value in self.params.items()
        }
