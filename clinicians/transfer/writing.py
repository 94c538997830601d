"""Storing staged changes of clinicians, whose rows are held as briefly as possible.

Who was changed by others since the comparison is compared again. See ADR 32.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from clinicians.services.insertion import PARTS, insert_clinicians, part_columns
from clinicians.services.members import MEMBERS
from clinicians.transfer.staging import (
    CHANGED,
    CLINICIAN_COLUMNS,
    COMPARED,
    MOVING,
    STORE,
    StagedImport,
    member_model,
    part_table,
    temporary_table,
)
from users_service.database.cursors import fetch_rows
from users_service.database.transactions import is_lock_refused, is_retryable
from users_service.journal.audit import record_staged

MAX_ROUNDS = 5
"""Comparisons without locks of those who have changed since the last one. Each takes a
fraction of the time of the one before, in which fewer change."""

LOCK_WAIT = "500ms"
"""How long other rows are held while one is waited for, before all are let go."""

IS_AS_COMPARED = (
    "(c.version = s.version AND coalesce(c.password, '') = coalesce(s.password, ''))"
)
CHANGED_SINCE = f"""
SELECT s.clinician_id FROM {COMPARED} s LEFT JOIN {STORE} c ON c.uuid = s.clinician_id
WHERE c.uuid IS NULL OR NOT {IS_AS_COMPARED}
"""
LOCK = f"""
WITH locked AS (
    SELECT s.clinician_id, {IS_AS_COMPARED} AS is_as_compared
    FROM {COMPARED} s JOIN {STORE} c ON c.uuid = s.clinician_id
    WHERE {{chosen}} ORDER BY c.uuid FOR NO KEY UPDATE OF c
)
SELECT clinician_id FROM locked WHERE NOT is_as_compared
"""
"""Rows that had to be waited for are looked at as they are afterwards."""

MOVES = f"s.replaces_{MOVING}"
IS_NOT_STORED = "c.version <> s.new_version"
CLEAR_ADDRESSES = f"""
UPDATE {STORE} AS c SET {MOVING} = NULL FROM {COMPARED} s
WHERE c.uuid = s.clinician_id AND {MOVES} AND {IS_AS_COMPARED}
"""
"""An address can change hands, and the constraint would see it twice in between."""

UPDATE = f"""
UPDATE {STORE} AS c SET {", ".join(f"{name} = n.{name}" for name in CLINICIAN_COLUMNS)}
FROM {CHANGED} n JOIN {COMPARED} s ON s.clinician_id = n.uuid
WHERE c.uuid = n.uuid AND {IS_AS_COMPARED}
"""

FIRST_HELD = f"""
WITH free AS (
    SELECT c.uuid FROM {COMPARED} s JOIN {STORE} c ON c.uuid = s.clinician_id
    FOR NO KEY UPDATE OF c SKIP LOCKED
)
SELECT min(c.uuid) FROM {COMPARED} s JOIN {STORE} c ON c.uuid = s.clinician_id
WHERE NOT EXISTS (SELECT FROM free WHERE free.uuid = c.uuid)
"""
WAIT = f"SELECT uuid FROM {STORE} WHERE uuid = %s FOR NO KEY UPDATE"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('clinicians.transfer.writing'))"
"""Two imports could each wait for rows of the other."""

SETTINGS = (
    f"lock_timeout = '{LOCK_WAIT}'",
    # Else a few thousand rows of a million are found by reading the million.
    "enable_hashjoin = off",
    "enable_mergejoin = off",
    "jit = off",
    # Else the index for searches is tidied up in between, a quarter of the time.
    "gin_pending_list_limit = '64MB'",
)
"""Of PostgreSQL, until the transaction ends."""


class HeldRows:
    """How long rows of stored clinicians were held: `longest`, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._since: float | None = None

    def begin(self) -> None:
        """Take note that rows are held from now on, none of those before."""
        self.end()
        self._since = time.monotonic()

    def end(self) -> None:
        """Take note that none are held any more."""
        if self._since is not None:
            self.longest = max(self.longest, time.monotonic() - self._since)
            self._since = None


