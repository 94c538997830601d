"""Every write to a stored clinician starts by locking its row.

So writes to one clinician follow each other, what they decide on stays true until
they commit, and their messages are numbered in the order of the commits.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from threading import BoundedSemaphore
from typing import Any, ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Field
from django.utils import timezone

from clinicians.models import Clinician, new_version
from roles.callers import Caller
from users_service.database.connections import release_connection
from users_service.database.cursors import bound_cursor, fetch_rows
from users_service.database.transactions import is_lock_refused, write_transaction
from users_service.exceptions import NotFound, PreconditionFailed, RowHeld

logger = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

Versions = Collection[int]

UNBOUNDED_CONNECTIONS = 2
"""Connections of each pool that no transaction takes which waits for a row."""

TABLE = Clinician._meta.db_table
FIELDS = {field.name: field for field in Clinician._meta.concrete_fields}
SHOWN = [name for name in FIELDS if name != "password"]
LOCKING = f"SELECT {', '.join(SHOWN)} FROM {TABLE} WHERE uuid = %s FOR NO KEY UPDATE"  # noqa: S608


def lock_clinician(clinician_id: str, *, expected: Versions | None = None) -> Clinician:
    """Return the clinician, locked until the transaction ends, without its password.

    Raises NotFound, and PreconditionFailed unless its version is an `expected` one
    (None: any).
    """
    clinician = _locked(clinician_id)
    if clinician is None:
        raise NotFound(f"No user found with UUID {clinician_id}")
    if expected is not None and clinician.version not in expected:
        raise PreconditionFailed
    return clinician


def touch(clinician: Clinician, *, actor: Caller, fields: Collection[str] = ()) -> None:
    """Store the changed `fields`, with who changed the clinician and a new version."""
    clinician.modified = timezone.now()
    clinician.modified_by = actor.recorded_id
    clinician.version = new_version()
    derived = ("last_name_key", "first_name_key", "search_text")
    names = derived if {"first_name", "last_name"} & set(fields) else ()
    _store(clinician, [*fields, *names, "modified", "modified_by", "version"])


def _locked(clinician_id: str) -> Clinician | None:
    if connection.vendor != "postgresql":  # where a transaction locks everything
        return Clinician.objects.defer("password").filter(pk=clinician_id).first()
    rows = fetch_rows(LOCKING, [clinician_id])
    return Clinician.from_db(connection.alias, SHOWN, rows[0]) if rows else None


def _store(clinician: Clinician, names: Iterable[str]) -> None:
    """Store fields as `save` would, by a statement that stays prepared."""
    fields: list[Field[Any, Any]] = [FIELDS[name] for name in names]
    values = [
        field.get_db_prep_save(field.pre_save(clinician, add=False), connection)
        for field in fields
    ]
    pairs = ", ".join(f"{field.column} = %s" for field in fields)
    sql = f"UPDATE {TABLE} SET {pairs} WHERE uuid = %s"  # noqa: S608 (own columns)
    with bound_cursor() as cursor:
        cursor.execute(sql, [*values, clinician.pk])


def row_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function`, which locks a clinician's row, as `write_transaction` does.

    At most so many at a time that others always find a connection. Raises RowHeld
    where another transaction holds the row for too long.
    """
    run = write_transaction(function)

    @wraps(function)
    def bounded(*args: P.args, **kwargs: P.kwargs) -> R:
        with place_to_lock():
            try:
                return run(*args, **kwargs)
            except OperationalError as error:
                if not is_lock_refused(error):
                    raise
                logger.warning("A row was held by another transaction for too long")
                raise RowHeld from None

    return bounded


@contextmanager
def place_to_lock() -> Iterator[None]:
    """Bound how many transactions of this process may wait for a clinician's row.

    So some connections of the pool are left to all others, however long a row is held.
    Who waits for a place holds no connection. Raises RowHeld after as long as a
    transaction waits for a lock. Inside a transaction, and without a pool, there is no
    bound. See ADR 24.
    """
    places = _places()
    if places is None or connection.in_atomic_block:
        yield
        return
    if not places.acquire(blocking=False):
        release_connection()
        if not places.acquire(timeout=settings.LOCK_WAIT_SECONDS):
            raise RowHeld
    try:
        yield
    finally:
        places.release()


@cache
def _places() -> BoundedSemaphore | None:
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    return BoundedSemaphore(pool["max_size"] - UNBOUNDED_CONNECTIONS) if pool else None
