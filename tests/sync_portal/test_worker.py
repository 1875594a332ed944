"""How a worker ends: within the patience of whoever stops it."""

import billiard
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
