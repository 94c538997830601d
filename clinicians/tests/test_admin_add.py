"""Staff add a clinician on a page, by the rules of the API."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.models import Clinician
from clinicians.testing import (
    Api,
    announced,
    created,
    json_of,
    nothing_written,
    recorded,
)
from clinicians.tests.pages import Form, errors_of, page_of, staff

pytestmark = pytest.mark.django_db

TAKEN = "Attempted to create user with existing email address"
ADD = "/admin/clinicians/clinician/add/"
ADA = {
    "first_name": "Ada",
    "last_name": "Fernweh",
    "email_address": "ada@example.com",
    "phone_number": "0700",
    "job_title": "midwife",
    "nhs_smartcard_number": "211",
    "groups-new": "GDM Clinician",
    "locations-new": ["ward-7", "ward-9"],
    "products-0-product_name": "GDM",
    "products-0-opened_date": "2026-01-31",
}


def added(client: Client, **changes: Any) -> Any:
    return Form(client, ADD, "clinician_form").send(**ADA | changes)


@pytest.mark.parametrize("group", ["Support", "Administrators"])
def test_a_clinician_is_added_recorded_and_announced(group: str) -> None:
    answer = added(staff(group))

    clinician = Clinician.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(clinician.pk))
    shown = json_of(Api().get(f"/dhos/v1/clinician/{clinician.pk}"))
    assert shown["groups"] == ["GDM Clinician"]
    assert shown["locations"] == ["ward-7", "ward-9"]
    assert shown["login_active"] is True
    (product,) = shown["products"]
    assert (product["product_name"], product["opened_date"]) == ("GDM", "2026-01-31")
    assert [action for action, _, _ in recorded()] == ["clinician.created"]
    keys = [key for key, _ in announced()]
    assert keys == ["dhos.D9000001", "dhos.DM000017"]
    assert clinician.created_by.startswith("staff:")


def test_the_welcome_email_can_be_left_out(admin_client: Client) -> None:
    added(admin_client, send_welcome_email=None)
    assert [key for key, _ in announced()] == ["dhos.D9000001"]


def test_a_temporary_clinician_of_send_gets_a_badge(admin_client: Client) -> None:
    changes = {
        "products-0-product_name": "SEND",
        "groups-new": "SEND Clinician",
        "contract_expiry_eod_date": "2030-01-31",
    }
    added(admin_client, **changes)
    badge = Clinician.objects.get().send_entry_identifier
    assert badge is not None
    assert badge.startswith("@")


def test_the_first_product_is_opened_today_unless_another_day_is_given(
    admin_client: Client,
) -> None:
    form = Form(admin_client, ADD, "clinician_form")
    (today,) = form.fields["products-0-opened_date"]
    changes = {**ADA, "products-0-opened_date": today}
    assert form.send(**changes).status_code == 302
    assert str(Clinician.objects.get().products.get().opened_date) == today


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"products-0-product_name": "SEND"},
            {"send_entry_identifier": ["A permanent clinician needs one."]},
        ),
        (
            {"products-0-product_name": "", "products-0-opened_date": None},
            {"products-0-product_name": ["This field is required."]},
        ),
        (
            {"email_address": "nonsense"},
            {"email_address": ["Enter a valid email address."]},
        ),
        (
            {"email_address": "bo@example.com"},
            {"email_address": [f"{TAKEN} 'bo@example.com'"]},
        ),
        ({"groups-new": "Wizard"}, {"groups": ["Unknown role 'Wizard'."]}),
    ],
)
def test_what_the_api_refuses_is_said_beside_the_field(
    admin_client: Client, changes: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    created(uuid="bo", email_address="bo@example.com")
    with nothing_written():
        answer = added(admin_client, **changes)
    assert errors_of(answer) == errors


def test_what_was_typed_is_still_there_after_a_refusal(admin_client: Client) -> None:
    answer = added(admin_client, email_address="nonsense", send_welcome_email=None)
    page = answer.content.decode()
    for text in ("Fernweh", "ward-9", "GDM Clinician", "nonsense"):
        assert f'value="{text}"' in page
    assert 'name="send_welcome_email"' in page
    assert 'name="send_welcome_email" checked' not in page


def test_a_product_is_needed(admin_client: Client) -> None:
    answer = added(
        admin_client, **{"products-TOTAL_FORMS": "0", "products-0-product_name": None}
    )
    assert errors_of(answer) == {"products": ["This list may not be empty."]}


def test_the_lists_page_leads_here_for_those_who_may() -> None:
    path = reverse("admin:clinicians_clinician_changelist")
    assert ADD in staff("Support").get(path).content.decode()
    assert ADD not in staff("Viewers", username="jim").get(path).content.decode()
