"""How many stored clinicians an import may change at once, and how long that takes."""

from itertools import count
from pathlib import Path

import pytest
from django.core.management import call_command

from clinicians.models import Clinician
from clinicians.testing import nothing_written, settled
from clinicians.tests.files import (
    import_in_batches_of,
    imported,
    item,
    items,
    ndjson,
    run,
)
from clinicians.transfer import importing, writing

pytestmark = pytest.mark.django_db

LIMIT = 3
UPDATE = ("--on-conflict", "update")


@pytest.fixture(autouse=True)
def _limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five stored clinicians, of whom three may change at once."""
    import_in_batches_of(2, monkeypatch)
    monkeypatch.setattr(importing, "MAX_CHANGED", LIMIT)
    for each in items(5):
        settled(**each)


def changing(tmp_path: Path, number: int) -> Path:
    """Return a file that changes so many of them, and brings a new one."""
    changed = [item(f"c{index}", job_title="new") for index in range(number)]
    return ndjson(tmp_path / "file", [item("added"), *changed, *items(5)[number:]])


def number_changed() -> int:
    return Clinician.objects.filter(job_title="new").count()


def test_as_many_as_the_limit_are_changed(tmp_path: Path) -> None:
    told = imported(changing(tmp_path, LIMIT), *UPDATE)
    assert told.counts() == {"created": 1, "updated": 3, "unchanged": 2}


@pytest.mark.parametrize("how", [(), ("--dry-run",)])
def test_more_than_the_limit_are_refused_before_anything_is_written(
    tmp_path: Path, how: tuple[str, ...]
) -> None:
    with nothing_written():
        told = imported(changing(tmp_path, LIMIT + 1), *UPDATE, *how)

    assert (told.status, told.summary["complete"]) == (1, False)
    message = (
        "More than 3 stored clinicians would change at once, which would keep others "
        "from changing them for too long. Nothing was stored. --continue-on-error "
        "stores them in batches, --hold-rows in one transaction."
    )
    assert told.summary["trouble"] == message
    assert (told.summary["created"], told.summary["updated"]) == (0, 0)


@pytest.mark.parametrize("how", ["--continue-on-error", "--hold-rows"])
def test_either_choice_changes_more_than_the_limit(tmp_path: Path, how: str) -> None:
    told = imported(changing(tmp_path, LIMIT + 1), *UPDATE, how)

    assert told.counts() == {"created": 1, "updated": 4, "unchanged": 1}
    assert number_changed() == 4


@pytest.mark.parametrize("how", ["--continue-on-error", "--hold-rows"])
def test_dry_run_with_a_choice_counts_more_than_the_limit(
    tmp_path: Path, how: str
) -> None:
    with nothing_written():
        told = imported(changing(tmp_path, LIMIT + 1), *UPDATE, how, "--dry-run")
    assert told.counts() == {"created": 1, "updated": 4, "unchanged": 1}


def test_unchanged_clinicians_do_not_count_towards_the_limit(tmp_path: Path) -> None:
    told = imported(ndjson(tmp_path / "file", items(5)), *UPDATE)
    assert told.counts() == {"unchanged": 5}


def test_new_clinicians_do_not_count_towards_the_limit(tmp_path: Path) -> None:
    new = [item(f"new{index}") for index in range(LIMIT + 2)]
    told = imported(ndjson(tmp_path / "file", new), *UPDATE)
    assert told.counts() == {"created": LIMIT + 2}


# -- For how long ----------------------------------------------------------------------


class Clock:
    """Is a second later each time that it is looked at."""

    def __init__(self) -> None:
        self._seconds = count()

    def monotonic(self) -> float:
        return float(next(self._seconds))


@pytest.fixture
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "time", Clock())


@pytest.mark.usefixtures("_clock")
@pytest.mark.parametrize("how", ["--continue-on-error", "--hold-rows", "--json"])
def test_update_says_how_long_rows_were_held_at_a_time(
    tmp_path: Path, how: str
) -> None:
    path = str(changing(tmp_path, LIMIT))
    told = run("import_clinicians", path, *UPDATE, how)
    if how == "--json":
        assert told.summary["rows_held_seconds"] == 1.0
    else:
        assert "\nRows of existing clinicians were held for 1.0 s.\n" in told.out


@pytest.mark.usefixtures("_clock")
def test_update_that_changes_nobody_holds_no_rows(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "file", items(5))
    assert imported(path, *UPDATE).summary["rows_held_seconds"] == 0
    assert "held" not in run("import_clinicians", str(path), *UPDATE).both


def test_import_that_updates_nobody_says_nothing_of_rows(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "file", [item("added")])
    assert "rows_held_seconds" not in imported(path).summary


def test_help_names_the_limit_and_both_choices(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        call_command("import_clinicians", "--help")
    told = " ".join(capsys.readouterr().out.split())
    assert "--hold-rows" in told
    assert "change more than 20,000 stored clinicians at once" in told
