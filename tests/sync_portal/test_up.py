"""`manage.py up` for real: it starts, answers, stops, and leaves nothing behind."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from sync_portal.supervisor import CannotStart, check_port
from tests.deploy_check import production_environment
from tests.processes import PATIENCE_SECONDS

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="It makes a database of its own."),
]


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Up:
    """A running tree in a home of its own."""

    def __init__(self, home, temporary, *more, port=None, environ=None):
        self.home, self.temporary, self.port = home, temporary, port or free_port()
        environ = environ or {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), *more],
            env=environ | {"PORTAL_HOME": str(home), "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def ready(self):
        return self.until("Stop          Ctrl-C")

    def until(self, words):
        """Until it has said this; a failure when it ends, or takes too long, before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.said:
            assert time.monotonic() < deadline, self.said
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        return self

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.finish()

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()

    def pid(self, words):
        """The oldest process whose command line has these words."""
        return min(pid for pid in self.left() if words in _command(pid))

    def finish(self):
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
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
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.left() == []


@pytest.fixture
def temporary():
    """Its folder of temporary files; a short name, for sockets."""
    with tempfile.TemporaryDirectory(prefix="portal-up-") as folder:
        yield Path(folder)


@pytest.fixture
def up(tmp_path, temporary):
    started = []

    def start(*more, home=tmp_path, **options):
        started.append(Up(home, temporary, *more, **options))
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


@pytest.fixture
def migrated(django_db_setup, tmp_path):
    """Makes a database, as migrated: in the home, unless another name is given."""

    def make(name="portal.sqlite3"):
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as ours:
            ours.execute("VACUUM INTO ?", [str(tmp_path / name)])

    return make


def test_it_answers_and_ctrl_c_leaves_nothing(up, tmp_path, temporary):
    home = tmp_path / ("long" * 30)  # the socket of the broker is elsewhere
    home.mkdir()
    tree = up(home=home).ready()
    assert tree.get("/healthz") == '{"database": true, "broker": true}'
    second = up(home=home)
    assert second.finish() == 1
    assert second.said == f"CommandError: The portal is running already in {tree.home}.\n"
    assert tree.stop() == 0
    assert re.findall(r"Stopping (\w+)", tree.said) == ["web", "beat", "worker", "broker"]
    assert tree.said.endswith("Stopped.\n")
    assert tree.nothing_left()
    assert list(temporary.iterdir()) == []


def test_kill_9_leaves_no_process_and_loses_no_data(up, migrated):
    migrated()
    login = r"Log in        \S+ / \S+"
    first = up("--demo").ready()
    first.process.kill()
    first.process.wait()
    assert first.nothing_left()
    again = up("--demo").ready()
    assert re.findall(login, again.said) == re.findall(login, first.said) != []
    assert again.stop(signal.SIGHUP) == 0
    assert again.nothing_left()


def test_production_serves_its_pages_behind_a_proxy(up, migrated, broker, tmp_path):
    migrated("production.sqlite3")
    environ = production_environment(tmp_path) | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/production.sqlite3",
        "REDIS_URL": broker,
    }
    tree = up(environ=environ).ready()
    proxied = {"Host": "portal.example.com", "X-Forwarded-Proto": "https"}
    page = tree.get("/admin/login/", **proxied)
    (sheet,) = re.findall(r"/static/portal/portal\.[0-9a-f]{12}\.css", page)
    assert tree.get(sheet, **proxied)
    assert tree.stop() == 0


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


def test_there_is_no_demo_in_production(settings):
    settings.ENV = replace(settings.ENV, production=True)
    with pytest.raises(CommandError, match=r"^There is no demo in production\.$"):
        call_command("up", demo=True)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_what_is_no_port_is_one_clear_line(port):
    with pytest.raises(CannotStart, match=f"^Port {port} is not between 1 and 65535;"):
        check_port("127.0.0.1", port)


def test_a_dead_child_stops_all_and_is_named(up, migrated):
    migrated()
    tree = up().ready()
    log = tree.home / "logs" / "worker.log"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while " ready." not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    os.kill(tree.pid(" worker "), signal.SIGKILL)  # it leaves two children of its own
    assert tree.finish() == 1
    assert "CommandError: worker has stopped (exit code -9), so everything stops." in tree.said
    assert f"The end of {log}:\n  " in tree.said
    assert tree.nothing_left()


def test_a_second_ctrl_c_does_not_wait(up, migrated):
    migrated()
    tree = up().ready()
    worker = tree.pid(" worker ")
    os.kill(worker, signal.SIGSTOP)  # it would take the whole time it has to stop
    tree.process.send_signal(signal.SIGINT)
    assert tree.until("Stopping worker").stop() == 0
    assert tree.nothing_left()


def _command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
