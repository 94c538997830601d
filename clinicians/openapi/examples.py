"""Invented people for the description of the API."""

from collections.abc import Iterable
from typing import Any

BLOCK = {
    "created": "2026-01-31T09:08:07.123Z",
    "created_by": "dhos-robot",
    "modified": "2026-01-31T09:08:07.123Z",
    "modified_by": "dhos-robot",
}
PRODUCT = {
    "uuid": "e22f5175-6283-408d-9ba4-ea3b3a5354b8",
    "product_name": "SEND",
    "opened_date": "2026-01-31",
    "closed_date": None,
    **BLOCK,
}
AGREEMENT = {
    "uuid": "1d7c0f3e-7f6b-4b0c-8d5e-2f6a9b1c3d4e",
    "product_name": "SEND",
    "version": 3,
    "accepted_timestamp": "2026-01-31T12:01:01.000+00:00",
    **BLOCK,
}
NEW_CLINICIAN = {
    "first_name": "Wilhelmina",
    "last_name": "Featherstone",
    "phone_number": "01865 000000",
    "job_title": "Nurse",
    "nhs_smartcard_number": "0000001",
    "send_entry_identifier": "900001",
    "email_address": "w.featherstone@mail.example",
    "locations": ["static_location_uuid_1"],
    "groups": ["SEND Clinician"],
    "products": [{"product_name": "SEND", "opened_date": "2026-01-31"}],
}
CLINICIAN = {
    **NEW_CLINICIAN,
    **BLOCK,
    "uuid": "static_clinician_uuid_1",
    "professional_registration_number": None,
    "agency_name": None,
    "agency_staff_employee_number": None,
    "contract_expiry_eod_date": None,
    "login_active": True,
    "can_edit_ews": False,
    "can_edit_encounter": None,
    "analytics_consent": True,
    "bookmarks": [],
    "bookmarked_patients": ["static_patient_uuid_1"],
    "products": [PRODUCT],
    "terms_agreement": {"SEND": AGREEMENT},
}
LOGGED_IN = {
    "user_id": "static_clinician_uuid_1",
    "email_address": "w.featherstone@mail.example",
    "job_title": "Nurse",
    "groups": ["SEND Clinician"],
    "permissions": ["read:send_clinician", "read:send_location"],
    "products": [PRODUCT],
    "can_edit_ews": False,
    "can_edit_encounter": None,
}
PAST_CLINICIAN = {
    **NEW_CLINICIAN,
    "uuid": "static_clinician_uuid_2",
    "email_address": "moved.in@mail.example",
    "created": "2019-01-01T12:01:01.000Z",
    "created_by": "dhos-robot",
    "terms_agreements": [{"product_name": "SEND", "tou_version": 1}],
}


def only(names: Iterable[str]) -> dict[str, Any]:
    """Return these fields of the clinician."""
    return {name: CLINICIAN[name] for name in names}
