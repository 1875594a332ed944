"""Runs the benchmarks: ``python benchmarks/run.py [name …]``, all of them without a name.

Each runs on SQLite (a temporary file) and on PostgreSQL (DATABASE_URL, or one from PyPI), in a
database of its own that is dropped afterwards; one that needs none runs once. Exit code 1 when a
goal is missed.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_DATABASE = {"delivery"}
ON_POSTGRES = ("-m", "tests.postgres", sys.executable)


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(
        path.stem.removeprefix("bench_").replace("_", "-")
        for path in (ROOT / "benchmarks").glob("bench_*.py")
    )


def run(name: str) -> bool:
    """One benchmark, on both databases; False when a goal was missed."""
    module = ("-m", f"benchmarks.bench_{name.replace('-', '_')}")
    without = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    calls = [(module, without)]
    if name not in WITHOUT_DATABASE:
        calls.append(((*ON_POSTGRES, *module), dict(os.environ)))
    codes = [
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, check=False).returncode
        for arguments, env in calls
    ]
    return not any(codes)


def main(wanted: list[str]) -> int:
    known = names()
    if unknown := [name for name in wanted if name not in known]:
        print(f"No benchmark {unknown[0]!r}; there is: {', '.join(known)}.", file=sys.stderr)
        return 2
    results = [run(name) for name in wanted or known]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
