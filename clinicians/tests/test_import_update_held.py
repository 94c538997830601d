"""Imports that update clinicians whose rows others hold, and that fail half-way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from clinicians.models import Clinician
from clinicians.testing import Api, nothing_written
from clinicians.tests.commanded import wait_for
from clinicians.tests.updating_six import (
    NUMBER,
    before,
    both_ways,
    once,
    other,
    patch_c1,
    path,
    update,
)
from clinicians.transfer import writing
from users_service.database.cursors import fetch_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

__all__ = ["other", "path"]


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


def test_attempt_that_is_given_up_counts_nobody_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(monkeypatch, writing, "_lock", once(patch_c1(job_title="new")))
    original, attempts = writing._store_parts, list[str]()

    def give_up_once(key: str) -> None:
        attempts.append(key)
        if len(attempts) == 1:
            raise OperationalError from LockNotAvailable()
        original(key)

    monkeypatch.setattr(writing, "_store_parts", give_up_once)
    told = update(path)

    assert told.counts() == {"updated": NUMBER - 1, "unchanged": 1, "created": 1}
    assert len(attempts) == 3
