"""What the database's schema is, apart from tables and columns, for tests."""

from typing import NamedTuple

from django.db import connection

from users_service.database.cursors import fetch_rows

INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid),
    convalidated, condeferrable, condeferred, confrelid::regclass::text
FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
NUMBERS = """
SELECT i.indexrelid::regclass::text, i.indexrelid::bigint, i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
MASTER = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2"


class Schema(NamedTuple):
    """Definitions of indexes, constraints and triggers."""

    indexes: list[tuple[object, ...]]
    constraints: list[tuple[object, ...]]
    triggers: list[tuple[object, ...]]


def schema() -> Schema:
    """Return what there is."""
    if connection.vendor == "sqlite":
        return Schema(fetch_rows(MASTER), [], [])
    return Schema(fetch_rows(INDEXES), fetch_rows(CONSTRAINTS), fetch_rows(TRIGGERS))


def index_numbers() -> list[tuple[object, ...]]:
    """Return PostgreSQL's number of each index: one that is made again gets another."""
    return fetch_rows(NUMBERS)
