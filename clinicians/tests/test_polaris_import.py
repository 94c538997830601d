"""Moving over from Polaris: what is brought over, and what is said of it."""

import getpass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinicians.models import SCALARS, Clinician, Product, TermsAgreement
from clinicians.testing import (
    Api,
    announced,
    json_of,
    logged_in,
    nothing_written,
    recorded,
)
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase
from clinicians.tests.test_hashers import VECTORS
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

PASSWORD, SALT, DIGEST = VECTORS[0]
CREDENTIALS = {"password_hash": DIGEST, "password_salt": SALT}
BLOCK = {
    "created": "2019-03-31 01:30:00.000001",
    "created_by_": "static_clinician_uuid_A",
    "modified": "2020-10-25 01:30:00.999999",
    "modified_by_": "unknown",
}
STORED_BLOCK = {
    "created": datetime(2019, 3, 31, 1, 30, 0, 1, UTC),
    "created_by": "static_clinician_uuid_A",
    "modified": datetime(2020, 10, 25, 1, 30, 0, 999999, UTC),
    "modified_by": "unknown",
}
TEXTS = {
    **{name: f"{name} Ünïcödé 𝄞" for name in SCALARS[:5]},
    "email_address": "ada@mail.example",
    **{name: f" its {name} " for name in SCALARS[6:11]},
}
OTHERS = {
    "login_active": False,
    "can_edit_ews": True,
    "can_edit_encounter": True,
    "analytics_consent": False,
    "contract_expiry_eod_date": date(2031, 12, 31),
}
PRODUCT = {
    "product_name": "SEND",
    "opened_date": date(2019, 4, 1),
    "closed_date": date(2018, 4, 1),
    "closed_reason": "a reason",
    "closed_reason_other": " another ",
}
VERSIONS = {"version": 0, "tou_version": -1, "patient_notice_version": 2**31 - 1}
TIMES = ("accepted", "tou_accepted", "patient_notice_accepted")


def add_whole_user(polaris: LegacyDatabase) -> None:
    polaris.add_user(
        "A1",
        **BLOCK,
        **TEXTS,
        **OTHERS,
        **CREDENTIALS,
        groups=["SEND Clinician", "GDM Clinician"],
        locations=["L2", "L1"],
        bookmarks=["B2", "B1"],
        bookmarked_patients=["P2", "P1"],
    )
    polaris.add_product("p1", "A1", **BLOCK, **PRODUCT)
    moments = {
        f"{name}_timestamp": f"2019-06-0{day} 12:00:00.12345{day}+01:00"
        for day, name in enumerate(TIMES, 1)
    }
    polaris.add_agreement("t1", "A1", **BLOCK, **VERSIONS, **moments)


