"""Show or change the order settings of a store."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, find_store, usage_error
from channels.services import order_settings
from channels.services.backfill_progress import describe_newest


class Command(PortalCommand):
    help = "Shows the order settings of a store, or changes them: order_settings STORE name=value …"

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store")
        parser.add_argument("changes", nargs="*", metavar="name=value")

    def run_command(self, options: dict[str, Any]) -> Any:
        values: dict[str, str] = {}
        for change in options["changes"]:
            name, equals, value = change.partition("=")
            if not equals:
                raise usage_error(f"{change!r} is not of the form name=value.")
            if name in values:
                raise usage_error(f"{name} is given twice.")
            values[name] = value
        store = find_store(options["store"])
        settings = order_settings.change(store, values) if values else store.order_settings
        return {
            "store": store.name,
            **order_settings.show(settings),
            "backfill": describe_newest(store),
        }
