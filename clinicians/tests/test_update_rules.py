"""Who may change what of a clinician."""

from typing import Any

import pytest

from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
    nothing_written,
    problem_of,
    settled,
)

pytestmark = pytest.mark.django_db

GDM = "write:gdm_clinician_all"
SEND = "write:send_clinician_all"
END = "2030-01-01"
FORBIDDEN = (403, "Forbidden")
NO_EWS_ROLE = {"can_edit_ews": ["Only for a SEND Clinician or SEND Superclinician."]}
NOT_TEMPORARY = {"can_edit_ews": ["Not for temporary clinicians."]}


def path(clinician: dict[str, Any], query: str = "") -> str:
    return f"/dhos/v1/clinician/{clinician['uuid']}{query}"


def patched(api: Api, clinician: dict[str, Any], body: Any, query: str = "") -> Any:
    """Return the clinician after a PATCH that is allowed."""
    answer = api.patch(path(clinician, query), body)
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def refused(api: Api, clinician: dict[str, Any], body: Any, query: str = "") -> Any:
    """Return status and errors of a PATCH, nothing being written."""
    with nothing_written():
        return problem_of(api.patch(path(clinician, query), body))


def administrator(scopes: str = GDM) -> Api:
    """Return a caller who is a stored administrator of SEND."""
    created(uuid="send-admin", groups=["SEND Administrator"])
    return Api(scopes, clinician_id="send-admin")


def test_nobody_changes_their_own_roles() -> None:
    ada = settled()
    for scopes in (GDM, SEND, "write:gdm_clinician", "write:send_clinician"):
        api = Api(scopes, clinician_id=ada["uuid"])
        for groups in (["DBM Clinician"], ["GDM Clinician"], []):
            answer = refused(api, ada, {"groups": groups, "job_title": "x"})
            assert answer == FORBIDDEN


def test_a_system_for_the_clinician_changes_no_roles_of_theirs_either() -> None:
    ada = settled()
    api = Api(GDM, system_id="dhos-robot", clinician_id=ada["uuid"])

    assert refused(api, ada, {"groups": ["DBM Clinician"]}) == FORBIDDEN


def test_a_clinician_changes_other_fields_of_their_own() -> None:
    ada = settled()
    api = Api("write:gdm_clinician", clinician_id=ada["uuid"])

    assert patched(api, ada, {"job_title": "nurse"})["job_title"] == "nurse"
    assert refused(api, settled(), {"job_title": "nurse"}) == FORBIDDEN


def test_a_role_of_this_clinician_may_be_sent_back_though_it_is_none() -> None:
    item = clinician_body(uuid="old", groups=["Midwife 2009"])
    assert Api().post("/dhos/v1/clinician/bulk", [item]).status_code == 200
    old = {"uuid": "old"}

    after = patched(Api(), old, {"groups": ["Midwife 2009", "GDM Clinician"]})
    assert after["groups"] == ["GDM Clinician", "Midwife 2009"]
    errors = {"groups": ["Unknown role 'Midwife 2009'."]}
    assert refused(Api(), settled(), {"groups": ["Midwife 2009"]}) == (400, errors)


def test_an_administrator_of_send_grants_can_edit_ews() -> None:
    ada = settled(groups=["SEND Clinician"])

    after = patched(administrator(), ada, {"can_edit_ews": True})
    assert after["can_edit_ews"] is True


def test_can_edit_ews_counts_roles_that_come_with_it() -> None:
    api = administrator()
    ada = settled()

    assert refused(api, ada, {"can_edit_ews": True}) == (400, NO_EWS_ROLE)
    body = {"can_edit_ews": True, "groups": ["SEND Superclinician"]}
    assert patched(api, ada, body)["can_edit_ews"] is True


def test_can_edit_ews_counts_the_contract_as_it_would_be() -> None:
    api = administrator(f"{GDM} {SEND}")
    temporary = settled(groups=["SEND Clinician"], contract_expiry_eod_date=END)
    permanent = settled(groups=["SEND Clinician"])
    to_end = {"can_edit_ews": True, "contract_expiry_eod_date": END}
    to_stay = {"can_edit_ews": True, "contract_expiry_eod_date": None}

    assert refused(api, temporary, {"can_edit_ews": True}) == (400, NOT_TEMPORARY)
    assert refused(api, permanent, to_end) == (400, NOT_TEMPORARY)
    assert patched(api, temporary, to_stay)["can_edit_ews"] is True


