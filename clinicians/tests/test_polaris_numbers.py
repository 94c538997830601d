"""Moving over from Polaris: what was brought over, in numbers."""

from typing import Any

import pytest

from clinicians.testing import nothing_written
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris


def add_three(polaris: LegacyDatabase) -> None:
    polaris.add_user("A1", email_address="ada@mail.example")
    polaris.add_product("p1", "A1")
    polaris.add_agreement("t1", "A1")
    polaris.add_user("B2", groups=["Midwife"], email_address="not one")
    polaris.add_user("C3")
    polaris.add_product("p2", "B2")
    polaris.add_product("p3", None)
    polaris.add_agreement("t2", None)


def test_it_says_in_numbers_what_was_brought_over(polaris: LegacyDatabase) -> None:
    add_three(polaris)
    told = polaris.imported()
    first, *lines = told.out.splitlines()

    assert first.startswith("3 read in ")
    counts = "3 created, 0 updated, 0 unchanged, 0 skipped, 0 erased, 0 refused."
    assert first.endswith(f" s: {counts}")
    why = "skipped for want of a user"
    assert lines == [
        "Not a role, kept as a name: Midwife (1)",
        f"user: 3 rows in the source, 0 {why}, 3 read; 3 in the store now.",
        f"product: 3 rows in the source, 1 {why}, 2 read; 2 in the store now.",
        f"terms_agreement: 2 rows in the source, 1 {why}, 1 read; 1 in the store now.",
        "1 addresses that do not look like one: B2",
        "1 clinicians with no product",
    ]
    assert told.err == ""


REPORT: dict[str, Any] = {
    "complete": True,
    "dry_run": False,
    "faults": [],
    "trouble": None,
    "rows_held_seconds": 0.0,
    "read": 3,
    "created": 3,
    "updated": 0,
    "unchanged": 0,
    "skipped": 0,
    "erased": 0,
    "refused": 0,
    "unknown_roles": {"Midwife": 1},
    "tables": {
        "user": {"rows": 3, "without_user": 0, "read": 3, "in_store": 3},
        "product": {"rows": 3, "without_user": 1, "read": 2, "in_store": 2},
        "terms_agreement": {"rows": 2, "without_user": 1, "read": 1, "in_store": 1},
    },
    "oddities": {
        "clinicians with no product": 1,
        "addresses that do not look like one": 1,
    },
    "ids": {"addresses that do not look like one": ["B2"]},
}


def test_programs_get_the_numbers_as_json(polaris: LegacyDatabase) -> None:
    add_three(polaris)
    found = polaris.summary()

    assert found.pop("seconds") >= 0
    assert found == REPORT


def test_a_dry_run_says_the_same_and_writes_nothing(polaris: LegacyDatabase) -> None:
    add_three(polaris)
    with nothing_written():
        found = polaris.summary("--dry-run")
        told = polaris.imported("--dry-run")

    none_stored = {
        table: {**numbers, "in_store": 0} for table, numbers in REPORT["tables"].items()
    }
    assert {**found, "seconds": 0} == {
        **REPORT,
        "seconds": 0,
        "dry_run": True,
        "tables": none_stored,
    }
    assert told.out.endswith("This was a dry run: nothing was stored.\n")
