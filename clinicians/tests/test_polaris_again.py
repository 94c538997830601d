"""Moving over from Polaris again: what changed meanwhile, here and there."""

from typing import Any

import pytest

from clinicians.hashers import LEGACY_PREFIX
from clinicians.models import Clinician
from clinicians.services.erasure import erase_clinician
from clinicians.testing import (
    Api,
    announced,
    forget_the_trail,
    json_of,
    logged_in,
    nothing_written,
    recorded,
    set_password,
)
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase
from clinicians.tests.test_hashers import VECTORS
from users_service.journal.audit import Operator

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

(OLD, OLD_SALT, OLD_DIGEST), (NEW, NEW_SALT, NEW_DIGEST) = VECTORS
OLD_HASH = {"password_hash": OLD_DIGEST, "password_salt": OLD_SALT}
NEW_HASH = {"password_hash": NEW_DIGEST, "password_salt": NEW_SALT}
ADA = "ada@mail.example"
SINCE = ("--since", "2020-01-31T22:00")
LATER = "2040-01-01 00:00:00.000001"
"""Later than anything that a test changes in the store."""


@pytest.fixture(autouse=True)
def _moved_once(polaris: LegacyDatabase) -> None:
    """Move three people over."""
    polaris.add_user(
        "ada",
        **OLD_HASH,
        email_address=f" {ADA.upper()}",
        groups=["Midwife", "GDM Clinician"],
        phone_number=None,
        locations=["L1", "L1"],
    )
    polaris.add_user("grace", bookmarks=None, created_by_="x" * 37)
    polaris.add_user("joan", email_address=" ")
    for uuid, user_id in (("p1", "ada"), ("p2", "grace"), ("p3", None)):
        polaris.add_product(uuid, user_id, modified="2019-01-01 00:00:00.5")
        polaris.add_agreement(f"t{uuid}", user_id, version=1)
    polaris.imported()


def counts(found: dict[str, Any]) -> dict[str, int]:
    names = ("read", "created", "updated", "unchanged", "erased")
    return {name: found[name] for name in names if found[name]}


def shown(clinician_id: str) -> Any:
    return json_of(Api().get(f"/dhos/v1/clinician/{clinician_id}"))


def changed_here(clinician_id: str, **changes: Any) -> None:
    answer = Api().patch(f"/dhos/v1/clinician/{clinician_id}", changes)
    assert answer.status_code == 200


@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--since", "1999-12-31"]])
def test_again_changes_nothing(polaris: LegacyDatabase, arguments: list[str]) -> None:
    with nothing_written():
        found = polaris.summary(*arguments)

    assert counts(found) == {"read": 3, "unchanged": 3}


def test_what_was_decided_is_the_same_again(polaris: LegacyDatabase) -> None:
    polaris.add_user("newer", email_address="Ada@mail.example", created="2020-01-01")
    polaris.add_product("p4", "ada", opened_date="2020-01-01")
    decided = (
        *("--on-email-clash", "blank-newer", "--close-older"),
        *("--map-role", "Midwife=GDM Superclinician"),
    )
    assert counts(polaris.summary(*decided)) == {
        "read": 4,
        "created": 1,
        "updated": 1,
        "unchanged": 2,
    }
    with nothing_written():
        polaris.imported(*decided)
        polaris.imported("--verify", *decided)


def test_somebody_new_comes_along(polaris: LegacyDatabase) -> None:
    polaris.add_user("older", modified="2020-01-01")
    polaris.add_user("newer", modified="2020-02-01")
    forget_the_trail()

    assert counts(polaris.summary(*SINCE)) == {"read": 1, "created": 1}
    assert [entry[:2] for entry in recorded()] == [("clinician.imported", "newer")]


CHANGED: dict[str, dict[str, Any]] = {
    "user": {"uuid": "ada", "job_title": "changed"},
    "product": {"uuid": "p1", "closed_date": "2031-01-01"},
    "terms_agreement": {"uuid": "tp1", "version": 7},
}


@pytest.mark.parametrize("table", CHANGED)
@pytest.mark.parametrize(
    ("modified", "is_read"),
    [
        ("2020-02-01", True),
        ("2020-01-31 22:00", True),
        ("2020-01-31 21:59:59.999999", False),
    ],
)
def test_since_then_only_those_are_read_who_changed(
    polaris: LegacyDatabase, table: str, modified: str, is_read: bool
) -> None:
    polaris.change(table, modified=modified, **CHANGED[table])
    polaris.change("user", "grace", job_title="not to be seen")
    forget_the_trail()
    found = polaris.summary(*SINCE)

    assert counts(found) == ({"read": 1, "updated": 1} if is_read else {})
    parts = [found["tables"][each]["read"] for each in ("product", "terms_agreement")]
    assert parts == ([1, 1] if is_read else [0, 0])
    assert announced() == []
    expected = [("clinician.changed", "ada")] if is_read else []
    assert [entry[:2] for entry in recorded()] == expected


