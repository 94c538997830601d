"""What a PATCH by id changes, announces and records."""

from typing import Any

import pytest
import time_machine
from django.test import override_settings

from clinicians.models import Clinician
from clinicians.testing import (
    Api,
    clinician_body,
    json_of,
    nothing_written,
    problem_of,
    recorded,
    settled,
)

pytestmark = pytest.mark.django_db

LATER = "2030-01-31T09:08:07.123456Z"
SCALARS: dict[str, Any] = {
    "first_name": "Grace",
    "last_name": "Changed",
    "phone_number": "1",
    "job_title": "nurse",
    "nhs_smartcard_number": "2",
    "email_address": "grace@example.com",
    "send_entry_identifier": "7",
    "professional_registration_number": "p",
    "agency_name": "a",
    "agency_staff_employee_number": "e",
    "login_active": False,
    "can_edit_ews": True,
    "can_edit_encounter": False,
    "analytics_consent": True,
    "contract_expiry_eod_date": "2031-02-03",
}
NULLABLE = [name for name in SCALARS if name not in ("login_active", "can_edit_ews")]
NO_ADDRESS = {"email_address": ["Enter a valid email address."]}
SETS = ("locations", "groups", "bookmarks", "bookmarked_patients")


def path(clinician: dict[str, Any]) -> str:
    return f"/dhos/v1/clinician/{clinician['uuid']}"


def patched(clinician: dict[str, Any], body: Any, api: Api | None = None) -> Any:
    """Return the clinician after a PATCH that is allowed."""
    answer = (api or Api()).patch(path(clinician), body)
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def refused(clinician: dict[str, Any], body: Any) -> Any:
    """Return the errors of a PATCH that is refused, nothing being written."""
    with nothing_written():
        status, errors = problem_of(Api().patch(path(clinician), body))
    assert status == 400
    return errors


def unmoved(body: dict[str, Any]) -> dict[str, Any]:
    """Return a full form without who changed it last and when."""
    return {k: v for k, v in body.items() if k not in ("modified", "modified_by")}


@pytest.mark.parametrize("name", SCALARS)
def test_one_field_changes_and_the_rest_stays(name: str) -> None:
    before = settled()
    with time_machine.travel(LATER, tick=False):
        after = patched(before, {name: SCALARS[name]}, Api(system_id="A1"))

    assert unmoved(after) == unmoved({**before, name: SCALARS[name]})
    assert (after["modified"], after["modified_by"]) == (
        "2030-01-31T09:08:07.123Z",
        "A1",
    )
    assert recorded() == [
        (
            "clinician.changed",
            before["uuid"],
            {name: [before.get(name), SCALARS[name]]},
        )
    ]


def test_all_fields_change_at_once() -> None:
    before = settled()

    assert unmoved(patched(before, SCALARS)) == unmoved({**before, **SCALARS})


def test_the_answer_is_what_a_read_gives_with_the_new_entity_tag() -> None:
    before = settled()
    old = Api().get(path(before))["ETag"]
    answer = Api().patch(path(before), {"job_title": "nurse"})
    read = Api().get(path(before))

    assert json_of(answer) == json_of(read)
    assert answer["ETag"] == read["ETag"] != old


@pytest.mark.parametrize("name", NULLABLE)
def test_null_clears_a_field(name: str) -> None:
    before = settled(
        **{**SCALARS, "contract_expiry_eod_date": "2031-02-03", "groups": []}
    )
    after = patched(before, {name: None})

    assert after.get(name) is None
    assert ("analytics_consent" in after) == (name != "analytics_consent")


def test_a_booking_reference_is_stored_but_not_shown() -> None:
    before = settled()
    after = patched(before, {"booking_reference": "b1"})

    assert "booking_reference" not in after
    assert Clinician.objects.get().booking_reference == "b1"
    assert after["modified"] > before["modified"]
    patched(before, {"booking_reference": None})
    assert Clinician.objects.get().booking_reference is None


@pytest.mark.parametrize("name", ["login_active", "can_edit_ews"])
def test_null_is_no_value_of_a_flag(name: str) -> None:
    assert refused(settled(), {name: None}) == {name: ["This field may not be null."]}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"first_name": 1}, {"first_name": ["A string is needed."]}),
        ({"login_active": 1}, {"login_active": ["true or false is needed."]}),
        (
            {"contract_expiry_eod_date": 20240131},
            {"contract_expiry_eod_date": ["A date such as 2026-01-31 is needed."]},
        ),
        ({"locations": "L1"}, {"locations": ["A list is needed."]}),
        ({"bookmarks": [1]}, {"bookmarks.0": ["A string is needed."]}),
        (
            {"bookmarked_patients": ["x" * 37]},
            {
                "bookmarked_patients.0": [
                    "Ensure this field has no more than 36 characters."
                ]
            },
        ),
        ({"groups": ["nobody"]}, {"groups": ["Unknown role 'nobody'."]}),
        (
            {"email_address": "nope"},
            {"email_address": ["Enter a valid email address."]},
        ),
        ([], {"body": ["A JSON object is needed."]}),
    ],
)
def test_a_faulty_value_is_refused(body: Any, errors: Any) -> None:
    assert refused(settled(), {"job_title": "x", **body} if body else body) == errors


