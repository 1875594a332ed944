"""What a fresh database holds, put back after a test that committed.

Django empties all tables after such a test and has every app seed its rows again: permissions,
roles, the schedule. That takes longer than most tests; copying what was there takes no time, and
leaves it as it was made, identifiers and all.
"""

from typing import Any

from django.core.management.commands import flush
from django.db import connection, transaction

KEPT = "kept_"


def keep(monkeypatch: Any) -> None:
    """Copy the rows of the database, as migrated; from now on a flush ends with them."""
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