def test_can_edit_ews_is_granted_by_a_stored_administrator_only() -> None:
    ada = settled(groups=["SEND Clinician"])
    created(uuid="super", groups=["SEND Superclinician"])

    for caller in ("nobody", "super"):
        api = Api(GDM, clinician_id=caller)
        assert refused(api, ada, {"can_edit_ews": True}) == FORBIDDEN


def test_nobody_grants_themselves_can_edit_ews() -> None:
    groups = ["SEND Administrator", "SEND Clinician"]
    ada = settled(groups=groups)
    api = Api(f"{GDM} {SEND}", clinician_id=ada["uuid"])

    assert refused(api, ada, {"can_edit_ews": True}) == FORBIDDEN


def test_anybody_takes_can_edit_ews_away() -> None:
    ada = settled(can_edit_ews=True)
    api = Api("write:gdm_clinician", clinician_id=ada["uuid"])

    assert patched(api, ada, {"can_edit_ews": False})["can_edit_ews"] is False


def test_a_system_grants_can_edit_ews_to_anybody() -> None:
    ada = settled(contract_expiry_eod_date=END)

    assert patched(Api(), ada, {"can_edit_ews": True})["can_edit_ews"] is True


@pytest.mark.parametrize("word", ["true", "TRUE"])
def test_temp_only_changes_a_temporary_clinician(word: str) -> None:
    ada = settled(contract_expiry_eod_date=END)
    body = {"contract_expiry_eod_date": "2031-01-01", "job_title": "nurse"}

    after = patched(Api(GDM), ada, body, f"?temp_only={word}")
    assert (after["contract_expiry_eod_date"], after["job_title"]) == (
        "2031-01-01",
        "nurse",
    )


def test_temp_only_leaves_a_permanent_clinician_alone() -> None:
    ada = settled()
    for body in ({"job_title": "nurse"}, {"contract_expiry_eod_date": END}):
        assert refused(Api(), ada, body, "?temp_only=true") == FORBIDDEN


def test_temp_only_makes_nobody_permanent() -> None:
    ada = settled(contract_expiry_eod_date=END)

    body = {"contract_expiry_eod_date": None}
    assert refused(Api(), ada, body, "?temp_only=true") == FORBIDDEN


@pytest.mark.parametrize("groups", [[], ["GDM Clinician"], ["DBM Clinician"]])
def test_temp_only_leaves_roles_alone(groups: list[str]) -> None:
    ada = settled(contract_expiry_eod_date=END)

    answer = refused(Api(), ada, {"groups": groups}, "?temp_only=true")
    assert answer == FORBIDDEN


def test_permanence_needs_the_scope_of_send() -> None:
    ada = settled(contract_expiry_eod_date=END)
    body = {"contract_expiry_eod_date": None}

    assert refused(Api(GDM), ada, body) == FORBIDDEN
    assert patched(Api(SEND), ada, body)["contract_expiry_eod_date"] is None


def test_the_end_of_a_permanent_contract_may_be_sent_back_by_anybody() -> None:
    ada = settled()
    api = Api("write:gdm_clinician", clinician_id=ada["uuid"])

    body = {"contract_expiry_eod_date": None, "job_title": "nurse"}
    assert patched(api, ada, body)["job_title"] == "nurse"


def test_an_address_in_use_is_a_conflict() -> None:
    settled(email_address="grace@example.com")
    ada = settled(email_address="ada@example.com")

    answer = refused(Api(), ada, {"email_address": " Grace@Example.com"})
    assert answer == (
        409,
        "Attempted to update user with existing email address 'grace@example.com'",
    )


def test_the_conflict_undoes_all_the_rest() -> None:
    settled(email_address="grace@example.com")
    ada = settled()
    body = {
        "email_address": "grace@example.com",
        "locations": ["L2"],
        "products": [{"product_name": "DBM"}],
        "login_active": False,
    }

    assert refused(Api(), ada, body)[0] == 409
