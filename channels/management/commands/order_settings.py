"""Show or change the order settings of a store."""

from argparse import ArgumentParser
from copy import copy
from dataclasses import asdict
from typing import Any

from channels.management.base import PortalCommand, find_store, name_values, usage_error
from channels.models import AmazonStore
from channels.services import order_settings
from channels.services.backfill_progress import describe_newest
from channels.services.releasing import release_held
from channels.services.settings_preview import preview


class Command(PortalCommand):
    help = "Shows the order settings of a store, or changes them: order_settings STORE name=value …"

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store")
        parser.add_argument("changes", nargs="*", metavar="name=value")
        parser.add_argument(
            "--preview",
            action="store_true",
            help="What the changes would make of the last 500 orders; nothing is changed.",
        )
        parser.add_argument(
            "--history", action="store_true", help="Who changed what, newest first."
        )

    def run_command(self, options: dict[str, Any]) -> Any:
        values = name_values(options["changes"])
        store = find_store(options["store"])
        if options["history"]:
            if values or options["preview"]:
                raise usage_error("--history goes alone.")
            return {"store": store.name, "history": _history(store)}
        if options["preview"]:
            wished = copy(store.order_settings)
            order_settings.apply(wished, values)
            return {"store": store.name, **asdict(preview(store, wished))}
        settings = store.order_settings
        if values:
            settings = order_settings.change(store, values)
            release_held()
        return {
            "store": store.name,
            **order_settings.show(settings),
            "backfill": describe_newest(store),
        }


def _history(store: AmazonStore) -> list[dict[str, Any]]:
    return [
        {"at": change.at, "user": change.user_name or None, "changes": change.changes}
        for change in store.settings_changes.all()
    ]
