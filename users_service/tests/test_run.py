"""The test runner counts what ran, and fails where it should."""

import socket
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from users_service.tests import pgbouncer
from users_service.tests.run import (
    absences,
    as_libpq_names,
    forgiven,
    of_the_store,
    postgresql_candidates,
    read_outcome,
)

REPORT = """<testsuites><testsuite
    tests="10" failures="2" errors="1" skipped="3"/></testsuites>"""


def test_counts_come_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    outcome = read_outcome("SQLite", 1, report)
    assert str(outcome) == "SQLite: 4 passed, 3 failed, 3 skipped"


def test_a_run_without_a_report_shows_its_exit_status(tmp_path: Path) -> None:
    outcome = read_outcome("SQLite", 4, tmp_path / "absent.xml")
    assert (
        str(outcome) == "SQLite: 0 passed, 0 failed, 0 skipped (pytest exited with 4)"
    )


def test_an_absent_broker_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as reserved:
        # Bound, never listening: nothing answers, and nobody else can take it.
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RABBITMQ_HOST", "127.0.0.1")
        monkeypatch.setenv("RABBITMQ_PORT", str(reserved.getsockname()[1]))
        absent = absences(postgresql=True)
    assert "RabbitMQ" in absent


def test_an_absent_postgresql_is_named() -> None:
    assert "PostgreSQL" in absences(postgresql=False)


def test_absent_programs_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {"promtool", "pg_dump"} <= set(absences(postgresql=True))


def test_an_absent_pgbouncer_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pgbouncer, "FOLDER", str(tmp_path))
    assert "pgbouncer" in absences(postgresql=True)


def test_postgresql_is_looked_for_as_two_accounts_without_a_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HOST", "PORT", "USER", "PASSWORD"):
        monkeypatch.delenv(f"DATABASE_{name}", raising=False)
        monkeypatch.delenv(f"PG{name}", raising=False)
    monkeypatch.setenv("LOGNAME", "somebody")
    found = postgresql_candidates()
    assert [candidate["DATABASE_USER"] for candidate in found] == [
        "postgres",
        "somebody",
    ]
    assert {candidate["DATABASE_HOST"] for candidate in found} == {"127.0.0.1"}
    assert {candidate["DATABASE_PASSWORD"] for candidate in found} == {""}


def test_postgresql_is_looked_for_where_the_variables_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_HOST", "db.example")
    monkeypatch.setenv("PGHOST", "ignored.example")
    monkeypatch.setenv("DATABASE_USER", "users")
    (candidate,) = postgresql_candidates()
    assert candidate["DATABASE_HOST"] == "db.example"
    assert candidate["DATABASE_USER"] == "users"


def test_a_run_on_sqlite_knows_where_postgresql_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = {
        "DATABASE_HOST": "db.example",
        "DATABASE_PORT": "5433",
        "DATABASE_USER": "users_ci",
        "DATABASE_PASSWORD": "secret",
    }
    for name in server:
        monkeypatch.delenv(name, raising=False)
    for name, value in as_libpq_names(server).items():
        monkeypatch.setenv(name, value)

    assert postgresql_candidates() == [server]


# -- What is tried once ----------------------------------------------------------------


def test_the_first_run_is_of_the_store_unless_tests_are_chosen_by_mark() -> None:
    assert of_the_store(["-x"]) == ["-x", "-m", "store and not browser"]
    assert of_the_store(["-m", "browser"]) == ["-m", "browser"]


def test_only_the_last_run_has_to_have_tests(tmp_path: Path) -> None:
    nothing = read_outcome("SQLite", 5, tmp_path / "absent.xml")
    failed = read_outcome("SQLite", 1, tmp_path / "absent.xml")
    assert (nothing.status, forgiven(nothing).status) == (5, 0)
    assert forgiven(failed) == failed


def is_of_the_store(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("store") is not None


def test_a_test_that_is_not_of_the_store_reaches_no_database(
    request: pytest.FixtureRequest,
) -> None:
    assert not is_of_the_store(request)
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        connection.ensure_connection()


@pytest.mark.django_db
def test_a_test_marked_django_db_is_of_the_store(
    request: pytest.FixtureRequest,
) -> None:
    assert is_of_the_store(request)
    connection.ensure_connection()


def test_a_test_whose_fixture_asks_for_the_database_is_of_the_store(
    nothing_is_written: None, request: pytest.FixtureRequest
) -> None:
    assert is_of_the_store(request)
    connection.ensure_connection()


@given(st.none())
@settings(max_examples=1)
def test_what_is_drawn_by_chance_is_not_measured(
    request: pytest.FixtureRequest, drawn: None
) -> None:
    assert request.node.get_closest_marker("no_cover") is not None
