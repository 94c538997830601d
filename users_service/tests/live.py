"""The service as production runs it, for tests that need processes and threads.

Tests that use it are marked `django_db(transaction=True)`: on PostgreSQL the server
works on the test database itself, on SQLite on a copy of it in a file, since one in
memory belongs to a single process.
"""

import base64
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

import requests
from django.db import connection

from clinicians.testing import Api, clinician_body
from users_service.tests.processes import as_in_tests, unmeasured

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = [
    str(Path(sys.executable).with_name("gunicorn")),
    "-c",
    "users_service/server.py",
    "users_service.wsgi",
]
TIMEOUT = 120

T = TypeVar("T")
R = TypeVar("R")


class LiveServer:
    """A running gunicorn, and a sister service with every scope that calls it."""

    command = COMMAND
    measured = False
    """Whether its coverage counts."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.port = free_port()
        self.headers = Api().headers
        environment = as_in_tests(
            BIND_HOST="127.0.0.1",
            SERVER_PORT=str(self.port),
            TMPDIR=str(folder),
            **database_variables(folder) | variables,
        )
        self.process = subprocess.Popen(
            self.command,
            env=environment if self.measured else unmeasured(environment),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._wait_until_it_listens()

    def _wait_until_it_listens(self) -> None:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Listening at" in line:
                break
        else:
            raise AssertionError("gunicorn did not start: " + "".join(lines))
        # Nobody reads on, and a full pipe would stop it.
        self._drain = subprocess.Popen(
            ["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL
        )
        self.process.stdout.close()

    def stop(self) -> None:
        """End it as a container's runtime does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=TIMEOUT)
        self._drain.wait(timeout=TIMEOUT)

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> requests.Response:
        """Return the answer; header names with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            json=body,
            headers=self.headers | named,
            timeout=TIMEOUT,
        )

    def created(self, **changes: Any) -> dict[str, Any]:
        """Create a clinician; return it in full."""
        answer = self.ask("POST", "/dhos/v1/clinician", clinician_body(**changes))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def read(self, clinician_id: str) -> dict[str, Any]:
        """Return a clinician in full."""
        answer = self.ask("GET", f"/dhos/v1/clinician/{clinician_id}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def log_in(self, username: str, password: str) -> requests.Response:
        """Return the answer to an attempt to log in."""
        credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
        return self.ask(
            "GET", "/dhos/v1/clinician/login", UserAuthorization=f"Bearer {credentials}"
        )


def database_variables(folder: Path) -> dict[str, str]:
    """Return the variables that lead to the test database, or to a copy of it."""
    if connection.vendor == "sqlite":
        path = str(folder / "db.sqlite3")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [path])
        return {"SQLITE_PATH": path}
    chosen = connection.settings_dict
    return {
        f"DATABASE_{name}": str(chosen[name])
        for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def at_once(
    action: Callable[[T], R], values: Iterable[T], threads: int = 16
) -> list[R]:
    """Run an action for every value, on many threads; return what came back."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(action, values))


@contextmanager
def at_work(threads: Sequence[Thread], over: Event) -> Iterator[None]:
    """Let threads work for the block's time; then tell them, and wait for each."""
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join()
