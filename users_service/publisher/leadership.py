"""Of all publishers of a database one leads; the others wait for it to end.

On PostgreSQL whoever holds an advisory lock leads. It belongs to a connection past
any pool, on which the leader also reads and marks: when that is lost, so is the lead,
and nothing can be sent or marked without noticing. On SQLite it is a locked file
beside the database.
"""

import fcntl
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from users_service.database.connections import require_session

ALIAS = "publisher"
APPLICATION = "users-service publisher"
"""What the database's list of connections shows."""

# Any number will do, as long as every publisher takes the same one.
LOCK = 7_305_011_926

# Both ends give up a connection whose other end is silent for about ten seconds, so
# that the lock of a machine that vanished is free again.
DIRECT = {
    "application_name": APPLICATION,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": (
        "-c statement_timeout=30s -c tcp_keepalives_idle=5"
        " -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
        " -c tcp_user_timeout=10s"
    ),
}


class Leadership(Protocol):
    """A claim to the lead. `alias` names the connection to read and mark on."""

    alias: str

    def claim(self) -> bool:
        """Return whether the lead is ours now."""

    def check(self) -> None:
        """Raise django.db.Error if the lead may be lost; costs next to nothing."""


class AdvisoryLock:
    """The lead on PostgreSQL."""

    alias = ALIAS

    def __init__(self, direct: BaseDatabaseWrapper) -> None:
        self._direct = direct

    def claim(self) -> bool:
        """Try to take the lock; raises django.db.Error without a database."""
        with self._direct.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            return bool(cursor.fetchone()[0])

    def check(self) -> None:
        """Ask the database if it has said something unasked: its goodbye, mostly."""
        with self._direct.wrap_database_errors:
            poll = select.poll()
            poll.register(self._direct.connection.fileno(), select.POLLIN)
            if not poll.poll(0):
                return
        with self._direct.cursor() as cursor:
            cursor.execute("SELECT 1")


class LockedFile:
    """The lead on SQLite: the system frees the lock when its process ends."""

    alias = "default"

    def __init__(self, file: Any) -> None:
        self._file = file

    def claim(self) -> bool:
        """Try to lock the file."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def check(self) -> None:
        """Nobody can take a file's lock away."""


@contextmanager
def candidacy(lock_file: Path | None = None) -> Iterator[Leadership]:
    """Give a claim to the lead; it ends, and the lead with it, after the block.

    Raises ImproperlyConfigured behind a pooler, where several could lead at once.
    """
    if connection.vendor == "postgresql":
        require_session()
        direct = direct_connection()
        connections[ALIAS] = direct
        try:
            yield AdvisoryLock(direct)
        finally:
            direct.close()
            del connections[ALIAS]
    else:
        path = lock_file or Path(f"{connection.settings_dict['NAME']}-publisher")
        with path.open("w") as file:
            yield LockedFile(file)


def direct_connection() -> BaseDatabaseWrapper:
    """Return a connection of our own, with time-outs, outside of Django's pool."""
    direct = connection.copy(ALIAS)
    options = direct.settings_dict["OPTIONS"]
    options.pop("pool", None)
    options.update(DIRECT)
    return direct