@pytest.mark.parametrize("name", SETS)
def test_null_is_no_list(name: str) -> None:
    assert refused(settled(), {name: None}) == {name: ["This field may not be null."]}


def test_no_body_is_refused() -> None:
    before = settled()
    with nothing_written():
        answer = Api().patch(path(before))

    assert problem_of(answer) == (400, "A JSON body is needed")


@pytest.mark.parametrize("clinician_id", ["nobody", "x" * 40, "%F0%9F%98%80"])
def test_an_unknown_id_is_not_found(clinician_id: str) -> None:
    with nothing_written():
        answer = Api().patch(f"/dhos/v1/clinician/{clinician_id}", {"job_title": "x"})

    shown = clinician_id.replace("%F0%9F%98%80", "\U0001f600")
    assert problem_of(answer) == (404, f"No user found with UUID {shown}")


@pytest.mark.parametrize("name", SETS)
def test_lists_are_added_to(name: str) -> None:
    old, new = ("GDM Clinician", "DBM Clinician") if name == "groups" else ("b", "B")
    before = settled(**{name: [old]})
    after = patched(before, {name: [new, old, new]})

    assert after[name] == sorted([old, new])
    assert unmoved(after) == unmoved({**before, name: after[name]})
    assert after["modified"] > before["modified"]
    assert recorded() == [
        ("clinician.changed", before["uuid"], {name: {"added": [new]}})
    ]


def test_names_are_trimmed_and_the_address_normalised() -> None:
    after = patched(
        settled(), {"first_name": " Grace\t", "email_address": " GRACE@Example.com "}
    )

    assert (after["first_name"], after["email_address"]) == (
        "Grace",
        "grace@example.com",
    )


@pytest.mark.parametrize("blank", ["", " \t"])
def test_a_blank_address_is_none(blank: str) -> None:
    before = settled(email_address="ada@example.com")

    assert patched(before, {"email_address": blank})["email_address"] is None


def test_the_stored_address_may_be_sent_back_whatever_it_looks_like() -> None:
    item = clinician_body(uuid="old", email_address="no address")
    assert Api().post("/dhos/v1/clinician/bulk", [item]).status_code == 200
    old = {"uuid": "old"}

    assert (
        patched(old, {"email_address": " No Address"})["email_address"] == "no address"
    )
    assert refused(old, {"email_address": "another"}) == {
        "email_address": ["Enter a valid email address."]
    }


def test_keys_that_are_not_updatable_are_ignored() -> None:
    before = settled()
    after = patched(
        before,
        {
            "uuid": "other",
            "created": 5,
            "created_by": ["x"],
            "modified": "2001-01-01",
            "modified_by": "x",
            "terms_agreement": {"GDM": {"version": 1}},
            "terms_agreements": [],
            "password": "secret",
            "password_hash": "0" * 512,
            "password_salt": "A" * 32,
            "version": 1,
            "x": None,
        },
    )

    assert after == before
    assert Clinician.objects.get().password is None
    assert recorded() == []


def test_the_product_in_the_query_is_ignored() -> None:
    before = settled()
    answer = Api().patch(f"{path(before)}?product_name=X", {"job_title": "nurse"})

    assert json_of(answer)["job_title"] == "nurse"


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("x=1", {"x": ["Unknown query parameter."]}),
        ("temp_only=yes", {"temp_only": ["Must be true or false."]}),
    ],
)
def test_other_parameters_are_refused(query: str, errors: Any) -> None:
    before = settled()
    with nothing_written():
        answer = Api().patch(f"{path(before)}?{query}", {"job_title": "nurse"})

    assert problem_of(answer) == (400, errors)


@pytest.mark.parametrize("reserved", ["bulk", "login"])
def test_the_other_paths_take_no_patch(reserved: str) -> None:
    answer = Api().patch(f"/dhos/v1/clinician/{reserved}", {})

    assert problem_of(answer)[0] == 405
    assert "PATCH" not in answer["Allow"]


def test_identifiers_are_ignored_in_production_as_well() -> None:
    before = settled()
    with override_settings(IS_PRODUCTION=True):
        after = patched(before, {**before, "uuid": "other", "created_by": "x"})

    assert after == before
