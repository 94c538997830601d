"""What callers see while the database does not answer, and once it does again."""

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
import requests
from django.db import connection, transaction

from users_service.tests.live import LiveServer, free_port

pytestmark = pytest.mark.django_db(transaction=True)

SINGLE = {"WEB_CONCURRENCY": "1", "THREADS": "4"}


class Proxy:
    """A way to the database that can be cut and opened again."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = free_port()
        self.pipes: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        """Let connections through, from now on."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def cut(self) -> None:
        """End all connections and refuse new ones."""
        for each in [self.listener, *self.pipes]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.pipes.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self.target)
                self.pipes += [near, far]
                for pair in ((near, far), (far, near)):
                    Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source: socket.socket, drain: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                drain.sendall(part)
        with suppress(OSError):
            drain.shutdown(socket.SHUT_RDWR)


Start = Callable[..., LiveServer]


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Iterator[Start]:
    """Start a server; it ends before the database is emptied."""
    running: list[LiveServer] = []

    def run(**variables: str) -> LiveServer:
        running.append(LiveServer(tmp_path, **SINGLE | variables))
        return running[-1]

    yield run
    for server in running:
        server.stop()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    chosen = connection.settings_dict
    way = Proxy(chosen["HOST"], int(chosen["PORT"] or 5432))
    yield way
    way.cut()


def assert_unavailable(answer: requests.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["message"] == "Database connection failed"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def test_an_unreachable_database_is_503_and_the_service_runs(
    start: Start, tmp_path: Path
) -> None:
    # On SQLite a folder where the file should be, on PostgreSQL a port with nobody.
    server = start(SQLITE_PATH=str(tmp_path), DATABASE_PORT=str(free_port()))
    assert_unavailable(server.ask("GET", "/dhos/v2/clinicians?limit=5"))
    assert server.ask("GET", "/running").json() == {"running": True}
    health = server.ask("GET", "/healthcheck")
    assert (health.status_code, health.json()["status"]) == (503, "failure")


@pytest.mark.postgresql
def test_an_exhausted_pool_is_503_and_the_service_runs(
    start: Start, record_property: Callable[[str, object], None]
) -> None:
    server = start(DATABASE_POOL_SIZE="3", THREADS="8", LOCK_WAIT_SECONDS="60")
    path = f"/dhos/v1/clinician/{server.created()['uuid']}"
    seconds = list[float]()
    with ThreadPoolExecutor(8) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE clinicians_clinician")
            # These reads wait for the lock, with all connections.
            waiting = [pool.submit(server.ask, "GET", path) for _ in range(3)]
            while requests_waiting() < len(waiting):
                assert not any(each.done() for each in waiting)
            starved = pool.submit(server.ask, "GET", path)
            while wait([starved], timeout=0.02).not_done:
                running = server.ask("GET", "/running")
                assert running.status_code == 200
                seconds.append(running.elapsed.total_seconds())
            assert_unavailable(starved.result())
            assert not any(each.done() for each in waiting)
        assert [each.result().status_code for each in waiting] == [200] * 3
    record_property(
        "figure",
        f"503 after {starved.result().elapsed.total_seconds():.1f} s; /running "
        f"meanwhile {len(seconds)} times, after {1000 * max(seconds):.0f} ms at the "
        f"longest",
    )


def requests_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


@pytest.mark.postgresql
def test_a_database_that_went_away_is_used_again_once_it_is_back(
    start: Start, proxy: Proxy
) -> None:
    server = start(DATABASE_HOST="127.0.0.1", DATABASE_PORT=str(proxy.port))
    path = f"/dhos/v1/clinician/{server.created()['uuid']}"
    proxy.cut()
    assert_unavailable(server.ask("GET", path))
    assert_unavailable(server.ask("PATCH", path, {"job_title": "nurse"}))
    assert server.ask("GET", "/running").status_code == 200
    proxy.open()
    recovered = time.monotonic() + 15
    while (answer := server.ask("GET", path)).status_code != 200:
        assert_unavailable(answer)
        assert time.monotonic() < recovered
    assert answer.json()["job_title"] == "midwife"
    assert server.ask("PATCH", path, {"job_title": "nurse"}).status_code == 200


@pytest.mark.postgresql
def test_connections_that_the_database_ended_are_replaced(start: Start) -> None:
    server = start()
    path = f"/dhos/v1/clinician/{server.created()['uuid']}"
    with connection.cursor() as cursor:
        cursor.execute(
            # Whom it does not wait for, it may end with the next statement.
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert {server.ask("GET", path).status_code for _ in range(8)} == {200}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own lock")
def test_a_file_that_another_program_keeps_locked_is_503(
    start: Start, tmp_path: Path
) -> None:
    server = start()
    path = f"/dhos/v1/clinician/{server.created()['uuid']}"
    other = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_unavailable(server.ask("PATCH", path, {"job_title": "nurse"}))
    assert server.ask("GET", path).json()["job_title"] == "midwife"
    assert server.ask("GET", "/running").status_code == 200
    other.execute("ROLLBACK")
    other.close()
    assert server.ask("PATCH", path, {"job_title": "nurse"}).status_code == 200
