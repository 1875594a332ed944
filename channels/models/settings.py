"""Sales channel settings: of the whole portal, one row."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

RETENTION_CHOICES = [
    (1, _("1 day")),
    (7, _("1 week")),
    (14, _("2 weeks")),
    (30, _("1 month")),
    (90, _("3 months")),
    (180, _("6 months")),
    (365, _("1 year")),
]


class SalesChannelSettings(models.Model):
    """Read-only mode: what would change something at Amazon is kept as rows, and not sent.

    Beside it what is logged, and for how long it is kept.
    """

    class Why(models.TextChoices):
        PERSON = "person", _("Switched on by hand")
        SITE = "site", _("The database was opened under another site URL")

    read_only = models.BooleanField(_("read-only mode"), default=False)
    read_only_why = models.CharField(max_length=8, choices=Why.choices, blank=True)
    read_only_since = models.DateTimeField(_("read-only since"), null=True, blank=True)
    # Under which SITE_URL this database is at home; a copy that is opened elsewhere sends nothing.
    site_url = models.CharField(_("site URL"), max_length=255, blank=True)
    log_retention_days = models.PositiveSmallIntegerField(
        _("log retention"), choices=RETENTION_CHOICES, default=90
    )
    # Calls to Amazon are logged until then; it ends by itself, so that nobody forgets it.
    debug_until = models.DateTimeField(_("debug logging until"), null=True, blank=True)

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
            models.CheckConstraint(
                condition=Q(log_retention_days__gte=1), name="saleschannelsettings_keeps_logs"
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
