"""What PostgreSQL has to be like, whatever a DBA may set. See ADR 29.

Refused when the server starts, by `migrate` and by /healthcheck: each with what to
type. docs/operations.md has the table.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from clinicians.models import Clinician
from users_service.databases import PINNED
from users_service.journal.models import AuditEntry

SETTINGS = (
    "server_encoding",
    "transaction_read_only",
    "session_replication_role",
    "search_path",
    "synchronous_commit",
    *PINNED,
)
WRITES = ("INSERT", "UPDATE", "DELETE")

READ = """
SELECT current_user,
       current_database(),
       current_schema(),
       pg_is_in_recovery(),
       to_regclass(%(known)s) IS NOT NULL,
       (SELECT min(n.nspname) FROM pg_class c JOIN pg_namespace n
            ON n.oid = c.relnamespace WHERE c.relname = %(known)s),
       (SELECT json_object_agg(name, current_setting(name))::text
            FROM unnest(%(settings)s::text[]) AS name),
       (SELECT min(format('%%s on %%s', need.privilege, need.name))
            FROM json_to_recordset(%(needs)s::json) AS need (name text, privilege text)
            WHERE NOT has_table_privilege(to_regclass(need.name), need.privilege))
"""


class Condition(NamedTuple):
    """Something about the database that is not as it has to be."""

    wrong: str
    type_this: str
    """What to type in psql, or to do, to put it right."""

    is_refused: bool = True

    def __str__(self) -> str:
        return f"{self.wrong}. Put it right with: {self.type_this}"


class State(NamedTuple):
    """What a connection finds, in the order of READ."""

    role: str
    database: str
    schema: str | None
    is_standby: bool
    is_known: bool
    """Whether a table of ours is found by its name."""

    schema_of_tables: str | None
    settings: Mapping[str, str]
    missing_right: str | None


def wrong_conditions(using: BaseDatabaseWrapper | None = None) -> list[Condition]:
    """Return what is wrong with the database; raises django.db.Error."""
    asked = using or connection
    if asked.vendor != "postgresql":
        return []
    parameters: Any = {
        "known": Clinician._meta.db_table,
        "settings": list(SETTINGS),
        "needs": json.dumps(list(_needed_rights())),
    }
    with asked.cursor() as cursor:
        cursor.execute(READ, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    state = State(*row)._replace(settings=json.loads(row[6]))
    pins = "options" in asked.settings_dict["OPTIONS"]
    return [*_of_server(state), *_of_tables(state), *([] if pins else _unpinned(state))]


def _needed_rights() -> Iterator[dict[str, str]]:
    """Yield each right that the service needs; the trail is only added to."""
    yield {"name": MigrationRecorder.Migration._meta.db_table, "privilege": "SELECT"}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        writes = ("INSERT",) if model is AuditEntry else WRITES
        for privilege in ("SELECT", *writes):
            yield {"name": model._meta.db_table, "privilege": privilege}


def _of_server(state: State) -> Iterator[Condition]:
    found = state.settings
    role, database = _quoted(state.role), _quoted(state.database)
    if found["server_encoding"] != "UTF8":
        yield Condition(
            f"The database's encoding is {found['server_encoding']}, not UTF8",
            f"CREATE DATABASE users ENCODING 'UTF8' TEMPLATE template0; (an encoding "
            f"cannot be changed: dump {database} and restore it there)",
        )
    if state.is_standby:
        yield Condition(
            "PostgreSQL is a standby, which takes no writes",
            "SELECT pg_promote(); or write the primary into DATABASE_HOST",
        )
    elif found["transaction_read_only"] != "off":
        yield Condition(
            "Transactions are read-only",
            f"ALTER ROLE {role} SET default_transaction_read_only = off;",
        )
    if found["session_replication_role"] != "origin":
        yield Condition(
            "Foreign keys and triggers are off (session_replication_role)",
            f"ALTER ROLE {role} SET session_replication_role = origin;",
        )
    if found["synchronous_commit"] == "off":
        yield Condition(
            "What was answered with 200 may be lost in a crash (synchronous_commit)",
            f"ALTER ROLE {role} SET synchronous_commit = on;",
            is_refused=False,
        )


def _of_tables(state: State) -> Iterator[Condition]:
    role = _quoted(state.role)
    if not state.is_known and state.schema_of_tables:
        schema = _quoted(state.schema_of_tables)
        yield Condition(
            f"The tables are in the schema {schema}, which is not in search_path",
            f"ALTER ROLE {role} SET search_path = {schema}; "
            f"GRANT USAGE ON SCHEMA {schema} TO {role};",
        )
    elif state.schema is None:
        yield Condition(
            "No schema of search_path is there for this role",
            f"ALTER ROLE {role} SET search_path = public; "
            f"GRANT USAGE, CREATE ON SCHEMA public TO {role};",
        )
    elif state.missing_right:
        schema = _quoted(state.schema)
        yield Condition(
            f"The role {role} has no right to {state.missing_right}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} "
            f"TO {role};",
        )


def _unpinned(state: State) -> Iterator[Condition]:
    """Yield what differs where no option of ours goes along: behind PgBouncer."""
    for name, wanted in PINNED.items():
        if state.settings[name] != wanted:
            yield Condition(
                f"{name} is {state.settings[name]}, not {wanted}",
                f"ALTER ROLE {_quoted(state.role)} SET {name} = '{wanted}';",
            )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
