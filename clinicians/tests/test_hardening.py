"""What the contract hardens: temporary managers, and the roles of the system."""

from typing import Any

import pytest

from clinicians.testing import (
    Api,
    clinician_body,
    json_of,
    nothing_written,
    problem_of,
    settled,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
TEMP = "write:send_clinician_temp"
WIDER = ["write:gdm_clinician_all", "write:send_clinician_all"]
END = "2030-01-01"
SEND = {"product_name": "SEND", "opened_date": "2024-01-31"}
GDM = {"product_name": "GDM", "opened_date": "2024-01-31"}
FORBIDDEN = (403, "Forbidden")
SYSTEM_ROLES = ["System", "EPR Service Adapter"]
TEMPORARY = {
    "products": [SEND],
    "contract_expiry_eod_date": END,
    "groups": ["SEND Clinician"],
    "send_entry_identifier": "7",
}


def manager(*more: str) -> Api:
    """Return somebody who manages temporary clinicians."""
    return Api(" ".join([TEMP, "read:send_clinician_all", *more]), clinician_id="M1")


def temporary() -> str:
    """Store a temporary clinician; return the path."""
    return f"{PATH}/{settled(**TEMPORARY)['uuid']}"


def refused(api: Api, path: str, body: Any) -> Any:
    """Return status and errors of a PATCH, nothing being written."""
    with nothing_written():
        return problem_of(api.patch(path, body))


def test_a_manager_creates_temporary_clinicians_of_send() -> None:
    answer = manager().post(PATH, clinician_body(**TEMPORARY))

    assert answer.status_code == 200
    assert json_of(answer)["created_by"] == "M1"


@pytest.mark.parametrize(
    "changes",
    [
        {"contract_expiry_eod_date": None},
        {"contract_expiry_eod_date": ...},
        {"products": [GDM]},
        {"products": [SEND, GDM]},
        {"products": [SEND, {**GDM, "closed_date": "2024-02-01"}]},
        {"products": [{**SEND, "product_name": "send"}]},
    ],
)
@pytest.mark.parametrize("caller", [{"clinician_id": "M1"}, {"system_id": "S1"}])
def test_a_manager_creates_nobody_else(
    changes: dict[str, Any], caller: dict[str, str]
) -> None:
    with nothing_written():
        answer = Api(TEMP, **caller).post(
            PATH, clinician_body(**{**TEMPORARY, **changes})
        )

    assert problem_of(answer) == FORBIDDEN


@pytest.mark.parametrize("scope", WIDER)
def test_a_wider_scope_sets_a_manager_free(scope: str) -> None:
    answer = manager(scope).post(PATH, clinician_body(products=[GDM]))
    assert answer.status_code == 200

    path = f"{PATH}/{settled()['uuid']}"
    answer = manager(scope).patch(path, {"groups": ["DBM Clinician"]})
    assert answer.status_code == 200


@pytest.mark.parametrize("scope", ["write:gdm_clinician", "write:send_clinician"])
def test_a_scope_that_does_not_grant_the_write_sets_nobody_free(scope: str) -> None:
    path = f"{PATH}/{settled()['uuid']}"

    assert refused(manager(scope), path, {"job_title": "x"}) == FORBIDDEN
    with nothing_written():
        answer = manager(scope).post(PATH, clinician_body(products=[GDM]))
    assert problem_of(answer) == FORBIDDEN


@pytest.mark.parametrize("scope", ["write:gdm_clinician", "write:send_clinician"])
def test_a_manager_changes_their_own_fields_by_another_scope(scope: str) -> None:
    settled(uuid="M1")

    answer = manager(scope).patch(f"{PATH}/M1", {"job_title": "nurse"})
    assert json_of(answer)["job_title"] == "nurse"


def test_a_manager_changes_temporary_clinicians() -> None:
    body = {"job_title": "nurse", "contract_expiry_eod_date": "2031-01-01"}

    after = json_of(manager().patch(temporary(), body))
    assert (after["job_title"], after["contract_expiry_eod_date"]) == (
        "nurse",
        "2031-01-01",
    )


def test_a_manager_makes_nobody_permanent() -> None:
    body = {"contract_expiry_eod_date": None}

    assert refused(manager(), temporary(), body) == FORBIDDEN


def test_a_manager_leaves_permanent_clinicians_alone() -> None:
    path = f"{PATH}/{settled()['uuid']}"

    for body in ({}, {"job_title": "x"}, {"contract_expiry_eod_date": END}):
        assert refused(manager(), path, body) == FORBIDDEN


def test_a_manager_gives_no_roles() -> None:
    path = temporary()
    for groups in (["SEND Administrator"], ["SEND Clinician", "SEND Administrator"]):
        assert refused(manager(), path, {"groups": groups}) == FORBIDDEN


def test_a_manager_sends_a_whole_clinician_back() -> None:
    path = temporary()
    whole = json_of(Api().get(path))

    after = json_of(manager().patch(path, {**whole, "job_title": "nurse"}))
    assert (after["groups"], after["job_title"]) == (["SEND Clinician"], "nurse")


def test_even_present_roles_are_refused_where_temp_only_is_asked_for() -> None:
    path = temporary() + "?temp_only=true"

    body = {"groups": ["SEND Clinician"]}
    assert refused(manager(), path, body) == FORBIDDEN


def test_a_manager_removes_nothing_and_sets_no_password() -> None:
    path = temporary()

    assert refused(manager(), f"{path}/delete", {}) == FORBIDDEN
    body = {"password": "secret"}
    assert refused(manager(), f"{PATH}?email=a@example.com", body) == FORBIDDEN


@pytest.mark.parametrize("role", SYSTEM_ROLES)
def test_nobody_but_a_system_creates_with_a_role_of_the_system(role: str) -> None:
    body = clinician_body(groups=["GDM Clinician", role])
    person = Api(" ".join(WIDER), clinician_id="A1")
    with nothing_written():
        answer = person.post(PATH, body)
    assert problem_of(answer) == FORBIDDEN

    answer = Api(WIDER[0], system_id="S1").post(PATH, body)
    assert json_of(answer)["groups"] == sorted(["GDM Clinician", role])


@pytest.mark.parametrize("role", SYSTEM_ROLES)
def test_nobody_but_a_system_gives_a_role_of_the_system(role: str) -> None:
    path = f"{PATH}/{settled()['uuid']}"
    person = Api(" ".join(WIDER), clinician_id="A1")
    assert refused(person, path, {"groups": [role]}) == FORBIDDEN

    answer = Api(WIDER[0], system_id="S1").patch(path, {"groups": [role]})
    assert role in json_of(answer)["groups"]


@pytest.mark.parametrize("role", SYSTEM_ROLES)
def test_a_role_of_the_system_may_be_sent_back_and_taken_away(role: str) -> None:
    path = f"{PATH}/{settled(groups=[role])['uuid']}"
    person = Api(" ".join(WIDER), clinician_id="A1")

    assert json_of(person.patch(path, {"groups": [role]}))["groups"] == [role]
    answer = person.patch(f"{path}/delete", {"groups": [role]})
    assert json_of(answer)["groups"] == []
