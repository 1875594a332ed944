"""Saved views of the Orders tab."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

MAX_QUERY = 500


def leave_shared(collector: Any, field: Any, views: Any, using: Any) -> None:
    """As `on_delete`: what is shared outlives its owner, what nobody else sees does not."""
    models.CASCADE(collector, field, views.filter(shared=False), using)
    models.SET_NULL(collector, field, views.filter(shared=True), using)


class SavedView(models.Model):
    """Filters, sorting and columns under a name; of one person, or shared with all.

    Without an `owner`: whoever shared it is no user any more.

    What was searched for is never part of it: that may be a buyer. The view without a name is what
    columns its owner has chosen for the tab.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        leave_shared,
        null=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=40, blank=True)
    shared = models.BooleanField(_("shared with everybody"), default=False)
    query = models.CharField(_("filters and sorting"), max_length=MAX_QUERY, blank=True)
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
            models.CheckConstraint(
                condition=Q(shared=True) | Q(owner__isnull=False), name="savedview_is_somebodys"
            ),
        ]

    def __str__(self) -> str:
        return self.name
