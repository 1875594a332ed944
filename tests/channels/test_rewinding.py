"""Looking back further while a sweep runs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import SyncRun
from channels.sandbox.invent import Draft
from channels.services import importing, polling
from channels.services.activation import set_active
from tests import portal

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sweep_in_progress_does_not_undo_it(sandbox, monkeypatch):
    """A store switched on in the middle of a sweep is caught up with, not skipped."""
    portal.connect(sandbox)
    german = portal.connect(sandbox, name="Amazon DE", country_code="DE")
    set_active(german.pk, active=False)
    portal.poll()
    old = timezone.now() - timedelta(days=9)
    amazon = sandbox.world.create_order("DE", Draft(created=old), at=old)
    sandbox.world.create_order("SE")

    def import_and_switch_on(*args, **kwargs):
        monkeypatch.undo()
        set_active(german.pk, active=True)
        return importing.import_page(*args, **kwargs)

    monkeypatch.setattr(polling, "import_page", import_and_switch_on)
    assert portal.poll().outcome == SyncRun.Outcome.PAUSED
    portal.poll()

    assert portal.order(amazon.order_id) is not None
