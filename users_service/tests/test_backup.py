"""What docs/backups.md has operators type brings everything back."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection
from psycopg import sql

from clinicians.testing import (
    Api,
    created,
    json_of,
    logged_in,
    set_password,
    stored,
)
from users_service.journal.models import AuditEntry
from users_service.tests.accounts import PASSWORD, account, logs_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgresql,
    pytest.mark.usefixtures("cheap_hashes"),
    pytest.mark.skipif(shutil.which("pg_dump") is None, reason="needs pg_dump"),
]

PAGE = (Path(__file__).resolve().parents[2] / "docs/backups.md").read_text()
ADDRESS = "ada@example.com"


def variables(restored: str) -> dict[str, str]:
    """Return what the page asks for, and how libpq finds the test database's server."""
    chosen = connection.settings_dict
    libpq = {f"PG{name}": str(chosen[name]) for name in ("HOST", "PORT", "USER")}
    return {
        **libpq,
        "PGPASSWORD": chosen["PASSWORD"],
        "PATH": os.environ["PATH"],
        "DATABASE_NAME": chosen["NAME"],
        "RESTORED": restored,
    }


def typed(step: str, folder: Path, restored: str) -> str:
    """Run the block of the page between two markers, as a shell does."""
    found = re.search(
        rf"<!-- {step} -->\n```sh\n(.*?)```\n<!-- /{step}", PAGE, re.DOTALL
    )
    assert found, step
    run = subprocess.run(
        ["sh", "-eu", "-c", found[1]],
        cwd=folder,
        env=variables(restored),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Have Django work on another database of the same server."""
    chosen = connection.settings_dict
    before = chosen["NAME"]
    hang_up()
    chosen["NAME"] = name
    try:
        yield
    finally:
        hang_up()
        chosen["NAME"] = before


def hang_up() -> None:
    ours: Any = connection  # a proxy, typed as what all databases have
    ours.close()
    ours.close_pool()


@pytest.fixture
def restored(transactional_db: None) -> Iterator[str]:
    """Return the name of a database that does not exist yet; dropped afterwards."""
    chosen = connection.settings_dict
    name = f"{chosen['NAME']}_restored"
    yield name
    with psycopg.connect(
        host=chosen["HOST"],
        port=chosen["PORT"],
        user=chosen["USER"],
        password=chosen["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        server.execute(drop.format(sql.Identifier(name)))


def tables() -> set[str]:
    hang_up()  # with whatever temporary tables another test has left in the session
    return set(connection.introspection.table_names())


def rows_of(file: Path) -> dict[str, int]:
    pairs = [line.split("|") for line in file.read_text().split()]
    return {table: int(rows) for table, rows in pairs}


def test_a_restored_backup_has_every_row_and_logs_people_in(
    tmp_path: Path, restored: str
) -> None:
    created(uuid="A1", email_address=ADDRESS)
    set_password(ADDRESS, PASSWORD)
    account("bo", "Viewers")
    shown = json_of(Api().get("/dhos/v1/clinician/A1"))

    typed("backup", tmp_path, restored)
    typed("restore", tmp_path, restored)

    assert (tmp_path / "users.dump").stat().st_mode & 0o077 == 0
    assert typed("compare", tmp_path, restored) == ""
    rows = rows_of(tmp_path / "after.txt")
    assert set(rows) == tables()
    assert rows["clinicians_clinician"] == 1
    assert rows["journal_auditentry"] == AuditEntry.objects.count()
    with pointed_at(restored):
        assert json_of(Api().get("/dhos/v1/clinician/A1")) == shown
        assert logged_in(ADDRESS, PASSWORD).status_code == 200
        assert logged_in(ADDRESS, "another").status_code == 403
        assert logs_in("bo", PASSWORD)
        assert Api().get("/healthcheck").status_code == 200
        with pytest.raises(DatabaseError, match="append-only"):
            AuditEntry.objects.all().delete()
        with pytest.raises(IntegrityError):
            stored("A2", email_address=ADDRESS)

    created(uuid="B2")
    with pytest.raises(AssertionError, match=r"< clinicians_clinician\|2"):
        typed("compare", tmp_path, restored)
