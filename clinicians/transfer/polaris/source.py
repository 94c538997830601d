"""Reading the database of the Polaris (DHOS) Users API, never writing to it.

Everything is read in one snapshot.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.rows import dict_row

SCHEMA_VERSION = "e66d175c24d5"
"""What the table `alembic_version` has to hold; older ones have other column types."""

TABLES = ("user", "product", "terms_agreement")

CHUNK_ROWS = 2000

Record = dict[str, Any]
"""A row of the source, by column."""


class SourceError(Exception):
    """The source cannot be read; the message names no part of its URL."""


class Person(NamedTuple):
    """A row of `"user"`, with the rows that belong to it in the order of creation."""

    user: Record
    products: list[Record]
    agreements: list[Record]


class OpenTwice(NamedTuple):
    """A user who has several open products of one name."""

    user_id: str
    product_name: str


USERS = 'SELECT * FROM "user" WHERE {chosen} ORDER BY uuid COLLATE "C"'
PARTS = """
SELECT * FROM {table} WHERE user_id IN (SELECT uuid FROM "user" WHERE {chosen})
ORDER BY user_id COLLATE "C", created, uuid COLLATE "C"
"""
ALL = sql.SQL("true").format()
CHANGED_SINCE = """
(modified >= {since}
 OR uuid IN (SELECT user_id FROM product WHERE modified >= {since})
 OR uuid IN (SELECT user_id FROM terms_agreement WHERE modified >= {since}))
"""
OPEN_TWICE = """
SELECT user_id, product_name FROM product
WHERE closed_date IS NULL AND user_id IS NOT NULL
GROUP BY user_id, product_name HAVING count(*) > 1
ORDER BY user_id COLLATE "C", product_name
"""


BADGES_OF_SEVERAL = """
SELECT uuid FROM (
    SELECT uuid, count(*) OVER (PARTITION BY send_entry_identifier) AS holders
    FROM "user" WHERE send_entry_identifier <> ''
) AS badges WHERE holders > 1 ORDER BY uuid COLLATE "C"
"""
BADGES_THAT_ARE_ADDRESSES = """
SELECT DISTINCT badge.uuid COLLATE "C" FROM "user" AS badge JOIN "user" AS address
ON lower(btrim(badge.send_entry_identifier)) = lower(btrim(address.email_address))
WHERE badge.send_entry_identifier LIKE '%@%' AND badge.uuid <> address.uuid ORDER BY 1
"""


class PolarisSource:
    """An open snapshot of the source."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._chosen: sql.Composed = ALL

    def choose_since(self, since: datetime) -> None:
        """Read only those who changed since then, or whose parts did (UTC)."""
        moment = sql.Literal(since.replace(tzinfo=None))
        self._chosen = sql.SQL(CHANGED_SINCE).format(since=moment)

    def number(self) -> int:
        """Return how many users are read."""
        return self._count("user", self._chosen)

    def number_of_rows(self, table: str) -> int:
        """Return how many rows a table has."""
        return self._count(table, ALL)

    def orphans(self, table: str) -> int:
        """Return how many rows of a table belong to nobody."""
        return self._count(table, sql.SQL("user_id IS NULL"))

    def addresses(self) -> Iterator[tuple[str, datetime, str]]:
        """Yield id, creation and address of all users who have an address."""
        query = (
            'SELECT uuid, created, email_address FROM "user"'
            " WHERE email_address IS NOT NULL"
        )
        yield from self._stream("addresses", sql.SQL(query), psycopg.rows.tuple_row)

    def open_twice(self) -> list[OpenTwice]:
        """Return who has two open products of one name."""
        rows = self._connection.execute(OPEN_TWICE).fetchall()
        return [OpenTwice(*row) for row in rows]

    def badges_of_several(self) -> list[str]:
        """Return the ids of users whose badge number others have as well."""
        return [uuid for (uuid,) in self._connection.execute(BADGES_OF_SEVERAL)]

    def badges_that_are_addresses(self) -> list[str]:
        """Return the ids of users whose badge number is another one's address."""
        found = self._connection.execute(BADGES_THAT_ARE_ADDRESSES)
        return [uuid for (uuid,) in found]

    def missing(self, ids: Collection[str]) -> list[str]:
        """Return those of the ids that no user has."""
        query = 'SELECT uuid FROM "user" WHERE uuid = ANY(%s)'
        found = self._connection.execute(query, [list(ids)])
        return sorted(set(ids).difference(uuid for (uuid,) in found))

    def ids(self) -> Iterator[str]:
        """Yield the ids of all users."""
        query = sql.SQL('SELECT uuid FROM "user"')
        for (user_id,) in self._stream("ids", query, psycopg.rows.tuple_row):
            yield user_id

    def people(self) -> Iterator[Person]:
        """Yield the chosen users by id, each with what belongs to it."""
        products = _Follower(self._parts("product"))
        agreements = _Follower(self._parts("terms_agreement"))
        query = sql.SQL(USERS).format(chosen=self._chosen)
        for user in self._stream("users", query, dict_row):
            yield Person(user, products.of(user["uuid"]), agreements.of(user["uuid"]))

    def _parts(self, table: str) -> Iterator[Record]:
        query = sql.SQL(PARTS).format(table=sql.Identifier(table), chosen=self._chosen)
        return self._stream(table, query, dict_row)

    def _stream(
        self, name: str, query: sql.Composed | sql.SQL, row: Any
    ) -> Iterator[Any]:
        """Yield rows of a cursor that the server keeps."""
        with self._connection.cursor(f"polaris_{name}", row_factory=row) as cursor:
            cursor.itersize = CHUNK_ROWS
            yield from cursor.execute(query)

    def _count(self, table: str, condition: sql.Composed | sql.SQL) -> int:
        query = sql.SQL("SELECT count(*) FROM {table} WHERE {condition}").format(
            table=sql.Identifier(table), condition=condition
        )
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0


