"""The service behind a real PgBouncer that hands out three connections by turns."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_django
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from psycopg.rows import dict_row

from clinicians.services.locking import lock_clinician
from clinicians.testing import Api, clinician_body, json_of
from clinicians.transfer.importing import Import, Options
from roles.callers import operator_caller
from users_service.database.cursors import CHUNK_ROWS
from users_service.management.commands.migrate_locked import migration_lock
from users_service.publisher.leadership import candidacy
from users_service.tests import pgbouncer
from users_service.tests.live import (
    PROJECT,
    LiveServer,
    at_once,
    database_variables,
    free_port,
)
from users_service.tests.processes import as_in_tests

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

SERVERS = 3
THREADS = 8
TURNS = 12
CLINICIAN = "/dhos/v1/clinician"
LIST = "/dhos/v2/clinicians"
REFUSED = "DATABASE_HOST leads to PgBouncer"

Bouncer = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def bouncer(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bouncer]:
    """Start a PgBouncer with these settings; returns the variables that lead to it."""
    if not pgbouncer.program():
        reason = "pgbouncer is not here"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("pgbouncer")
    database = database_variables(folder)
    with ExitStack() as running:

        def start(**settings: object) -> dict[str, str]:
            one = pgbouncer.running(folder, database, port=free_port(), **settings)
            return running.enter_context(one)

        yield start


@pytest.fixture(scope="module")
def way(bouncer: Bouncer) -> dict[str, str]:
    return bouncer(
        default_pool_size=SERVERS, admin_users=connection.settings_dict["USER"]
    )


@pytest.fixture(scope="module")
def server(
    way: dict[str, str],
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """Run a server whose threads never wait for each other, but for PgBouncer."""
    with django_db_blocker.unblock():
        running = LiveServer(
            tmp_path_factory.mktemp("served"),
            WEB_CONCURRENCY="1",
            THREADS=str(THREADS),
            DATABASE_POOL_SIZE=str(THREADS),
            # Longer than PgBouncer lets a request wait for a connection.
            LOCK_WAIT_SECONDS="60",
            **way,
        )
    yield running
    running.stop()


def told(way: dict[str, str], command: str) -> list[dict[str, Any]]:
    """Say something at PgBouncer's console; returns the rows of the answer."""
    with psycopg.connect(
        host=way["PGBOUNCER_HOST"],
        port=way["PGBOUNCER_PORT"],
        user=connection.settings_dict["USER"],
        dbname="pgbouncer",
        autocommit=True,
        cursor_factory=psycopg.ClientCursor,
        row_factory=dict_row,
    ) as console:
        answer = console.execute(command)
        return answer.fetchall() if answer.description else []


def test_all_kinds_of_requests_at_once(server: LiveServer, way: dict[str, str]) -> None:
    people = [f"P{index:04}" for index in range(CHUNK_ROWS + 20)]
    answer = server.ask("POST", f"{CLINICIAN}/bulk", list(map(person, people)))
    assert answer.json() == {"created": len(people)}, answer.text

    def turn(index: int) -> list[tuple[str, int]]:
        path = f"{CLINICIAN}/{people[index % 5]}"
        asked: list[tuple[str, str, Any]] = [
            # So often that a statement would be prepared on each connection.
            *[("GET", path, None)] * 10,
            ("GET", f"{LIST}?limit=5&offset={index}", None),
            ("PATCH", path, {"job_title": f"nurse {index}"}),
            ("POST", f"{path}/location/W{index:02}/bookmark", None),
            ("POST", f"{CLINICIAN}/bulk", [person(f"N{index}-{n}") for n in range(60)]),
            ("POST", "/dhos/v1/clinician_list", people[:50]),
            ("GET", LIST, None),
        ]
        return [
            (f"{method} {where}", server.ask(method, where, body).status_code)
            for method, where, body in asked
        ]

    answers = [each for found in at_once(turn, range(TURNS)) for each in found]

    assert [each for each in answers if each[1] not in {200, 201}] == []
    found = server.ask("GET", LIST).json()
    assert found["total"] == len(found["results"]) == len(people) + TURNS * 60
    for index, one in enumerate(people[:5]):
        wards = [f"W{turn:02}" for turn in range(TURNS) if turn % 5 == index]
        assert server.read(one)["bookmarks"] == wards
    [pool] = [each for each in told(way, "SHOW POOLS") if each["database"] == name()]
    assert pool["sv_active"] + pool["sv_idle"] + pool["sv_used"] == SERVERS
    assert pool["cl_active"] > SERVERS


