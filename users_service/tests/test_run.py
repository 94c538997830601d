"""The test runner counts what ran, and fails where it should."""

import socket
from pathlib import Path

import pytest

from users_service.tests.run import (
    absences,
    as_libpq_names,
    postgresql_candidates,
    read_outcome,
    without_browser,
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


def test_the_browser_is_left_out_unless_tests_are_chosen_by_mark() -> None:
    assert without_browser(["-x"]) == ["-x", "-m", "not browser"]
    assert without_browser(["-m", "browser"]) == ["-m", "browser"]
