"""The sandbox from the command line: ``python -m channels.sandbox`` and ``manage.py sandbox``."""

import json
import signal
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from secrets import randbelow
from threading import Event
from typing import Any

from channels.sandbox.keeping import load, save
from channels.sandbox.living import LivingWorld
from channels.sandbox.records import Seller
from channels.sandbox.sellers import DEMO_SELLERS
from channels.sandbox.server import serve
from channels.sandbox.usage import PLANS
from channels.sandbox.world import Settings, World

_VISIBILITY_LAG = 2.0  # seconds: long enough to see that 204 is not "visible"
_AMAZONS_SEARCH_LAG = 120.0  # observed, not documented
_FEED_SECONDS = 20.0  # Amazon takes ten minutes or so; nobody would watch a demo for that long
_SAVE_SECONDS = 5.0


class CannotServe(Exception):
    """One clear line: the address cannot be used."""


def add_arguments(parser: ArgumentParser) -> None:
    """The options of both commands."""
    parser.add_argument("--host", default="127.0.0.1", help="Address to bind (default: loopback).")
    parser.add_argument("--port", type=_port, default=9001, help="0 picks a free one.")
    parser.add_argument(
        "--seed", type=int, help="The same seed tells the same story (default: another each time)."
    )
    parser.add_argument("--plan", choices=sorted(PLANS), default="amazon", help="Usage plan.")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="Keep the world here from one run to the next."
    )
    life = parser.add_mutually_exclusive_group()
    life.add_argument("--live", action="store_true", default=True, help="Orders arrive (default).")
    life.add_argument(
        "--still", dest="live", action="store_false", help="Nothing moves unless told."
    )


def make_world(*, seed: int | None, plan: str, live: bool) -> World:
    """A populated world for people to play with."""
    seed = randbelow(1_000_000) if seed is None else seed
    if not live:
        return World(seed=seed, settings=Settings(plan=plan), populate=True)
    search_lag = _AMAZONS_SEARCH_LAG if plan == "amazon" else _VISIBILITY_LAG
    settings = Settings(
        plan=plan,
        visibility_lag=_VISIBILITY_LAG,
        feed_seconds=_FEED_SECONDS,
        search_lag=search_lag,
    )
    return LivingWorld(seed=seed, settings=settings, populate=True)


def run(options: dict[str, Any], say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM. CannotServe when the address cannot be used."""
    state: Path | None = options["state"]
    world = (load(state) if state else None) or make_world(
        seed=options["seed"], plan=options["plan"], live=options["live"]
    )
    stop = Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        with serve(world, host=options["host"], port=options["port"]) as running:
            say(_document(running.url, world) if options["json"] else f"Sandbox: {running.url}")
            while not stop.wait(_SAVE_SECONDS):
                _keep(world, state)
        _keep(world, state)
    except OSError as exc:
        where = f"{options['host']}:{options['port']}"
        raise CannotServe(f"The sandbox cannot use {where}: {exc.strerror or exc}.") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _keep(world: World, state: Path | None) -> None:
    if state:
        save(world, state)


def _document(url: str, world: World) -> str:
    """One line of JSON: where it runs, and what a client needs to connect its demo sellers."""
    return json.dumps(
        {
            "url": url,
            "live": world.live,
            "plan": world.settings.plan,
            "seed": world.seed,
            "sellers": [_credentials(seller) for seller in DEMO_SELLERS],
        },
        ensure_ascii=False,
    )


def _credentials(seller: Seller) -> dict[str, Any]:
    return {
        "seller_id": seller.seller_id,
        "region": seller.region,
        "marketplaces": [marketplace.country_code for marketplace in seller.marketplaces],
        "client_id": seller.client_id,
        "client_secret": seller.client_secret,
        "refresh_token": seller.refresh_token,
    }


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)
