"""Everything in one foreground process tree (`manage.py up`, `make run`).

Broker, migrations, sandbox (demo), worker, beat, web: started in that order, each when the one
before answers; stopped in reverse, so that the worker can finish what it holds while the broker is
still there. One dead child stops all. Children have sessions of their own: Ctrl-C reaches only us.
"""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from sync_portal.launch import launched

STARTUP_SECONDS = 60.0
STOP_SECONDS = 20.0
TAIL_LINES = 15


class CannotStart(Exception):
    """One clear line; whatever was started has been stopped again."""


class Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass(slots=True)
class Child:
    """One process and its log."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def last_lines(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])


@dataclass(slots=True)
class Supervisor:
    """Starts children, watches them, stops them. `say` gets one line per event."""

    home: Path
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    hurry: bool = False

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM and a closed terminal raise Stopped here, once; a second Ctrl-C hurries.

        A closing terminal may hang up twice, which is no hurry.
        """

        def on_signal(signum: int, _frame: FrameType | None) -> None:
            if not self.stopping:
                self.stopping = True
                raise Stopped
            self.hurry = self.hurry or signum == signal.SIGINT

        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, on_signal) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, name: str, *command: str, env: dict[str, str] | None = None) -> Child:
        """Start a child in a session of its own; its output goes to PORTAL_HOME/logs.

        The log of the run before is kept as `.log.1`: it may say why that run ended.
        """
        log = self.home / "logs" / f"{name}.log"
        log.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as output:
            process = subprocess.Popen(
                launched(*command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Unbuffered, so that the last words of a child that dies are in its log.
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def wait_for(self, what: str, ready: Callable[[], bool]) -> None:
        """Until `ready`; CannotStart when a child dies or nothing answers in time."""
        give_up = time.monotonic() + STARTUP_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > give_up:
                raise CannotStart(f"{what} did not answer within {STARTUP_SECONDS:.0f} seconds.")
            time.sleep(0.05)

    def check(self) -> None:
        """CannotStart that names a child which has ended; Stopped when somebody asked for it."""
        if self.stopping:  # raised by the signal already, but Python drops what a destructor raises
            raise Stopped
        for child in self.children:
            if (code := child.process.poll()) is not None:
                raise CannotStart(
                    f"{child.name} has stopped (exit code {code}), so everything stops. "
                    f"The end of {child.log}:\n{child.last_lines()}"
                )

    def watch(self) -> None:
        """Until a signal (Stopped) or a dead child (CannotStart)."""
        while True:
            self.check()
            time.sleep(0.25)

    def stop(self) -> None:
        """Stop all in reverse order, each warm first; what does not end in time is killed."""
        self.stopping = True
        while self.children:
            child = self.children.pop()
            if child.process.poll() is None:
                self.say(f"Stopping {child.name} …")
                self._end(child.process)
            # A child that died by itself may have left its own children behind.
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.terminate()
        give_up = time.monotonic() + STOP_SECONDS
        while process.poll() is None:
            if self.hurry or time.monotonic() > give_up:
                process.kill()
            time.sleep(0.02)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """One tree per PORTAL_HOME."""
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"The portal is running already in {home}.") from None
        yield


def check_port(host: str, port: int) -> None:
    """CannotStart in one clear line when somebody listens there."""
    if not 0 < port < 65536:
        raise CannotStart(f"Port {port} is not between 1 and 65535; choose one with --port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise CannotStart(
                f"Port {port} on {host} cannot be used ({exc.strerror}); choose one with --port."
            ) from None
