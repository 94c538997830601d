"""A person is erased: what stays of the clinician, and what others are told."""

import json
from datetime import date
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinicians.models import Clinician, LoginGuard
from clinicians.services.erasure import EMPTY, Erased, erase_clinician
from clinicians.testing import (
    Api,
    announced,
    json_of,
    logged_in,
    nothing_written,
    recorded,
    set_password,
    settled,
    stored,
)
from users_service.exceptions import NotFound
from users_service.journal.audit import Operator
from users_service.journal.models import OutboxMessage

pytestmark = pytest.mark.django_db

JANE = Operator("jane")
PATH = "/dhos/v1/clinician"
NOTHING = Erased(0, 0, 0, 0, 0, 0, 0, 0)
STAYS = {"uuid", "created", "created_by", "modified", "modified_by", "version"}
DERIVED = {"last_name_key", "first_name_key", "search_text"}
FULL = {
    "email_address": "ada@mail.example",
    "send_entry_identifier": "7",
    "professional_registration_number": "8",
    "agency_name": "agency",
    "agency_staff_employee_number": "9",
    "booking_reference": "10",
    "can_edit_encounter": True,
    "analytics_consent": False,
    "contract_expiry_eod_date": "2999-12-31",
    "bookmarks": ["B1", "B2"],
    "bookmarked_patients": ["P1"],
}
"""The optional fields of a clinician, all but can_edit_ews."""


def erase() -> Erased:
    return erase_clinician(actor=JANE, clinician_id="ada")


def ada(**changes: Any) -> dict[str, Any]:
    return settled(uuid="ada", **changes)


def patch(**changes: Any) -> None:
    assert Api().patch(f"{PATH}/ada", changes).status_code == 200


def event_types() -> list[str | None]:
    return [body.get("event_type") for _, body in announced()]


def test_the_row_stays_empty() -> None:
    ada(**FULL)
    set_password("ada@mail.example", "correct horse")
    Clinician.objects.update(can_edit_ews=True)

    erased = erase()

    row = Clinician.objects.get()
    assert {name: getattr(row, name) for name in EMPTY} == EMPTY
    assert (row.password, row.last_name_key, row.first_name_key) == (None, "", "")
    assert row.search_text == " "
    assert (erased.fields, erased.passwords) == (len(EMPTY), 1)


def test_every_column_is_emptied_or_known_to_stay() -> None:
    columns = {field.name for field in Clinician._meta.concrete_fields}
    assert columns == {*EMPTY, *STAYS, *DERIVED, "password"}


def test_text_that_is_never_null_becomes_empty_text() -> None:
    ada(**FULL)
    erase()
    shown = json_of(Api().get(f"{PATH}/ada"))
    names = ("first_name", "last_name", "phone_number", "job_title")
    assert [shown[name] for name in (*names, "nhs_smartcard_number")] == [""] * 5


def test_the_row_tells_who_erased_it_and_when() -> None:
    ada()
    before = Clinician.objects.get()

    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        erase_clinician(actor=Operator("j" * 40), clinician_id="ada")

    row = Clinician.objects.get()
    assert (row.created, row.created_by) == (before.created, before.created_by)
    assert row.modified.isoformat() == "2026-03-01T12:00:00+00:00"
    assert row.modified_by == "j" * 36
    assert row.version != before.version


def test_lists_and_failed_logins_go() -> None:
    ada(**FULL)
    assert logged_in("7", "wrong").status_code == 403

    erased = erase()

    shown = json_of(Api().get(f"{PATH}/ada"))
    for field in ("groups", "locations", "bookmarks", "bookmarked_patients"):
        assert shown[field] == []
    assert LoginGuard.objects.count() == 0
    assert (erased.list_members, erased.login_guards) == (5, 1)


def test_products_stay_closed_and_without_reasons() -> None:
    past = {"product_name": "GDM", "closed_date": "2024-02-29"}
    ada(
        products=[
            {"product_name": "DBM", "closed_reason": "on a ward"},
            {**past, "closed_reason": "left"},
            {**past, "closed_reason_other": "to study"},
        ]
    )
    today = timezone.now().date()

    assert erase().products == 3

    rows = Clinician.objects.get().products.order_by("id")
    columns = ("product_name", "closed_date", "closed_reason", "closed_reason_other")
    assert list(rows.values_list(*columns, "modified_by")) == [
        ("DBM", today, None, None, "jane"),
        ("GDM", date(2024, 2, 29), None, None, "jane"),
        ("GDM", date(2024, 2, 29), None, None, "jane"),
    ]


