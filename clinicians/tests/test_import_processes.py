"""Imports that are killed, interrupted, or run at once."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from clinicians.tests.commanded import Store, ended, wait_for
from clinicians.tests.files import item, ndjson
from clinicians.transfer.checking import BATCH
from clinicians.transfer.progress import LARGE
from users_service.tests.sizes import sized

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = sized(quick=3, soak=20)
"""Of an import of all or none, and as many of one that keeps going."""

NUMBER = 3 * BATCH


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a second to import."""
    each = (
        item(f"c{number}", created="2020-01-01", products=[{"product_name": "GDM"}])
        for number in range(NUMBER)
    )
    return ndjson(tmp_path_factory.mktemp("import") / "clinicians.ndjson", each)


@pytest.fixture
def store(transactional_db: None, tmp_path: Path) -> Store:
    return Store(tmp_path)


def killed(store: Store, *arguments: str, seconds: float) -> bool:
    """Kill an import in its later half; tell whether it had not ended by then."""
    process = store.start("import_clinicians", *arguments)
    try:
        process.communicate(timeout=random.uniform(0.5, 1.1) * seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    store.settle()
    return process.returncode == -signal.SIGKILL


@cache
def seconds_of(path: Path) -> float:
    """Return how long a rehearsal takes: an import takes little more."""
    store = Store(path.parent)
    started = time.monotonic()
    status, _, err = store.run("import_clinicians", str(path), "--dry-run")
    assert (status, err) == (0, "")
    return time.monotonic() - started


def test_a_killed_import_leaves_nothing_or_everything(
    store: Store, path: Path, record_property: Callable[[str, object], None]
) -> None:
    before = store.schema()
    seconds = seconds_of(path)
    kills = 0
    while kills < KILLS:
        was_killed = killed(store, str(path), seconds=seconds)
        kills += was_killed
        assert store.held() in ({0, NUMBER} if was_killed else {NUMBER})
        assert store.schema() == before
        if store.held():
            store.empty()
    assert store.run("import_clinicians", str(path))[0] == 0
    assert store.held() == NUMBER
    record_property("figure", f"{kills} kills, none left a part of the file")


def test_a_killed_import_that_keeps_going_leaves_whole_batches(
    store: Store, path: Path, record_property: Callable[[str, object], None]
) -> None:
    before = store.schema()
    seconds = seconds_of(path)
    how = (str(path), "--continue-on-error", "--on-conflict", "skip")
    kills = 0
    while kills < KILLS:
        if store.held() == NUMBER:
            store.empty()
        earlier = store.held()
        kills += killed(store, *how, seconds=seconds)
        assert store.held() in range(earlier, NUMBER + 1, BATCH)
        assert store.schema() == before

    assert store.run("import_clinicians", *how)[0] == 0
    assert store.held() == NUMBER
    trail = store.rows("SELECT DISTINCT clinician_id FROM journal_auditentry")
    assert {name for (name,) in trail} == {f"c{number}" for number in range(NUMBER)}
    record_property("figure", f"{kills} kills, whole batches each time")


def test_a_killed_import_leaves_no_process_that_reads_on(
    store: Store, tmp_path: Path
) -> None:
    """A large file is read by a process of its own."""
    long = item("long", job_title="x" * 1000, agency_name="y" * 1000)
    each = {**long, "booking_reference": "z" * 1000, "phone_number": "9" * 1000}
    number = LARGE // 4000
    names = (f"c{index}" for index in range(number))
    path = ndjson(
        tmp_path / "large",
        ({**each, "uuid": name, "email_address": name} for name in names),
    )
    assert path.stat().st_size >= LARGE
    process = store.start("import_clinicians", str(path))
    wait_for(store.is_written_to)
    process.kill()
    process.communicate(timeout=60)  # the reader holds the other ends of its pipes
    store.settle()
    assert store.held() == 0


# -- Ctrl-C ----------------------------------------------------------------------------


def interrupted(store: Store, path: Path, *how: str) -> tuple[int, str, str]:
    """Interrupt an import that waits for the last lines of its input."""
    process = store.start("import_clinicians", "-", *how, stdin=subprocess.PIPE)
    assert process.stdin is not None
    with path.open() as lines:
        for _ in range(NUMBER - 1):
            process.stdin.write(next(lines))
    process.stdin.flush()
    if "--continue-on-error" in how:
        wait_for(lambda: store.held() == NUMBER - BATCH)
    else:
        wait_for(store.is_written_to)
    os.killpg(process.pid, signal.SIGINT)
    return ended(process)


def test_an_interrupted_import_leaves_nothing(store: Store, path: Path) -> None:
    before = store.schema()
    status, _, err = interrupted(store, path)

    assert status == 1
    assert err == "CommandError: Interrupted. Nothing was stored.\n"
    assert store.held() == 0
    assert store.schema() == before


def test_an_interrupted_import_that_keeps_going_leaves_whole_batches(
    store: Store, path: Path
) -> None:
    status, out, err = interrupted(store, path, "--continue-on-error")

    assert status == 1
    assert err == "CommandError: Interrupted. Whole batches are stored.\n"
    assert f" {NUMBER - BATCH} created," in out
    assert store.held() == NUMBER - BATCH


# -- At once ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", [[], ["--continue-on-error"], ["--keep-indexes"]])
def test_of_two_imports_of_one_file_at_once_one_succeeds(
    store: Store, path: Path, how: list[str]
) -> None:
    before = store.schema()
    both = [store.start("import_clinicians", str(path), *how) for _ in range(2)]
    ends = sorted(ended(process) for process in both)

    if "--continue-on-error" not in how:  # each may have been first with a batch
        assert [status for status, _, _ in ends] == [0, 1]
    assert not any("Traceback" in err for _, _, err in ends)
    assert ends[1][0] == 1
    assert "CommandError: " in ends[1][2]
    assert store.held() == NUMBER
    assert store.schema() == before
