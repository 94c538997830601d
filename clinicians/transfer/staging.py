"""Temporary tables of what an import is going to store, filled without any lock.

Changes of stored clinicians are kept as rows of the tables that they go to, so that one
statement per table stores them all (clinicians.transfer.writing). See ADR 32.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import orjson
from django.db import connection, models
from django.utils import timezone

from clinicians.dialects import DIALECTS
from clinicians.models import SCALARS, Clinician, new_version
from clinicians.serializers.checking import Item
from clinicians.services.insertion import (
    DERIVED,
    PARTS,
    part_columns,
    part_rows,
    scalar_values,
)
from clinicians.services.members import MEMBERS
from clinicians.services.traces import erased_ids
from clinicians.transfer.checking import BATCH
from clinicians.transfer.replacing import HISTORY, Replacement, find_replacements
from roles.callers import Caller
from users_service.database.bulk import insert_into, insert_rows
from users_service.database.cursors import fetch_rows
from users_service.journal.models import AuditEntry

STORE = Clinician._meta.db_table
CHANGED, COMPARED, NEW = "import_changed", "import_compared", "import_new"
MOVING = "email_address"
CLINICIAN_COLUMNS = (*HISTORY, *SCALARS, *DERIVED, "password", "version")
"""What a change replaces of a clinician's row."""

FLAGS = tuple(f"replaces_{each}" for each in (MOVING, *PARTS))
COMPARED_COLUMNS = (
    "clinician_id",
    "version",
    "password",
    "new_version",
    "given",
    "changes",
    *FLAGS,
)


def temporary_table(name: str) -> str:
    """Return the temporary table of this name, or of a list."""
    return f"import_{name}"


def part_table(key: str, *, is_stored: bool) -> str:
    """Return the temporary table of parts that are updated, or of those inserted."""
    return temporary_table(f"{key}_{'updated' if is_stored else 'inserted'}")


def member_model(field: str) -> type[models.Model]:
    """Return the model of a list's members."""
    relation = getattr(Clinician, MEMBERS[field].relation).rel
    model: type[models.Model] = relation.related_model
    return model


def _definitions() -> dict[str, str]:
    """Return for each temporary table the SELECT that gives it its columns."""
    flags = ", ".join(f"1 = 1 AS {each}" for each in FLAGS)
    trail = AuditEntry._meta.db_table
    tables = {
        CHANGED: f"{', '.join(CLINICIAN_COLUMNS)}, uuid FROM {STORE}",
        COMPARED: "c.uuid AS clinician_id, c.version, c.password, c.version AS "
        f"new_version, '' AS given, a.changes, {flags} FROM {STORE} c, {trail} a",
        NEW: f"version AS place, 1 = 1 AS takes_address, '' AS items FROM {STORE}",
    }
    for key, part in PARTS.items():
        columns = ", ".join(("id", *part_columns(key)))
        for is_stored in (True, False):
            table = part_table(key, is_stored=is_stored)
            tables[table] = f"{columns} FROM {part.model._meta.db_table}"
    for field, (_, column) in MEMBERS.items():
        source = member_model(field)._meta.db_table
        columns = f"clinician_id, {column}, 1 = 1 AS is_added"
        tables[temporary_table(field)] = f"{columns} FROM {source}"
    return tables