def without(row: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_every_column_of_a_user_comes_along(polaris: LegacyDatabase) -> None:
    add_whole_user(polaris)
    polaris.imported()

    derived = ("version", "last_name_key", "first_name_key", "search_text")
    assert without(Clinician.objects.values().get(), *derived) == {
        "uuid": "A1",
        **STORED_BLOCK,
        **TEXTS,
        **OTHERS,
        "password": f"polaris_scrypt${SALT}${DIGEST}",
    }
    body = json_of(Api().get("/dhos/v1/clinician/A1"))
    assert body["groups"] == ["GDM Clinician", "SEND Clinician"]
    assert body["locations"] == ["L1", "L2"]
    assert body["bookmarks"] == ["B1", "B2"]
    assert body["bookmarked_patients"] == ["P1", "P2"]


def test_every_column_of_a_product_comes_along(polaris: LegacyDatabase) -> None:
    add_whole_user(polaris)
    polaris.imported()

    assert without(Product.objects.values().get(), "id") == {
        "uuid": "p1",
        "clinician_id": "A1",
        **STORED_BLOCK,
        **PRODUCT,
    }


def test_every_column_of_an_agreement_comes_along(polaris: LegacyDatabase) -> None:
    add_whole_user(polaris)
    polaris.imported()

    moments = {
        f"{name}_timestamp": datetime(2019, 6, day, 11, 0, 0, 123450 + day, UTC)
        for day, name in enumerate(TIMES, 1)
    }
    assert without(TermsAgreement.objects.values().get(), "id") == {
        "uuid": "t1",
        "clinician_id": "A1",
        "product_name": "GDM",
        **STORED_BLOCK,
        **VERSIONS,
        **moments,
    }


def test_what_may_be_null_stays_null(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")
    polaris.add_product("p1", "ada")
    polaris.imported()
    row: Any = Clinician.objects.values().get()

    nullable = (*SCALARS[5:11], "can_edit_encounter", "analytics_consent", "password")
    assert {row[name] for name in (*nullable, "contract_expiry_eod_date")} == {None}
    product: Any = Product.objects.values().get()
    assert {product[name] for name in product if name.startswith("closed")} == {None}


def test_names_are_trimmed_as_on_every_way_in(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", first_name=" Ada ", last_name="Invented\t")
    polaris.imported()

    assert Clinician.objects.values_list("first_name", "last_name").get() == (
        "Ada",
        "Invented",
    )


@pytest.mark.parametrize("username", ["ada@mail.example", "ADA@mail.example ", "@77"])
@pytest.mark.parametrize("vector", VECTORS, ids=["ASCII", "UTF-8"])
def test_people_log_in_with_the_password_they_have(
    polaris: LegacyDatabase, username: str, vector: tuple[str, str, str]
) -> None:
    password, salt, digest = vector
    polaris.add_user(
        "ada",
        email_address=" Ada@mail.example",
        send_entry_identifier="@77",
        password_hash=digest,
        password_salt=salt,
    )
    polaris.imported()

    assert logged_in(username, f"{password} ").status_code == 403
    answer = logged_in(username, password)
    assert (answer.status_code, json_of(answer)["user_id"]) == (200, "ada")


@pytest.mark.parametrize("missing", [["password_hash"], ["password_salt"], CREDENTIALS])
def test_nobody_logs_in_without_a_hash_or_its_salt(
    polaris: LegacyDatabase, missing: list[str]
) -> None:
    given = {**CREDENTIALS, **dict.fromkeys(missing)}
    polaris.add_user("ada", email_address="ada@mail.example", **given)
    polaris.imported()

    assert Clinician.objects.get().password is None
    assert logged_in("ada@mail.example", PASSWORD).status_code == 403


def test_every_clinician_is_recorded_and_nothing_announced(
    polaris: LegacyDatabase,
) -> None:
    add_whole_user(polaris)
    polaris.add_user("B2")
    told = polaris.imported("--by", "jane")

    assert announced() == []
    entries = recorded()
    assert [entry[:2] for entry in entries] == [
        ("clinician.imported", "A1"),
        ("clinician.imported", "B2"),
    ]
    assert entries[0][2]["password"] == "changed"
    assert entries[0][2]["agency_name"] == [None, TEXTS["agency_name"]]
    assert "password" not in entries[1][2]
    secrets = (SALT, DIGEST)
    assert not [each for each in secrets if each in f"{entries}{told.everything}"]
    by = AuditEntry.objects.values_list("actor", "actor_kind").distinct()
    assert list(by) == [("jane", "operator")]


def test_the_operator_is_the_systems_user_unless_named(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")
    polaris.imported()

    assert AuditEntry.objects.get().actor == getpass.getuser()


LONG = "Zq7secret" * 112  # 1,008 characters
REFUSED: dict[str, dict[str, Any]] = {
    **{name: {name: LONG} for name in SCALARS[:11]},
    "groups.1": {"groups": ["GDM Clinician", LONG]},
    "locations.0": {"locations": ["Zq7secret" * 5]},
    "bookmarks.0": {"bookmarks": ["Zq7secret" * 5]},
    "bookmarked_patients.0": {"bookmarked_patients": ["Zq7secret" * 5]},
    "password_salt": {"password_hash": DIGEST, "password_salt": "Zq7secret"},
}
HASHES = {
    "not hexadecimal": "Zq7secre" * 64,
    "a digit short": DIGEST[1:],
    "a digit more": f"{DIGEST}0",
    "a line feed more": f"{DIGEST}\n",
}


def refuse_second_of_three(polaris: LegacyDatabase, field: str, **columns: Any) -> None:
    polaris.add_user("A1")
    polaris.add_user("B2", **{**CREDENTIALS, **columns})
    polaris.add_user("C3")
    with nothing_written():
        told = polaris.refused()

    [line] = told.err.splitlines()
    assert line.startswith(f"clinician B2: {field}: ")
    assert told.error == "1 refused; nothing was stored."
    values = ("Zq7secre", DIGEST[:20], SALT[:20])
    assert not [value for value in values if value in told.everything]


@pytest.mark.parametrize("field", REFUSED)
def test_what_nobody_could_store_is_refused_by_id_and_field(
    polaris: LegacyDatabase, field: str
) -> None:
    refuse_second_of_three(polaris, field, **REFUSED[field])


@pytest.mark.parametrize("digest", HASHES.values(), ids=HASHES)
def test_a_malformed_hash_is_refused_by_id_and_field(
    polaris: LegacyDatabase, digest: str
) -> None:
    refuse_second_of_three(polaris, "password_hash", password_hash=digest)


@pytest.mark.parametrize("name", ["bulk", "login"])
def test_a_path_of_the_api_is_refused_as_an_id(
    polaris: LegacyDatabase, name: str
) -> None:
    polaris.add_user("A1")
    polaris.add_user(name)
    with nothing_written():
        told = polaris.refused()

    message = "No path can carry this as an id."
    assert told.err == f"clinician {name}: uuid: {message}\n"


@pytest.mark.parametrize("name", ["locations", "bookmarks", "bookmarked_patients"])
def test_an_id_in_a_list_that_no_path_can_carry_stops_the_import(
    polaris: LegacyDatabase, name: str
) -> None:
    polaris.add_user("A1")
    polaris.add_user("A2", **{name: ["a/b", "L1"]})
    with nothing_written():
        told = polaris.refused()

    message = "No path can carry this as an id."
    assert told.err == f"clinician A2: {name}.1: {message}\n"
