"""Secrets that commands read, and find stored, are neither printed nor logged.

Every command of ours is in the table; a new one that is not fails here.
"""

import io
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import django
import pytest
from django.contrib.auth.models import User
from django.core.management import get_commands
from django.db import IntegrityError, ProgrammingError, connections
from django_otp.plugins.otp_totp.models import TOTPDevice

import manage
from clinicians.testing import created, logged_in, set_password
from clinicians.tests import legacy_database
from clinicians.tests.files import item, ndjson
from clinicians.tests.legacy_database import LegacyDatabase
from users_service.tests import planted
from users_service.tests.accounts import account
from users_service.tests.planted import (
    DIGEST,
    PASSWORD,
    PERSON,
    SALT,
    TOKEN,
    Failing,
    Watch,
)
from users_service.tests.sizes import sized
from users_service.tests.test_every_write_is_audited import OURS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]
watch, polaris = planted.watch, legacy_database.polaris

STORED = f"argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$Zq7{'A' * 40}"
SECRETS = (PASSWORD, DIGEST, SALT, TOKEN, STORED.rpartition("$")[2])
NAME = "zq7.username"
NOWHERE = f"postgresql://zq7:{PASSWORD}@127.0.0.1:1/none?sslpassword={TOKEN}"

RUNS: dict[str, list[str]] = {
    "blank_audit": ["ada --by jane", "nobody"],
    "create_demo_clinicians": ["--number 2", "--number 0"],
    "create_staff": [
        "new --password-stdin --group Viewers",
        f"{NAME} --password-stdin --email {PERSON['email_address']}",
        "x --password-stdin --group Nobodies",
        "-- zq7\nname --password-stdin",
    ],
    "erase_clinician": ["ada --by jane --json", "ada --dry-run", "nobody"],
    "events": ["", "--resend-since 2020-01-01 --by jane", "--resend 999999", "--x"],
    "export_clinicians": [
        "",
        "--format csv --json",
        "--id ada",
        "--id nobody",
        "--q Zq7 --format json",
        "--format ndjson --with-passwords --output {new}",
        "--with-passwords --output /no/such/folder/file",
        f"--login-active {TOKEN}",
    ],
    "import_clinicians": [
        "{good} --by jane",
        "{good} --json --on-conflict update",
        "{bad} --json",
        "{bad} --continue-on-error --report {report} --on-conflict update",
        "{bad} --continue-on-error --with-values --report {new} --json",
        "{torn}",
        "{torn} --format csv --json",
        "{csv} --continue-on-error --report {report}",
        "{new}",
    ],
    "import_polaris": [
        "{polaris}",
        "{polaris} --json --dry-run",
        "{polaris} --verify",
        NOWHERE,
        f"{NOWHERE} --verify --json",
        f"mysql://zq7:{PASSWORD}@db/x",
        f"postgresql://zq7:{PASSWORD}@[/x",
        PASSWORD,
    ],
    "issue_token": [
        "--system S1 --all-scopes",
        f"--clinician ada --role {TOKEN}",
        "--system S1 --expires x",
    ],
    "migrate_locked": ["--verbosity 0"],
    "prune_audit": ["--older-than 2020-01-01 --by jane", "--older-than x"],
    "publish_events": ["", "--heartbeat /no/such/folder/file"],
    "refresh_readme": ["--check", "--check --file {good}"],
    "reset_second_factor": [NAME, "nobody"],
    "unlock_clinician": ["ada --by jane", "nobody"],
    "unlock_staff": [NAME, "nobody"],
}
"""What each command is run with: so that it works, and so that it fails."""

SILENT = {"migrate_locked", "publish_events"}
"""Where nothing is amiss, they print nothing; without a broker the one logs a line."""

SHOWS_ITS_OWN = {"issue_token"}
"""A token is what it is asked for; it is not to be anywhere else."""

Run = Callable[[str, list[str]], None]

REFUSALS = sized(quick=(IntegrityError,), soak=(IntegrityError, ProgrammingError))
STATEMENTS = sized(quick=(2, 5), soak=tuple(range(1, 60)))


