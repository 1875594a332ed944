"""The database of the tests: migrated once for a state of the code, and put back quickly.

Migrating takes longer than the tests of a file do, so what it makes on SQLite is kept in
``var/schema`` until the code changes. After a test that committed Django empties all tables and has
every app seed its rows again: permissions, roles, the schedule. That takes longer than most tests;
copying what was there takes no time, and leaves it as it was made, identifiers and all.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.commands import flush, migrate
from django.db import connection, transaction

CHECKOUT = Path(__file__).resolve().parent.parent
APPS = ("channels", "customers", "orders", "sync_portal")
SCHEMAS = CHECKOUT / "var" / "schema"
KEPT = "kept_"


def schema() -> Path:
    """Where the migrated database of this code is kept, before anything was seeded into it."""
    state = hashlib.sha256((CHECKOUT / "requirements.txt").read_bytes())
    for path in sorted(path for app in APPS for path in (CHECKOUT / app).rglob("*.py")):
        state.update(f"{path}\0".encode() + path.read_bytes())
    return SCHEMAS / f"{state.hexdigest()[:16]}.sqlite3"


def start_from_schema(monkeypatch: Any, new: Path) -> None:
    """Make `new`, on SQLite, of the kept schema; where there is none, migrating will keep it."""
    kept = schema()
    try:
        shutil.copyfile(kept, new)
    except FileNotFoundError:
        seed: Callable[..., None] = migrate.emit_post_migrate_signal

        def keep_and_seed(*arguments: Any, **options: Any) -> None:
            monkeypatch.undo()  # once
            _keep_schema(kept)
            seed(*arguments, **options)

        monkeypatch.setattr(migrate, "emit_post_migrate_signal", keep_and_seed)


def _keep_schema(kept: Path) -> None:
    """All processes of a run may do this at once."""
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    copy = kept.with_suffix(f".{os.getpid()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    copy.replace(kept)
    for old in set(SCHEMAS.glob("*.sqlite3")) - {kept}:
        old.unlink(missing_ok=True)


def keep_rows(monkeypatch: Any) -> None:
    """Copy what the database holds; from now on a flush ends with it."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        tables = [table for table in names if _has_rows(cursor, table)]
        for table in tables:
            cursor.execute(f"CREATE TABLE {KEPT}{table} AS SELECT * FROM {table}")

    def put_back(*_arguments: Any, **_options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM {KEPT}{table}")

    monkeypatch.setattr(flush, "emit_post_migrate_signal", put_back)


def _has_rows(cursor: Any, table: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
    return cursor.fetchone() is not None
