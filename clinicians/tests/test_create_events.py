"""What a creation announces and records."""

import pytest

from clinicians.testing import (
    ALL_SCOPES,
    Api,
    announced,
    clinician_body,
    created,
    json_of,
    nothing_written,
    problem_of,
    recorded,
)
from roles.testing import token_for
from users_service.journal.models import AuditEntry, OutboxMessage

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
NOW = "2026-01-31T09:08:07.123456+00:00"


@pytest.mark.time_machine("2026-01-31T09:08:07.123456Z", tick=False)
def test_created_then_welcome_are_announced() -> None:
    body = created(
        email_address="Ada@example.com",
        products=[{"product_name": "GDM", "closed_date": "2026-02-01"}],
        locations=["L2", "L1"],
    )
    made = {
        "created": NOW,
        "created_by": "dhos-robot",
        "modified": NOW,
        "modified_by": "dhos-robot",
    }

    assert announced() == [
        (
            "dhos.D9000001",
            {
                "job_title": "midwife",
                "send_entry_identifier": None,
                "locations": ["L1", "L2"],
                "login_active": True,
                "contract_expiry_eod_date": None,
                "groups": ["GDM Clinician"],
                "products": [
                    {
                        "product_name": "GDM",
                        "opened_date": "2026-01-31",
                        "closed_date": "2026-02-01",
                        "uuid": body["products"][0]["uuid"],
                        **made,
                    }
                ],
                "uuid": body["uuid"],
                **made,
            },
        ),
        (
            "dhos.DM000017",
            {"email_address": "ada@example.com", "email_type": "WELCOME_EMAIL"},
        ),
    ]


@pytest.mark.parametrize("no", ["false", "False", "FALSE"])
def test_no_welcome_is_sent_when_it_is_declined(no: str) -> None:
    body = clinician_body(email_address="ada@example.com")
    answer = Api().post(f"{PATH}?send_welcome_email={no}", body)

    assert answer.status_code == 200
    assert [key for key, _ in announced()] == ["dhos.D9000001"]


@pytest.mark.parametrize("address", [..., None, " "])
def test_no_welcome_is_sent_without_an_address(address: str | None) -> None:
    created(email_address=address)

    assert [key for key, _ in announced()] == ["dhos.D9000001"]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("send_welcome_email=1", {"send_welcome_email": ["Must be true or false."]}),
        ("send_welcome_email=", {"send_welcome_email": ["Must be true or false."]}),
        ("temp_only=true", {"temp_only": ["Unknown query parameter."]}),
    ],
)
def test_other_parameters_are_refused(query: str, errors: object) -> None:
    with nothing_written():
        answer = Api().post(f"{PATH}?{query}", clinician_body())

    assert problem_of(answer) == (400, errors)


def test_the_creation_is_recorded() -> None:
    body = created(analytics_consent=False, bookmarks=[])

    assert recorded() == [
        (
            "clinician.created",
            body["uuid"],
            {
                "first_name": [None, "Ada"],
                "last_name": [None, "Invented"],
                "phone_number": [None, "0700 000000"],
                "job_title": [None, "midwife"],
                "nhs_smartcard_number": [None, "1"],
                "login_active": [None, True],
                "can_edit_ews": [None, False],
                "analytics_consent": [None, False],
                "locations": {"added": ["L1"]},
                "groups": {"added": ["GDM Clinician"]},
                "products": {
                    "added": [
                        {
                            "uuid": body["products"][0]["uuid"],
                            "product_name": "GDM",
                            "opened_date": "2024-01-31",
                        }
                    ]
                },
            },
        )
    ]


def test_journal_rows_name_the_request_the_caller_and_the_clinician() -> None:
    api = Api("write:gdm_clinician_all", clinician_id="A1")
    body = clinician_body(email_address="ada@example.com")
    made = json_of(api.post(PATH, body, X_Request_ID="request-1"))["uuid"]

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_kind) == ("A1", "clinician")
    assert entry.request_id == "request-1"
    rows = OutboxMessage.objects.values_list("correlation_id", "clinician_id")
    assert list(rows) == [("request-1", made)] * 2


def test_a_caller_without_details_is_unknown() -> None:
    api = Api()
    api.headers = {"Authorization": f"Bearer {token_for(ALL_SCOPES)}"}
    body = json_of(api.post(PATH, clinician_body()))

    assert (body["created_by"], body["modified_by"]) == ("unknown", "unknown")
    assert AuditEntry.objects.get().actor == "unknown"


def test_a_long_id_of_a_caller_is_cut_where_ids_have_36_characters() -> None:
    body = json_of(Api(system_id="s" * 40).post(PATH, clinician_body()))

    assert body["created_by"] == body["products"][0]["created_by"] == "s" * 36
    assert AuditEntry.objects.get().actor == "s" * 40
