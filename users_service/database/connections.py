"""Giving the database connection back early, and knowing what is at its other end."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

POOLER = (
    "DATABASE_HOST leads to PgBouncer, or another pooler, and this needs PostgreSQL "
    "itself: what it keeps for a session would be lost between two transactions. Write "
    "for example: DATABASE_HOST=<PostgreSQL's address> PGBOUNCER_HOST=<PgBouncer's>"
)


def release_connection() -> None:
    """Give the thread's connection back before work that takes long without it.

    The next statement takes one again. Inside a transaction it has to stay, and one to
    a file is kept for good: nobody waits for it.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


@contextmanager
def direct_connection() -> Iterator[BaseDatabaseWrapper]:
    """Give a connection of its own past the worker's pool, for the block's time."""
    direct = connection.copy()
    direct.settings_dict["OPTIONS"].pop("pool", None)
    with closing(direct):
        yield direct


def require_session() -> None:
    """Raise ImproperlyConfigured where a pooler stands between us and PostgreSQL.

    Raises django.db.Error where nothing answers.
    """
    if connection.vendor != "postgresql":
        return
    with direct_connection() as direct, direct.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
        # A pooler tells its clients numbers of its own, to cancel statements by.
        if process != direct.connection.info.backend_pid:
            raise ImproperlyConfigured(POOLER)
