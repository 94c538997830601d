"""Clinicians created, changed and removed through the API."""

from typing import Any

from django.test import Client

from clinicians.testing import (
    Api,
    clinician_body,
    created,
    forget_the_trail,
    set_password,
)
from users_service.tests.deeds.table import (
    ADDRESS,
    BLOCK,
    MOMENT,
    PASSWORD,
    PATH,
    Entry,
    ada,
    an_entry,
    by_robot,
    deed,
    legacy_secret,
    sent,
    stored_product_of,
)


@deed("POST /dhos/v1/clinician")
def _create(_staff: Client, _actor: str) -> list[Entry]:
    body = created(bookmarks=["L2"], contract_expiry_eod_date="2099-12-31")
    product = {
        "uuid": body["products"][0]["uuid"],
        "product_name": "GDM",
        "opened_date": "2024-01-31",
    }
    changes = {
        "first_name": [None, "Ada"],
        "last_name": [None, "Invented"],
        "phone_number": [None, "0700 000000"],
        "job_title": [None, "midwife"],
        "nhs_smartcard_number": [None, "1"],
        "login_active": [None, True],
        "can_edit_ews": [None, False],
        "contract_expiry_eod_date": [None, "2099-12-31"],
        "locations": {"added": ["L1"]},
        "groups": {"added": ["GDM Clinician"]},
        "products": {"added": [product]},
        "bookmarks": {"added": ["L2"]},
    }
    return [by_robot("clinician.created", body["uuid"], changes)]


@deed("PATCH /dhos/v1/clinician")
def _set_password(_staff: Client, _actor: str) -> list[Entry]:
    ada()
    set_password(ADDRESS, PASSWORD)
    return [by_robot("password.changed", "ada", {"password": "changed"})]


@deed("PATCH /dhos/v1/clinician/{clinician_id}")
def _update(_staff: Client, _actor: str) -> list[Entry]:
    ada(products=[{"product_name": "GDM", "uuid": "P1", "opened_date": "2024-01-31"}])
    body = {
        "job_title": "nurse",
        "agency_name": "Invented Staffing",
        "login_active": True,
        "contract_expiry_eod_date": "2099-1-2",
        "locations": ["L1", "L2"],
        "bookmarked_patients": ["P"],
        "products": [
            {"uuid": "P1", "closed_date": "2024-02-01", "closed_reason": "left"},
            {"uuid": "P1", "product_name": "DBM", "closed_reason": "moved"},
            {"product_name": "GDM", "opened_date": "2024-02-02"},
        ],
    }
    after = sent(Api().patch(f"{PATH}/ada", body))
    changed = {
        "uuid": "P1",
        "product_name": "GDM",
        "changes": {
            "product_name": ["GDM", "DBM"],
            "closed_date": [None, "2024-02-01"],
            "closed_reason": [None, "moved"],
        },
    }
    opened = {
        "uuid": after["products"][1]["uuid"],
        "product_name": "GDM",
        "opened_date": "2024-02-02",
    }
    changes = {
        "job_title": ["midwife", "nurse"],
        "agency_name": [None, "Invented Staffing"],
        "contract_expiry_eod_date": [None, "2099-01-02"],
        "locations": {"added": ["L2"]},
        "bookmarked_patients": {"added": ["P"]},
        "products": {"changed": [changed], "added": [opened]},
    }
    return [by_robot("clinician.changed", "ada", changes)]


@deed("PATCH /dhos/v1/clinician/{clinician_id} (changing nothing)")
def _update_nothing(_staff: Client, _actor: str) -> list[Entry]:
    body = ada()
    sent(Api().patch(f"{PATH}/ada", body))
    return []


@deed("PATCH /dhos/v1/clinician/{clinician_id}/delete")
def _remove(_staff: Client, _actor: str) -> list[Entry]:
    product = {
        "uuid": "P1",
        "product_name": "GDM",
        "opened_date": "2024-01-31",
        "closed_date": "2024-02-01",
        "closed_reason": "left",
        **BLOCK,
    }
    ada(products=[product], locations=["L1", "L2"])
    body = {"locations": ["L2", "L3"], "products": [{"uuid": "P1"}]}
    sent(Api().patch(f"{PATH}/ada/delete", body))
    changes = {"locations": {"removed": ["L2"]}, "products": {"removed": [product]}}
    return [by_robot("clinician.changed", "ada", changes)]


