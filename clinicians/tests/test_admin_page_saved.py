"""Staff change a clinician on its page: what they changed, and nothing else."""

from typing import Any

import pytest
from django.test import Client

from clinicians.models import Clinician
from clinicians.testing import Api, announced, json_of, nothing_written, recorded
from clinicians.tests.pages import (
    Form,
    ada,
    errors_of,
    fields_of,
    opened,
    page_of,
    saved,
    staff,
)
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db


def of_ada() -> Any:
    return json_of(Api().get("/dhos/v1/clinician/ada"))


@pytest.mark.parametrize("group", ["Support", "Administrators"])
def test_a_field_is_changed_recorded_and_announced_once(group: str) -> None:
    ada()
    client = staff(group)

    saved(client, phone_number="0711", job_title="nurse")

    assert recorded() == [
        (
            "clinician.changed",
            "ada",
            {
                "phone_number": ["0700 000000", "0711"],
                "job_title": ["midwife", "nurse"],
            },
        )
    ]
    entry = AuditEntry.objects.get()
    assert (entry.actor_kind, entry.actor[:6]) == ("staff", "staff:")
    assert [key for key, _ in announced()] == ["dhos.D9000002"]
    stored = Clinician.objects.get()
    assert (stored.phone_number, stored.modified_by) == ("0711", entry.actor)


def test_a_page_saved_as_it_was_changes_nothing(admin_client: Client) -> None:
    ada(
        first_name="Ada\nMaria",
        job_title=" spaced ",
        analytics_consent=False,
        contract_expiry_eod_date="2030-01-31",
        locations=["L1", "L 2", "L,3"],
        bookmarks=["B1"],
        bookmarked_patients=["P1"],
        products=[opened("GDM", closed_date="2024-02-01"), opened("SEND")],
    )
    with nothing_written():
        saved(admin_client)

    page = admin_client.get(page_of("ada")).content.decode()
    assert "Nothing was changed." in page


def test_what_a_program_changed_since_the_page_was_opened_stays(
    admin_client: Client,
) -> None:
    ada(groups=["GDM Clinician"], locations=["L1", "L2"], products=[opened("GDM")])
    form = Form(admin_client, page_of("ada"), "clinician_form")
    Api().patch(
        "/dhos/v1/clinician/ada",
        {
            "phone_number": "0999",
            "groups": ["SEND Clinician"],
            "locations": ["L3"],
            "products": [opened("SEND")],
        },
    )
    Api().patch("/dhos/v1/clinician/ada/delete", {"locations": ["L1"]})

    answer = form.send(**{"job_title": "nurse", "groups-new": "GDM Superclinician"})

    assert answer.status_code == 302
    stored = of_ada()
    assert (stored["phone_number"], stored["job_title"]) == ("0999", "nurse")
    assert stored["groups"] == ["GDM Clinician", "GDM Superclinician", "SEND Clinician"]
    assert stored["locations"] == ["L2", "L3"]
    assert [each["product_name"] for each in stored["products"]] == ["GDM", "SEND"]


def test_a_field_that_both_changed_is_shown_before_it_is_replaced(
    admin_client: Client,
) -> None:
    ada()
    form = Form(admin_client, page_of("ada"), "clinician_form")
    Api().patch("/dhos/v1/clinician/ada", {"phone_number": "0999"})

    with nothing_written():
        answer = form.send(phone_number="0711")

    (first, second) = errors_of(answer)["phone_number"]
    assert first == "Somebody else has changed this since the page was opened."
    assert second == "It is now: 0999. Save again to replace it."
    again = fields_of(answer.content.decode(), "clinician_form")
    assert again["initial-phone_number"] == ["0999"]
    assert again["phone_number"] == ["0711"]
    assert admin_client.post(page_of("ada"), again).status_code == 302
    assert of_ada()["phone_number"] == "0711"