def name() -> str:
    return str(connection.settings_dict["NAME"])


def person(uuid: str) -> dict[str, Any]:
    return clinician_body(uuid=uuid, send_entry_identifier=uuid)


def test_what_is_read_is_what_postgresql_itself_tells(server: LiveServer) -> None:
    shown = server.created(email_address="ada@mail.example")
    direct = json_of(Api().get(f"{CLINICIAN}/{shown['uuid']}"))
    assert shown == direct == server.read(shown["uuid"])


@pytest.fixture
def _impatient(way: dict[str, str]) -> Iterator[None]:
    """Let nobody wait for longer than a second for a connection."""
    told(way, "SET query_wait_timeout = 1")
    yield
    told(way, "SET query_wait_timeout = 120")


def test_write_of_a_held_row_is_503_after_its_time(
    way: dict[str, str], tmp_path: Path
) -> None:
    server = LiveServer(tmp_path, WEB_CONCURRENCY="1", LOCK_WAIT_SECONDS="1", **way)
    try:
        held, path = server.created()["uuid"], CLINICIAN
        with transaction.atomic():
            lock_clinician(held)
            answer = server.ask("PATCH", f"{path}/{held}", {"job_title": "nurse"})
            assert server.read(held)["job_title"] != "nurse"
        assert answer.status_code == 503
        assert answer.json()["message"] == "Somebody else is changing this, try again"
        again = server.ask("PATCH", f"{path}/{held}", {"job_title": "nurse"})
        assert again.status_code == 200
    finally:
        server.stop()


@pytest.mark.usefixtures("_impatient")
def test_who_waits_too_long_for_a_connection_is_told_503(server: LiveServer) -> None:
    people = sorted(server.created()["uuid"] for _ in range(SERVERS))
    paths = [f"{CLINICIAN}/{each}" for each in people]
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            for each in people:
                lock_clinician(each)
            # These writes wait for the locks, with all the connections.
            waiting = [
                threads.submit(server.ask, "PATCH", path, {"job_title": "nurse"})
                for path in paths
            ]
            deadline = time.monotonic() + 30
            while locks_waited_for() < SERVERS:
                assert time.monotonic() < deadline
            starved = server.ask("GET", paths[0])
            assert server.ask("GET", "/running").status_code == 200
        assert [each.result().status_code for each in waiting] == [200] * SERVERS
    assert starved.status_code == 503, starved.text
    assert int(starved.headers["Retry-After"]) > 0
    assert server.read(people[0])["job_title"] == "nurse"


def locks_waited_for() -> int:
    with connection.cursor() as cursor:
        # A transaction sees what it saw first until it asks anew.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def mistaken(bouncer: Bouncer) -> dict[str, str]:
    """Variables that take a PgBouncer, which hides what it lacks, for PostgreSQL."""
    way = bouncer(ignore_startup_parameters="options")
    return {
        "DATABASE_HOST": way["PGBOUNCER_HOST"],
        "DATABASE_PORT": way["PGBOUNCER_PORT"],
    }


def test_what_needs_a_session_refuses_to_go_through(
    mistaken: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", mistaken["DATABASE_HOST"])
    monkeypatch.setitem(connection.settings_dict, "PORT", mistaken["DATABASE_PORT"])
    actor = operator_caller("tests")
    one = Import(actor=actor, options=Options(), on_refused=lambda *_: None)

    with pytest.raises(ImproperlyConfigured, match=REFUSED):
        one.run([])
    for session in (migration_lock, candidacy):
        with pytest.raises(ImproperlyConfigured, match=REFUSED), session():
            pass


def test_commands_go_past_it_or_say_what_to_write(
    way: dict[str, str], mistaken: dict[str, str], tmp_path: Path
) -> None:
    straight = database_variables(tmp_path) | way
    migrated, refused = at_once(
        lambda command: manage(command[0], **command[1]),
        [("migrate_locked", straight), ("publish_events", straight | mistaken)],
    )
    assert "No migrations to apply" in migrated.stdout, migrated.stderr
    assert refused.returncode == 1
    assert refused.stderr.startswith(REFUSED)


def manage(command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", command],
        env=as_in_tests(RABBITMQ_HOST="127.0.0.1", **variables),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
