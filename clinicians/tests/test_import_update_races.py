"""Imports that update the store beside others, who change and hold the same rows."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from clinicians.models import Clinician
from clinicians.passwords import from_legacy, make
from clinicians.services.erasure import erase_clinician
from clinicians.testing import Api, created, forget_the_trail, nothing_written, recorded
from clinicians.tests.commanded import wait_for
from clinicians.tests.files import (
    LEGACY,
    Told,
    import_in_batches_of,
    imported,
    item,
    ndjson,
)
from clinicians.transfer import importing, writing
from clinicians.transfer.staging import StagedImport
from users_service.database.cursors import fetch_rows
from users_service.journal.audit import Operator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

NUMBER = 6
LOCK_ALL = b"SELECT uuid FROM clinicians_clinician FOR UPDATE NOWAIT"
LOCK_ONE = b"SELECT FROM clinicians_clinician WHERE uuid = %s FOR UPDATE"
HOW = [[], ["--continue-on-error"]]
both_ways = pytest.mark.parametrize("how", HOW, ids=["all or none", "batches"])


@pytest.fixture
def path(
    tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Store six clinicians; return a file that changes them and brings a new one."""
    import_in_batches_of(2, monkeypatch)
    for number in range(NUMBER):
        created(**item(f"c{number}"))
    forget_the_trail()
    changed = [item(f"c{number}", job_title="new") for number in range(NUMBER)]
    return ndjson(tmp_path / "file", [*changed, item("added")])


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another program's connection, in a transaction from its first statement on."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    chosen = connection.settings_dict
    how: dict[str, Any] = {name: chosen[key] for key, name in names.items()}
    with psycopg.connect(**how, dbname=chosen["NAME"]) as opened:
        yield opened
        opened.rollback()


def update(path: Path, *how: str) -> Told:
    return imported(path, "--on-conflict", "update", *how)


def jobs() -> dict[str, str | None]:
    return dict(Clinician.objects.values_list("pk", "job_title"))


def elsewhere(action: Callable[[], Any]) -> None:
    """Run an action on a connection of another thread."""

    def act() -> None:
        try:
            action()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result(timeout=60)


def before(
    patch: pytest.MonkeyPatch, owner: Any, name: str, action: Callable[[], Any]
) -> list[int]:
    """Run an action elsewhere each time before a function is called; returns calls."""
    original = getattr(owner, name)
    calls = list[int]()

    def replaced(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        elsewhere(action)
        return original(*arguments, **named)

    patch.setattr(owner, name, replaced)
    return calls


def once(action: Callable[[], Any]) -> Callable[[], Any]:
    """Return an action that does something the first time only."""
    left = [action]
    return lambda: left.pop()() if left else None


def patch_c1(**fields: Any) -> Callable[[], Any]:
    def change() -> None:
        answer = Api().patch("/dhos/v1/clinician/c1", fields)
        assert answer.status_code == 200

    return change


# -- No lock while it reads and compares -----------------------------------------------


@both_ways
def test_rows_are_free_until_everything_is_compared(
    path: Path,
    other: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    how: list[str],
) -> None:
    def lock_all() -> None:
        other.execute(LOCK_ALL)
        other.rollback()

    compared = before(monkeypatch, StagedImport, "compare", lock_all)
    about_to_lock = before(monkeypatch, writing, "_lock", lock_all)
    told = update(path, *how)

    assert told.counts() == {"updated": NUMBER, "created": 1}
    assert len(compared) >= 4
    assert len(about_to_lock) == (4 if how else 1)
    assert told.summary["rows_held_seconds"] >= 0


# -- Changed by others in between ------------------------------------------------------

POINTS = [(importing, "write"), (writing, "_lock")]
"""After all was compared, and after who has changed since was compared again."""


@both_ways
@pytest.mark.parametrize(("owner", "name"), POINTS)
def test_change_after_the_comparison_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, how: list[str]
) -> None:
    theirs = {"agency_name": "theirs", "locations": ["L9"], "job_title": "theirs"}
    before(monkeypatch, owner, name, once(patch_c1(**theirs)))
    told = update(path, *how)

    assert told.counts() == {"updated": NUMBER, "created": 1}
    row = Clinician.objects.get(pk="c1")
    assert (row.agency_name, row.job_title) == ("theirs", "new")
    changes = [found for _, who, found in recorded() if who == "c1"]
    assert [each["job_title"] for each in changes] == [
        ["midwife", "theirs"],
        ["theirs", "new"],
    ]
    assert changes[1]["locations"] == {"removed": ["L9"]}


@both_ways
@pytest.mark.parametrize(("owner", "name"), POINTS)
def test_change_to_what_the_file_says_leaves_nothing_to_update(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, how: list[str]
) -> None:
    before(monkeypatch, owner, name, once(patch_c1(job_title="new")))
    told = update(path, *how)

    assert told.counts() == {"updated": NUMBER - 1, "unchanged": 1, "created": 1}
    assert len([who for _, who, _ in recorded() if who == "c1"]) == 1