class StagedImport:
    """What an import that updates has read, checked and compared, and not stored yet.

    `role_names` are the roles of all that are staged.
    """

    def __init__(self, *, actor: Caller, keep_newer: bool) -> None:
        self.actor = actor
        self.role_names = set[str]()
        self._keep_newer = keep_newer
        self._new_batches = 0
        self._part_numbers = count()
        self.tables = _definitions()
        with connection.cursor() as cursor:
            for table, columns in self.tables.items():
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
                select = f"SELECT {columns} WHERE 1 = 0"
                cursor.execute(f"CREATE TEMPORARY TABLE {table} AS {select}")
            for table, key in ((CHANGED, "uuid"), (COMPARED, "clinician_id")):
                cursor.execute(f"CREATE INDEX {table}_by_id ON {table} ({key})")

    def number_changed(self) -> int:
        """Return how many stored clinicians differ from the file."""
        [(number,)] = fetch_rows(f"SELECT count(*) FROM {COMPARED}")
        return int(number)

    def clear(self) -> None:
        """Forget all that is staged."""
        self._new_batches = 0
        self.role_names.clear()
        empty = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
        with connection.cursor() as cursor:
            for table in self.tables:
                cursor.execute(f"{empty} {table}")

    def add_new(self, items: Collection[Item], *, freed: Collection[str]) -> None:
        """Stage new clinicians, those apart who get an address of `freed`."""
        self._new_batches += 1
        self._note_roles(items)
        for takes_address in (True, False):
            chosen = [
                each for each in items if (each.get(MOVING) in freed) is takes_address
            ]
            row = (self._new_batches, takes_address, orjson.dumps(chosen).decode())
            insert_into(NEW, ("place", "takes_address", "items"), [row])

    def new_batches(self, *, takes_address: bool) -> Iterator[list[Item]]:
        """Yield the new clinicians who get an address of `freed`, or all others."""
        chosen = "takes_address" if takes_address else "NOT takes_address"
        sql = f"SELECT items FROM {NEW} WHERE place = %s AND {chosen}"
        for place in range(1, self._new_batches + 1):
            for (text,) in fetch_rows(sql, [place]):
                yield orjson.loads(text)

    def compare(self, items: Collection[Item]) -> int:
        """Stage what differs from the store; returns how many clinicians that are."""
        now = timezone.now().isoformat()
        found = find_replacements(
            items, actor=self.actor, now=now, keep_newer=self._keep_newer
        )
        self._note_roles(each.given for each in found)
        names = (*CLINICIAN_COLUMNS, "uuid")
        versions = [new_version() for _ in found]
        changed = map(_changed_row, found, versions)
        insert_rows(Clinician, names, changed, table=CHANGED)
        compared = map(_compared_row, found, versions)
        insert_into(COMPARED, COMPARED_COLUMNS, compared)
        for field in MEMBERS:
            self._stage_members(field, found)
        for key in PARTS:
            self._stage_parts(key, [each for each in found if key in each.changes], now)
        return len(found)

    def compare_again(self, ids: Collection[str]) -> None:
        """Compare with what is stored by now; who was erased since is left alone."""
        every = sorted(ids)
        for start in range(0, len(every), BATCH):
            given = self._take(every[start : start + BATCH])
            erased = erased_ids(given)
            self.compare([item for pk, item in given.items() if pk not in erased])

    def _take(self, ids: list[str]) -> dict[str, Item]:
        """Remove changes from what is staged; returns what the file says of them."""
        dialect = DIALECTS[connection.vendor]
        sql = f"SELECT given FROM {COMPARED} WHERE {dialect.all_of('clinician_id')}"
        items = [orjson.loads(text) for (text,) in fetch_rows(sql, [dialect.ids(ids)])]
        with connection.cursor() as cursor:
            for table in self.tables.keys() - {NEW}:
                column = "uuid" if table == CHANGED else "clinician_id"
                cursor.execute(
                    f"DELETE FROM {table} WHERE {dialect.all_of(column)}",
                    [dialect.ids(ids)],
                )
        return {item["uuid"]: item for item in items}

    def _note_roles(self, items: Iterable[Item]) -> None:
        for item in items:
            self.role_names.update(item["groups"])

    def _stage_members(self, field: str, found: Iterable[Replacement]) -> None:
        rows = [
            (each.given["uuid"], value, kind == "added")
            for each in found
            for kind, values in each.changes.get(field, {}).items()
            for value in values
        ]
        columns = ("clinician_id", MEMBERS[field].column, "is_added")
        insert_into(temporary_table(field), columns, rows)

    def _stage_parts(self, key: str, found: Iterable[Replacement], now: str) -> None:
        """Stage what becomes of products or agreements, stored ones before new ones."""
        for is_stored in (True, False):
            parts = (
                (each.given["uuid"], _parts(key, each, is_stored=is_stored))
                for each in found
            )
            rows = part_rows(key, parts, self.actor, now)
            names = ("id", *part_columns(key))
            table = part_table(key, is_stored=is_stored)
            numbered = ((next(self._part_numbers), *row) for row in rows)
            insert_rows(PARTS[key].model, names, numbered, table=table)


def _parts(key: str, each: Replacement, *, is_stored: bool) -> list[Mapping[str, Any]]:
    """Return the parts that are stored and change, or those to be inserted."""
    kept = len(each.stored[key]) if each.keeps_parts(key) else 0
    if not is_stored:
        return list(each.item[key][kept:])
    changed = {part["uuid"] for part in each.changes[key].get("changed", ())}
    return [part for part in each.item[key][:kept] if part["uuid"] in changed]


def _changed_row(each: Replacement, version: int) -> tuple[Any, ...]:
    return (
        *[each.item[name] for name in HISTORY],
        *scalar_values(each.item),
        each.password,
        version,
        each.given["uuid"],
    )


def _compared_row(each: Replacement, version: int) -> tuple[Any, ...]:
    return (
        each.given["uuid"],
        each.version,
        each.stored.get("password"),
        version,
        orjson.dumps(each.given).decode(),
        orjson.dumps(each.changes).decode(),
        MOVING in each.changes,
        *[key in each.changes and not each.keeps_parts(key) for key in PARTS],
    )
