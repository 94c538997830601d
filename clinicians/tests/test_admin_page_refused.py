"""What the API would refuse is refused on a clinician's page, beside the field."""

from typing import Any

import pytest
from django.test import Client

from clinicians.testing import (
    Api,
    announced,
    clinician_body,
    json_of,
    nothing_written,
    settled,
)
from clinicians.tests.pages import ada, edited, errors_of, saved, staff

TAKEN = "Attempted to update user with existing email address"

pytestmark = pytest.mark.django_db


def of_ada() -> Any:
    return json_of(Api().get("/dhos/v1/clinician/ada"))


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"email_address": "nonsense"},
            {"email_address": ["Enter a valid email address."]},
        ),
        (
            {"contract_expiry_eod_date": "tomorrow"},
            {"contract_expiry_eod_date": ["Enter a valid date."]},
        ),
        ({"groups-new": "Wizard"}, {"groups": ["Unknown role 'Wizard'."]}),
        (
            {"groups-new": "System"},
            {"": ["This is not allowed: only a system may grant a system role."]},
        ),
        (
            {"locations-new": "x" * 37},
            {"locations": ["Ensure this field has no more than 36 characters."]},
        ),
        (
            {"can_edit_ews": "on"},
            {"can_edit_ews": ["Only for a SEND Clinician or SEND Superclinician."]},
        ),
        (
            {"email_address": "bo@example.com"},
            {"email_address": [f"{TAKEN} 'bo@example.com'"]},
        ),
        (
            {"first_name": "x" * 1001},
            {
                "first_name": [
                    "Ensure this value has at most 1000 characters (it has 1001)."
                ]
            },
        ),
        (
            {"products-TOTAL_FORMS": "2", "products-1-product_name": "GDM"},
            {"products": ["Cannot add duplicate open product"]},
        ),
        (
            {"products-TOTAL_FORMS": "2", "products-1-opened_date": "2026-01-31"},
            {"products-1-product_name": ["This field is required."]},
        ),
        (
            {"products-0-product_name": ""},
            {"products-0-product_name": ["This field may not be blank."]},
        ),
    ],
)
def test_what_the_api_refuses_is_said_beside_the_field(
    admin_client: Client, changes: dict[str, str], errors: dict[str, list[str]]
) -> None:
    ada()
    settled(uuid="bo", email_address="bo@example.com")
    with nothing_written():
        answer = edited(admin_client, "ada", **changes)

    assert errors_of(answer) == errors


def test_who_may_grant_can_edit_ews() -> None:
    ada(groups=["SEND Clinician"])

    answer = edited(staff("Support"), "ada", can_edit_ews="on")
    assert errors_of(answer) == {
        "can_edit_ews": ["Only an administrator of staff may grant this."]
    }
    saved(staff("Administrators", username="joan"), can_edit_ews="on")
    assert of_ada()["can_edit_ews"] is True
    saved(staff("Support", username="jim"), can_edit_ews=None)
    assert of_ada()["can_edit_ews"] is False


def test_somebody_temporary_is_made_permanent_by_support() -> None:
    ada(contract_expiry_eod_date="2030-01-31")
    saved(staff("Support"), contract_expiry_eod_date="")
    assert of_ada()["contract_expiry_eod_date"] is None


def test_deactivating_is_announced_to_the_audit_service(admin_client: Client) -> None:
    ada()
    saved(admin_client, login_active=None)
    (audit, updated) = announced()
    assert audit[1]["event_type"] == "login deactivated"
    assert updated[1]["login_active"] is False


def test_a_role_held_without_being_recognised_can_stay_or_go(
    admin_client: Client,
) -> None:
    body = clinician_body(uuid="ada", groups=["Hearsay"])
    assert Api().post("/dhos/v1/clinician/bulk", [body]).status_code == 200

    saved(admin_client, job_title="nurse")
    assert of_ada()["groups"] == ["Hearsay"]
    saved(admin_client, **{"groups-removed": "Hearsay"})
    assert of_ada()["groups"] == []
