"""Saved views of the Orders tab."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class SavedView(models.Model):
    """Filters, sorting and columns under a name; of one person, or shared with all.

    What was searched for is never part of it: that may be a buyer. The view without a name is what
    columns its owner has chosen for the tab.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=40, blank=True)
    shared = models.BooleanField(_("shared with everybody"), default=False)
    query = models.CharField(_("filters and sorting"), max_length=500, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        default_permissions = ()
        permissions = [("share_view", gettext_noop("Can share views of the Orders tab"))]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="savedview_name_once"),
            models.CheckConstraint(
                condition=Q(shared=False) | ~Q(name=""), name="savedview_shared_has_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