def write(staged: StagedImport, held: HeldRows) -> None:
    """Store what is staged in the caller's transaction, which holds the rows at last.

    Waits for rows that others hold, and holds none meanwhile.
    """
    _insert_new(staged, takes_address=False)
    for _ in range(MAX_ROUNDS):
        if not (ids := _ids(CHANGED_SINCE)):
            break
        staged.compare_again(ids)
    if connection.vendor == "postgresql":
        _execute(f"ANALYZE {', '.join(staged.tables)}")
        _execute(ONE_AT_A_TIME)
    while not _try_to_store(staged, held):
        _wait_for_held_row()


def _try_to_store(staged: StagedImport, held: HeldRows) -> bool:
    """Lock and store; returns whether it was done, else no row is held any more."""
    if staged.number_changed():
        held.begin()
    try:
        with transaction.atomic():
            _store(staged)
    except OperationalError as error:
        if not (is_lock_refused(error) or is_retryable(error)):
            raise
        held.end()
        return False
    return True


def _lock(chosen: str) -> list[str]:
    """Lock the chosen rows of those staged; returns who was changed since compared."""
    if connection.vendor != "postgresql":  # where a transaction locks everything
        return _ids(CHANGED_SINCE)
    return _ids(LOCK.format(chosen=chosen))


def _wait_for_held_row() -> None:
    """Wait, holding none, until a row is free that another transaction holds."""
    try:
        with _released():
            [(held,)] = fetch_rows(FIRST_HELD)
        with _released():
            fetch_rows(WAIT, [held])
    except OperationalError as error:
        if not is_retryable(error):
            raise


@contextmanager
def _released() -> Iterator[None]:
    """Let the rows go at the end of the block that were locked in it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _store(staged: StagedImport) -> None:
    if connection.vendor == "postgresql":
        for each in SETTINGS:
            _execute(f"SET LOCAL {each}")
    _store_clinicians(staged)
    for field in MEMBERS:
        _store_members(field)
    for key in PARTS:
        _store_parts(key)
    record_staged(actor=staged.actor, action="clinician.changed", table=COMPARED)
    _insert_new(staged, takes_address=True)


def _store_clinicians(staged: StagedImport) -> None:
    """Store the fields of those who are as they were compared, then of the others.

    Who changes the address is locked and compared first: another one may get it.
    """
    staged.compare_again(_lock(MOVES))
    _execute(CLEAR_ADDRESSES)
    if _execute(UPDATE) < staged.number_changed():
        staged.compare_again(_lock(IS_NOT_STORED))
        _execute(CLEAR_ADDRESSES)
        _execute(UPDATE)


def _store_members(field: str) -> None:
    table, staged = member_model(field)._meta.db_table, temporary_table(field)
    pair = f"clinician_id, {MEMBERS[field].column}"
    leaving = f"SELECT {pair} FROM {staged} WHERE NOT is_added"
    _execute(f"DELETE FROM {table} WHERE ({pair}) IN ({leaving})")
    joining = f"SELECT {pair} FROM {staged} WHERE is_added"
    _execute(f"INSERT INTO {table} ({pair}) {joining}")


def _store_parts(key: str) -> None:
    """Store the products or agreements that differ, in their order.

    They are updated and appended where that gives the right order, else replaced.
    """
    table, columns = PARTS[key].model._meta.db_table, part_columns(key)
    replaced = f"SELECT clinician_id FROM {COMPARED} WHERE replaces_{key}"
    _execute(f"DELETE FROM {table} WHERE clinician_id IN ({replaced})")
    pairs = ", ".join(f"{name} = s.{name}" for name in columns)
    updated = f"{part_table(key, is_stored=True)} s WHERE {table}.uuid = s.uuid"
    _execute(f"UPDATE {table} SET {pairs} FROM {updated}")
    names = ", ".join(columns)
    inserted = f"{part_table(key, is_stored=False)} ORDER BY id"
    _execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {inserted}")


def _insert_new(staged: StagedImport, *, takes_address: bool) -> None:
    for batch in staged.new_batches(takes_address=takes_address):
        insert_clinicians(batch, actor=staged.actor, action="clinician.imported")


def _ids(sql: str) -> list[str]:
    return [row[0] for row in fetch_rows(sql, prepared=False)]


def _execute(sql: str) -> int:
    """Execute a statement; returns how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        changed: int = cursor.rowcount
        return changed
