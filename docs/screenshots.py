"""Makes docs/images/*.png: the portal with a pretend Amazon, as a merchant sees it.

Run by hand: ``python -m docs.screenshots [folder]``. Needs requirements-dev.txt, Chromium, and a
font with Japanese characters (Debian: fonts-ipafont-gothic).
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from socketserver import ThreadingMixIn
from subprocess import DEVNULL, Popen
from threading import Thread
from time import sleep
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from docs.shots import CHANNELS, COMMERCE, ORDERS, Shot, shots

IMAGES = Path(__file__).with_name("images")
SIZE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
COLOURS = 96  # of an image: a third of the bytes
MARGIN = 24


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def staged_portal(home: str) -> Iterator[dict[str, Any]]:
    """A portal in `home` with stores and orders; its addresses, its login, and what is where."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "sync_portal.settings",
        "PORTAL_HOME": home,
        "LOG_LEVEL": "ERROR",
    }
    import django  # after the environment

    django.setup()
    from channels.sandbox.server import serve
    from channels.sandbox.world import World
    from docs.scene import stage

    with _broker(Path(home)), serve(World(populate=True)) as amazon:
        scene = stage(amazon)
        from sync_portal.wsgi import application

        server = make_server("127.0.0.1", 0, application, _Server, _Quiet)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield {"portal": f"http://127.0.0.1:{server.server_port}", **scene}
        finally:
            server.shutdown()
            server.server_close()


@contextmanager
def _broker(home: Path) -> Iterator[None]:
    """Where quotas are kept."""
    from sync_portal import broker

    socket = home / "broker.sock"
    with Popen(broker.command(socket, home / "broker"), stdout=DEVNULL) as server:
        try:
            while not broker.answers(f"unix://{socket}"):
                sleep(0.1)
            yield
        finally:
            server.terminate()


def _take(page: Any, shot: Shot, scene: dict[str, Any], folder: Path) -> None:
    page.goto(f"{scene['portal']}{shot.path}")
    if shot.act:
        shot.act(page, scene)
    _save(page, folder / f"{shot.name}.png", shot.height)


def _save(page: Any, path: Path, height: int) -> None:
    """What is on the page, as far down as there is something, in few colours."""
    from PIL import Image

    bottom = page.evaluate(
        "Math.max(...[...document.querySelectorAll('#content, body > main')]"
        ".map((part) => part.getBoundingClientRect().bottom + scrollY))"
    )
    page.evaluate("scrollTo(0, 0)")
    size = page.viewport_size
    shown = min(height, round(bottom) + MARGIN)
    if shown > size["height"]:
        page.set_viewport_size({**size, "height": shown})
    clip = {"x": 0, "y": 0, "width": size["width"], "height": shown}
    image = Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")
    page.set_viewport_size(size)
    _write(image, path)


def _write(image: Any, path: Path) -> None:
    """With the colours it has most of, exactly, and the others as the nearest of them."""
    from PIL import Image

    counts = sorted(image.getcolors(image.width * image.height), reverse=True)
    kept = [colour for _, colour in counts[:COLOURS]]
    index = {colour: place for place, colour in enumerate(kept)}
    for _, colour in counts[COLOURS:]:
        index[colour] = min(
            range(COLOURS),
            key=lambda i: sum((a - b) ** 2 for a, b in zip(kept[i], colour, strict=True)),
        )
    few = Image.new("P", image.size)
    few.putpalette([part for colour in kept for part in colour])
    few.putdata([index[colour] for colour in image.getdata()])
    few.save(path, optimize=True)


def _slip(page: Any, scene: dict[str, Any], folder: Path) -> None:
    """The first page of the slips that are downloaded."""
    import pypdfium2

    page.goto(f"{scene['portal']}{ORDERS}{scene['hero']}/packing-slip/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download PDF").click()
    document = pypdfium2.PdfDocument(Path(waiting.value.path()).read_bytes())
    sheet = document[0].render(scale=1.5).to_pil().convert("RGB")
    _write(sheet.crop((0, 0, sheet.width, sheet.height * 2 // 5)), folder / "packing-slip.png")


def _keep_one(number: str) -> None:
    """Read-only mode, and a package that waits for its end."""
    from io import StringIO

    from django.core.management import call_command

    call_command("read_only", "on", stdout=StringIO())
    parcel = {"carrier": "UPS", "tracking": "1Z12345E0205271688"}
    call_command("ship_order", number, stdout=StringIO(), **parcel)


@contextmanager
def _page(browser: Any, scene: dict[str, Any], **options: Any) -> Iterator[Any]:
    """A page of somebody who is logged in."""
    context = browser.new_context(**{"viewport": SIZE, "locale": "en-GB", **options})
    page = context.new_page()
    page.goto(f"{scene['portal']}/admin/login/")
    page.fill("#id_username", scene["login"])
    page.fill("#id_password", scene["password"])
    page.click("#login-form [type=submit]")
    yield page
    context.close()


def _take_all(browser: Any, scene: dict[str, Any], folder: Path) -> None:
    with _page(browser, scene) as page:
        for shot in shots(scene):
            _take(page, shot, scene, folder)
        _slip(page, scene, folder)
        page.goto(f"{scene['sandbox']}/")
        _save(page, folder / "sandbox.png", SIZE["height"])
    with _page(browser, scene, color_scheme="dark") as page:
        _take(page, Shot("orders-dark", ORDERS), scene, folder)
    with _page(browser, scene, locale="sv-SE") as page:
        _take(page, Shot("orders-swedish", ORDERS), scene, folder)
    with _page(browser, scene, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        to_ship = f"{ORDERS}?due=today&sort=ship_by"
        _take(page, Shot("orders-phone", to_ship, height=PHONE["height"]), scene, folder)
        ship = f"{COMMERCE}{scene['ship']}/ship/"
        _take(page, Shot("ship-phone", ship, height=PHONE["height"]), scene, folder)
    keeping = Thread(target=_keep_one, args=[scene["number"]])  # no event loop of a browser
    keeping.start()
    keeping.join()
    with _page(browser, scene) as page:
        _take(page, Shot("read-only", f"{CHANNELS}saleschannelsettings/"), scene, folder)


def main(folder: Path = IMAGES) -> None:
    """Write the images."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory(prefix="portal-shots-") as home,
        staged_portal(home) as scene,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        _take_all(browser, scene, folder)
        browser.close()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
