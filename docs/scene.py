"""What the screenshots show: a merchant with five stores, a month of orders and a day of work."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from json import loads
from random import Random
from typing import Any

import requests
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from channels.amazon.usage_plan import USAGE_PLANS
from channels.models import AmazonStore, BulkJob, ChannelOrder, SavedView, SellerAccount
from channels.sandbox import moves
from channels.sandbox.catalog import PRODUCTS
from channels.sandbox.invent import Draft, Line
from channels.sandbox.records import Status
from channels.sandbox.server import SandboxServer
from channels.services import alive, bulk, quota
from channels.services.addresses import correct_address, version
from customers.models import Customer
from docs.scene_orders import DAYS, REGULAR, a_month, b2b_order
from orders.models import OrderNote, Product
from orders.services.comments import comment

HOLD = "Recount of the shelf"


def stage(amazon: SandboxServer) -> dict[str, Any]:
    """Fill this Amazon and the database; what the pages need to be found."""
    amazon.world.settings.plan = "unlimited"
    a_month(amazon.world, Random(7))
    hero = b2b_order(amazon.world)
    login = _connect(amazon.url)
    _work(amazon)
    _story(amazon, hero)
    _trouble(amazon)
    _keep_alive()
    return {**login, "sandbox": amazon.url, **_found(hero)}


def _run(command: str, *arguments: str, **options: Any) -> dict[str, Any]:
    said = StringIO()
    call_command(command, *arguments, json=True, stdout=said, **options)
    answer: dict[str, Any] = loads(said.getvalue() or "{}")
    return answer


def _connect(url: str) -> dict[str, Any]:
    call_command("migrate", verbosity=0, interactive=False)
    login = _run("demo", sandbox_url=url)
    for account in SellerAccount.objects.all():
        for operation in USAGE_PLANS:
            quota.learn_rate(account, operation, 100)
    _run("set_stock", "SOCK-MER-42", name="Merino socks", enabled=False)
    _run("set_stock", "KET-12-BLU", name="Enamel kettle 1.2 l, blue", quantity=240)
    _run("set_stock", "LAMP-DSK-W", name="Desk lamp, white", quantity=0)
    _run("order_settings", "Amazon DE", "unknown_sku=hold", "out_of_stock=hold")
    for product in PRODUCTS:
        if product.sku not in ("SOCK-MER-42", "KET-12-BLU", "LAMP-DSK-W"):
            _run("set_stock", product.sku, name=product.title, unmanaged=True)
    for store in ("Amazon GB", "Amazon US", "Amazon SE"):
        _run("order_settings", store, "customer_creation=new")
    since = (timezone.now() - timedelta(days=DAYS)).isoformat()
    for store in AmazonStore.objects.order_by("pk"):
        _run("order_settings", store.name, f"import_since={since}")
    _run("poll_orders", once=True)
    _run("map_carrier", "Posten", "PostNord")
    return login


def _to_ship(country: str) -> Iterator[ChannelOrder]:
    waiting = ChannelOrder.objects.filter(
        store__name=f"Amazon {country}", status=Status.UNSHIPPED.lower(), placement="placed"
    )
    free = waiting.exclude(commerce_order__state="on_hold").select_related("commerce_order")
    return free.order_by("ship_by", "pk").iterator()


def _number(order: ChannelOrder) -> str:
    """Of its Commerce order."""
    assert order.commerce_order
    return order.commerce_order.number


def _work(amazon: SandboxServer) -> None:
    """Ship some, cancel one, hold some; one buyer cancels behind our back, two ask to."""
    carriers = {"GB": "Royal Mail", "JP": "YAMATO", "US": "UPS"}
    numbers = {"GB": "RM123456785GB", "JP": "4002-1234-5678", "US": "1Z12345E0205271688"}
    for country, carrier in carriers.items():
        number = _number(next(_to_ship(country)))
        _run("ship_order", number, carrier=carrier, tracking=numbers[country])
    swedish = list(_to_ship("SE"))
    for order, tracking in zip(swedish, ("RR123456785SE", "UA000000014SE"), strict=False):
        number = _number(order)
        _run("ship_order", number, carrier="PostNord", tracking=tracking)
    _post(amazon, swedish[1], "cancel", by="BUYER")
    for order in (swedish[4], next(_to_ship("DE"))):
        _post(amazon, order, "request-cancel", reason="Order created by mistake")
    _run("cancel_order", swedish[-1].amazon_order_id, reason="NoInventory")
    _deliver()
    _run("poll_orders", once=True)
    _job("hold", [*swedish[5:9], *list(_to_ship("US"))[:4], swedish[0]], reason=HOLD)


def _deliver() -> None:
    """What is proven soon; the cancellation is not waited for."""
    with suppress(CommandError):
        _run("deliver", until_idle=True, timeout=20)


def _post(amazon: SandboxServer, order: ChannelOrder, what: str, **body: str) -> None:
    url = f"{amazon.url}/sandbox/orders/{order.amazon_order_id}/{what}"
    requests.post(url, json=body, timeout=10).raise_for_status()


def _demo_user() -> User:
    return User.objects.get(username="demo")


def _job(kind: str, orders: list[ChannelOrder], turns: int = 0, **params: str) -> None:
    """A job of the demo's user; with `turns` only so many of its rows are done."""
    rows = [bulk.NewRow(order.pk, order.amazon_order_id) for order in orders]
    job = bulk.start(kind=kind, user=_demo_user(), rows=rows, params=params)
    turn = bulk.TURN
    bulk.TURN = 0.0 if turns else turn
    for _ in range(turns or 1):
        bulk.run(job.pk)
    bulk.TURN = turn


