"""Moving over from Polaris: comparing the store with the source."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model

from clinicians.forms import DATED_VERSIONS
from clinicians.hashers import LEGACY_PREFIX
from clinicians.models import Clinician, Product, TermsAgreement
from clinicians.services.erasure import erase_clinician
from clinicians.services.members import MEMBERS, add, present, remove
from clinicians.testing import Api, created, logged_in, nothing_written
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase, run
from clinicians.tests.test_hashers import VECTORS
from users_service.journal.audit import Operator
from users_service.tests.live import PROJECT, database_variables
from users_service.tests.processes import as_in_tests

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

(PASSWORD, SALT, DIGEST), (_, OTHER_SALT, OTHER_DIGEST) = VECTORS
OTHER_HASH = f"{LEGACY_PREFIX}{OTHER_SALT}${OTHER_DIGEST}"
SECRET = "Zq7secret"
DIFFER = "The store differs from the source."
EQUAL = (
    "3 compared: 3 equal, 0 different, 0 missing, 0 not importable, 0 changed in the "
    "store since; 0 in the store only.\n"
)
DAY, MOMENT = date(2018, 1, 1), datetime(2018, 1, 1, tzinfo=UTC)
"""Earlier than what the source has: a clinician that changed later is let be."""

BY = {"created_by": SECRET, "modified_by": SECRET}


@pytest.fixture(autouse=True)
def _moved(polaris: LegacyDatabase) -> None:
    """Move three alike over, with one of everything."""
    for uuid in ("ada", "grace", "joan"):
        polaris.add_user(
            uuid,
            email_address=f" {uuid}@Mail.example",
            first_name=f"{uuid} {SECRET}",
            password_hash=DIGEST,
            password_salt=SALT,
        )
        closed = {"closed_date": "2020-01-01", "closed_reason": SECRET}
        polaris.add_product(f"p {uuid}", uuid, **closed)
        times = {"accepted_timestamp": "2019-01-01T01:00+01:00"}
        polaris.add_agreement(f"t {uuid}", uuid, version=1, **times)
    polaris.imported()


def verified(polaris: LegacyDatabase, *, is_equal: bool) -> dict[str, Any]:
    """Compare; return what is not zero or empty of what programs are told.

    Checks the verdict, that nothing is written, and that no value is told.
    """
    with nothing_written():
        people = run(polaris.url, "--verify")
        programs = run(polaris.url, "--verify", "--json")
    for told in (people, programs):
        assert told.error == ("" if is_equal else DIFFER)
        values = (SECRET, SECRET.lower(), DIGEST, SALT, OTHER_DIGEST)
        assert not [value for value in values if value in told.everything]
    found = programs.summary
    assert found.pop("is_equal") is is_equal
    return {name: value for name, value in found.items() if value}


def check_found(polaris: LegacyDatabase, field: str) -> None:
    """Check that a difference is found in this field of ada."""
    assert verified(polaris, is_equal=False) == {
        "compared": 3,
        "equal": 2,
        "different": {"ada": [field]},
    }


def columns(model: type[Model], *others: str) -> list[str]:
    """Return the columns of a model but those that are its own."""
    every = [each.attname for each in model._meta.concrete_fields]
    return [each for each in every if each not in {"id", "clinician_id", *others}]


def plant(row: Model, name: str) -> None:
    """Make a column of a row another than it is, behind everybody's back."""
    kind = row._meta.get_field(name).get_internal_type()
    value = {
        "BooleanField": not getattr(row, name),
        "DateField": DAY,
        "DateTimeField": MOMENT,
        "IntegerField": 99,
    }.get(kind, SECRET.lower())
    planted = {name: value}
    if name in DATED_VERSIONS:
        planted[DATED_VERSIONS[name]] = MOMENT
    type(row)._default_manager.filter(pk=row.pk).update(**planted)


def test_after_an_import_all_is_equal(polaris: LegacyDatabase) -> None:
    assert verified(polaris, is_equal=True) == {"compared": 3, "equal": 3}
    assert run(polaris.url, "--verify").out == EQUAL


OWN = ("uuid", "version", "password", "last_name_key", "first_name_key", "search_text")


@pytest.mark.parametrize("name", columns(Clinician, *OWN))
def test_a_difference_in_a_field_is_found(polaris: LegacyDatabase, name: str) -> None:
    plant(Clinician.objects.get(pk="ada"), name)

    check_found(polaris, name)


@pytest.mark.parametrize("name", columns(Product))
def test_a_difference_in_a_product_is_found(polaris: LegacyDatabase, name: str) -> None:
    plant(Product.objects.get(clinician="ada"), name)

    check_found(polaris, "products")


@pytest.mark.parametrize("name", columns(TermsAgreement))
def test_a_difference_in_an_agreement_is_found(
    polaris: LegacyDatabase, name: str
) -> None:
    plant(TermsAgreement.objects.get(clinician="ada"), name)

    check_found(polaris, "terms_agreements")


@pytest.mark.parametrize("field", MEMBERS)
@pytest.mark.parametrize("is_more", [True, False])
def test_a_member_of_a_list_too_many_or_too_few_is_found(
    polaris: LegacyDatabase, field: str, is_more: bool
) -> None:
    ada = Clinician.objects.get(pk="ada")
    if is_more:
        add(ada, {field: ["SEND Clinician"]})
    else:
        remove(ada, {field: present(ada, field)})

    check_found(polaris, field)


