"""Looking back further while a sweep runs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import SyncCursor, SyncRun
from channels.sandbox.invent import Draft
from channels.services import importing, order_settings, polling
from tests import portal

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sweep_in_progress_does_not_undo_it(sandbox, monkeypatch):
    """A date moved back in the middle of a sweep is swept from, not skipped."""
    store = portal.connect(sandbox)
    order_settings.change(store, {"import_since": timezone.now().isoformat()})
    SyncCursor.objects.update(watermark=timezone.now())
    old = timezone.now() - timedelta(days=9)
    amazon = sandbox.world.create_order("SE", Draft(created=old), at=old)

    def import_and_move_the_date(*args, **kwargs):
        monkeypatch.undo()
        earlier = (timezone.now() - timedelta(days=20)).isoformat()
        order_settings.change(store, {"import_since": earlier})
        return importing.import_page(*args, **kwargs)

    monkeypatch.setattr(polling, "import_page", import_and_move_the_date)
    assert portal.poll().outcome == SyncRun.Outcome.PAUSED
    portal.poll()

    assert portal.order(amazon.order_id) is not None