@both_ways
@pytest.mark.parametrize(("owner", "name"), POINTS)
def test_hash_that_a_login_replaces_after_the_comparison_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, how: list[str]
) -> None:
    """A login leaves the version as it is."""
    Clinician.objects.update(password=from_legacy(*LEGACY.values()))
    better = make("what the old hash was of")

    def log_in() -> None:
        Clinician.objects.filter(pk="c1").update(password=better)

    before(monkeypatch, owner, name, once(log_in))
    assert update(path, *how).status == 0
    row = Clinician.objects.get(pk="c1")
    assert (row.job_title, row.password) == ("new", better)


@both_ways
@pytest.mark.parametrize(("owner", "name"), POINTS)
def test_person_erased_after_the_comparison_stays_erased(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, how: list[str]
) -> None:
    def erase() -> None:
        erase_clinician(actor=Operator("jane"), clinician_id="c1")

    before(monkeypatch, owner, name, once(erase))
    told = update(path, *how)

    assert told.counts() == {"updated": NUMBER - 1, "unchanged": 1, "created": 1}
    assert jobs()["c1"] == ""


def test_clinician_that_changes_all_the_time_is_updated_in_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count()

    def change_again() -> None:
        patch_c1(agency_name=f"changed {next(numbers)}")()

    compared = before(monkeypatch, StagedImport, "compare_again", lambda: None)
    original = writing._ids

    def changed_before(sql: str) -> list[str]:
        if sql == writing.CHANGED_SINCE:
            elsewhere(change_again)
        return original(sql)

    monkeypatch.setattr(writing, "_ids", changed_before)
    told = update(path)

    assert told.counts() == {"updated": NUMBER, "created": 1}
    assert len(compared) == writing.MAX_ROUNDS + 1
    row = Clinician.objects.get(pk="c1")
    last = f"changed {writing.MAX_ROUNDS - 1}"
    assert (row.agency_name, row.job_title) == (last, "new")


# -- Held by others --------------------------------------------------------------------


def commit_when_waited_for(
    other: psycopg.Connection, pid: int, meanwhile: Callable[[], Any]
) -> None:
    """Commit as soon as the server process has waited for that, and waits again."""
    sql = "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    def waits_alone() -> bool:
        """Whether it waits for the one row, having let all others go."""
        found = fetch_rows(f"{sql} AND pid = %s", [pid])
        return any(text.startswith(writing.WAIT[:20]) for (text,) in found)

    try:
        wait_for(waits_alone)
        meanwhile()
        other.commit()
    finally:
        other.rollback()  # or the import would wait for ever
        connection.close()


@both_ways
def test_import_waits_for_a_held_row_and_holds_no_other_meanwhile(
    path: Path, other: psycopg.Connection, how: list[str]
) -> None:
    [(pid,)] = fetch_rows("SELECT pg_backend_pid()")
    sql = b"UPDATE clinicians_clinician SET agency_name = 'theirs', version = 1"
    other.execute(sql + b" WHERE uuid = 'c1'")
    answers = list[int]()

    def change_another() -> None:
        answer = Api().patch("/dhos/v1/clinician/c0", {"agency_name": "ours"})
        answers.append(answer.status_code)

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(commit_when_waited_for, other, pid, change_another)
        told = update(path, *how)
        ending.result(timeout=60)

    assert answers == [200]
    assert told.counts() == {"updated": NUMBER, "created": 1}
    rows = Clinician.objects.filter(pk__in=["c0", "c1"]).order_by("pk")
    assert list(rows.values_list("agency_name", "job_title")) == [
        ("ours", "new"),
        ("theirs", "new"),
    ]


def test_writer_who_holds_a_row_and_wants_an_address_of_the_file_gives_way(
    path: Path, other: psycopg.Connection
) -> None:
    """He holds a row of the file, and waits for the import that waits for the row."""
    [(pid,)] = fetch_rows("SELECT pg_backend_pid()")
    sql = b"UPDATE clinicians_clinician SET %s WHERE uuid = 'c1'"
    other.execute(sql % b"agency_name = 'theirs', version = 1")

    def want_the_address() -> None:
        other.execute(b"SET lock_timeout = '2s'")
        with pytest.raises((LockNotAvailable, DeadlockDetected)):
            other.execute(sql % b"email_address = 'added@mail.example'")

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(commit_when_waited_for, other, pid, want_the_address)
        told = update(path)
        ending.result(timeout=60)

    assert told.counts() == {"updated": NUMBER, "created": 1}


# -- All or nothing --------------------------------------------------------------------

STEPS = ("_insert_new", "_lock", "_store_clinicians", "_store_members", "record_staged")


@pytest.mark.parametrize("name", STEPS)
def test_failure_at_a_step_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original = getattr(writing, name)

    def fail(*arguments: Any, **named: Any) -> None:
        original(*arguments, **named)
        raise OperationalError

    monkeypatch.setattr(writing, name, fail)
    with nothing_written():
        told = update(path)

    assert (told.status, told.counts()) == (1, {})
