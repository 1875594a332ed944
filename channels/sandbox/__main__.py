"""``python -m channels.sandbox``: the sandbox without Django."""

import sys
from argparse import ArgumentParser

from channels.sandbox.cli import CannotServe, add_arguments, run


def main() -> int:
    """Run until stopped; 1 when the address cannot be used."""
    parser = ArgumentParser(prog="python -m channels.sandbox", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="Say where it runs as JSON.")
    try:
        run(vars(parser.parse_args()), lambda line: print(line, flush=True))  # noqa: T201
    except CannotServe as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - a program's way to say why it stops
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
