"""Moving over from Polaris: roles that are none, and roles by another name."""

from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.testing import Api, json_of, logged_in, nothing_written
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase
from clinicians.tests.test_hashers import VECTORS
from roles.models import Role

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

MIDWIFE = ("--map-role", "Midwife=GDM Clinician")


@pytest.fixture(autouse=True)
def _old_roles(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", groups=["Midwife", "GDM Clinician"])
    polaris.add_user("grace", groups=["Midwife", "Robot"])
    polaris.add_user("joan", groups=["SEND Clinician"])


def groups() -> dict[str, list[str]]:
    pairs = Clinician.objects.values_list("pk", "roles__name").order_by("roles__name")
    found: dict[str, list[str]] = {}
    for clinician_id, name in pairs:
        found.setdefault(clinician_id, []).extend([name] if name else [])
    return found


def roles_of_the_api() -> Any:
    return json_of(Api().get("/dhos/v1/roles"))


def test_names_that_are_no_roles_are_kept_and_listed(polaris: LegacyDatabase) -> None:
    told = polaris.imported()

    assert "Not a role, kept as a name: Midwife (2)\n" in told.out
    assert "Not a role, kept as a name: Robot (1)\n" in told.out
    assert "SEND Clinician" not in told.out
    assert polaris.summary()["unknown_roles"] == {"Midwife": 2, "Robot": 1}
    assert groups() == {
        "ada": ["GDM Clinician", "Midwife"],
        "grace": ["Midwife", "Robot"],
        "joan": ["SEND Clinician"],
    }


def test_a_name_that_is_no_role_grants_nothing(polaris: LegacyDatabase) -> None:
    password, salt, digest = VECTORS[0]
    before = roles_of_the_api()
    polaris.change(
        "user",
        "grace",
        email_address="grace@mail.example",
        password_hash=digest,
        password_salt=salt,
    )
    polaris.imported()

    body = json_of(logged_in("grace@mail.example", password))
    assert body["groups"] == ["Midwife", "Robot"]
    assert body["permissions"] == []
    assert roles_of_the_api() == before
    assert not Role.objects.get(name="Midwife").recognised


def test_a_role_is_mapped_to_another(polaris: LegacyDatabase) -> None:
    found = polaris.summary(*MIDWIFE)

    assert groups() == {
        "ada": ["GDM Clinician"],
        "grace": ["GDM Clinician", "Robot"],
        "joan": ["SEND Clinician"],
    }
    assert found["unknown_roles"] == {"Robot": 1}
    assert found["oddities"]["role Midwife mapped to GDM Clinician"] == 2
    assert not Role.objects.filter(name="Midwife")


def test_a_role_is_dropped(polaris: LegacyDatabase) -> None:
    found = polaris.summary("--drop-role", "Midwife")

    assert groups()["ada"] == ["GDM Clinician"]
    assert groups()["grace"] == ["Robot"]
    assert found["oddities"]["role Midwife dropped"] == 2
    assert found["unknown_roles"] == {"Robot": 1}


def test_as_many_roles_as_needed_are_mapped_and_dropped(
    polaris: LegacyDatabase,
) -> None:
    polaris.imported(
        *MIDWIFE,
        *("--map-role", "SEND Clinician=SEND Superclinician"),
        *("--drop-role", "Robot", "--drop-role", "nobody has it"),
    )

    assert groups() == {
        "ada": ["GDM Clinician"],
        "grace": ["GDM Clinician"],
        "joan": ["SEND Superclinician"],
    }


def test_a_role_known_here_can_be_dropped(polaris: LegacyDatabase) -> None:
    polaris.imported("--drop-role", "SEND Clinician")

    assert groups()["joan"] == []


@pytest.mark.parametrize("name", ["gdm clinician", "GDM Clinician ", "Robot"])
def test_mapping_to_what_is_no_role_is_refused(
    polaris: LegacyDatabase, name: str
) -> None:
    Role.objects.create(name="Robot", recognised=False)
    with nothing_written():
        told = polaris.refused("--map-role", f"Midwife={name}")

    assert told == ("", "", f"--map-role: {name} is not a role.")


@pytest.mark.parametrize("text", ["Midwife", "Midwife=", "=GDM Clinician", ""])
def test_a_mapping_that_is_none_is_refused(polaris: LegacyDatabase, text: str) -> None:
    with nothing_written():
        told = polaris.refused("--map-role", text)

    assert 'write for example "GDM Midwife=GDM Clinician"' in told.error
