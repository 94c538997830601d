"""The service as it runs in production, and what it asks of the database."""

import json
import logging
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.databases import Variables
from benchmarks.routes import Call

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


def statements(call: Call, token: str) -> int:
    """Return how many SQL statements the call takes; fail unless it is answered."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    body = "" if call.body is None else json.dumps(call.body)
    with CaptureQueriesContext(connection) as seen:
        answer = Client().generic(
            call.method,
            call.path,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
    if answer.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{call.path} answers {answer.status_code}")
    framing = ("BEGIN", "COMMIT")
    return sum(each["sql"] not in framing for each in seen.captured_queries)


@contextmanager
def serving() -> Iterator[int]:
    """Run gunicorn as an image would; gives the port. Its log goes nowhere."""
    command = [
        str(Path(sys.executable).with_name("gunicorn")),
        *("-c", "users_service/server.py", "users_service.wsgi"),
    ]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL)
    port = int(os.environ["SERVER_PORT"])
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            continue
        return
    raise SystemExit("gunicorn did not start")
