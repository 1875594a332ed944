"""History on its way in: how far each backfill has come."""

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from channels.admin.store_links import store_link
from channels.models import Backfill
from channels.services.backfill_progress import state_words
from customers.admin import ReadOnlyAdmin


@admin.register(Backfill)
class BackfillAdmin(ReadOnlyAdmin[Backfill]):
    list_display = [
        "started_at", "store_column", "state", "percent", "since", "until", "reached", "seen",
        "created", "placed", "set_aside", "detail",
    ]  # fmt: skip
    list_filter = [("finished_at", admin.EmptyFieldListFilter), "store"]
    list_select_related = ["store"]
    fields = [
        "store", "since", "until", "reached", "percent", "state", "detail", "pages", "seen",
        "created", "placed", "set_aside", "started_at", "finished_at",
    ]  # fmt: skip

    @admin.display(description=_("Amazon store"), ordering="store__name")
    def store_column(self, backfill: Backfill) -> SafeString:
        return store_link(backfill.store)

    @admin.display(description=_("read"))
    def percent(self, backfill: Backfill) -> str:
        return f"{backfill.percent} %"

    @admin.display(description=_("state"))
    def state(self, backfill: Backfill) -> str:
        return state_words(backfill, timezone.now())
