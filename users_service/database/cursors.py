"""Cursors for hand-written SQL."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar, cast

import psycopg
from django.db import NotSupportedError, connection, transaction
from django.db.backends.utils import CursorWrapper

R = TypeVar("R")
Row = tuple[Any, ...]

MOST_STALE = 10
"""As many connections as a pool usually has may hold a statement from before."""

CHUNK_ROWS = 500
"""Rows fetched at a time while a whole list passes through."""


def fetch_rows(
    sql: str, parameters: Sequence[Any] = (), *, prepared: bool = True
) -> list[Row]:
    """Return all rows of one statement.

    It stays prepared, unless it is said that its best plan depends on its values.
    """
    return past_migrations(lambda: _fetched(sql, parameters, prepared))


def past_migrations(run: Callable[[], R]) -> R:
    """Return what `run` returns, on another connection if need be.

    A migration may have changed the type of a column that a prepared statement shows,
    which PostgreSQL then refuses. In an open transaction there is no other connection.
    """
    for _ in range(MOST_STALE):
        try:
            return run()
        except NotSupportedError:
            if connection.in_atomic_block:
                raise
            connection.connection.close()  # or the pool would hand it out again
            connection.close()
    return run()


def _fetched(sql: str, parameters: Sequence[Any], prepared: bool) -> list[Row]:
    with bound_cursor() if prepared else connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Row] = cursor.fetchall()
        return rows


def stream_rows(sql: str, parameters: Sequence[Any] = ()) -> Iterator[list[Row]]:
    """Yield the rows of one statement, seen in one snapshot, in chunks.

    PostgreSQL keeps them on the server meanwhile, which needs a transaction; on SQLite
    a statement is its own snapshot, and a transaction would keep writers out.
    """
    scope = transaction.atomic() if _is_postgresql() else nullcontext()
    with scope, connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(CHUNK_ROWS):
            yield rows
            if len(rows) < CHUNK_ROWS:
                break


@contextmanager
def bound_cursor() -> Iterator[CursorWrapper]:
    """Give a cursor for SQL whose text stays the same from call to call.

    Django's own cursor for PostgreSQL binds parameters on the client, so the server
    plans every statement anew. This one binds on the server, where a statement seen
    a few times stays prepared.
    """
    with (
        _server_binding_cursor() if _is_postgresql() else connection.cursor() as cursor
    ):
        yield cursor


def _server_binding_cursor() -> CursorWrapper:
    connection.ensure_connection()
    wrap = (
        connection.make_debug_cursor
        if connection.queries_logged
        else connection.make_cursor
    )
    return wrap(cast("CursorWrapper", psycopg.Cursor(connection.connection)))


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"
