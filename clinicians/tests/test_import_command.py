"""`manage.py import_clinicians`: all or nothing, and what it says."""

import getpass
from pathlib import Path
from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.testing import announced, nothing_written, settled
from clinicians.tests.files import (
    import_in_batches_of,
    imported,
    item,
    items,
    ndjson,
    run,
)
from clinicians.transfer.sorting import OnConflict
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

SECRET = "Zq7secret"
MODES = [each.value for each in OnConflict]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinicians.ndjson"


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    import_in_batches_of(2, monkeypatch)


@pytest.fixture(params=["empty", "in use"])
def _store(request: pytest.FixtureRequest, db: None) -> None:
    """A store in both states; PostgreSQL takes hold of an empty one."""
    if request.param == "in use":
        settled(uuid="here", email_address="here@mail.example")


@pytest.mark.usefixtures("_store")
def test_a_file_is_stored(path: Path) -> None:
    told = imported(ndjson(path, items(5)))

    assert (told.status, told.err) == (0, "")
    assert told.counts() == {"created": 5}
    stored = Clinician.objects.exclude(pk="here").order_by("pk")
    assert [(row.pk, row.email_address) for row in stored] == [
        (f"c{number}", f"c{number}@mail.example") for number in range(5)
    ]


def test_who_imports_is_recorded(path: Path) -> None:
    imported(ndjson(path, [item()]), "--by", "jane")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_kind) == ("jane", "operator")
    assert (entry.action, entry.clinician_id) == ("clinician.imported", "ada")
    row = Clinician.objects.get()
    assert (row.created_by, row.modified_by) == ("jane", "jane")


def test_it_is_the_systems_user_unless_named(path: Path) -> None:
    imported(ndjson(path, [item(created_by="loader", modified_by=None)]))

    row = Clinician.objects.get()
    user = getpass.getuser()
    assert (row.created_by, row.modified_by) == ("loader", user[:36])
    assert AuditEntry.objects.get().actor == user


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_announced(path: Path, mode: str) -> None:
    settled(uuid="c0", email_address="c0@mail.example", groups=[])
    imported(ndjson(path, items(3, job_title="new")), "--on-conflict", mode)

    assert announced() == []


@pytest.mark.usefixtures("_store", "_small_batches")
@pytest.mark.parametrize("line", [1, 3, 5])
def test_one_bad_item_anywhere_and_nothing_is_stored(path: Path, line: int) -> None:
    each = items(5)
    each[line - 1]["phone_number"] = 7
    with nothing_written():
        told = imported(ndjson(path, each))

    assert told.status == 1
    assert f"line {line}: phone_number: A string is needed." in told.err
    assert "1 refused; nothing was stored." in told.err
    assert told.counts() == {"refused": 1}


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"products": []}, "products"),
        ({"products": [{"opened_date": "x", "product_name": "P"}]}, "products.0.opene"),
        ({"job_title": ...}, "job_title"),
        ({"locations": None}, "locations"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"products": [{"product_name": "P"}] * 2}, "products"),
        ({"password_hash": "0" * 512}, "password_hash"),
        ({"uuid": "bulk"}, "uuid"),
        ({"uuid": "x" * 37}, "uuid"),
    ],
)
def test_the_field_at_fault_is_named(path: Path, bad: Any, field: str) -> None:
    faulty = item(**{"uuid": "bad", **bad})
    with nothing_written():
        told = imported(ndjson(path, [item("good"), faulty]))

    assert told.status == 1
    assert f"line 2: {field}" in told.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense", "Malformed JSON"),
        ("[1]", "A JSON object is needed."),
        ('{"uuid": "a", "uuid": "b"}', "Duplicate key"),
        ('{"first_name": "\\u0000"}', "NUL"),
    ],
)
def test_a_line_that_is_no_clinician_is_named(
    path: Path, line: str, message: str
) -> None:
    with nothing_written():
        told = imported(ndjson(path, [item(), line]))

    assert told.status == 1
    [fault] = [each for each in told.err.splitlines() if each.startswith("line 2: ")]
    assert message in fault


def secretive(clinician_id: str, **changes: Any) -> dict[str, Any]:
    """Return an item whose texts and places are secrets."""
    texts = ("first_name", "last_name", "phone_number", "job_title", "agency_name")
    own = {name: f"{SECRET} {name}" for name in texts}
    lists = {"locations": [SECRET], "bookmarks": [SECRET]}
    return item(clinician_id, **{**own, **lists, **changes})


