"""One clinician with everything, and the bodies that the HTTP contract makes of it."""

from typing import Any

from clinicians.testing import Api, created

ID = "static_clinician_uuid_A"
BLOCK = {
    "uuid": ID,
    "created": "2020-01-31T09:08:07.123Z",
    "created_by": "loader",
    "modified": "2021-02-28T23:59:59.999Z",
    "modified_by": "A1",
}
PRODUCT_BLOCK = {
    "created": "2019-01-01T00:00:00.000Z",
    "created_by": "P0",
    "modified": "2019-01-02T00:00:00.500Z",
    "modified_by": "P9",
}
CLOSED: dict[str, Any] = {
    "uuid": "product-1",
    "product_name": "DBM",
    "opened_date": "2020-02-29",
    "closed_date": "2019-12-31",
    **PRODUCT_BLOCK,
}
OPEN: dict[str, Any] = {
    "uuid": "product-2",
    "product_name": "SEND",
    "opened_date": "2021-07-01",
    "closed_date": None,
    **PRODUCT_BLOCK,
}
COMPACT: dict[str, Any] = {
    "job_title": 'Oberärztin "Ä" \\ 😀',
    "email_address": "zoe@example.org",
    "first_name": "Zoë",
    "last_name": "O'Invented",
    **BLOCK,
}
LIST_COMPACT: dict[str, Any] = {
    **COMPACT,
    "send_entry_identifier": "321",
    "contract_expiry_eod_date": None,
    "groups": ["GDM Clinician", "SEND Clinician"],
    "login_active": True,
}
LIST: dict[str, Any] = {**LIST_COMPACT, "locations": ["L1", "l2"]}
FULL: dict[str, Any] = {
    **LIST,
    "nhs_smartcard_number": "",
    "professional_registration_number": "PRN",
    "agency_name": "Agency",
    "agency_staff_employee_number": "A-7",
    "phone_number": "",
    "bookmarks": ["B", "b"],
    "bookmarked_patients": ["P"],
    "can_edit_ews": True,
    "can_edit_encounter": None,
    "terms_agreement": {},
    "products": [CLOSED, OPEN],
}


def store_golden(**changes: Any) -> dict[str, Any]:
    """Create the clinician; returns the answer to the creation."""
    return created(
        **{
            **COMPACT,
            "created": "2020-01-31T10:08:07.123999+01:00",
            "modified": "2021-02-28T23:59:59.9996Z",
            "email_address": "  ZOE@Example.ORG ",
            "first_name": " Zoë ",
            "last_name": "O'Invented\t",
            "phone_number": "",
            "nhs_smartcard_number": "",
            "send_entry_identifier": "321",
            "professional_registration_number": "PRN",
            "agency_name": "Agency",
            "agency_staff_employee_number": "A-7",
            "booking_reference": "never shown",
            "can_edit_ews": True,
            "groups": ["SEND Clinician", "GDM Clinician", "SEND Clinician"],
            "locations": ["l2", "L1", "l2"],
            "bookmarks": ["b", "B"],
            "bookmarked_patients": ["P", "P"],
            "products": [
                {**CLOSED, "opened_date": "2020-2-29", "closed_reason": "left"},
                {**OPEN, "opened_date": "2021-7-1"},
            ],
            **changes,
        }
    )


def agree(clinician_id: str = ID, **agreement: Any) -> Any:
    """Store a terms agreement; returns the answer."""
    path = f"/dhos/v1/clinician/{clinician_id}/terms_agreement"
    return Api().post(path, agreement)
