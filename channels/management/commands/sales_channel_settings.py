"""Show or change the sales channel settings."""

from argparse import ArgumentParser
from typing import Any

from channels.management.base import PortalCommand, name_values
from channels.services import channel_settings, read_only


class Command(PortalCommand):
    help = (
        "Shows the sales channel settings, or changes them: log_retention_days=1|7|14|30|90|180|"
        "365 (how long resolved errors, sync runs, feeds and reports are kept), "
        "debug_logging=on|off (log each call to Amazon, for 24 hours). For read-only mode see "
        "read_only."
    )

    def add_command_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("changes", nargs="*", metavar="name=value")

    def run_command(self, options: dict[str, Any]) -> Any:
        values = name_values(options["changes"])
        changed = channel_settings.change(values, user="") if values else []
        shown = channel_settings.show()
        return {**shown, "read_only": read_only.is_read_only(), "changed": changed}
