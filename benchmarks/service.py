"""The service as it runs in production, and what it asks of the database."""

import http.client
import json
import logging
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import people
from benchmarks.databases import Variables
from benchmarks.floors import Statement
from benchmarks.routes import LOGINS, PASSWORD, Call

PROJECT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def prepare(database: Variables) -> None:
    """Set this process up as the service's: production's settings on the database."""
    for name in [each for each in os.environ if each.startswith("DATABASE_")]:
        del os.environ[name]
    os.environ.update(
        database,
        DJANGO_SETTINGS_MODULE="benchmarks.settings",
        ENVIRONMENT="PRODUCTION",
        HS_KEY=secrets.token_urlsafe(64),
        PROXY_URL="http://benchmark.example",
        SECRET_KEY=secrets.token_urlsafe(64),
        BIND_HOST="127.0.0.1",
        SERVER_PORT=str(free_port()),
    )
    import django  # noqa: PLC0415 (settings are read from here on)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    logging.disable()  # of this process only, whose requests are not measured
    call_command("migrate", verbosity=0)


def mint() -> str:
    """Return a token with every scope."""
    from datetime import timedelta  # noqa: PLC0415

    from roles.minting import mint_token  # noqa: PLC0415
    from roles.scopes import Scope  # noqa: PLC0415

    details = {"system_id": "benchmarks"}
    return mint_token(details=details, scopes=Scope, lifetime=timedelta(days=1))


def analyse() -> None:
    """Let the database tidy up and count its rows, as autovacuum does before long."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE"
        )


def give_passwords() -> None:
    """Let some people log in."""
    from clinicians.models import Clinician  # noqa: PLC0415
    from clinicians.passwords import make  # noqa: PLC0415

    addresses = [people.address(index) for index in range(LOGINS)]
    of_them = Clinician.objects.filter(email_address__in=addresses)
    of_them.update(password=make(PASSWORD))


def statements(call: Call, token: str) -> list[Statement]:
    """Return the SQL statements that the call takes; fail unless it is answered."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    seen: list[Statement] = []

    def note(execute: Any, sql: Any, parameters: Any, *rest: Any) -> Any:
        if not str(sql).startswith(("SAVEPOINT", "RELEASE")):
            seen.append((sql, parameters))
        return execute(sql, parameters, *rest)

    mark = secrets.token_hex(4)
    body = "" if call.body is None else json.dumps(call.body).replace("{n}", mark)
    with connection.execute_wrapper(note):
        answer = Client().generic(
            call.method,
            call.path.replace("{n}", mark),
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **call.headers},
        )
    if answer.status_code >= 300:  # noqa: PLR2004
        raise SystemExit(f"{call.path} answers {answer.status_code}")
    answer.close()
    return seen


class Served(NamedTuple):
    """A running service."""

    port: int
    process_id: int
    started: float
    """Seconds from its start to its first answer."""


@contextmanager
def serving() -> Iterator[int]:
    """Run gunicorn as an image would; gives the port. Its log goes nowhere."""
    with started() as served:
        yield served.port


@contextmanager
def started(**variables: str) -> Iterator[Served]:
    """Run gunicorn as an image would, with these variables as well."""
    command = [
        str(Path(sys.executable).with_name("gunicorn")),
        *("-c", "users_service/server.py", "users_service.wsgi"),
    ]
    environment = os.environ | variables
    port = int(environment["SERVER_PORT"])
    before = time.monotonic()
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.DEVNULL, env=environment
    )
    try:
        _wait_for(process, port)
        yield Served(port, process.pid, time.monotonic() - before)
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    while process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/running")
            connection.getresponse().read()
            connection.close()
            return
        time.sleep(0.01)
    raise SystemExit("gunicorn did not start")