MORE: dict[str, dict[str, Any]] = {
    "products": {"product_name": SECRET, "opened_date": DAY, **BY},
    "terms_agreements": {"product_name": SECRET, **BY},
}


@pytest.mark.parametrize("field", MORE)
@pytest.mark.parametrize("is_more", [True, False])
def test_a_product_or_agreement_too_many_or_too_few_is_found(
    polaris: LegacyDatabase, field: str, is_more: bool
) -> None:
    parts = getattr(Clinician.objects.get(pk="ada"), field)
    if is_more:
        parts.create(**MORE[field])
    else:
        parts.all().delete()

    check_found(polaris, field)


@pytest.mark.parametrize("stored", [OTHER_HASH, None])
def test_another_password_is_found(polaris: LegacyDatabase, stored: str | None) -> None:
    Clinician.objects.filter(pk="ada").update(password=stored)

    check_found(polaris, "password")


@pytest.mark.parametrize("gone", ["password_hash", "password_salt"])
def test_a_password_that_nobody_has_in_the_source_is_found(
    polaris: LegacyDatabase, gone: str
) -> None:
    polaris.change("user", "ada", **{gone: None})

    check_found(polaris, "password")


def test_all_fields_that_differ_are_named(polaris: LegacyDatabase) -> None:
    ada, grace = (Clinician.objects.get(pk=pk) for pk in ("ada", "grace"))
    for name in ("job_title", "agency_name"):
        plant(ada, name)
    plant(grace.products.get(), "closed_reason")

    fields = {"ada": ["agency_name", "job_title"], "grace": ["products"]}
    assert verified(polaris, is_equal=False)["different"] == fields
    assert run(polaris.url, "--verify").err == (
        "clinician ada: agency_name, job_title differ\n"
        "clinician grace: products differ\n"
    )


def test_who_is_missing_is_named(polaris: LegacyDatabase) -> None:
    Clinician.objects.get(pk="grace").delete()

    assert verified(polaris, is_equal=False) == {
        "compared": 3,
        "equal": 2,
        "missing": ["grace"],
    }
    told = run(polaris.url, "--verify")
    assert told.err == "clinician grace: missing in the store\n"
    assert " 1 missing," in told.out


def test_who_is_in_the_store_only_is_counted(polaris: LegacyDatabase) -> None:
    created(uuid="new")
    Clinician.objects.get(pk="grace").delete()

    assert verified(polaris, is_equal=False)["only_here"] == 1


def test_whom_no_import_would_take_is_named(polaris: LegacyDatabase) -> None:
    polaris.change("user", "ada", job_title="x" * 1001)

    found = {"compared": 3, "equal": 2, "refused": ["ada"]}
    assert verified(polaris, is_equal=False) == found
    told = run(polaris.url, "--verify")
    assert told.err == "clinician ada: no import would take it\n"


def test_who_changed_in_the_store_since_is_told_apart(polaris: LegacyDatabase) -> None:
    for pk in ("ada", "grace"):
        answer = Api().patch(f"/dhos/v1/clinician/{pk}", {"job_title": SECRET})
        assert answer.status_code == 200
    found = {"compared": 3, "equal": 1, "changed_since": ["ada", "grace"]}
    assert verified(polaris, is_equal=True) == found

    polaris.change("user", "grace", modified="2040-01-01")
    found = {"compared": 3, "equal": 1, "changed_since": ["ada"]}
    different = {"grace": ["job_title", "modified", "modified_by"]}
    assert verified(polaris, is_equal=False) == {**found, "different": different}


@pytest.mark.parametrize("modified", ["2019-02-01", "2040-01-01"])
def test_who_was_erased_changed_since(polaris: LegacyDatabase, modified: str) -> None:
    erase_clinician(actor=Operator("jane"), clinician_id="ada")
    polaris.change("user", "ada", modified=modified)

    found = {"compared": 3, "equal": 2, "changed_since": ["ada"]}
    assert verified(polaris, is_equal=True) == found


def test_a_password_that_a_login_upgraded_is_equal(polaris: LegacyDatabase) -> None:
    assert logged_in("ada@mail.example", PASSWORD).status_code == 200

    assert verified(polaris, is_equal=True) == {"compared": 3, "equal": 3}


def test_a_part_of_the_source_cannot_be_compared(polaris: LegacyDatabase) -> None:
    told = run(polaris.url, "--verify", "--since", "2020-01-01")

    assert told == ("", "", "--verify compares all: leave --since out.")


@pytest.mark.django_db(transaction=True)
def test_the_exit_status_tells_whether_all_is_equal(
    polaris: LegacyDatabase, tmp_path: Path
) -> None:
    assert as_a_process(polaris.url, tmp_path / "equal") == (0, EQUAL, "")
    plant(Clinician.objects.get(pk="ada"), "job_title")
    status, out, err = as_a_process(polaris.url, tmp_path / "different")
    assert (status, out) == (1, EQUAL.replace("3 equal, 0", "2 equal, 1"))
    assert err == f"clinician ada: job_title differ\nCommandError: {DIFFER}\n"


def as_a_process(url: str, folder: Path) -> tuple[int, str, str]:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "import_polaris", url, "--verify"],
        env=as_in_tests(**database_variables(folder)),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
