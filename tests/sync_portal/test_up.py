"""`manage.py up` for real: it starts, answers, stops, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes
START_SECONDS = 60


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Up:
    """A running tree in a home of its own."""

    def __init__(self, home, *more, port=None):
        self.home, self.port = home, port or free_port()
        environ = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), *more],
            env=environ | {"PORTAL_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def ready(self):
        deadline = time.monotonic() + START_SECONDS
        while "Stop          Ctrl-C" not in self.said:
            assert time.monotonic() < deadline, self.said
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        return self

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.finish()

    def finish(self):
        said, _ = self.process.communicate(timeout=40)
        self.said += said
        return self.process.returncode

    def left(self):
        """Processes that still belong to this home."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                ours = f"PORTAL_HOME={self.home}".encode() in (process / "environ").read_bytes()
                state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:  # it has just ended
                continue
            if ours and state != "Z":
                found.append(int(process.name))
        return found

    def nothing_left(self):
        deadline = time.monotonic() + 20
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.left() == []


@pytest.fixture
def up(tmp_path):
    started = []

    def start(*more, **options):
        started.append(Up(tmp_path, *more, **options))
        return started[-1]

    yield start
    for one in started:
        for pid in [*one.left(), one.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        one.process.wait()
        one.process.stdout.close()


def test_it_answers_and_ctrl_c_leaves_nothing(up):
    tree = up().ready()
    with urllib.request.urlopen(f"http://127.0.0.1:{tree.port}/healthz") as answer:
        assert answer.read() == b'{"database": true, "broker": true}'
    assert up().finish() == 1  # a second one in the same home
    assert tree.stop() == 0
    assert tree.said.rstrip().endswith("Stopped.")
    assert tree.nothing_left()


def test_a_taken_port_is_one_clear_line(up):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tree = up(port=port)
        assert tree.finish() == 1
    assert tree.said == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        "choose one with --port.\n"
    )


def test_a_dead_child_stops_all_and_is_named(up):
    tree = up().ready()
    beat = next(pid for pid in tree.left() if "beat" in _command(pid))
    os.kill(beat, signal.SIGKILL)
    assert tree.finish() == 1
    assert re.search(r"beat has stopped \(exit code -9\), so everything stops", tree.said)
    assert tree.nothing_left()


def test_kill_9_leaves_nothing(up):
    tree = up().ready()
    tree.process.kill()
    tree.process.wait()
    assert tree.nothing_left()


def _command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
