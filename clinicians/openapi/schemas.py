"""What the answers about clinicians look like, exactly (HTTP contract)."""

from typing import Any

from clinicians.forms import COMPACT_COLUMNS, DATED_VERSIONS
from clinicians.openapi import examples
from users_service.api.openapi import (
    BOOLEAN,
    DATE,
    ID,
    MOMENT,
    OFFSET_MOMENT,
    TEXT,
    Schema,
    array,
    mapping,
    nullable,
    record,
    ref,
)

IDENTIFIERS: dict[str, Schema] = {
    "uuid": ID,
    "created": MOMENT,
    "created_by": ID,
    "modified": MOMENT,
    "modified_by": ID,
}
COMPACT: dict[str, Schema] = {
    **dict.fromkeys(COMPACT_COLUMNS, nullable(TEXT)),
    **IDENTIFIERS,
}
LIST_COMPACT: dict[str, Schema] = {
    **COMPACT,
    "send_entry_identifier": nullable({**TEXT, "description": "The badge number."}),
    "contract_expiry_eod_date": nullable(
        {**DATE, "description": "Last day of a temporary clinician; null if permanent."}
    ),
    "groups": array(TEXT, uniqueItems=True, description="Names of roles, sorted."),
    "login_active": BOOLEAN,
}
SORTED_IDS: Schema = array(ID, uniqueItems=True, description="Sorted.")
FULL: dict[str, Schema] = {
    **LIST_COMPACT,
    **dict.fromkeys(
        (
            "nhs_smartcard_number",
            "professional_registration_number",
            "agency_name",
            "agency_staff_employee_number",
            "phone_number",
        ),
        nullable(TEXT),
    ),
    **dict.fromkeys(("locations", "bookmarks", "bookmarked_patients"), SORTED_IDS),
    "can_edit_ews": BOOLEAN,
    "can_edit_encounter": nullable(BOOLEAN),
    "products": array(ref("HeldProduct"), description="In the order of their adding."),
    "terms_agreement": mapping(
        ref("TermsAgreement"), description="Product name to its latest agreement."
    ),
    "analytics_consent": {**BOOLEAN, "description": "Left out while not known."},
}


def _agreement() -> Schema:
    """Return an agreement: each version that it holds comes with its time."""
    pairs: dict[str, Schema] = {}
    for version, moment in DATED_VERSIONS.items():
        pairs |= {version: {"type": "integer"}, moment: OFFSET_MOMENT}
    together: dict[str, Any] = {}
    for version, moment in DATED_VERSIONS.items():
        together |= {version: [moment], moment: [version]}
    return record(
        {"product_name": TEXT, **IDENTIFIERS, **pairs},
        optional=pairs,
        dependentRequired=together,
        description="What a clinician agreed to for a product.",
        examples=[examples.AGREEMENT],
    )


SCHEMAS: dict[str, Schema] = {
    "HeldProduct": record(
        {
            "product_name": TEXT,
            "opened_date": DATE,
            "closed_date": nullable(DATE),
            **IDENTIFIERS,
        },
        description="A product of a clinician.",
        examples=[examples.PRODUCT],
    ),
    "TermsAgreement": _agreement(),
    "Clinician": record(
        FULL,
        optional=["analytics_consent"],
        description="A clinician in full.",
        examples=[examples.CLINICIAN],
    ),
    "CompactClinician": record(
        COMPACT,
        description="A clinician's name, job, address and identifier block.",
        examples=[examples.only(COMPACT)],
    ),
    "ListedClinician": record(
        {**LIST_COMPACT, "locations": SORTED_IDS},
        optional=["locations"],
        description="A clinician in a list; without `locations` if compact.",
        examples=[examples.only({**LIST_COMPACT, "locations": SORTED_IDS})],
    ),
    "LoggedIn": record(
        {
            "user_id": {**ID, "description": "The clinician's id."},
            "email_address": nullable(TEXT),
            "job_title": nullable(TEXT),
            "groups": array(TEXT, uniqueItems=True),
            "permissions": array(
                TEXT, uniqueItems=True, description="What the roles grant, each once."
            ),
            "products": array(ref("HeldProduct"), description="The open ones."),
            "can_edit_ews": BOOLEAN,
            "can_edit_encounter": nullable(BOOLEAN),
        },
        description="Who logged in, and what that person may do.",
        examples=[examples.LOGGED_IN],
    ),
}