class _Follower:
    """Goes along with the users in the rows that belong to them, in their order."""

    def __init__(self, rows: Iterator[Record]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, user_id: str) -> list[Record]:
        """Return the rows of this user; those of later ones stay."""
        found = []
        while self._next is not None and self._next["user_id"] <= user_id:
            if self._next["user_id"] == user_id:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found


@contextmanager
def opened_source(url: str) -> Iterator[PolarisSource]:
    """Open a snapshot of the database that a URL names; raises SourceError.

    What libpq says is not passed on: it may quote the URL, password included.
    """
    try:
        connection = psycopg.connect(url, connect_timeout=10, client_encoding="utf8")
    except (psycopg.Error, ValueError) as error:
        raise SourceError(
            f"The source does not let us in ({type(error).__name__}). Its URL is "
            "postgresql://USER@HOST:PORT/DATABASE, with the password in PGPASSWORD."
        ) from None
    with connection:
        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        # However the server is set, psycopg has to understand its times.
        connection.execute("SET datestyle = 'ISO'; SET timezone = 'UTC'")
        _check_table(connection, "alembic_version")
        _check_version(connection)
        for table in TABLES:
            _check_table(connection, table)
        try:
            yield PolarisSource(connection)
        except psycopg.Error as error:
            raise SourceError(
                f"The source cannot be read on ({type(error).__name__})."
            ) from None


def _check_version(connection: "psycopg.Connection[Any]") -> None:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = row[0] if row else "none"
    if found != SCHEMA_VERSION:
        raise SourceError(
            f"The source's schema is version {found}, and {SCHEMA_VERSION} is needed: "
            "bring the Polaris Users API up to date first."
        )


def _check_table(connection: "psycopg.Connection[Any]", table: str) -> None:
    query = sql.SQL("SELECT FROM {} LIMIT 0").format(sql.Identifier(table))
    try:
        connection.execute(query)
    except psycopg.Error:
        raise SourceError(
            f"The source has no table {table} to read: it is no database of the "
            "Polaris Users API, or this user may not read it."
        ) from None
