"""The sandbox on a socket: standard library only, a thread per request."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from channels.sandbox.app import make_app
from channels.sandbox.world import World


class _Handler(WSGIRequestHandler):
    timeout = 60  # a client that never finishes its request must not keep a thread

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the world records its calls, and a request line may carry a token."""


class SandboxServer(ThreadingMixIn, WSGIServer):
    """Serves a world; port 0 picks a free port. OSError when the port is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self.world = world
        super().__init__((host, port), _Handler)
        self.set_app(make_app(world))

    @property
    def url(self) -> str:
        """Where the sandbox answers."""
        host, port = self.socket.getsockname()[:2]
        return f"http://{host}:{port}"

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the standard library, which can take seconds."""
        # Connections that are closing since the last run do not keep the port from the next.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not worth a traceback."""

    def server_close(self) -> None:
        """Wake the replies that are being stalled, and close."""
        self.world.closing.set()
        super().server_close()


@dataclass(frozen=True, slots=True)
class Serving:
    """A running sandbox."""

    url: str
    world: World


@contextmanager
def serve(
    world: World | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Serving]:
    """Run the sandbox in a thread for the length of a ``with`` block."""
    with SandboxServer(world or World(), host, port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Serving(server.url, server.world)
        finally:
            server.shutdown()
            thread.join()
