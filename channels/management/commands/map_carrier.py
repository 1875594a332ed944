"""Let a name of a carrier stand for one of Amazon's codes."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, usage_error
from channels.services.carriers import map_carrier, unmap_carrier


class Command(PortalCommand):
    help = "Lets what you call a carrier stand for one of Amazon's carrier codes."

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("code", metavar="CODE", nargs="?")
        parser.add_argument("--carrier-name", default="", help="Only with code Other.")
        parser.add_argument("--remove", action="store_true", help="Take the mapping away.")

    def run_command(self, options: dict[str, Any]) -> Any:
        name, code, remove = options["name"], options["code"], options["remove"]
        if remove == (code is not None):
            raise usage_error("Give either a carrier code of Amazon's or --remove.")
        if remove:
            unmap_carrier(name)
            return {"name": name, "carrier_code": None, "carrier_name": None}
        mapping = map_carrier(name=name, code=code, carrier_name=options["carrier_name"])
        return {
            "name": mapping.name,
            "carrier_code": mapping.carrier_code,
            "carrier_name": mapping.carrier_name or None,
        }