FAULTS: dict[str, dict[str, Any]] = {
    "a type": {"login_active": SECRET},
    "a date": {"contract_expiry_eod_date": SECRET},
    "a time": {"created": SECRET},
    "a product": {"products": [{"product_name": SECRET, "closed_date": SECRET}]},
    "two open products": {"products": [{"product_name": SECRET}] * 2},
    "a hash": {"password_hash": SECRET, "password_salt": SECRET},
    "a password": {"password": SECRET},
    "a long text": {"last_name": SECRET * 200},
    "a long id": {"uuid": SECRET * 5},
    "an id in use": {"uuid": "here"},
    "an address in use": {"email_address": f"{SECRET}@mail.example"},
    "a product's id in use": {"products": [{"product_name": "P", "uuid": SECRET}]},
    "an id twice": {"uuid": "first"},
}


@pytest.mark.parametrize("kind", FAULTS)
def test_no_value_of_a_row_is_told(path: Path, kind: str) -> None:
    settled(
        uuid="here",
        email_address=f"{SECRET}@mail.example",
        products=[{"product_name": "P", "uuid": SECRET}],
    )
    each = [secretive("first"), secretive(**{"clinician_id": "x"} | FAULTS[kind])]
    ndjson(path, each)
    with nothing_written():
        told = [imported(path), run("import_clinicians", str(path))]

    assert [one.status for one in told] == [1, 1]
    assert all("line 2: " in one.err for one in told)
    assert not any(SECRET.lower() in one.both.lower() for one in told)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("an id in use", "'here'"),
        ("an address in use", f"'{SECRET.lower()}@mail.example'"),
        ("a product's id in use", f"'{SECRET}'"),
        ("an id twice", "'first'"),
    ],
)
def test_values_are_told_when_asked_for(path: Path, kind: str, value: str) -> None:
    settled(
        uuid="here",
        email_address=f"{SECRET}@mail.example",
        products=[{"product_name": "P", "uuid": SECRET}],
    )
    each = [secretive("first"), secretive(**{"clinician_id": "x"} | FAULTS[kind])]
    told = imported(ndjson(path, each), "--with-values")

    assert told.status == 1
    assert value in told.err
    assert value in told.summary["faults"][0]["message"]


def test_twenty_faults_are_told_and_all_are_counted(path: Path) -> None:
    told = imported(ndjson(path, items(30, job_title=1)))

    assert told.counts() == {"refused": 30}
    assert told.err.count("job_title: A string is needed.") == 20
    assert [each["line"] for each in told.summary["faults"]] == list(range(1, 21))


def test_every_fault_of_an_item_is_told(path: Path) -> None:
    told = imported(ndjson(path, [item(job_title=1, phone_number=2, products=None)]))

    fields = [each["field"] for each in told.summary["faults"]]
    assert sorted(fields) == ["job_title", "phone_number", "products"]
    assert told.counts() == {"refused": 1}


SUMMARY = {
    "complete": True,
    "dry_run": False,
    "read": 3,
    "created": 2,
    "updated": 0,
    "unchanged": 0,
    "skipped": 1,
    "erased": 0,
    "refused": 0,
    "unknown_roles": {"Midwife 2009": 2},
    "faults": [],
    "trouble": None,
}


def test_the_summary_of_a_success_is_one_line_of_json(path: Path) -> None:
    settled(uuid="c1")
    each = items(3, groups=["Midwife 2009"])
    told = imported(ndjson(path, each), "--on-conflict", "skip")

    summary = told.summary
    assert summary.pop("seconds") >= 0
    assert (told.status, summary) == (0, SUMMARY)


def test_the_summary_of_a_failure_is_one_line_of_json(path: Path) -> None:
    told = imported(ndjson(path, [*items(2), item("bad", job_title=1)]))

    summary = told.summary
    assert summary.pop("seconds") >= 0
    fault = {"line": 3, "field": "job_title", "message": "A string is needed."}
    nothing = {"created": 0, "skipped": 0, "refused": 1, "unknown_roles": {}}
    expected = {**SUMMARY, **nothing, "complete": False, "faults": [fault]}
    assert (told.status, summary) == (1, expected)


def test_the_summary_for_people(path: Path) -> None:
    settled(uuid="c1")
    each = items(3, groups=["Midwife 2009"])
    told = run("import_clinicians", str(ndjson(path, each)), *("--on-conflict", "skip"))

    first, role = told.out.splitlines()
    assert first.startswith("3 read in ")
    counted = "2 created, 0 updated, 0 unchanged, 1 skipped, 0 erased, 0 refused."
    assert first.endswith(counted)
    assert role == "Not a role, kept as a name: Midwife 2009 (2)"
