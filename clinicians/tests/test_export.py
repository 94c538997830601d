"""`manage.py export_clinicians`: how, who, and where to."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from clinicians.filters import FILTER_NAMES
from clinicians.models import Clinician
from clinicians.testing import created, listed
from clinicians.tests.files import Told, export_refused, exported, run

pytestmark = pytest.mark.django_db

FORMATS = ["ndjson", "json", "csv"]


@pytest.fixture
def some(db: None) -> None:
    """Four clinicians who differ in all that a filter looks at."""
    modified = {"modified": "2020-01-01T00:00:00Z"}
    created(uuid="ada", last_name="Zeta", **modified)
    created(uuid="bea", last_name="éta", login_active=False, groups=[])
    created(uuid="cyd", last_name="Eta", contract_expiry_eod_date="2020-01-31")
    created(uuid="dee", products=[{"product_name": "PREG"}], send_entry_identifier="7")


# -- Formats ---------------------------------------------------------------------------


@pytest.mark.usefixtures("some")
def test_a_line_each_unless_asked_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    lines = exported(capsys).splitlines()
    assert [json.loads(line)["uuid"] for line in lines] == listed()
    assert exported(capsys, "--format", "ndjson").splitlines() == lines


@pytest.mark.usefixtures("some")
def test_one_array(capsys: pytest.CaptureFixture[str]) -> None:
    each = json.loads(exported(capsys, "--format", "json"))
    lines = exported(capsys).splitlines()
    assert each == [json.loads(line) for line in lines]


@pytest.mark.usefixtures("some")
def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(capsys, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["uuid"] for row in rows] == listed()
    lines = [json.loads(line) for line in exported(capsys).splitlines()]
    for row, line in zip(rows, lines, strict=True):
        assert row["last_name"] == line["last_name"]
        assert row["locations"] == "L1"
        assert json.loads(row["products_json"]) == line["products"]
        assert row["as_stored"] == ""


def test_no_cell_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    starts = "=+-@\t\r"
    for number, start in enumerate(starts):
        text = f"{start}cmd|'/c calc'!A0"
        created(uuid=f"{start}{number}", job_title=text, locations=[f"{start}L"])
    with io.StringIO(exported(capsys, "--format", "csv"), newline="") as file:
        [_, *rows] = csv.reader(file)
    assert len(rows) == len(starts)
    assert not [cell for row in rows for cell in row if cell.startswith(tuple(starts))]


@pytest.mark.parametrize(
    ("form", "text"),
    [("ndjson", ""), ("json", "[]\n"), ("csv", "uuid,created,created_by,")],
)
def test_nobody(capsys: pytest.CaptureFixture[str], form: str, text: str) -> None:
    written = exported(capsys, "--format", form)
    assert written.startswith(text)
    assert written.count("\n") == len(text.splitlines())


def test_who_lacks_what_a_new_one_needs_is_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    created(uuid="ada")
    Clinician.objects.update(job_title=None)
    created(uuid="bea")
    marks = {
        each["uuid"]: each.get("as_stored")
        for each in map(json.loads, exported(capsys).splitlines())
    }
    assert marks == {"ada": True, "bea": None}


# -- Filters ---------------------------------------------------------------------------

FILTERS: list[dict[str, str]] = [
    {"product_name": "PREG"},
    {"product_name": ""},
    {"login_active": "true"},
    {"login_active": "FALSE"},
    {"temp_only": "true"},
    {"temp_only": "false"},
    {"modified_since": "2020-01-01T00:00:00Z"},
    {"modified_since": ""},
    {"q": "ETA"},
    {"q": "gdm clin"},
    {"q": "7"},
    {"q": "%"},
    {"sort": "uuid", "order": "desc"},
    {"sort": "send_entry_identifier,first_name"},
    {"order": "desc"},
    {"q": "a", "login_active": "true", "sort": "uuid"},
]


def options_of(filters: dict[str, str]) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in filters.items()]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("filters", FILTERS)
def test_filters_are_those_of_the_lists(
    capsys: pytest.CaptureFixture[str], filters: dict[str, str]
) -> None:
    lines = exported(capsys, *options_of(filters)).splitlines()
    assert [json.loads(line)["uuid"] for line in lines] == listed(**filters)


def test_every_filter_is_tried() -> None:
    assert {name for filters in FILTERS for name in filters} == set(FILTER_NAMES)


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("login-active", "yes", "Must be true or false."),
        ("temp-only", "", "Must be true or false."),
        ("modified-since", "yesterday", "Must be an ISO 8601 time."),
        ("sort", "uuid,password", "Cannot sort by 'password'."),
        ("order", "up", "Must be asc or desc."),
    ],
)
def test_a_bad_filter_is_named_and_leaves_no_file(
    tmp_path: Path, name: str, value: str, message: str
) -> None:
    path = tmp_path / "export"
    told = export_refused(f"--{name}={value}", "--output", str(path))
    assert told == f"--{name}: {message}"
    assert not path.exists()


# -- Where it goes ---------------------------------------------------------------------


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("form", FORMATS)
def test_a_new_file_is_its_owners_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str
) -> None:
    path = tmp_path / "export"
    usual = os.umask(0)
    try:
        assert exported(capsys, "--format", form, "--output", str(path)) == ""
    finally:
        os.umask(usual)
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(newline="") as file:
        assert file.read() == exported(capsys, "--format", form)


def test_a_file_that_is_there_already_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text("precious")
    assert export_refused("--output", str(path)) == f"{path}: File exists"
    assert path.read_text() == "precious"


def test_a_file_in_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "export"
    assert export_refused("--output", str(path)) == f"{path}: No such file or directory"


# -- What it says ----------------------------------------------------------------------


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("how", "number"), [([], 4), (["--login-active=true"], 3), (["--id=ada"], 1)]
)
def test_a_rehearsal_counts_and_writes_nothing(
    tmp_path: Path, how: list[str], number: int
) -> None:
    path = tmp_path / "export"
    told = run("export_clinicians", *how, "--output", str(path), "--dry-run")
    assert told == Told(0, "", f"{number} clinicians would be written.\n")
    assert not path.exists()


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("form", FORMATS)
def test_a_summary_is_one_line_beside_the_file(tmp_path: Path, form: str) -> None:
    how = ("--format", form, "--output", str(tmp_path / "export"))
    for dry_run in (True, False):
        told = run("export_clinicians", *how, "--json", *["--dry-run"] * dry_run)
        assert (told.status, told.out) == (0, "")
        [line] = told.err.splitlines()
        assert json.loads(line) == {"clinicians": 4, "dry_run": dry_run}
