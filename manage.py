#!/usr/bin/env python
"""The portal's command line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as exc:
        sys.exit(f"Wrong configuration: {exc}")  # all that env.py has to say, and no traceback


if __name__ == "__main__":
    main()