def _story(amazon: SandboxServer, hero: str) -> None:
    """The hero is verified, moves house, is commented, corrected and half shipped."""
    world = amazon.world
    _poll(lambda: world.change(hero, moves.verify))
    order = ChannelOrder.objects.select_related("commerce_order").get(amazon_order_id=hero)
    number = _number(order)
    moved = replace(world.order(hero).address, line2="Tor 5")
    _poll(lambda: world.change(hero, lambda known: replace(known, address=moved)))
    text = "Buyer called: deliver before ten, ask for the warehouse"
    comment(order_id=order.commerce_order_id, text=text, user="demo")
    order = ChannelOrder.objects.get(amazon_order_id=hero)
    address = {**order.recipient, "line1": "Industriestraße 1 A"}
    correct_address(order_id=order.pk, address=address, user=_demo_user(), seen=version(order))
    _run("hold_order", number, reason="Cutting boards arrive at noon")
    _run("unhold_order", number)
    item = order.items.get(seller_sku="NOTE-A5-3").order_item_id
    carrier = {"carrier": "DHL", "tracking": "00340434161094022115"}
    _run("ship_order", number, item=[f"{item}=10"], **carrier)
    _deliver()
    notes = list(OrderNote.objects.filter(timeline=order.uid).order_by("at", "pk"))
    for place, note in enumerate(reversed(notes)):  # all this took the merchant a day, not a second
        before = timedelta(minutes=4 + 97 * place)
        OrderNote.objects.filter(pk=note.pk).update(at=timezone.now() - before)


def _poll(happen: Any) -> None:
    happen()
    _run("poll_orders", once=True)


def _trouble(amazon: SandboxServer) -> None:
    """An order that cannot be read, a store out of reach, an authorization that ends soon."""
    world = amazon.world
    unreadable = Draft(lines=(Line(sku="TEA-50"),))
    world.create_order("SE", unreadable)
    world.faults.push("malformed_order", "search")
    _run("poll_orders", store="Amazon SE")
    world.faults.push("503", "search", times=4)
    with suppress(CommandError):
        _run("poll_orders", store="Amazon JP")
    american = ChannelOrder.objects.filter(store__name="Amazon US")
    _job("fetch", list(american.select_related("commerce_order")), turns=120)
    soon = timezone.now() - timedelta(days=347)
    SellerAccount.objects.filter(region="na").update(authorized_at=soon)
    SellerAccount.objects.exclude(region="na").update(
        authorized_at=timezone.now() - timedelta(days=61)
    )
    AmazonStore.objects.update(created_at=timezone.now() - timedelta(days=61))


def _keep_alive() -> None:
    for account in SellerAccount.objects.all():  # so that the job takes as long as it really would
        quota.learn_rate(account, "getOrder", 0.5)
    now = timezone.now()
    alive.beat_heart(now)
    PeriodicTask.objects.update(last_run_at=now)
    german = AmazonStore.objects.get(name="Amazon DE").pk
    query = f"status=unshipped&store={german}&sort=ship_by"
    SavedView.objects.create(owner=_demo_user(), name="Germany", shared=True, query=query)


def _found(hero: str) -> dict[str, Any]:
    """Keys of what the pages are about."""
    order = ChannelOrder.objects.get(amazon_order_id=hero)
    largest = max(_to_ship("US"), key=lambda order: order.items.count())
    return {
        "hero": order.pk,
        "hero_commerce": order.commerce_order_id,
        "to_ship": [(order.pk, order.amazon_order_id) for order in _to_ship("SE")][:8],
        "ship": largest.commerce_order_id,
        "number": _number(largest),
        "stores": {s.name[-2:]: s.pk for s in AmazonStore.objects.all()},
        "running": BulkJob.objects.get(finished_at=None).pk,
        "ended": BulkJob.objects.get(kind="hold").pk,
        "product": Product.objects.get(sku="KET-12-BLU").pk,
        "customer": Customer.objects.get(email_index=Customer.index_email(REGULAR.email)).pk,
    }
