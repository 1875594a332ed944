"""Django assumes SQLite's limit of 1999 (999 parameters a statement). Today's take 32,766 or more,
so that a page of orders is one INSERT as it is on PostgreSQL.
"""

import sqlite3
from functools import cached_property

from django.db.backends.sqlite3 import base, features, operations


class DatabaseFeatures(features.DatabaseFeatures):
    """Asks the library for its limit."""

    @cached_property
    def max_query_params(self) -> int:  # type: ignore[override]  # a constant in the base class
        self.connection.ensure_connection()
        connection: sqlite3.Connection = self.connection.connection
        return connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)


class DatabaseOperations(operations.DatabaseOperations):
    """Single columns are limited like any others."""

    def bulk_batch_size(self, fields: list[object], objs: object) -> int:
        limit = self.connection.features.max_query_params or 1
        return max(limit // max(len(fields), 1), 1)


class DatabaseWrapper(base.DatabaseWrapper):
    """sync_portal.sqlite, the ENGINE of settings.DATABASES."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