def test_a_product_closed_without_a_reason_stays_as_it_is() -> None:
    ada(products=[{"product_name": "GDM", "closed_date": "2024-02-29"}])
    before = list(Clinician.objects.get().products.values())

    assert erase().products == 0

    assert list(Clinician.objects.get().products.values()) == before


def test_agreements_stay() -> None:
    ada()
    agreement = {"product_name": "GDM", "version": 1}
    assert Api().post(f"{PATH}/ada/terms_agreement", agreement).status_code == 200
    before = list(Clinician.objects.get().terms_agreements.values())

    erase()

    assert list(Clinician.objects.get().terms_agreements.values()) == before != []


def test_the_state_that_is_left_is_announced() -> None:
    ada(**FULL)

    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        erase()

    (audit, told), (updated, event) = announced()
    data = {"clinician_id": "ada", "modified_by": "jane"}
    assert (audit, updated) == ("dhos.34837004", "dhos.D9000002")
    assert told == {"event_type": "login deactivated", "event_data": data}
    block = {"modified": "2026-03-01T12:00:00.000000+00:00", "modified_by": "jane"}
    (product,) = event.pop("products")
    assert product["closed_date"] == "2026-03-01"
    assert product == product | block
    assert event.pop("created")
    assert event == {
        "job_title": "",
        "send_entry_identifier": None,
        "locations": [],
        "login_active": False,
        "contract_expiry_eod_date": None,
        "groups": [],
        "uuid": "ada",
        "created_by": "dhos-robot",
        **block,
    }


def test_who_was_inactive_is_not_deactivated() -> None:
    ada(login_active=False)
    erase()
    assert [key for key, _ in announced()] == ["dhos.D9000002"]


@pytest.mark.parametrize("delivered", [False, True])
def test_a_deactivation_that_still_waits_is_announced_anew(delivered: bool) -> None:
    ada()
    patch(login_active=False)
    if delivered:
        OutboxMessage.objects.update(delivered=timezone.now())

    erase()

    assert event_types() == [None] if delivered else ["login deactivated", None]


def test_the_trail_keeps_that_it_happened() -> None:
    ada()
    patch(job_title="nurse", locations=["L2"])

    erase()

    assert recorded() == [
        ("clinician.changed", "ada", {"job_title": "blanked", "locations": "blanked"}),
        ("audit.blanked", "ada", {"entries": {"blanked": 1}}),
        (
            "clinician.erased",
            "ada",
            {
                "fields": {"erased": 6},
                "list_members": {"erased": 3},
                "products": {"erased": 1},
                "messages": {"erased": 1},
                "audit_entries": {"erased": 1},
            },
        ),
    ]


def test_a_row_that_holds_nothing_is_left_alone() -> None:
    stored("ada", **EMPTY)
    with nothing_written():
        assert erase() == NOTHING


def test_a_request_that_changes_nothing_afterwards_brings_nothing_back() -> None:
    ada()
    erase()
    patch()
    with nothing_written():
        assert erase() == NOTHING


def test_what_came_back_is_erased_again() -> None:
    ada()
    erase()
    patch(job_title="nurse", groups=["GDM Clinician"])

    erased = erase()

    counts = {"fields": 1, "list_members": 1, "messages": 3, "audit_entries": 2}
    assert erased == NOTHING._replace(**counts)
    assert Clinician.objects.get().job_title == ""
    # The first erasure's own message went with the others, before it was delivered.
    assert event_types() == ["login deactivated", None]


def test_a_message_that_came_back_goes_without_another_event() -> None:
    ada()
    erase()
    before = announced()
    data = {"clinician_id": "ada", "reason": "Invalid password"}
    body = json.dumps({"event_type": "Login Failure", "event_data": data})
    OutboxMessage.objects.create(routing_key="dhos.34837004", body=body)

    assert erase() == NOTHING._replace(messages=1)

    assert announced() == before


def test_somebody_unknown_is_not_found() -> None:
    with pytest.raises(NotFound), nothing_written():
        erase()
