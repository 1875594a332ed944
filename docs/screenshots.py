"""Makes docs/images/*.png: the portal with a pretend Amazon, as a merchant sees it.

Run by hand: ``python -m docs.screenshots [folder]``. Needs requirements-dev.txt and Chromium.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from json import loads
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

IMAGES = Path(__file__).with_name("images")
SIZE = {"width": 1280, "height": 800}
CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def staged_portal(home: str) -> Iterator[dict[str, Any]]:
    """A portal in `home` with demo stores and orders; its addresses and its login."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "sync_portal.settings",
        "PORTAL_HOME": home,
        "LOG_LEVEL": "ERROR",
    }
    import django  # after the environment

    django.setup()
    from channels.sandbox.server import serve
    from channels.sandbox.world import World

    with serve(World(populate=True)) as amazon:
        scene = {"sandbox": amazon.url, **_stage(amazon.url)}
        from sync_portal.wsgi import application

        server = make_server("127.0.0.1", 0, application, _Server, _Quiet)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield {"portal": f"http://127.0.0.1:{server.server_port}", **scene}
        finally:
            server.shutdown()
            server.server_close()


def _stage(amazon_url: str) -> dict[str, Any]:
    """Connect, poll, ship two orders and leave one half shipped; Amazon refuses a third."""
    import requests
    from django.core.management import call_command

    from channels.models import AmazonStore, ChannelOrder
    from customers.models import Customer
    from orders.models import Product

    call_command("migrate", verbosity=0, interactive=False)
    login = StringIO()
    call_command("demo", sandbox_url=amazon_url, json=True, stdout=login)
    _stock("SOCK-MER-42", name="Merino socks", disabled=True)
    _stock("KET-12-BLU", name="Enamel kettle 1.2 l, blue", quantity=40)
    _stock("LAMP-DSK-W", name="Desk lamp, white", quantity=0)
    for settings in (
        ("Amazon DE", "unknown_sku=hold", "out_of_stock=hold"),
        ("Amazon GB", "customer_creation=new"),
        ("Amazon US", "customer_creation=new"),
    ):
        call_command("order_settings", *settings, stdout=StringIO())
    call_command("poll_orders", once=True, stdout=StringIO())

    to_ship = ChannelOrder.objects.filter(status="unshipped", placement="placed")
    by_store = {order.store.name: order for order in to_ship.order_by("purchase_date")}
    for store, carrier, tracking in (
        ("Amazon GB", "Royal Mail", "RM123456785GB"),
        ("Amazon JP", "YAMATO", "4002-1234-5678"),
        ("Amazon SE", "PostNord", "RR123456785SE"),
    ):
        number = by_store[store].commerce_order.number  # type: ignore[union-attr]  # it is placed
        call_command("ship_order", number, carrier=carrier, tracking=tracking, stdout=StringIO())
    refused = f"{amazon_url}/sandbox/orders/{by_store['Amazon SE'].amazon_order_id}/cancel"
    requests.post(refused, json={"by": "BUYER"}, timeout=10).raise_for_status()
    call_command("deliver", until_idle=True, timeout=60, stdout=StringIO())
    order = by_store["Amazon US"]
    page = f"/admin/channels/channelorder/{order.pk}/change/"
    shipped = by_store["Amazon GB"].commerce_order_id
    german = AmazonStore.objects.get(name="Amazon DE").pk
    product = Product.objects.get(sku="KET-12-BLU").pk
    customer = Customer.objects.latest("pk").pk
    return {
        **loads(login.getvalue()),
        "order": page,
        "settings": f"/admin/channels/amazonstore/{german}/order-settings/",
        "product": f"/admin/orders/product/{product}/change/",
        "customer": f"/admin/customers/customer/{customer}/change/",
        "ship": f"/admin/orders/commerceorder/{order.commerce_order_id}/ship/",
        "number": order.commerce_order.number,  # type: ignore[union-attr]  # it is placed
        "cancel": f"/admin/orders/commerceorder/{order.commerce_order_id}/cancel/",
        "commerce_order": f"/admin/orders/commerceorder/{shipped}/change/",
    }


def _stock(sku: str, **options: Any) -> None:
    from django.core.management import call_command

    call_command("set_stock", sku, stdout=StringIO(), **options)


def pages(scene: dict[str, Any]) -> dict[str, str]:
    """File name to address."""
    portal = scene["portal"]
    return {
        "orders-tab": f"{portal}/admin/channels/channelorder/",
        "order": f"{portal}{scene['order']}",
        "ship": f"{portal}{scene['ship']}",
        "cancel": f"{portal}{scene['cancel']}",
        "commerce-order": f"{portal}{scene['commerce_order']}",
        "needs-attention": f"{portal}/admin/orders/outboxmessage/?attention=yes",
        "stores": f"{portal}/admin/channels/amazonstore/",
        "held": f"{portal}/admin/channels/channelorder/held/",
        "order-settings": f"{portal}{scene['settings']}",
        "product": f"{portal}{scene['product']}",
        "customer": f"{portal}{scene['customer']}",
        "sandbox": f"{scene['sandbox']}/",
    }


def _keep_one(number: str) -> None:
    """Read-only mode, and a package that waits for its end."""
    from django.core.management import call_command

    call_command("read_only", "on", stdout=StringIO())
    parcel = {"carrier": "UPS", "tracking": "1Z12345E0205271688"}
    call_command("ship_order", number, stdout=StringIO(), **parcel)


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
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a TypedDict
        page.goto(f"{scene['portal']}/admin/login/")
        page.fill("#id_username", scene["login"])
        page.fill("#id_password", scene["password"])
        page.click("[type=submit]")
        for name, address in pages(scene).items():
            page.goto(address)
            page.screenshot(path=folder / f"{name}.png")
        keeping = Thread(target=_keep_one, args=[scene["number"]])  # no event loop of a browser
        keeping.start()
        keeping.join()
        page.goto(f"{scene['portal']}/admin/channels/saleschannelsettings/")
        page.screenshot(path=folder / "read-only.png")
        browser.close()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
