"""Which ids and addresses a file has held so far, and on which lines.

In a temporary table, since a million of them would fill this process's memory.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from clinicians.dialects import DIALECTS
from clinicians.services.conflicts import UNIQUE, Item
from users_service.database.bulk import insert_into
from users_service.database.cursors import fetch_rows

TABLE = "import_keys"
CREATE = """
CREATE TEMPORARY TABLE import_keys
(kind smallint NOT NULL, value varchar(1000) {collation} NOT NULL, line bigint NOT NULL)
"""
ACROSS = """
SELECT kind, value, line, first FROM import_keys JOIN (
    SELECT kind, value, min(line) AS first FROM import_keys
    GROUP BY kind, value HAVING count(*) > 1
) again USING (kind, value)
WHERE line > first ORDER BY line, kind LIMIT %s
"""


_NUMBERED = tuple(enumerate(UNIQUE))


class Key(NamedTuple):
    """A value that nobody may share, by its place in UNIQUE, and where it stands."""

    kind: int
    value: str
    line: int


class Repeated(NamedTuple):
    """A key that stood in the file before."""

    key: Key
    first_line: int


def keys_of(line: int, item: Item) -> list[Key]:
    """Return the keys of an item."""
    keys = []
    for kind, unique in _NUMBERED:
        value = item.get(unique.field)
        if value.__class__ is list:
            ids = [part["uuid"] for part in value if part.get("uuid") is not None]
            keys += [Key(kind, each, line) for each in ids]
        elif value is not None:
            keys.append(Key(kind, value, line))
    return keys


class SeenKeys:
    """The keys of a file, in a temporary table that is made with it.

    `is_searchable` keeps them in an index, so that each batch is told of its repeated
    keys at once; without it `repeated_across` tells in the end.
    """

    def __init__(self, *, is_searchable: bool) -> None:
        self._is_searchable = is_searchable
        collation = 'COLLATE "C"' if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(CREATE.format(collation=collation))
            if is_searchable:
                cursor.execute(f"CREATE INDEX {TABLE}_by_value ON {TABLE} (value)")

    def add(self, keys: Collection[Key]) -> list[Repeated]:
        """Take note of a batch's keys; returns those known to have been there."""
        first = self._stored(keys) if self._is_searchable else {}
        repeated = []
        for key in keys:
            identity = (key.kind, key.value)
            if identity in first:
                repeated.append(Repeated(key, first[identity]))
            else:
                first[identity] = key.line
        insert_into(TABLE, Key._fields, list(keys))
        return repeated

    def repeated_across(self, most: int) -> list[Repeated]:
        """Return at most so many keys that stand on more than one line, by line."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL work_mem = '256MB'")
        return [
            Repeated(Key(kind, value, line), first)
            for kind, value, line, first in fetch_rows(ACROSS, [most])
        ]

    def _stored(self, keys: Collection[Key]) -> dict[tuple[int, str], int]:
        dialect = DIALECTS[connection.vendor]
        rows = fetch_rows(
            f"SELECT kind, value, line FROM {TABLE}"
            f" WHERE {dialect.all_of('value')} ORDER BY line DESC",
            [dialect.ids([key.value for key in keys])],
        )
        return {(kind, value): line for kind, value, line in rows}
