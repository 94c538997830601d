"""A database that cannot be reached: one line, which names the variable."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.db import OperationalError, connection

from users_service.database.unreachable import ANY, explain
from users_service.tests.live import PROJECT, free_port
from users_service.tests.processes import as_in_tests, unmeasured

SECRET = "correct-horse"
FAILED = 'connection failed: connection to server at "db", port 5432 failed: FATAL:'
PARTS = ("HOST", "PORT", "NAME", "USER", "PASSWORD")
COMMANDS: dict[str, list[str]] = {
    "blank_audit": ["ada"],
    "create_demo_clinicians": [],
    "create_staff": ["jane", "--superuser"],
    "erase_clinician": ["ada"],
    "events": [],
    "export_clinicians": [],
    "import_clinicians": ["-"],
    "migrate_locked": [],
    "prune_audit": ["--older-than", "400d"],
    "reset_second_factor": ["jane"],
    "unlock_clinician": ["ada"],
    "unlock_staff": ["jane"],
}
WITHOUT_DATABASE = {"issue_token", "refresh_readme"}
OTHERS = {"publish_events", "import_polaris"}
"""They wait for a database, and read another one first."""
DJANGO = {"migrate": [], "check": ["--database", "default"], "showmigrations": []}


def test_every_command_is_tried() -> None:
    ours = {
        name
        for name, app in get_commands().items()
        if app.partition(".")[0] in ("users_service", "roles", "clinicians")
    }
    assert ours == set(COMMANDS) | WITHOUT_DATABASE | OTHERS


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    known = {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(free_port()),
        "DATABASE_NAME": "users",
        "DATABASE_USER": "users",
        "DATABASE_PASSWORD": SECRET,
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=unmeasured(as_in_tests(**known | variables)),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


def test_command_without_a_database_ends_in_one_line() -> None:
    if connection.vendor == "postgresql":
        pytest.skip("it asks none, so it is the same on both")
    asked = {**COMMANDS, **DJANGO}
    with ThreadPoolExecutor(len(asked)) as pool:
        ended = dict(
            zip(
                asked,
                pool.map(lambda name: run(name, *asked[name]), asked),
                strict=True,
            )
        )
    for name, process in ended.items():
        assert process.returncode == 1, name
        last = process.stderr.splitlines()[-1]
        assert last.startswith(
            "The database cannot be reached, look at DATABASE_HOST and DATABASE_PORT: "
            'connection failed: connection to server at "127.0.0.1", port '
        ), f"{name}: {process.stderr}"
        assert last.endswith("Connection refused"), last
        assert "Traceback" not in process.stderr, name
        assert SECRET not in process.stdout + process.stderr


@pytest.mark.parametrize(
    ("variables", "variable", "said"),
    [
        ({"DATABASE_HOST": "nowhere.invalid"}, "DATABASE_HOST", "nowhere.invalid"),
        ({"DATABASE_NAME": "nonesuch"}, "DATABASE_NAME", 'database "nonesuch" does'),
        ({"DATABASE_USER": "nobody_x"}, "DATABASE_USER", 'role "nobody_x" does not'),
    ],
)
@pytest.mark.postgresql
@pytest.mark.django_db
def test_variable_to_look_at_is_named(
    variables: dict[str, str], variable: str, said: str
) -> None:
    chosen = connection.settings_dict
    known = {f"DATABASE_{name}": str(chosen[name]) for name in PARTS}
    ended = run("events", **known | variables)
    assert ended.returncode == 1
    assert f"look at {variable}: " in ended.stderr
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            f"{FAILED} password authentication failed for user",
            "The database cannot be reached, look at DATABASE_USER and DATABASE_PASSW",
        ),
        (
            "connection to server failed: FATAL: zu viele Verbindungen",
            f"The database cannot be reached, look at {ANY}: connection to server ",
        ),
        ("deadlock detected\nDETAIL: secret", "The database failed: deadlock detected"),
    ],
)
@pytest.mark.postgresql
@pytest.mark.django_db
def test_sentence_of_the_database_is_repeated(said: str, told: str) -> None:
    explained = explain(OperationalError(said))
    assert explained.startswith(told)
    assert "\n" not in explained


def test_file_that_cannot_be_opened_is_named_by_its_variable(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "events"],
        cwd=PROJECT,
        env=unmeasured(as_in_tests(SQLITE_PATH=str(tmp_path / "none" / "db"))),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(
        "The database cannot be used, look at SQLITE_PATH: "
    )