@deed("POST /dhos/v1/clinician/{clinician_id}/terms_agreement")
def _agree(_staff: Client, _actor: str) -> list[Entry]:
    ada()
    body = {"product_name": "GDM", "version": 3, "accepted_timestamp": "2019-01-01"}
    stored = sent(Api().post(f"{PATH}/ada/terms_agreement", body))
    agreement = {
        "uuid": stored["uuid"],
        **body,
        "accepted_timestamp": "2019-01-01T00:00:00+00:00",
    }
    changes = {"terms_agreements": {"added": [agreement]}}
    return [by_robot("agreement.added", "ada", changes)]


@deed("POST /dhos/v1/clinician/bulk")
def _bulk(_staff: Client, _actor: str) -> list[Entry]:
    forget_the_trail()
    product = {"uuid": "P1", "product_name": "GDM", "opened_date": "2024-01-31"}
    agreement = {
        "uuid": "T1",
        "product_name": "GDM",
        "version": 1,
        "accepted_timestamp": MOMENT,
    }
    body = clinician_body(
        uuid="ada",
        groups=["GDM Clinician", "Hearsay"],
        products=[product],
        terms_agreements=[agreement],
        **legacy_secret(),
        **BLOCK,
    )
    sent(Api().post(f"{PATH}/bulk", [body, clinician_body(uuid="grace")]))
    own = {name: [None, value] for name, value in {"uuid": "ada", **BLOCK}.items()}
    changes = {
        **own,
        **plain_changes(),
        "groups": {"added": ["GDM Clinician", "Hearsay"]},
        "products": {"added": [product]},
        "terms_agreements": {"added": [agreement]},
        "password": "changed",
    }
    second = stored_product_of("grace")
    others = {
        "uuid": [None, "grace"],
        **plain_changes(),
        "groups": {"added": ["GDM Clinician"]},
        "products": {"added": [second]},
    }
    return [
        by_robot(
            "role.created", None, {"role": "Hearsay", "recognised": [None, False]}
        ),
        by_robot("clinician.imported", "ada", changes),
        by_robot("clinician.imported", "grace", others),
    ]


def plain_changes() -> dict[str, Any]:
    """Return what the trail says of the plain fields of `clinician_body`."""
    return {
        "first_name": [None, "Ada"],
        "last_name": [None, "Invented"],
        "phone_number": [None, "0700 000000"],
        "job_title": [None, "midwife"],
        "nhs_smartcard_number": [None, "1"],
        "login_active": [None, True],
        "can_edit_ews": [None, False],
        "locations": {"added": ["L1"]},
    }


BOOKMARK = "/dhos/v1/clinician/{clinician_id}"


@deed(f"POST {BOOKMARK}/location/{{location_id}}/bookmark")
def _bookmark_location(_staff: Client, _actor: str) -> list[Entry]:
    ada()
    for _ in range(2):
        sent(Api().post(f"{PATH}/ada/location/L7/bookmark"), 201)
    return [by_robot("clinician.changed", "ada", {"bookmarks": {"added": ["L7"]}})]


@deed(f"DELETE {BOOKMARK}/location/{{location_id}}/bookmark")
def _unmark_location(_staff: Client, _actor: str) -> list[Entry]:
    ada(bookmarks=["L7"])
    for _ in range(2):
        sent(Api().delete(f"{PATH}/ada/location/L7/bookmark"), 204)
    return [by_robot("clinician.changed", "ada", {"bookmarks": {"removed": ["L7"]}})]


@deed(f"POST {BOOKMARK}/patient/{{patient_id}}/bookmark")
def _bookmark_patient(_staff: Client, _actor: str) -> list[Entry]:
    ada()
    api = Api(clinician_id="ada")
    sent(api.post(f"{PATH}/grace/patient/P7/bookmark"), 201)
    changes = {"bookmarked_patients": {"added": ["P7"]}}
    return [Entry("ada", "clinician", "clinician.changed", "ada", changes)]


@deed(f"DELETE {BOOKMARK}/patient/{{patient_id}}/bookmark")
def _unmark_patient(_staff: Client, _actor: str) -> list[Entry]:
    ada(bookmarked_patients=["P7"])
    api = Api(clinician_id="ada")
    sent(api.delete(f"{PATH}/grace/patient/P7/bookmark"), 204)
    changes = {"bookmarked_patients": {"removed": ["P7"]}}
    return [Entry("ada", "clinician", "clinician.changed", "ada", changes)]


@deed("POST /drop_data")
def _drop(_staff: Client, _actor: str) -> list[Entry]:
    ada()
    kept = an_entry()
    sent(Api().post("/drop_data"))
    return [kept, by_robot("store.emptied", None, {"clinicians": {"removed": 1}})]
