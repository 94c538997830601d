"""Invented clinicians in any number, and how they get into the store."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

AT_ONE_LOCATION = 150
LOCATIONS_EACH = 3
OPENED = "2024-01-31"
ACCEPTED = "2024-02-01T09:30:00+00:00"
SYLLABLES = ("ba", "cor", "den", "fel", "gri", "hol", "jas", "kem", "lor", "mun")
ROLES = (
    ("GDM Clinician", "DBM Clinician"),
    ("SEND Clinician", "SEND Entry Clinician"),
    ("GDM Superclinician", "SEND Superclinician"),
)


def clinician_id(index: int) -> str:
    """Return the id of a clinician, made like a UUID."""
    digest = hashlib.md5(str(index).encode(), usedforsecurity=False).hexdigest()
    parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:])
    return "-".join(parts)


def address(index: int) -> str:
    """Return the e-mail address of a clinician."""
    return f"person.{index}@clinic.example"


def location_ids(number: int) -> list[str]:
    """Return the locations at which so many clinicians work."""
    count = max(LOCATIONS_EACH, number * LOCATIONS_EACH // AT_ONE_LOCATION)
    return [f"location-{index:06}" for index in range(count)]


def name(index: int, syllables: int = 6) -> str:
    """Return a name, one of a million, or its first syllables."""
    digits = f"{index % 1_000_000:06}"[:syllables]
    return "".join(SYLLABLES[int(digit)] for digit in digits).capitalize()


def last_name(index: int, syllables: int = 6) -> str:
    """Return the last name of a clinician, or its first syllables."""
    return name(index * 389_389, syllables)


def items(number: int) -> Iterator[dict[str, Any]]:
    """Yield clinicians as the bulk engine takes them, validated."""
    locations = location_ids(number)
    for index in range(number):
        yield _person(index) | {
            "locations": [
                locations[(index * LOCATIONS_EACH + step) % len(locations)]
                for step in range(LOCATIONS_EACH)
            ],
            "bookmarks": [f"bookmark-{index % 97}", f"bookmark-{index % 89 + 100}"],
            "bookmarked_patients": [f"patient-{index}", f"patient-{index + 1}"],
        }


def _person(index: int) -> dict[str, Any]:
    names = ("GDM", "SEND") if index % 2 else ("GDM",)
    return {
        "uuid": clinician_id(index),
        "first_name": name(index * 7_013 + 3),
        "last_name": last_name(index),
        "email_address": address(index),
        "send_entry_identifier": f"{100_000 + index}",
        "phone_number": "07700 900000",
        "job_title": "midwife",
        "nhs_smartcard_number": f"{555_000_000_000 + index}",
        "login_active": True,
        "can_edit_ews": False,
        "contract_expiry_eod_date": None if index % 9 else "2099-01-01",
        "groups": list(ROLES[index % len(ROLES)]),
        "products": [{"product_name": each, "opened_date": OPENED} for each in names],
        "terms_agreements": [
            {"product_name": "GDM", "version": 3, "accepted_timestamp": ACCEPTED}
        ],
    }


def load(number: int, chunk: int = 1000) -> None:
    """Store so many clinicians, as bulk requests would; Django is set up."""
    from clinicians.services.bulk import create_in_bulk  # noqa: PLC0415
    from roles.callers import Caller  # noqa: PLC0415

    actor = Caller(id="benchmarks", kind="system", system_id="benchmarks")
    everybody = items(number)
    while part := list(islice(everybody, chunk)):
        create_in_bulk(actor=actor, items=part)
