"""Imports that update the store beside others, who change and hold the same rows."""

from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from clinicians.models import Clinician
from clinicians.passwords import from_legacy, make
from clinicians.services.erasure import erase_clinician
from clinicians.testing import recorded
from clinicians.tests.files import (
    LEGACY,
)
from clinicians.tests.updating_six import (
    NUMBER,
    before,
    both_ways,
    elsewhere,
    jobs,
    once,
    other,
    patch_c1,
    path,
    update,
)
from clinicians.transfer import importing, writing
from clinicians.transfer.staging import StagedImport
from users_service.journal.audit import Operator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

LOCK_ALL = b"SELECT uuid FROM clinicians_clinician FOR UPDATE NOWAIT"
LOCK_ONE = b"SELECT FROM clinicians_clinician WHERE uuid = %s FOR UPDATE"
__all__ = ["other", "path"]


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
