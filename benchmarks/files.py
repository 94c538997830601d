"""Write a file of invented clinicians: `python -m benchmarks.files 1000000 FILE`.

Names come from faker, made once and combined. `--full` gives everybody 1 or 2
products, 2 roles, 3 locations, 2 + 2 bookmarks, an agreement and a legacy hash, with
ids and history throughout; without it a clinician has one product. The file is always
the same for the same number.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from faker import Faker

NAMES = 2000
ROLES = (
    ("GDM Clinician", "DBM Clinician"),
    ("SEND Clinician", "SEND Entry Clinician"),
    ("GDM Superclinician", "SEND Superclinician"),
)
JOBS = ("midwife", "nurse", "doctor", "healthcare assistant", "consultant")
HISTORY = {
    "created": "2019-03-01T08:15:00.000Z",
    "created_by": "dhos-robot",
    "modified": "2024-05-02T16:45:30.250Z",
    "modified_by": "static_clinician_uuid_A",
}
LOCATIONS = 20_000


class Maker:
    """Makes clinicians as items of a bulk request."""

    def __init__(self, start: int = 0) -> None:
        self.random = random.Random(2026 + start)
        fake = Faker(["en_GB", "fr_FR", "pl_PL", "de_DE"])
        fake.seed_instance(2026)
        self.first = [fake.first_name() for _ in range(NAMES)]
        self.last = [fake.last_name() for _ in range(NAMES)]

    def uuid(self) -> str:
        """Return an id that looks like a UUID4."""
        digits = f"{self.random.getrandbits(128):032x}"
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return "-".join(parts)

    def person(self, index: int) -> dict[str, Any]:
        """Return a clinician with one product."""
        choose = self.random.choice
        return {
            "uuid": self.uuid(),
            "first_name": choose(self.first),
            "last_name": choose(self.last),
            "phone_number": f"07{self.random.randrange(10**9):09}",
            "job_title": choose(JOBS),
            "nhs_smartcard_number": f"{555_000_000_000 + index}",
            "email_address": f"person.{index}@clinic.example",
            "send_entry_identifier": f"{100_000 + index}",
            "contract_expiry_eod_date": None if index % 9 else "2099-01-01",
            "groups": [ROLES[index % len(ROLES)][0]],
            "locations": [],
            "products": [{"product_name": "GDM", "opened_date": "2020-1-31"}],
        }

    def full_person(self, index: int) -> dict[str, Any]:
        """Return a clinician with a whole history."""
        names = ("GDM", "SEND") if index % 2 else ("GDM",)
        return self.person(index) | {
            **HISTORY,
            "login_active": index % 20 != 0,
            "can_edit_ews": False,
            "groups": list(ROLES[index % len(ROLES)]),
            "locations": [self.location() for _ in range(3)],
            "bookmarks": [self.location() for _ in range(2)],
            "bookmarked_patients": [self.uuid() for _ in range(2)],
            "products": [
                {
                    "uuid": self.uuid(),
                    "product_name": name,
                    "opened_date": "2020-01-31",
                    **HISTORY,
                }
                for name in names
            ],
            "terms_agreements": [
                {
                    "uuid": self.uuid(),
                    "product_name": "GDM",
                    "version": 3,
                    "accepted_timestamp": "2019-01-01T12:01:01.000+00:00",
                    **HISTORY,
                }
            ],
            "password_hash": f"{self.random.getrandbits(2048):0512x}",
            "password_salt": f"{index:032}",
        }

    def location(self) -> str:
        """Return the id of one of the locations."""
        return location_id(self.random)


def location_id(chooser: random.Random) -> str:
    """Return the id of one of the locations."""
    return f"static_location_uuid_{chooser.randrange(LOCATIONS)}"


def lines(number: int, *, full: bool, start: int = 0) -> Iterator[bytes]:
    """Yield so many clinicians as NDJSON; another start gives other people."""
    maker = Maker(start)
    make = maker.full_person if full else maker.person
    for index in range(start, start + number):
        yield orjson.dumps(make(index), option=orjson.OPT_APPEND_NEWLINE)


def first_id() -> str:
    """Return the id of the first clinician in every file that starts at 0."""
    return str(orjson.loads(next(lines(1, full=False)))["uuid"])


def write(path: Path, number: int, *, full: bool, start: int = 0) -> None:
    """Write a file of so many clinicians."""
    with path.open("wb") as file:
        file.writelines(lines(number, full=full, start=start))


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    write(options.file, options.number, full=options.full)


if __name__ == "__main__":
    main()
