"""The broker's Redis stops between two calls: tokens and quotas go on in this process's memory."""

import subprocess
import time

import pytest

from channels.sandbox.records import Status
from channels.services import shared_store
from sync_portal import broker
from tests import portal

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_broker_that_stops_decides_nothing(sandbox, settings, tmp_path):
    path = tmp_path / "broker.sock"
    process = subprocess.Popen(broker.command(path, tmp_path / "data"), stdout=subprocess.DEVNULL)
    settings.REDIS_URL = f"unix://{path}"
    while not broker.answers(settings.REDIS_URL):
        time.sleep(0.01)
    shared_store.forget_connection()
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE")
    portal.poll()
    portal.ship(amazon.order_id)
    assert shared_store.connection() is not None

    process.terminate()
    process.wait()
    portal.deliver()

    assert sandbox.world.order(amazon.order_id).status is Status.SHIPPED
    assert portal.order(amazon.order_id).is_completed
