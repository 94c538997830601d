"""What Django loads as the backend: ENGINE is the package of this module (ADR 6)."""

import random
import sqlite3
import threading
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

PAUSE_SECONDS = (0.001, 0.005)
"""Between these a writer waits before it looks again whether it is its turn."""

_first_in_line = threading.Lock()
"""Held by the one thread of this process that looks; a lock wakes the others."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose writers get their turn, however many there are.

    SQLite keeps no queue. By itself it lets a writer look the less often the longer it
    has waited, and those who come later overtake it until its time is up.
    """

    def _start_transaction_under_autocommit(self) -> None:
        """Begin. Raises OperationalError, "locked", after the connection's time-out."""
        seconds = self.settings_dict["OPTIONS"]["timeout"]
        deadline = time.monotonic() + seconds
        is_first = _first_in_line.acquire(timeout=seconds)
        try:
            self._wait_for(0)
            while not self._begins(deadline):
                time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311
        finally:
            self._wait_for(seconds)
            if is_first:
                _first_in_line.release()

    def _begins(self, deadline: float) -> bool:
        """Tell whether it is our turn; raises OperationalError once it is too late."""
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except OperationalError as error:
            if not _is_locked(error) or time.monotonic() > deadline:
                raise
            return False
        return True

    def _wait_for(self, seconds: float) -> None:
        """Set how long a statement waits by itself."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _is_locked(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY
