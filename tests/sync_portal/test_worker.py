"""How a worker ends: within the patience of whoever stops it."""

import signal
import subprocess
import sys

import billiard
import pytest
from billiard import pool

import sync_portal.celery  # noqa: F401  # sets how long a child waits
from sync_portal import supervisor


def test_a_child_whose_answer_nobody_reads_ends_long_before_it_would_be_killed(monkeypatch):
    waited = []
    monkeypatch.setattr(pool.time, "sleep", waited.append)
    queues = billiard.SimpleQueue(), billiard.SimpleQueue()
    child = pool.Worker(*queues, on_ready_counter=billiard.Value("i", 0))

    assert not child._ensure_messages_consumed(completed=1)
    assert 1 < sum(waited) < supervisor.STOP_SECONDS / 4


@pytest.mark.processes
@pytest.mark.parametrize(("orphaned", "ends"), [(True, -signal.SIGALRM), (False, 0)])
def test_an_orphan_that_is_told_to_stop_ends_in_any_case(orphaned, ends):
    script = (
        "import time; from celery.signals import worker_shutting_down;"
        "from sync_portal import celery; celery.ORPHAN_SECONDS = 1;"
        f"celery.PARENT += {orphaned:d}; worker_shutting_down.send('worker'); time.sleep(3)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == ends
