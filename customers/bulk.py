"""Many rows of one model in one statement.

Django prepares each value of a bulk write by itself, and psycopg escapes each of them again: half
the time of a page of orders. PostgreSQL takes all rows as one JSON document, encoded at one go.
Other databases get Django's own way. Models whose key is `id`; the values are what the columns
hold, no expressions.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model

from customers.sealed import BytesField

Fields = tuple[Any, ...]  # of Field


def insert_rows(rows: Iterable[Model]) -> None:
    """Insert new rows; they know their keys afterwards. No rows, no statement."""
    rows = list(rows)
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(rows)
        return
    fields = tuple(f for f in model._meta.concrete_fields if not (f.primary_key or f.generated))
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(model, fields), [_document(rows, fields)])
        # In the order of the document, as bulk_create() relies on it, too.
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias


def update_rows(rows: Iterable[Model], names: Sequence[str]) -> None:
    """Write these fields of stored rows. The caller holds their locks. No rows, no statement."""
    rows = list(rows)
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=names
        )
        return
    fields = tuple(model._meta.get_field(name) for name in ("id", *names))
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(model, fields), [_document(rows, fields)])


def insert_pairs(
    model: type[Model], names: tuple[str, str], pairs: Sequence[tuple[int, int]]
) -> None:
    """Insert rows that are two whole numbers, their key. No pairs, no statement."""
    if not pairs:
        return
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(
            model(**dict(zip(names, pair, strict=True))) for pair in pairs
        )
        return
    fields = {f.attname: f.column for f in model._meta.concrete_fields}
    columns = ", ".join(_quoted(str(fields[name])) for name in names)
    sql = (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({columns})"  # noqa: S608  # names of ours
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*pairs, strict=True)])


def _document(rows: Sequence[Model], fields: Fields) -> str:
    """The rows as a JSON array of objects by column."""
    binary = [f for f in fields if isinstance(f, BytesField)]
    plain = [f for f in fields if f not in binary]
    foreign = [f for f in plain if f.many_to_one]
    columns = [(f.column, f.attname) for f in plain]
    document = []
    for row in rows:
        for key in foreign:  # the other row may have been new when it was assigned
            if getattr(row, key.attname) is None and key.is_cached(row):
                related = key.get_cached_value(row)
                setattr(row, key.attname, related and related.pk)
        entry = {column: getattr(row, name) for column, name in columns}
        for field in binary:
            value = field.pre_save(row, add=True)  # seals
            entry[field.column] = None if value is None else "\\x" + bytes(value).hex()
        document.append(entry)
    return msgspec.json.encode(document).decode()


@lru_cache
def _insert_sql(model: type[Model], fields: Fields) -> str:
    table, columns = _quoted(model._meta.db_table), ", ".join(_quoted(f.column) for f in fields)
    return (
        f"INSERT INTO {table} ({columns})"  # noqa: S608  # names of ours, quoted
        f" SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"
        f' RETURNING "id"'
    )


@lru_cache
def _update_sql(model: type[Model], fields: Fields) -> str:
    table = _quoted(model._meta.db_table)
    columns = (_quoted(field.column) for field in fields if not field.primary_key)
    changes = ", ".join(f"{column} = new.{column}" for column in columns)
    return (
        f"UPDATE {table} SET {changes}"  # noqa: S608  # names of ours, quoted
        f" FROM json_populate_recordset(NULL::{table}, %s::json) AS new"
        f' WHERE {table}."id" = new."id"'
    )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
