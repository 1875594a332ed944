"""`manage.py check --deploy` as production would run it, warnings included."""

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def production_environment(home: str | Path) -> dict[str, str]:
    """All that production asks for; `home` is the folder it may write to."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_ENV": "production",
        "DJANGO_SECRET_KEY": _random(48),
        "DJANGO_ALLOWED_HOSTS": "portal.example.com",
        "SITE_URL": "https://portal.example.com",
        "PORTAL_HOME": str(home),
        "DATABASE_URL": "postgres://portal:secret@db.example.com/portal",
        "REDIS_URL": "rediss://redis.example.com/0",
        "PII_KEYS": f"k1:{_random(32)}",
        "PII_INDEX_KEY": _random(32),
    }


def _random(size: int) -> str:
    return base64.b64encode(os.urandom(size)).decode()


def main() -> int:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    with tempfile.TemporaryDirectory(prefix="portal-deploy-") as home:
        return subprocess.run(command, check=False, env=production_environment(home)).returncode


if __name__ == "__main__":
    sys.exit(main())
