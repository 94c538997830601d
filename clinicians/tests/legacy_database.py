"""A scratch database in the schema of the Polaris Users API, to move over from.

Always PostgreSQL, whatever the store is: the server that the test run finds. A test
module takes over the fixture at the end: `polaris = legacy_database.polaris`.
"""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import StringIO
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import sql

from users_service.tests.run import Variables, connect, find_postgresql

SCHEMA_VERSION = "e66d175c24d5"
AUDIT_COLUMNS = """
    created timestamp without time zone NOT NULL, created_by_ varchar NOT NULL,
    modified timestamp without time zone NOT NULL, modified_by_ varchar NOT NULL
"""
SCHEMA = f"""
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE "user" (
    uuid varchar(36) PRIMARY KEY,
    {AUDIT_COLUMNS},
    nhs_smartcard_number varchar, send_entry_identifier varchar,
    job_title varchar, first_name varchar, last_name varchar, phone_number varchar,
    email_address varchar UNIQUE, professional_registration_number varchar,
    agency_name varchar, agency_staff_employee_number varchar,
    booking_reference varchar, password_hash varchar, password_salt varchar,
    can_edit_ews boolean NOT NULL DEFAULT false, login_active boolean NOT NULL,
    analytics_consent boolean, can_edit_encounter boolean,
    contract_expiry_eod_date date,
    groups varchar[], locations varchar[],
    bookmarks varchar[], bookmarked_patients varchar[]
);
CREATE TABLE product (
    uuid varchar(36) PRIMARY KEY,
    user_id varchar(36) REFERENCES "user",
    {AUDIT_COLUMNS},
    product_name varchar NOT NULL, opened_date date NOT NULL, closed_date date,
    closed_reason varchar, closed_reason_other varchar
);
CREATE TABLE terms_agreement (
    uuid varchar(36) PRIMARY KEY,
    user_id varchar(36) REFERENCES "user",
    {AUDIT_COLUMNS},
    product_name varchar NOT NULL,
    version integer, tou_version integer, patient_notice_version integer,
    accepted_timestamp timestamptz, tou_accepted_timestamp timestamptz,
    patient_notice_accepted_timestamp timestamptz
);
"""
TABLES = ("terms_agreement", "product", "user", "alembic_version")
"""Those that refer to others first."""

BLOCK = {
    "created": "2019-01-01",
    "created_by_": "old-1",
    "modified": "2019-02-01",
    "modified_by_": "old-2",
}
USER = {
    **BLOCK,
    "first_name": "Ada",
    "last_name": "Invented",
    "phone_number": "0700 000000",
    "job_title": "midwife",
    "nhs_smartcard_number": "1",
    "login_active": True,
    "groups": ["GDM Clinician"],
    "locations": ["L1"],
    "bookmarks": ["B1"],
    "bookmarked_patients": ["P1"],
}
PRODUCT = {**BLOCK, "product_name": "GDM", "opened_date": "2019-01-01"}
AGREEMENT = {**BLOCK, "product_name": "GDM"}

MAY_MAKE_ROLES = (
    "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
)


