"""Tables that are filled without their indexes, which come back as they were."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bookmarks.models import LocationBookmark, PatientBookmark
from clinicians.models import Clinician, ClinicianLocation, LoginGuard, Product
from clinicians.testing import stored
from clinicians.transfer.empty_store import filled_tables
from users_service.database.cursors import fetch_rows
from users_service.database.indexes import without_indexes
from users_service.journal.models import AuditEntry
from users_service.tests.schema import Schema, index_numbers, schema

Fill = Callable[[], None]

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def of_filled_tables(found: Schema) -> tuple[set[object], set[object]]:
    """Return names of indexes and of constraints that are not NOT NULL or CHECK."""
    tables = {model._meta.db_table for model in filled_tables()}
    indexes = {name for table, name, _ in found.indexes if table in tables}
    constraints = {
        row[1]
        for row in found.constraints
        if (row[0] in tables or row[-1] in tables) and row[2] not in ("c", "n")
    }
    return indexes, constraints


def test_all_are_gone_meanwhile_and_come_back() -> None:
    before = schema()
    indexes, constraints = of_filled_tables(before)
    assert {"product_open_once", "clinician_legacy_hash", "audit_by_time"} <= indexes
    assert {"clinicians_clinician_pkey", "clinician_role_once"} <= constraints

    with transaction.atomic(), without_indexes(filled_tables()):
        assert of_filled_tables(schema()) == (set(), set())
        stored("A")

    assert schema() == before
    assert Clinician.objects.get().pk == "A"


def test_checks_and_triggers_stay_in_force() -> None:
    before = schema()
    checks = [row for row in before.constraints if row[2] == "c"]
    assert checks
    with transaction.atomic(), without_indexes(filled_tables()):
        during = schema()
        assert [row for row in during.constraints if row[2] == "c"] == checks
        assert during.triggers == before.triggers
        with pytest.raises(IntegrityError), transaction.atomic():
            stored("A", email_address="")


def test_other_tables_keep_theirs() -> None:
    before = schema()
    filled = of_filled_tables(before)[0]
    others = [row for row in before.indexes if row[1] not in filled]
    with transaction.atomic(), without_indexes(filled_tables()):
        assert schema().indexes == others


def test_those_of_one_table_alone() -> None:
    before = schema()
    with transaction.atomic(), without_indexes([LocationBookmark]):
        gone = set(before.indexes) - set(schema().indexes)
    assert {row[0] for row in gone} == {"bookmarks_locationbookmark"}
    assert schema() == before


def test_they_are_dropped_and_made_again() -> None:
    numbers = index_numbers()
    with transaction.atomic(), without_indexes(filled_tables()):
        pass
    assert {row[0] for row in index_numbers()} == {row[0] for row in numbers}
    assert index_numbers() != numbers
    assert all(is_valid for *_, is_valid in index_numbers())


def power_cut() -> None:
    stored("A")
    raise RuntimeError("power cut")


def fill_by(fill: Fill) -> None:
    """Fill the tables without their indexes."""
    with transaction.atomic(), without_indexes(filled_tables()):
        fill()


def test_an_exception_takes_everything_back() -> None:
    before, numbers = schema(), index_numbers()
    with pytest.raises(RuntimeError, match="power cut"):
        fill_by(power_cut)

    assert (schema(), index_numbers()) == (before, numbers)
    assert not Clinician.objects.exists()


def the_same_id() -> None:
    stored("A")
    stored("A")


def the_same_address() -> None:
    stored("A", email_address="a")
    stored("B", email_address="a")


def two_open_products() -> None:
    stored("A")
    for number in range(2):
        Product.objects.create(
            uuid=f"P{number}",
            clinician_id="A",
            product_name="GDM",
            opened_date=timezone.now().date(),
        )


def a_location_twice() -> None:
    stored("A")
    for _ in range(2):
        ClinicianLocation.objects.create(clinician_id="A", location_id="L1")


def a_bookmark_of_nobody() -> None:
    PatientBookmark.objects.create(clinician_id="nobody", patient_id="P")


def a_guard_of_nobody() -> None:
    LoginGuard.objects.create(clinician_id="nobody")


def a_role_that_is_none() -> None:
    stored("A")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinicians_clinicianrole (clinician_id, role_id)"
            " VALUES ('A', 'nothing')"
        )


WRONG = [
    the_same_id,
    the_same_address,
    two_open_products,
    a_location_twice,
    a_bookmark_of_nobody,
    a_guard_of_nobody,
    a_role_that_is_none,
]


@pytest.mark.parametrize("fill", WRONG)
def test_rows_that_break_a_rule_are_djangos_error_and_leave_nothing(fill: Fill) -> None:
    before, numbers = schema(), index_numbers()
    with pytest.raises(IntegrityError):
        fill_by(fill)

    assert (schema(), index_numbers()) == (before, numbers)
    assert not Clinician.objects.exists()
    assert not PatientBookmark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_memory_is_given_back_with_the_transaction() -> None:
    usual = fetch_rows("SHOW maintenance_work_mem")
    assert usual != [("256MB",)]
    with transaction.atomic(), without_indexes([LocationBookmark]):
        assert fetch_rows("SHOW maintenance_work_mem") == [("256MB",)]
    assert fetch_rows("SHOW maintenance_work_mem") == usual


def test_rules_are_in_force_again() -> None:
    with transaction.atomic(), without_indexes(filled_tables()):
        stored("A", email_address="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        stored("B", email_address="a")
    assert not AuditEntry.objects.exists()
