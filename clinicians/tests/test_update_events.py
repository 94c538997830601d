"""What a PATCH by id announces and records."""

from datetime import datetime
from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.testing import Api, announced, json_of, recorded, settled

pytestmark = pytest.mark.django_db


def path(clinician: dict[str, Any]) -> str:
    return f"/dhos/v1/clinician/{clinician['uuid']}"


def patched(clinician: dict[str, Any], body: Any, api: Api | None = None) -> Any:
    """Return the clinician after a PATCH that is allowed."""
    answer = (api or Api()).patch(path(clinician), body)
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def test_a_whole_object_sent_back_changes_nothing() -> None:
    before = settled(
        email_address="ada@example.com",
        analytics_consent=True,
        bookmarks=["b"],
        bookmarked_patients=["p"],
        uuid="static_A",
    )
    tag = Api().get(path(before))["ETag"]
    answer = Api().patch(path(before), before)

    assert json_of(answer) == before
    assert answer["ETag"] == tag
    assert recorded() == []
    assert [key for key, _ in announced()] == ["dhos.D9000002"]


def test_an_empty_object_changes_nothing_but_is_announced() -> None:
    before = settled()

    assert patched(before, {}) == before
    assert recorded() == []
    assert [key for key, _ in announced()] == ["dhos.D9000002"]


def test_the_update_is_announced_as_it_stands() -> None:
    before = settled(send_entry_identifier="7")
    patched(before, {"locations": ["L0"], "email_address": "a@example.com"})
    row = Clinician.objects.get()
    product = before["products"][0]
    stored_product = row.products.get()

    assert announced() == [
        (
            "dhos.D9000002",
            {
                "job_title": "midwife",
                "send_entry_identifier": "7",
                "locations": ["L0", "L1"],
                "login_active": True,
                "contract_expiry_eod_date": None,
                "groups": ["GDM Clinician"],
                "products": [
                    {
                        "product_name": "GDM",
                        "opened_date": "2024-01-31",
                        "closed_date": None,
                        "uuid": product["uuid"],
                        "created": microseconds(stored_product.created),
                        "created_by": "dhos-robot",
                        "modified": microseconds(stored_product.modified),
                        "modified_by": "dhos-robot",
                    }
                ],
                "uuid": before["uuid"],
                "created": microseconds(row.created),
                "created_by": "dhos-robot",
                "modified": microseconds(row.modified),
                "modified_by": "dhos-robot",
            },
        )
    ]


def microseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


@pytest.mark.parametrize("active", [True, False])
def test_an_activation_is_announced_before_the_update(active: bool) -> None:
    before = settled(login_active=not active)
    patched(before, {"login_active": active}, Api(system_id="A1"))
    (first, second) = announced()

    assert first == (
        "dhos.34837004",
        {
            "event_type": "login activated" if active else "login deactivated",
            "event_data": {"clinician_id": before["uuid"], "modified_by": "A1"},
        },
    )
    assert second[0] == "dhos.D9000002"
    assert second[1]["login_active"] is active


def test_an_activation_that_changes_nothing_is_not_announced() -> None:
    patched(settled(), {"login_active": True, "job_title": "x"})

    assert [key for key, _ in announced()] == ["dhos.D9000002"]
