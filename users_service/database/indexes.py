"""Filling empty tables without their indexes and constraints, made again afterwards.

PostgreSQL only. An index that is made of a full table costs a fraction of one that
grows row by row, and a foreign key is checked by one join.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, models

Models = Collection[type[models.Model]]

MEMORY = "256MB"
"""What sorting for an index may take, of the server's memory."""

CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype IN ('p', 'u', 'f', 'x')
  AND (
    conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[])
  )
ORDER BY contype = 'f', conname
"""
"""Keys before the foreign keys that need them."""

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY(%(tables)s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY 1
"""


class _Taken(NamedTuple):
    """A constraint or an index: how it goes, and how it comes back."""

    drop: str
    restore: str


@contextmanager
def without_indexes(filled: Models) -> Iterator[None]:
    """Drop indexes, keys and foreign keys of these tables for the block's time.

    In the caller's transaction, which holds the tables exclusively from here on: if it
    is rolled back, or its process dies, nothing was dropped. Raises IntegrityError
    when the rows do not allow a constraint again.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{MEMORY}'")
    taken = _taken(filled)
    _execute(each.drop for each in reversed(taken))
    yield
    _execute(each.restore for each in taken)


def _taken(filled: Models) -> list[_Taken]:
    tables = {"tables": [model._meta.db_table for model in filled]}
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, tables)
        constraints = [
            _Taken(
                f"ALTER TABLE {table} DROP CONSTRAINT {_quoted(name)}",
                f"ALTER TABLE {table} ADD CONSTRAINT {_quoted(name)} {definition}",
            )
            for table, name, definition in cursor.fetchall()
        ]
        cursor.execute(INDEXES, tables)
        indexes = [
            _Taken(f"DROP INDEX {name}", definition)
            for name, definition in cursor.fetchall()
        ]
    return [*indexes, *constraints]


def _execute(statements: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
