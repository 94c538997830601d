"""What clinicians cannot change of themselves (HTTP contract, hardening)."""

from typing import Any

import pytest

from clinicians.testing import Api, json_of, nothing_written, problem_of, settled

pytestmark = pytest.mark.django_db

PRODUCT = {"uuid": "P1", "product_name": "GDM", "opened_date": "2024-01-31"}
FORBIDDEN = (403, "Forbidden")


@pytest.fixture
def ada() -> dict[str, Any]:
    return settled(
        uuid="ada",
        login_active=False,
        contract_expiry_eod_date="2030-01-01",
        send_entry_identifier="B7",
        products=[PRODUCT],
    )


def own(scope: str = "write:gdm_clinician") -> Api:
    return Api(scope, clinician_id="ada")


@pytest.mark.parametrize("scope", ["write:gdm_clinician", "write:send_clinician"])
@pytest.mark.parametrize(
    "change",
    [
        {"login_active": True},
        {"contract_expiry_eod_date": "2031-01-01"},
        {"send_entry_identifier": "B8"},
        {"send_entry_identifier": None},
        {"products": [{"product_name": "SEND"}]},
        {"products": [{"uuid": "P1", "closed_date": "2024-02-01"}]},
    ],
)
@pytest.mark.usefixtures("ada")
def test_change_of_the_own_access_is_refused(
    change: dict[str, Any], scope: str
) -> None:
    with nothing_written():
        answer = own(scope).patch(
            "/dhos/v1/clinician/ada", {"job_title": "matron", **change}
        )
    assert problem_of(answer) == FORBIDDEN


@pytest.mark.usefixtures("ada")
def test_scope_for_temporary_clinicians_does_not_widen_own_changes() -> None:
    api = own("write:send_clinician write:send_clinician_temp")
    with nothing_written():
        answer = api.patch("/dhos/v1/clinician/ada", {"login_active": True})
    assert problem_of(answer) == FORBIDDEN


def test_scope_for_temporary_clinicians_still_changes_others() -> None:
    settled(uuid="bo", contract_expiry_eod_date="2030-01-01", login_active=False)
    api = own("write:send_clinician write:send_clinician_temp")
    answer = api.patch("/dhos/v1/clinician/bo", {"login_active": True})
    assert json_of(answer)["login_active"] is True


@pytest.mark.usefixtures("ada")
def test_removal_of_an_own_product_is_refused() -> None:
    with nothing_written():
        answer = own().patch(
            "/dhos/v1/clinician/ada/delete", {"products": [{"uuid": "P1"}]}
        )
    assert problem_of(answer) == FORBIDDEN


def test_own_object_sent_back_with_another_title_is_stored(
    ada: dict[str, Any],
) -> None:
    body = {**ada, "job_title": "matron", "send_entry_identifier": " B7\u00a0"}
    del body["groups"]
    answer = own().patch("/dhos/v1/clinician/ada", body)
    assert json_of(answer)["job_title"] == "matron"


@pytest.mark.usefixtures("ada")
def test_own_list_members_may_still_be_added_and_removed() -> None:
    added = own().patch("/dhos/v1/clinician/ada", {"locations": ["L9"]})
    assert "L9" in json_of(added)["locations"]
    removed = own().patch("/dhos/v1/clinician/ada/delete", {"locations": ["L9"]})
    assert "L9" not in json_of(removed)["locations"]


@pytest.mark.usefixtures("ada")
def test_change_by_oneself_with_a_wider_scope_is_allowed() -> None:
    api = Api("write:gdm_clinician write:gdm_clinician_all", clinician_id="ada")
    answer = api.patch("/dhos/v1/clinician/ada", {"login_active": True})
    assert json_of(answer)["login_active"] is True