@pytest.mark.parametrize("table", CHANGED)
def test_what_changed_is_what_the_source_says(
    polaris: LegacyDatabase, table: str
) -> None:
    polaris.change(table, modified="2020-02-01", **CHANGED[table])
    polaris.imported(*SINCE)

    row = Clinician.objects.get(pk="ada")
    closed = row.products.get().closed_date
    version = row.terms_agreements.get().version
    assert {
        "user": row.job_title == "changed",
        "product": str(closed) == "2031-01-01",
        "terms_agreement": version == 7,
    }[table]
    polaris.imported("--verify")


@pytest.mark.parametrize(
    ("since", "read"),
    [
        ("2020-01-31T23:30:00+02:00", 1),
        ("2020-01-31T20:30:00-02:00", 0),
        ("2020-01-31T21:30:00", 1),
        ("2020-01-31T22:30:00Z", 0),
        ("2020-01-31 22:00", 1),
        ("2020-2-1", 0),
    ],
)
def test_since_is_utc_unless_it_has_an_offset(
    polaris: LegacyDatabase, since: str, read: int
) -> None:
    polaris.change("user", "ada", modified="2020-01-31 22:00")

    assert polaris.summary("--since", since)["read"] == read


@pytest.mark.parametrize("since", ["yesterday", "2020-13-01", "22:00", ""])
def test_since_has_to_be_a_time(polaris: LegacyDatabase, since: str) -> None:
    with nothing_written():
        told = polaris.refused(f"--since={since}")

    assert "write for example 2026-01-31T22:00" in told.error


@pytest.mark.parametrize("arguments", [(), SINCE])
def test_who_changed_in_the_store_later_stays(
    polaris: LegacyDatabase, arguments: tuple[str, ...]
) -> None:
    polaris.change("user", "ada", job_title="there", modified="2020-02-01")
    polaris.change("user", "grace", job_title="there", modified="2020-02-01")
    changed_here("ada", job_title="here", phone_number="1")
    set_password(ADA, "correct horse")
    found = polaris.summary(*arguments)

    assert found["updated"] == 1
    body = shown("ada")
    assert (body["job_title"], body["phone_number"]) == ("here", "1")
    assert shown("grace")["job_title"] == "there"
    assert logged_in(ADA, OLD).status_code == 403
    assert logged_in(ADA, "correct horse").status_code == 200


@pytest.mark.parametrize("arguments", [(), SINCE])
def test_who_changed_in_the_source_later_is_as_there(
    polaris: LegacyDatabase, arguments: tuple[str, ...]
) -> None:
    changed_here("ada", job_title="here", locations=["L2"], bookmarks=["B2"])
    set_password(ADA, "correct horse")
    there = {"job_title": "there", "locations": ["L3"], **NEW_HASH}
    polaris.change("user", "ada", modified=LATER, **there)
    polaris.imported(*arguments)

    body = shown("ada")
    assert (body["job_title"], body["locations"]) == ("there", ["L3"])
    assert body["bookmarks"] == ["B1"]
    assert body["modified"] == "2040-01-01T00:00:00.000Z"
    assert [logged_in(ADA, each).status_code for each in ("correct horse", OLD)] == [
        *(403, 403)
    ]
    assert logged_in(ADA, NEW).status_code == 200
    polaris.imported("--verify")


@pytest.mark.parametrize("arguments", [(), ("--since", "2019-01-01")])
def test_a_password_that_a_login_upgraded_is_not_put_back(
    polaris: LegacyDatabase, arguments: tuple[str, ...]
) -> None:
    assert logged_in(ADA, OLD).status_code == 200
    upgraded = Clinician.objects.get(pk="ada").password or LEGACY_PREFIX
    assert not upgraded.startswith(LEGACY_PREFIX)
    polaris.change("user", "grace", job_title="changed")
    found = polaris.summary(*arguments)

    assert counts(found) == {"read": 3, "updated": 1, "unchanged": 2}
    assert Clinician.objects.get(pk="ada").password == upgraded
    polaris.imported("--verify")


@pytest.mark.parametrize("modified", ["2019-02-01", LATER])
def test_who_was_erased_is_not_brought_back(
    polaris: LegacyDatabase, modified: str
) -> None:
    erase_clinician(actor=Operator("jane"), clinician_id="ada")
    polaris.change("user", "ada", modified=modified, job_title="changed")
    with nothing_written():
        found = polaris.summary()

    assert counts(found) == {"read": 3, "unchanged": 2, "erased": 1}
    row = Clinician.objects.get(pk="ada")
    assert (row.first_name, row.email_address, row.password) == ("", None, None)
    assert logged_in(ADA, OLD).status_code == 403


def test_one_who_is_refused_ends_it_for_all(polaris: LegacyDatabase) -> None:
    polaris.change("user", "ada", modified=LATER, job_title="x" * 1001)
    polaris.change("user", "grace", modified=LATER, job_title="changed")
    polaris.add_user("new", modified=LATER)
    with nothing_written():
        told = polaris.refused(*SINCE)

    assert told.err.startswith("clinician ada: job_title: ")


def test_an_address_taken_in_the_store_is_refused(polaris: LegacyDatabase) -> None:
    changed_here("joan", email_address="Taken@mail.example")
    polaris.add_user("new", email_address="taken@mail.example")
    with nothing_written():
        told = polaris.refused()

    message = "The email address is in use already."
    assert told.err == f"clinician new: email_address: {message}\n"
