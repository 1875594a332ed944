"""The WSGI application: Amazon's paths, the control API, the pages for people."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from channels.sandbox import gateway
from channels.sandbox.control import control
from channels.sandbox.feed_processing import process_due
from channels.sandbox.messages import Refused, Reply, Request, StartResponse, json_reply
from channels.sandbox.pages import pages
from channels.sandbox.world import World

Wsgi = Callable[[Mapping[str, Any], StartResponse], Iterable[bytes]]


def make_app(world: World) -> Wsgi:
    """The sandbox of this world as a WSGI callable; needs no socket."""

    def app(environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return handle(world, Request.from_environ(environ)).send(start_response)

    return app


def handle(world: World, request: Request) -> Reply:
    """Answer one request, after the feeds whose time has come."""
    with world.lock:
        process_due(world)
    if to := gateway.route(request):
        return gateway.answer(world, request, to)
    if request.method == "POST" and not _is_same_origin(request):
        return json_reply(403, {"error": "Posts from other sites are refused."})
    if request.path.startswith("/sandbox/"):
        return control(world, request)
    if reply := pages(world, request):
        return reply
    return Refused(404, "NotFound", f"There is no {request.method} {request.path}.").reply()


def _is_same_origin(request: Request) -> bool:
    """Browsers name where a post comes from; another page must not move this world."""
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    return origin in (None, f"http://{host}", f"https://{host}")
