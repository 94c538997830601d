"""Run the tests on every database at hand: `make test`.

`python -m users_service.tests.run [--coverage] [arguments for pytest]`. SQLite is
always at hand; PostgreSQL is where DATABASE_* or PG* say, else on 127.0.0.1:5432
for `postgres` or the account's own name, without a password. With REQUIRE_ALL=1
something absent is a failure. What tells little of a database is done once, in the
last run, which has every test: those that cannot reach a database, those in a browser,
and measuring the coverage, which takes half as long again. The last line says what was
run on what.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from users_service.tests import pgbouncer

PROJECT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Of Prometheus and of PostgreSQL; some tests are skipped without them.
PROGRAMS = ("promtool", "pg_dump")
COVERAGE = ("--cov", "--cov-report=", "--cov-fail-under=0")
NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)
Variables = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What one run of pytest came to."""

    database: str
    status: int
    passed: int
    failed: int
    skipped: int

    def __str__(self) -> str:
        """Return the run's part of the last line."""
        counts = (
            f"{self.database}: {self.passed} passed, "
            f"{self.failed} failed, {self.skipped} skipped"
        )
        # Interrupted, crashed, nothing collected: no test failed, but the run did.
        unexplained = self.status != 0 and self.failed == 0
        return f"{counts} (pytest exited with {self.status})" if unexplained else counts


def postgresql_candidates() -> list[Variables]:
    """Return where PostgreSQL may answer, as DATABASE_* variables."""

    def read(name: str, other: str, default: str) -> str:
        return os.environ.get(name) or os.environ.get(other) or default

    users = [read("DATABASE_USER", "PGUSER", "")]
    if users == [""]:
        users = list(dict.fromkeys(["postgres", getuser()]))
    return [
        {
            "DATABASE_HOST": read("DATABASE_HOST", "PGHOST", "127.0.0.1"),
            "DATABASE_PORT": read("DATABASE_PORT", "PGPORT", "5432"),
            "DATABASE_USER": user,
            "DATABASE_PASSWORD": read("DATABASE_PASSWORD", "PGPASSWORD", ""),
        }
        for user in users
    ]


def connect(variables: Variables) -> psycopg.Connection:
    """Connect to the server's maintenance database; raise OperationalError."""
    return psycopg.connect(
        host=variables["DATABASE_HOST"],
        port=variables["DATABASE_PORT"],
        user=variables["DATABASE_USER"],
        password=variables["DATABASE_PASSWORD"],
        dbname="postgres",
        target_session_attrs="read-write",  # of several hosts the one to make them on
        connect_timeout=3,
        autocommit=True,
    )


def find_postgresql() -> tuple[str, Variables] | None:
    """Return the first PostgreSQL that lets us make databases, and its version."""
    for variables in postgresql_candidates():
        try:
            with connect(variables) as connection:
                row = connection.execute(
                    "SELECT current_setting('server_version_num')::int,"
                    " rolcreatedb OR rolsuper"
                    " FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.OperationalError:
            continue
        if row and row[1]:
            return f"PostgreSQL {row[0] // 10_000}.{row[0] % 10_000}", variables
    return None


def drop_leftovers(variables: Variables, name: str) -> None:
    """Drop the test databases that an interrupted run left behind."""
    with connect(variables) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
            [f"test_{name}"],
        ).fetchall()
        for (database,) in rows:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(
                    sql.Identifier(database)
                )
            )


def absences(*, postgresql: bool) -> list[str]:
    """Return what tests could have used and is not there."""
    absent = []
    if not postgresql:
        absent.append("PostgreSQL")
    try:
        broker = os.environ.get("RABBITMQ_HOST") or "127.0.0.1"
        port = int(os.environ.get("RABBITMQ_PORT") or 5672)
        socket.create_connection((broker, port), timeout=3).close()
    except OSError:
        absent.append("RabbitMQ")
    if needs_browser() and not any(map(shutil.which, BROWSERS)):
        absent.append("chromium")
    if not pgbouncer.program():
        absent.append("pgbouncer")
    return absent + [name for name in PROGRAMS if not shutil.which(name)]


def needs_browser() -> bool:
    """Tell whether a test is marked `browser`."""
    tests = (path for path in PROJECT.glob("[a-z]*/**/tests/**/test_*.py"))
    return any("mark.browser" in path.read_text() for path in tests)