class Told(NamedTuple):
    """What a run of the command said; `error` is empty when all went well."""

    out: str
    err: str
    error: str

    @property
    def everything(self) -> str:
        """All that anybody could read."""
        return "\n".join(self)

    @property
    def summary(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


def run(*arguments: str) -> Told:
    """Run the command, whatever becomes of it."""
    out, err, message = StringIO(), StringIO(), ""
    try:
        call_command("import_polaris", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        message = str(error)
    return Told(out.getvalue(), err.getvalue(), message)


class LegacyDatabase:
    """The source: its rows, and the command run on them."""

    def __init__(self, server: Variables, name: str) -> None:
        self._server = server
        self._name = name
        self.user = server["DATABASE_USER"]
        self.password = server["DATABASE_PASSWORD"]
        self.url = self.url_of(self.user, self.password)
        self._connection = psycopg.connect(
            self.url, autocommit=True, options="-c synchronous_commit=off"
        )
        self._connection.execute(SCHEMA)

    def url_of(
        self, user: str, password: str = "", *, name: str = "", port: str = ""
    ) -> str:
        """Return a URL for somebody else, or to another database or port."""
        host, own_port = self._server["DATABASE_HOST"], self._server["DATABASE_PORT"]
        login = f"{quote(user)}:{quote(password, safe='')}" if password else quote(user)
        place = f"{quote(host, safe='')}:{port or own_port}"
        return f"postgresql://{login}@{place}/{name or self._name}"

    def drop(self) -> None:
        """Remove it from the server."""
        self._connection.close()
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        with connect(self._server) as maintenance:
            maintenance.execute(statement.format(sql.Identifier(self._name)))

    def execute(self, query: Any, values: Sequence[Any] = ()) -> "psycopg.Cursor[Any]":
        """Execute a statement, which is committed at once."""
        return self._connection.execute(query, values or None)

    def empty(self) -> None:
        """Make it a database that nobody has used yet."""
        for table in TABLES:
            self.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        self.execute("INSERT INTO alembic_version VALUES (%s)", [SCHEMA_VERSION])

    def add_user(self, uuid: str, **columns: Any) -> None:
        """Add a user, who has no address, no password and no product by default."""
        self._insert("user", {**USER, "uuid": uuid, **columns})

    def add_product(self, uuid: str, user_id: str | None, **columns: Any) -> None:
        """Add a product, open since 2019 by default."""
        row = {**PRODUCT, "uuid": uuid, "user_id": user_id, **columns}
        self._insert("product", row)

    def add_agreement(self, uuid: str, user_id: str | None, **columns: Any) -> None:
        """Add an agreement, without any version by default."""
        row = {**AGREEMENT, "uuid": uuid, "user_id": user_id, **columns}
        self._insert("terms_agreement", row)

    def change(self, table: str, uuid: str, **columns: Any) -> None:
        """Change a row."""
        pairs = [sql.SQL("{} = %s").format(sql.Identifier(each)) for each in columns]
        statement = sql.SQL("UPDATE {} SET {} WHERE uuid = %s").format(
            sql.Identifier(table), sql.SQL(", ").join(pairs)
        )
        self.execute(statement, [*columns.values(), uuid])

    def dump(self) -> dict[str, list[Any]]:
        """Return every row, and which transactions wrote and locked it."""
        query = sql.SQL("SELECT ctid, xmin, xmax, t.* FROM {} t ORDER BY t")
        return {
            table: self.execute(query.format(sql.Identifier(table))).fetchall()
            for table in TABLES
        }

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        """Be without a table for the block's time."""
        rename = sql.SQL("ALTER TABLE {} RENAME TO {}")
        name, away = sql.Identifier(table), sql.Identifier("away")
        self.execute(rename.format(name, away))
        try:
            yield
        finally:
            self.execute(rename.format(away, name))

    @contextmanager
    def set_to(self, setting: str, value: str) -> Iterator[None]:
        """Have every new connection begin with a setting, for the block's time."""
        parts = (sql.Identifier(self._name), sql.Identifier(setting))
        self.execute(sql.SQL("ALTER DATABASE {} SET {} TO {}").format(*parts, value))
        try:
            yield
        finally:
            self.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(parts[0]))

    def disconnect_others(self) -> None:
        """End every other connection to it, and wait until they are gone."""
        self.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    @contextmanager
    def reader(self, password: str, *tables: str) -> Iterator[tuple[str, str]]:
        """Give name and password of who may SELECT from these tables, and no more.

        Where we may not make roles, the owner itself is that for the block's time.
        """
        (makes_one,) = self.execute(MAY_MAKE_ROLES).fetchone() or (False,)
        name = f"reader_{secrets.token_hex(4)}" if makes_one else self.user
        role = sql.Identifier(name)
        if makes_one:
            create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            self.execute(create.format(role, password))
        self._grant("REVOKE ALL ON {} FROM {}", TABLES, role)
        self._grant("GRANT SELECT ON {} TO {}", tables, role)
        try:
            yield name, password if makes_one else self.password
        finally:
            after = "REVOKE ALL ON {} FROM {}" if makes_one else "GRANT ALL ON {} TO {}"
            self._grant(after, TABLES, role)
            if makes_one:
                self.execute(sql.SQL("DROP ROLE {}").format(role))

    def imported(self, *arguments: str) -> Told:
        """Run the command on it, which goes well."""
        told = run(self.url, *arguments)
        assert not told.error, told
        return told

    def summary(self, *arguments: str) -> Any:
        """Run the command on it, which goes well; return what it counted."""
        return self.imported("--json", *arguments).summary

    def refused(self, *arguments: str) -> Told:
        """Run the command on it, which fails."""
        told = run(self.url, *arguments)
        assert told.error, told
        return told

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        self.execute(statement, list(row.values()))

    def _grant(self, what: str, tables: Sequence[str], role: sql.Identifier) -> None:
        for table in tables:
            self.execute(sql.SQL(what).format(sql.Identifier(table), role))


@pytest.fixture
def polaris(request: pytest.FixtureRequest) -> LegacyDatabase:
    """Give an empty database: one per process, since dropping it takes its time."""
    if _server() is None:
        absent = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        absent("needs PostgreSQL to import from")
    database = _database(request.config)
    database.empty()
    return database


@cache
def _server() -> Variables | None:
    found = find_postgresql()
    return found[1] if found else None


@cache
def _database(config: pytest.Config) -> LegacyDatabase:
    # A run of all tests drops what begins like its own test database.
    prefix = os.environ.get("DATABASE_NAME") or "users_service"
    name = f"test_{prefix[:30]}_polaris_{secrets.token_hex(4)}"
    server = _server() or {}
    with connect(server) as maintenance:
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    database = LegacyDatabase(server, name)
    config.add_cleanup(database.drop)
    return database
