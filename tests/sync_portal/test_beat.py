"""How beat ends when it is told to: between two messages, whatever the broker's client does."""

import os
import signal
import threading
import time
from contextlib import suppress

import pytest
from celery.beat import Scheduler

from sync_portal.celery import app

FOR_EVER = 3600


@pytest.fixture(autouse=True)
def handlers():
    """What this process does on a signal is as before afterwards."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


class Passes(Scheduler):
    """A schedule whose passes are given: each is called, and answers how long to sleep."""

    todo = []
    reading = None

    def setup_schedule(self):
        if self.reading:
            self.reading()

    def tick(self):
        return self.todo.pop(0)()


def beat(*passes, **more):
    """Runs beat with these passes; answers those it never came to."""
    scheduler = type("Given", (Passes,), {"todo": list(passes), **more})
    command = app.Beat()
    service = command.Service(app, scheduler_cls=scheduler)
    command.install_sync_handler(service)
    with suppress(SystemExit):
        service.start()
    return scheduler.todo


def told():
    signal.raise_signal(signal.SIGTERM)


def never():
    pytest.fail("Beat went on.")


def test_a_stop_inside_a_message_is_not_lost():
    def sending():
        # As redis-py does it: whatever breaks a read off, its clean-up raises something else.
        with suppress(SystemExit):
            told()
        return 0

    assert beat(sending, never) == [never]


def test_the_message_that_is_being_sent_is_finished():
    finished = []

    def sending():
        told()
        finished.append(True)
        return 0

    beat(sending)
    assert finished


def test_asleep_it_ends_at_once():
    def nothing_due():
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        return FOR_EVER

    assert beat(nothing_due, never) == [never]


def test_told_twice_it_does_not_wait_for_the_broker():
    def waiting():
        told()
        told()
        never()

    assert beat(waiting) == []


def test_a_broker_that_is_gone_does_not_keep_it(monkeypatch):
    monkeypatch.setattr("sync_portal.beat.PASS_SECONDS", 0.1)

    def waiting():
        told()
        with suppress(SystemExit):  # lost once more
            time.sleep(FOR_EVER)
        time.sleep(FOR_EVER)

    assert beat(waiting, never) == [never]


def test_while_its_schedule_is_read_it_does_not_read_it_again():
    readings = []

    def reading(_self):
        readings.append(True)
        told()

    assert beat(never, reading=reading) == [never]
    assert readings == [True]