def run_pytest(
    database: str, variables: Variables, arguments: list[str], results: Path
) -> Outcome:
    """Run pytest on one database, in a process of its own."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_", "SQLITE_"))
    }
    # Three processes of two runs read the same tests: one of them compiles them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment |= variables
    environment["COVERAGE_FILE"] = str(results / f".coverage.{len(variables)}")
    report = results / f"{database}.xml"
    print(f"\n{database}", flush=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", "--create-db"]
    # Some tests take seconds: whoever is done early takes over what others have left.
    command += ["-n", str(os.cpu_count() or 1), "--dist", "worksteal", *arguments]
    status = subprocess.run(
        command, cwd=PROJECT, env=environment, check=False
    ).returncode
    return read_outcome(database, status, report)


def read_outcome(database: str, status: int, report: Path) -> Outcome:
    """Read pytest's JUnit report; without one, nothing ran."""
    suite = ET.parse(report).getroot().find("testsuite") if report.exists() else None
    counts = {} if suite is None else suite.attrib
    failed = int(counts.get("failures", 0)) + int(counts.get("errors", 0))
    skipped = int(counts.get("skipped", 0))
    passed = int(counts.get("tests", 0)) - failed - skipped
    return Outcome(database, status, passed, failed, skipped)


def as_libpq_names(variables: Variables) -> Variables:
    """Return the server of DATABASE_* variables by the names that choose no store."""
    names = ("HOST", "PORT", "USER", "PASSWORD")
    return {f"PG{name}": variables[f"DATABASE_{name}"] for name in names}


def run_all(
    postgresql: tuple[str, Variables] | None,
    arguments: list[str],
    results: Path,
    *,
    measured: bool,
) -> list[Outcome]:
    """Run on SQLite, then on PostgreSQL, in databases that no other run uses."""
    # Some tests bring clinicians over from PostgreSQL, whatever the store is.
    source = as_libpq_names(postgresql[1]) if postgresql else {}
    last = [*arguments, *(COVERAGE if measured else ())]
    on_sqlite = of_the_store(arguments) if postgresql else last
    outcomes = [run_pytest("SQLite", source, on_sqlite, results)]
    if postgresql:
        outcomes = [forgiven(outcome) for outcome in outcomes]
        version, variables = postgresql
        name = f"users_service_{secrets.token_hex(4)}"
        try:
            database = variables | {"DATABASE_NAME": name}
            outcomes.append(run_pytest(version, database, last, results))
        finally:
            drop_leftovers(variables, name)
    return outcomes


def of_the_store(arguments: list[str]) -> list[str]:
    """Return the arguments less what is tried once, unless they choose by mark."""
    once = ["-m", "store and not browser"]
    return arguments if "-m" in arguments else [*arguments, *once]


def forgiven(outcome: Outcome) -> Outcome:
    """Return the outcome of a run that is not the last: it may have had no tests."""
    return replace(outcome, status=0) if outcome.status == NO_TESTS else outcome


def coverage_status(results: Path) -> int:
    """Report the branches that were covered, and hold the floor."""
    command = [sys.executable, "-m", "coverage"]
    files = [str(path) for path in results.glob(".coverage.*")]
    environment = os.environ | {"COVERAGE_FILE": str(PROJECT / ".coverage")}
    status = 0
    for step in (["combine", *files], ["report"]):
        status = (
            status
            or subprocess.run(
                [*command, *step], cwd=PROJECT, env=environment, check=False
            ).returncode
        )
    return status


def main(arguments: list[str]) -> int:
    """Run everything and return the exit status, non-zero when anything failed."""
    measured = "--coverage" in arguments
    arguments = [argument for argument in arguments if argument != "--coverage"]
    postgresql = find_postgresql()
    with TemporaryDirectory() as folder:
        outcomes = run_all(postgresql, arguments, Path(folder), measured=measured)
        statuses = [outcome.status for outcome in outcomes]
        if measured:
            statuses.append(coverage_status(Path(folder)))
    absent = absences(postgresql=postgresql is not None)
    if absent and os.environ.get("REQUIRE_ALL") == "1":
        statuses.append(1)
    parts = [str(outcome) for outcome in outcomes]
    parts += [f"{name}: absent" for name in absent]
    print(f"\n{'; '.join(parts)}", flush=True)
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
