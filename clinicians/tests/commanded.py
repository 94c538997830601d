"""Commands as processes of their own, on a database that tests look into."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from users_service.tests.live import PROJECT, TIMEOUT, database_variables
from users_service.tests.processes import as_in_tests, unmeasured
from users_service.tests.schema import MASTER, schema

TABLES = (
    "clinicians_clinician",
    "clinicians_product",
    "clinicians_clinicianlocation",
    "clinicians_clinicianrole",
)
OTHERS_BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state <> 'idle'
"""


class Store:
    """The database of processes: the test's own, or on SQLite a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.variables = database_variables(folder)
        self._path = self.variables.get("SQLITE_PATH")

    def start(self, command: str, *arguments: str, **how: Any) -> "Process":
        """Start a command in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [sys.executable, "manage.py", command, *arguments],
            env=unmeasured(as_in_tests(**self.variables)),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Whoever runs the tests in the background has them ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            **how,
        )

    def run(self, command: str, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end; returns status, output and errors."""
        return ended(self.start(command, *arguments))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        if self._path:
            with closing(sqlite3.connect(self._path, timeout=60)) as opened:
                return opened.execute(sql).fetchall()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """Return how many rows a table has."""
        [(number,)] = self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")
        return int(number)

    def held(self) -> int:
        """Return how many clinicians there are, each with all that hangs on one."""
        counts = {table: self.count(table) for table in TABLES}
        trail = "action = 'clinician.imported'"
        counts["trail"] = self.count("journal_auditentry", trail)
        [number] = set(counts.values())
        return number

    def schema(self) -> Any:
        """Return what there is of indexes and constraints."""
        return self.rows(MASTER) if self._path else schema()

    def is_written_to(self) -> bool:
        """Whether somebody is in the middle of a transaction that writes."""
        if not self._path:
            sql = "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid()"
            table = "relation = 'clinicians_clinician'::regclass"
            modes = "mode IN ('RowExclusiveLock', 'AccessExclusiveLock')"
            return self.rows(f"{sql} AND {table} AND granted AND {modes}") != [(0,)]
        with closing(sqlite3.connect(self._path, timeout=0)) as opened:
            try:
                opened.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def settle(self) -> None:
        """Wait until the database has noticed that a process is gone."""
        if not self._path:
            wait_for(lambda: self.rows(OTHERS_BUSY) == [(0,)])

    def empty(self) -> None:
        """Delete everything but the roles, as after a test."""
        if self._path:
            path = Path(self._path)
            for each in path.parent.glob(f"{path.name}*"):  # with its logs
                each.unlink()
            database_variables(path.parent)
        else:
            call_command("flush", verbosity=0, interactive=False)


Process = subprocess.Popen[str]


def ended(process: Process) -> tuple[int, str, str]:
    """Wait for a process; returns status, output and errors."""
    out, err = process.communicate(timeout=TIMEOUT)
    return process.returncode, out, err


def wait_for(condition: Callable[[], bool]) -> None:
    """Ask again and again until the condition holds."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
