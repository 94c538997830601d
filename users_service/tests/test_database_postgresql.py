"""The backend for PostgreSQL, where the server turns out to take no writes."""

import socket
from collections.abc import Callable, Iterator
from typing import cast

import psycopg
import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from clinicians.testing import Api, created, json_of
from users_service.database.postgresql.base import DatabaseWrapper
from users_service.databases import SEARCH, SEVERAL_HOSTS
from users_service.tests.live import free_port
from users_service.tests.pair import wait_until

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

TURNED = "SET default_transaction_read_only = on"
"""Has the server report what it reports when it takes no more writes."""

READ_ONLY = "-c default_transaction_read_only=on"

Connect = Callable[..., DatabaseWrapper]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Return a connection to these hosts, with a pool of one connection."""
    made: list[DatabaseWrapper] = []

    def run(*hosts: tuple[str, int], **options: object) -> DatabaseWrapper:
        other = cast("DatabaseWrapper", connection.copy(f"other-{len(made)}"))
        chosen = other.settings_dict
        places = hosts or [(chosen["HOST"], chosen["PORT"] or 5432)]
        chosen["HOST"] = ",".join(host for host, _ in places)
        chosen["PORT"] = ",".join(str(port) for _, port in places)
        chosen["OPTIONS"]["pool"]["max_size"] = 1
        chosen["OPTIONS"] |= options
        connections[other.alias] = other
        made.append(other)
        return other

    yield run
    for each in made:
        each.close()
        each.close_pool()
        del connections[each.alias]


def process(on: DatabaseWrapper) -> int:
    """Return the server's process behind a connection."""
    with on.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def execute(on: BaseDatabaseWrapper, statement: str) -> None:
    with on.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_write_that_the_server_does_not_take_is_503() -> None:
    path = f"/dhos/v1/clinician/{created()['uuid']}"
    execute(connection, TURNED)
    answer = Api().patch(path, {"job_title": "nurse"})
    assert answer.status_code == 503
    assert json_of(answer)["message"] == "Database connection failed"
    assert int(answer["Retry-After"]) > 0
    assert Api().patch(path, {"job_title": "nurse"}).status_code == 200


def test_a_connection_that_took_no_write_is_not_handed_out_again(
    connect: Connect,
) -> None:
    only = connect()
    before = process(only)
    execute(only, TURNED)
    with pytest.raises(OperationalError, match="read-only"):
        execute(only, "CREATE TABLE refused ()")
    only.close()
    assert process(only) != before


def test_a_connection_that_was_ended_in_the_pool_is_replaced(connect: Connect) -> None:
    only = connect()
    before = process(only)
    only.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [before])
        assert cursor.fetchone() == (True,)  # and it is gone
    assert process(only) != before


def test_a_connection_whose_server_is_silent_is_not_asked(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = connect()
    before = process(only)
    only.close()

    def asked(*_: object, **__: object) -> None:
        pytest.fail("a round trip")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", asked)
        only.ensure_connection()
    assert process(only) == before


def test_of_several_hosts_one_that_was_only_read_from_is_given_up_too(
    connect: Connect,
) -> None:
    several = connect(**SEVERAL_HOSTS)
    before = process(several)
    several.close()
    assert process(several) == before
    execute(several, TURNED)
    several.close()
    assert process(several) != before


def test_the_only_host_is_read_from_though_it_takes_no_writes(
    connect: Connect,
) -> None:
    only = connect(options=READ_ONLY)
    before = process(only)
    only.close()
    assert process(only) == before


def test_of_several_hosts_none_is_used_that_takes_no_writes(connect: Connect) -> None:
    several = connect(options=READ_ONLY, **SEVERAL_HOSTS)
    several.settings_dict["OPTIONS"]["pool"]["timeout"] = 0.2
    with pytest.raises(OperationalError, match="couldn't get a connection"):
        process(several)


def test_a_transaction_that_lost_its_connection_takes_no_other(
    connect: Connect,
) -> None:
    several = connect(**SEVERAL_HOSTS)
    with (
        pytest.raises(OperationalError, match="terminating"),
        transaction.atomic(several.alias),
    ):
        execute(several, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert several.connection is None
    assert several.get_autocommit()


def test_the_search_for_a_server_goes_on_though_nobody_asks(connect: Connect) -> None:
    several = connect(("127.0.0.1", free_port()), **SEVERAL_HOSTS)
    options = several.settings_dict["OPTIONS"]["pool"]
    options |= {**SEARCH, "timeout": 0.1, "reconnect_timeout": 0.1}
    with pytest.raises(OperationalError):
        process(several)
    # It gives up at the second attempt.
    wait_until(lambda: several.pool.get_stats()["connections_errors"] > 4)


def test_a_host_that_says_nothing_is_passed_by(connect: Connect) -> None:
    chosen = connection.settings_dict
    there = (chosen["HOST"], chosen["PORT"] or 5432)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        several = connect(silent.getsockname(), there, **SEVERAL_HOSTS)
        # In less time than a request waits for a connection.
        assert process(several)