@pytest.fixture
def files(tmp_path: Path, polaris: LegacyDatabase) -> dict[str, Any]:
    """Store people with secrets, and write files of more of them."""
    created(uuid="ada", **PERSON)
    set_password(PERSON["email_address"], PASSWORD)
    logged_in(PERSON["email_address"], TOKEN)
    account(NAME, "Viewers", email=PERSON["email_address"])
    TOTPDevice.objects.create(user=User.objects.get(), name="app")
    taken = item("b", **PERSON, password=STORED)
    bad = [
        {**taken, "job_title": 1},
        {**item("c", password=f"{STORED}x"), "password_hash": DIGEST},
        item("d", password_hash=DIGEST[1:], password_salt=SALT),
        item("e", password_hash=DIGEST, password_salt=f"{SALT}x"),
        item("f", password=[STORED]),
        item("g", password=PASSWORD),
        taken,
    ]
    csv = f"uuid,password,password_hash,password_salt,products\nx,{STORED}x,,,GDM\n"
    legacy = {"password_hash": DIGEST, "password_salt": SALT}
    polaris.add_user("p1", email_address="zq7other@planted.example", **legacy)
    polaris.add_user("p2", **{**legacy, "password_hash": DIGEST[1:]})
    texts = {
        "torn": json.dumps(taken)[:-9],
        "csv": f"{csv}y,,{DIGEST[1:]},{SALT},GDM\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {
        "good": ndjson(tmp_path / "good", [item("h", password=STORED)]),
        "bad": ndjson(tmp_path / "bad", bad),
        **{name: tmp_path / name for name in texts},
        "polaris": polaris.url,
    }


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], watch: Watch
) -> Run:
    """Give what runs a command as a shell does, and keeps all that it prints."""
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr(django, "setup", lambda: None)

    def run(command: str, arguments: list[str]) -> None:
        monkeypatch.setattr(sys, "argv", ["manage.py", command, *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        try:
            manage.main()
        except SystemExit as error:
            watch.printed.append(str(error.code))
        except Exception:  # noqa: BLE001 (what Python would print)
            watch.printed.append(traceback.format_exc())
        watch.printed += capsys.readouterr()

    return run


def runs_of(command: str, files: dict[str, Any], folder: Path) -> Iterator[list[str]]:
    """Yield the arguments of each run, with files and addresses in them."""
    numbers = count()
    for text in RUNS[command]:
        new = {"new": folder / f"new{next(numbers)}"}
        places = {**files, **new, "report": folder / f"report{next(numbers)}"}
        yield [each.format(**places) for each in text.split(" ") if each]


def test_every_command_is_run() -> None:
    assert {name for name, app in get_commands().items() if app in OURS} == set(RUNS)


def told(watch: Watch, command: str) -> list[Any]:
    """Return the places in which a secret of a run stands, or somebody's name."""
    assert "".join(watch.printed) or command in SILENT
    shown = ["printed"] if command in SHOWS_ITS_OWN else []
    hidden = [*SECRETS, *watch.own_secrets()]
    return watch.found(hidden, PERSON.values(), but=shown)


@pytest.mark.parametrize("command", RUNS)
def test_no_command_tells_a_secret(
    command: str, run: Run, files: dict[str, Any], watch: Watch, tmp_path: Path
) -> None:
    for arguments in runs_of(command, files, tmp_path):
        run(command, arguments)
    watch.printed += [each.read_text() for each in tmp_path.glob("report*")]

    assert told(watch, command) == []


@pytest.mark.parametrize("command", RUNS)
def test_no_command_that_fails_tells_a_secret(
    command: str, run: Run, files: dict[str, Any], watch: Watch, tmp_path: Path
) -> None:
    for kind in REFUSALS:
        for at in STATEMENTS:
            for arguments in runs_of(command, files, tmp_path / str(at)):
                with Failing(at, kind).used():
                    run(command, arguments)

    assert told(watch, command) == []
