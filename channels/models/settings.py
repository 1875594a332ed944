"""Sales channel settings: of the whole portal, one row."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SalesChannelSettings(models.Model):
    """Read-only mode: what would change something at Amazon is kept as rows, and not sent."""

    class Why(models.TextChoices):
        PERSON = "person", _("Switched on by hand")
        SITE = "site", _("The database was opened under another site URL")

    read_only = models.BooleanField(_("read-only mode"), default=False)
    read_only_why = models.CharField(max_length=8, choices=Why.choices, blank=True)
    read_only_since = models.DateTimeField(_("read-only since"), null=True, blank=True)
    # Under which SITE_URL this database is at home; a copy that is opened elsewhere sends nothing.
    site_url = models.CharField(_("site URL"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("sales channel settings")
        verbose_name_plural = _("sales channel settings")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="saleschannelsettings_one_row"),
            models.CheckConstraint(
                condition=Q(read_only=False, read_only_since__isnull=True)
                | Q(read_only=True, read_only_since__isnull=False),
                name="saleschannelsettings_since_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
