"""Putting many rows into a table by the fastest way that the database has."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from django.db import connection, models

from users_service.database.cursors import Row, bound_cursor

FEW = 50
"""Fewer rows go in by one INSERT, which is a round trip less than COPY."""


def insert_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Row],
    *,
    table: str = "",
) -> None:
    """Insert rows in their order, in the caller's transaction.

    Into the model's table, or into another `table` that has its columns. `names` are
    the model's attributes (`clinician_id`), values str, int, bool or None: dates and
    times as ISO 8601 text in UTC with an offset, JSON as text. The model's defaults and
    `pre_save` do not take part. Rows of an iterator are made while the database stores
    those before them. Raises Django's database errors.
    """
    columns, stored = _as_stored(model, names, rows)
    insert_into(table or model._meta.db_table, columns, stored)


def insert_into(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of plain values into a table, in the caller's transaction."""
    coming = iter(rows)
    first = list(islice(coming, FEW))
    if not first:
        return
    quote = connection.ops.quote_name
    target = f"{quote(table)} ({', '.join(map(quote, columns))})"
    place = f"({', '.join(['%s'] * len(columns))})"
    if len(first) < FEW:
        with bound_cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {target} VALUES {', '.join([place] * len(first))}",
                [value for row in first for value in row],
            )
        return
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            cursor.executemany(
                f"INSERT INTO {target} VALUES {place}", [*first, *coming]
            )
        else:
            with cursor.copy(f"COPY {target} FROM STDIN") as copying:
                for row in chain(first, coming):
                    copying.write_row(row)


def _as_stored(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Row]
) -> tuple[list[str], Iterable[Row]]:
    """Return the columns, and the rows with times as the database keeps them."""
    fields = [model._meta.get_field(name) for name in names]
    times = [isinstance(each, models.DateTimeField) for each in fields]
    if connection.vendor == "sqlite" and any(times):
        moments = [index for index, is_time in enumerate(times) if is_time]
        rows = (_with_moments(row, moments) for row in rows)
    return [str(getattr(each, "column")) for each in fields], rows  # noqa: B009


def _with_moments(row: Row, moments: Sequence[int]) -> Row:
    """Return the row with its times as Django writes them on SQLite."""
    values = list(row)
    for index in moments:
        if values[index] is not None:
            values[index] = values[index].removesuffix("+00:00").replace("T", " ")
    return tuple(values)
