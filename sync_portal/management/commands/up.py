"""Everything in one foreground process tree."""

import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext, suppress
from io import StringIO
from json import dumps, loads
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from channels.services import read_only, statistics
from sync_portal import broker
from sync_portal.env import is_given
from sync_portal.supervisor import CannotStart, Stopped, Supervisor, check_port, only_one

# Processes, because only they can be stopped at a time limit. Two are enough: what a merchant
# waits for is Amazon's quota, not the processor.
WORKERS = 2
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # listened on only when asked for with --host


class Command(BaseCommand):
    help = (
        "Runs the whole portal in the foreground: broker, migrations, worker, beat and web; with "
        "--demo also a pretend Amazon, stores and a login. Ctrl-C stops it, a second one at once."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--demo", action="store_true", help="With a pretend Amazon.")
        parser.add_argument(
            "--json", action="store_true", help="One JSON document when it is ready, nothing else."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["demo"] and settings.ENV.production:
            raise CommandError("There is no demo in production.")
        home: Path = settings.PORTAL_HOME
        self._json = options["json"]
        supervisor = Supervisor(home, self._say)
        try:
            with supervisor.stoppable(), only_one(home), _room():
                try:
                    self._start(supervisor, options["host"], options["port"], demo=options["demo"])
                    supervisor.watch()
                finally:
                    supervisor.stop()
        except Stopped:
            self._say("Stopped.")
        except CannotStart as exc:
            raise CommandError(str(exc)) from None

    def _say(self, line: str, *, document: bool = False) -> None:
        if self._json is not document:
            return
        with suppress(OSError):  # the terminal may be gone
            self.stdout.write(line)
            self.stdout.flush()

    def _start(self, supervisor: Supervisor, host: str, port: int, *, demo: bool) -> None:
        check_port(host, port)
        self._broker(supervisor)
        self._say("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        statistics.refresh()
        read_only.guard_site()
        if settings.ENV.production:
            call_command("collectstatic", verbosity=0, interactive=False)
        told = self._demo(supervisor, _free_port(port + 1)) if demo else {}
        connections.close_all()  # the children have their own
        self._say("Starting worker, beat and web …")
        url = _url(host, port)
        env = _child_environment(host, url, demo=demo)
        celery = (sys.executable, "-m", "celery", "-A", "sync_portal")
        supervisor.start(
            "worker", *celery, "worker", "--concurrency", str(WORKERS), "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", env=env,
        )  # fmt: skip
        supervisor.start("beat", *celery, "beat", "--loglevel", "WARNING", "--pidfile=", env=env)
        supervisor.start(
            "web", sys.executable, "-m", "gunicorn", "--config", "python:sync_portal.gunicorn",
            "--bind", f"{_in_url(host)}:{port}", env=env,
        )  # fmt: skip
        supervisor.wait_for("The web server", lambda: _answers(f"{url}/healthz"))
        self._ready(url, told)

    def _broker(self, supervisor: Supervisor) -> None:
        if is_given("REDIS_URL"):
            if not broker.answers(settings.REDIS_URL):
                raise CannotStart("The broker at REDIS_URL does not answer.")
            return
        command = broker.command(_socket(), settings.PORTAL_HOME / "broker")
        supervisor.start("broker", *command)
        supervisor.wait_for("The broker", lambda: broker.answers(settings.REDIS_URL))

    def _demo(self, supervisor: Supervisor, port: int) -> dict[str, Any]:
        """A pretend Amazon on this port, and the stores that sell there."""
        self._say("Starting a pretend Amazon …")
        supervisor.start(
            "sandbox", sys.executable, "-m", "channels.sandbox", "--port", str(port),
            "--plan", "sandbox", "--live",
            "--state", str(settings.PORTAL_HOME / "sandbox.world"),
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        supervisor.wait_for("The pretend Amazon", lambda: _answers(f"{url}/"))
        answer = StringIO()
        call_command("demo", sandbox_url=url, json=True, stdout=answer)
        return {"sandbox": url, **loads(answer.getvalue())}

    def _ready(self, url: str, demo: dict[str, Any]) -> None:
        logs = settings.PORTAL_HOME / "logs"
        self._say(dumps({"url": f"{url}/", **demo, "logs": str(logs)}), document=True)
        self._say(f"\nSync Portal   {url}/")
        if demo:
            self._say(f"Log in        {demo['login']} / {demo['password']}")
            self._say(f"              or with that password as {', '.join(demo['roles'])}")
            self._say(f"Amazon        {demo['sandbox']}/  (a pretend one)")
        self._say(f"Logs          {logs}")
        self._say("Stop          Ctrl-C (again: at once)\n")


def _room() -> AbstractContextManager[None]:
    """Where the embedded broker has its socket; nothing where another one is used."""
    return nullcontext() if is_given("REDIS_URL") else broker.room_for(_socket())


def _socket() -> Path:
    return Path(settings.REDIS_URL.removeprefix("unix://"))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _url(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    return f"http://{'127.0.0.1' if host in EVERYWHERE else _in_url(host)}:{port}"


def _child_environment(host: str, url: str, *, demo: bool) -> dict[str, str]:
    """What follows from --host, --port and --demo, unless the environment says otherwise."""
    hosts = [*settings.ALLOWED_HOSTS, *([] if host in EVERYWHERE else [_in_url(host)])]
    env = {"SITE_URL": url, "DJANGO_ALLOWED_HOSTS": ",".join(hosts), "PORTAL_DEMO": str(int(demo))}
    return {name: value for name, value in env.items() if not is_given(name)}


def _free_port(wanted: int) -> int:
    """This one, or any that is free."""
    with suppress(CannotStart):
        check_port("127.0.0.1", wanted)
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    """Whether it says 200 to a host name that the portal accepts."""
    host = settings.ALLOWED_HOSTS[0].removeprefix(".").replace("*", "localhost")
    request = urllib.request.Request(url, headers={"Host": host})  # noqa: S310  # our own address
    try:
        with urllib.request.urlopen(request, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
