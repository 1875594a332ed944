"""Everything in one foreground process tree."""

import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from contextlib import suppress
from io import StringIO
from json import loads
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from sync_portal import broker
from sync_portal.env import is_given
from sync_portal.supervisor import (
    CannotStart,
    Stopped,
    Supervisor,
    check_port,
    only_one,
    stoppable,
)

WORKERS = 2  # processes; Amazon's quota, not the processor, is what a merchant waits for
THREADS = 8


class Command(BaseCommand):
    help = (
        "Runs the whole portal in the foreground: broker, migrations, worker, beat and web; with "
        "--demo also a pretend Amazon, stores and a login. Ctrl-C stops it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--demo", action="store_true", help="With a pretend Amazon.")

    def handle(self, *args: Any, **options: Any) -> None:
        home: Path = settings.PORTAL_HOME
        supervisor = Supervisor(home, self._say)
        try:
            with stoppable(), only_one(home):
                try:
                    self._start(supervisor, options)
                    supervisor.watch()
                finally:
                    # A second Ctrl-C while stopping kills what is left.
                    supervisor.stop()
        except Stopped:
            self._say("Stopped.")
        except CannotStart as exc:
            raise CommandError(str(exc)) from None

    def _say(self, line: str) -> None:
        with suppress(BrokenPipeError, OSError):  # the terminal may be gone
            self.stdout.write(line)
            self.stdout.flush()

    def _start(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        host, port = options["host"], options["port"]
        check_port(host, port)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        # A link in a message must lead back here.
        env = {} if is_given("SITE_URL") else {"SITE_URL": url}
        self._broker(supervisor)
        self._say("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        demo = self._demo(supervisor) if options["demo"] else None
        self._say("Starting worker, beat and web …")
        celery = (sys.executable, "-m", "celery", "-A", "sync_portal")
        supervisor.start(
            "worker", *celery, "worker", "--concurrency", str(WORKERS), "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", env=env,
        )  # fmt: skip
        supervisor.start("beat", *celery, "beat", "--loglevel", "WARNING", "--pidfile=", env=env)
        supervisor.start(
            "web", sys.executable, "-m", "gunicorn", "sync_portal.wsgi", "--bind",
            url.removeprefix("http://"), "--threads", str(THREADS), "--workers", "1",
            "--no-control-socket", "--access-logfile", "-", "--graceful-timeout", "5", env=env,
        )  # fmt: skip
        supervisor.wait_for("The web server", lambda: _answers(f"{url}/healthz"))
        self._ready(url, demo)

    def _broker(self, supervisor: Supervisor) -> None:
        if is_given("REDIS_URL"):
            if not broker.answers(settings.REDIS_URL):
                raise CannotStart("The broker at REDIS_URL does not answer.")
            return
        path = Path(settings.REDIS_URL.removeprefix("unix://"))
        supervisor.start("broker", *broker.command(path, settings.PORTAL_HOME / "broker"))
        supervisor.wait_for("The broker", lambda: broker.answers(settings.REDIS_URL))

    def _demo(self, supervisor: Supervisor) -> dict[str, str]:
        """A pretend Amazon on the port it had last time, and the stores that sell there."""
        home: Path = settings.PORTAL_HOME
        self._say("Starting a pretend Amazon …")
        port_file = home / "sandbox.port"
        port = int(port_file.read_text()) if port_file.exists() else _free_port()
        try:
            check_port("127.0.0.1", port)
        except CannotStart:
            port = _free_port()
        port_file.write_text(str(port))
        supervisor.start(
            "sandbox", sys.executable, "-m", "channels.sandbox", "--port", str(port),
            "--plan", "sandbox", "--live",
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        supervisor.wait_for("The pretend Amazon", lambda: _answers(f"{url}/"))
        answer = StringIO()
        call_command("demo", sandbox_url=url, json=True, stdout=answer)
        return {"sandbox": url, **loads(answer.getvalue())}

    def _ready(self, url: str, demo: dict[str, str] | None) -> None:
        self._say(f"\nSync Portal   {url}/")
        if demo:
            self._say(f"Log in        {demo['login']} / {demo['password']}")
            self._say(f"Amazon        {demo['sandbox']}/  (a pretend one)")
        self._say(f"Logs          {settings.PORTAL_HOME / 'logs'}")
        self._say("Stop          Ctrl-C\n")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
