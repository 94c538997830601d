"""A clinician with all that a bulk request may say, and what may be odd about one."""

import copy
from contextlib import suppress
from functools import reduce
from operator import getitem
from typing import Any

from clinicians.testing import clinician_body
from users_service.tests.odd_values import HEX, PRINTABLE

BLOCK = {
    "created": "2019-01-01T00:00:00.000Z",
    "created_by": "old-1",
    "modified": "2019-02-01T01:00:00+01:00",
    "modified_by": "old-2",
}
PRODUCT = {
    **BLOCK,
    "uuid": "p1",
    "product_name": "SEND",
    "opened_date": "2019-1-1",
    "closed_date": None,
    "closed_reason": "r",
    "closed_reason_other": "",
    "accessibility_discussed": True,
}
AGREEMENT = {
    **BLOCK,
    "uuid": "t1",
    "product_name": "GDM",
    "version": 2,
    "accepted_timestamp": "2019-01-01 12:01:01.5",
    "tou_version": None,
    "tou_accepted_timestamp": "",
    "patient_notice_version": 0,
    "patient_notice_accepted_timestamp": "2019-1-2",
}
WHOLE = clinician_body(
    **BLOCK,
    uuid="ada",
    first_name=" Ada ",
    email_address=" Ada@Example.COM",
    send_entry_identifier="7",
    professional_registration_number="8",
    agency_name=None,
    agency_staff_employee_number="",
    booking_reference="9",
    login_active=None,
    can_edit_ews=True,
    can_edit_encounter=None,
    analytics_consent=False,
    contract_expiry_eod_date="2020-1-31",
    locations=["L2", "L1", "L2"],
    bookmarks=["b"],
    bookmarked_patients=[],
    products=[PRODUCT, {"product_name": "GDM"}],
    terms_agreements=[AGREEMENT, {"product_name": "GDM"}],
    password_hash=HEX,
    password_salt=PRINTABLE,
)
NO_FIELDS = ("Uuid", "version", "body", "password", "as_stored", "line", "errors")
PLACES: list[tuple[Any, ...]] = [
    *((name,) for name in (*WHOLE, *NO_FIELDS)),
    *((name, 0) for name in ("locations", "groups", "bookmarks")),
    *(("products", 1), ("terms_agreements", 1)),
    *(("products", at, name) for at in (0, 1) for name in (*PRODUCT, *NO_FIELDS)),
    *(("terms_agreements", 0, name) for name in (*AGREEMENT, *NO_FIELDS)),
]
"""Where something may be odd, NO_FIELDS included."""

DROPPED = object()


def changed(*changes: tuple[tuple[Any, ...], Any]) -> Any:
    """Return the whole clinician with other values in some places, or without them."""
    item: Any = copy.deepcopy(WHOLE)
    for (*path, key), value in changes:
        with suppress(LookupError, TypeError):  # another change took the place away
            parent = reduce(getitem, path, item)
            if value is DROPPED:
                del parent[key]
            else:
                parent[key] = copy.deepcopy(value)
    return item