def test_a_text_that_no_page_can_show_as_it_is_can_still_be_replaced(
    admin_client: Client,
) -> None:
    ada(job_title="  nurse\n and  midwife ")
    saved(admin_client, job_title="doctor")
    assert of_ada()["job_title"] == "doctor"


def test_long_lists_can_be_saved(admin_client: Client) -> None:
    ada(locations=[f"L{number}" for number in range(600)])
    saved(admin_client, job_title="doctor")
    assert len(of_ada()["locations"]) == 600


def test_both_changing_a_field_to_the_same_is_no_conflict(
    admin_client: Client,
) -> None:
    ada()
    form = Form(admin_client, page_of("ada"), "clinician_form")
    Api().patch("/dhos/v1/clinician/ada", {"phone_number": "0711"})

    assert form.send(phone_number="0711").status_code == 302


def test_lists_are_added_to_and_taken_from(admin_client: Client) -> None:
    ada(groups=["GDM Clinician"], locations=["L1", "L2"], bookmarks=["B1"])

    saved(
        admin_client,
        **{
            "groups-removed": "GDM Clinician",
            "groups-new": ["GDM Superclinician", ""],
            "locations-removed": ["L1"],
            "locations-new": [" L3 ", "L2", "L4"],
            "bookmarks-removed": "B1",
            "bookmarked_patients-new": "P1",
        },
    )

    assert recorded() == [
        (
            "clinician.changed",
            "ada",
            {
                "groups": {
                    "added": ["GDM Superclinician"],
                    "removed": ["GDM Clinician"],
                },
                "locations": {"added": ["L3", "L4"], "removed": ["L1"]},
                "bookmarks": {"removed": ["B1"]},
                "bookmarked_patients": {"added": ["P1"]},
            },
        )
    ]
    stored = of_ada()
    assert stored["groups"] == ["GDM Superclinician"]
    assert stored["locations"] == ["L2", "L3", "L4"]


def test_a_member_that_is_removed_and_typed_again_stays(admin_client: Client) -> None:
    ada(locations=["L1"])
    with nothing_written():
        saved(admin_client, **{"locations-removed": "L1", "locations-new": "L1"})


def test_products_are_opened_changed_and_removed(admin_client: Client) -> None:
    ada(products=[opened("GDM"), opened("DEC"), opened("DBM")])
    form = Form(admin_client, page_of("ada"), "clinician_form")

    answer = form.send(
        **{
            "products-TOTAL_FORMS": "4",
            "products-0-closed_date": "2026-05-03",
            "products-0-closed_reason": "Moved away",
            "products-1-DELETE": "on",
            "products-3-product_name": "GDM",
            "products-3-opened_date": "2026-05-04",
        }
    )

    assert answer.status_code == 302, errors_of(answer)
    stored = of_ada()["products"]
    assert [
        (each["product_name"], each["opened_date"], each["closed_date"])
        for each in stored
    ] == [
        ("GDM", "2024-01-31", "2026-05-03"),
        ("DBM", "2024-01-31", None),
        ("GDM", "2026-05-04", None),
    ]
    ((_, _, changes),) = recorded()
    assert set(changes["products"]) == {"changed", "added", "removed"}


def test_a_product_removed_meanwhile_is_said_where_it_was_changed(
    admin_client: Client,
) -> None:
    ada(products=[opened("GDM"), opened("DBM")])
    form = Form(admin_client, page_of("ada"), "clinician_form")
    first = of_ada()["products"][0]["uuid"]
    Api().patch("/dhos/v1/clinician/ada/delete", {"products": [{"uuid": first}]})

    with nothing_written():
        answer = form.send(**{"products-0-closed_date": "2026-05-03"})
    assert errors_of(answer) == {"products-0-": ["This product was removed meanwhile."]}
    assert form.send(job_title="nurse").status_code == 302
    assert form.send(**{"products-0-DELETE": "on"}).status_code == 302
    assert [each["product_name"] for each in of_ada()["products"]] == ["DBM"]
