"""Read-only mode: show it, switch it on or off."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, usage_error
from channels.services import kept, read_only


class Command(PortalCommand):
    help = (
        "Shows whether read-only mode is on, and what is kept; on: nothing that changes something "
        "at Amazon is sent any more; off: what was kept goes out. With --adopt-site this site "
        "becomes the database's home."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mode", nargs="?", choices=["on", "off"])
        parser.add_argument("--adopt-site", action="store_true")

    def run_command(self, options: dict[str, Any]) -> Any:
        wanted, adopt = options["mode"], options["adopt_site"]
        if adopt and wanted != "off":
            raise usage_error("--adopt-site goes with off.")
        read_only.guard_site()
        changed = False
        if wanted == "on":
            changed = read_only.switch_on(user="")
        elif wanted == "off":
            changed = read_only.switch_off(user="", adopt_site=adopt)
        mode, waiting = read_only.mode(), kept.counts()
        return {
            "read_only": mode.read_only,
            "why": mode.why or None,
            "since": mode.since,
            "site_url": mode.site_url,
            "home_url": mode.home_url or None,
            "changed": changed,
            "confirmations": sum(store.confirmations for store in waiting),
            "cancellations": sum(store.cancellations for store in waiting),
        }
