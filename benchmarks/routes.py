"""What is measured: each route with requests of its kind, and what is aimed at."""

import base64
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks import people

NULL = "/benchmark/null"
BARE = "/benchmark/bare"
CLINICIAN = "/dhos/v1/clinician"
PAGE = 25
LISTED = 50
LARGE = 100_000
VARIANTS = 1000
"""So many requests of a kind are made, with ids from all over the table."""

PASSWORD = "Benchmark-2-Password"
LOGINS = 50


class Call(NamedTuple):
    """One request. `{n}` in its path or body becomes another number in each."""

    path: str
    body: object = None
    verb: str = ""
    headers: Mapping[str, str] = {}

    @property
    def method(self) -> str:
        """The verb, else POST with a body, and GET."""
        return self.verb or ("GET" if self.body is None else "POST")


class Measured(NamedTuple):
    """A kind of request, and the share of the null route's rate that it should reach.

    Of what `writes`, the database's part is not measured alone.
    """

    name: str
    calls: list[Call]
    target: float | None = None
    writes: bool = False


def routes(number: int) -> list[Measured]:
    """Return what to measure in a store of so many clinicians; the null route first."""
    chosen = random.Random(number)
    some = [chosen.randrange(number) for _ in range(VARIANTS)]
    return [
        Measured("null", [Call(NULL)]),
        *_reads(number, some),
        *_writes(some),
    ]


def _reads(number: int, some: list[int]) -> Iterator[Measured]:
    page = f"/dhos/v2/clinicians?limit={PAGE}"
    wards = people.location_ids(number)
    yield Measured(
        "by id", [Call(f"{CLINICIAN}/{people.clinician_id(n)}") for n in some], 0.45
    )
    yield Measured(
        "by e-mail",
        [Call(f"{CLINICIAN}?email={people.address(n)}") for n in some],
        0.45,
    )
    yield Measured(
        f"page of {PAGE}", [Call(f"{page}&offset={PAGE * n}") for n in range(100)], 0.22
    )
    # So much of a name that some dozens have it, whatever the size of the store.
    syllables = 3 if number < LARGE else 5
    terms = [people.last_name(n, syllables).lower() for n in some]
    yield Measured(
        f"page of {PAGE}, q", [Call(f"{page}&q={each}") for each in terms], 0.15
    )
    end = [max(0, number - PAGE * (n + 1)) for n in range(100)]
    yield Measured(
        f"page of {PAGE}, far end",
        [Call(f"{page}&offset={each}") for each in end],
        0.15,
    )
    lists = [
        [people.clinician_id((first + step * 7919) % number) for step in range(LISTED)]
        for first in some[:200]
    ]
    yield Measured(
        f"list of {LISTED}",
        [Call("/dhos/v1/clinician_list", ids) for ids in lists],
        0.20,
    )
    yield Measured(
        f"location of {people.AT_ONE_LOCATION}",
        [Call(f"/dhos/v1/location/{wards[n % len(wards)]}/clinician") for n in some],
        0.12,
    )


def _writes(some: list[int]) -> Iterator[Measured]:
    ids = [people.clinician_id(n) for n in some]
    yield Measured(
        "bookmark",
        [Call(f"{CLINICIAN}/{each}/location/ward-{{n}}/bookmark", {}) for each in ids],
        0.30,
        writes=True,
    )
    yield Measured(
        "update",
        [
            Call(f"{CLINICIAN}/{each}", {"job_title": "nurse {n}"}, "PATCH")
            for each in ids
        ],
        0.12,
        writes=True,
    )
    yield Measured("create", [Call(CLINICIAN, new_person("{n}"))], 0.12, writes=True)


def new_person(mark: str) -> dict[str, Any]:
    """Return the body of a creation; the mark makes it another person."""
    return {
        "first_name": "Invented",
        "last_name": f"Person {mark}",
        "phone_number": "07700 900000",
        "job_title": "midwife",
        "nhs_smartcard_number": mark,
        "email_address": f"new.{mark}@clinic.example",
        "locations": ["location-000001", "location-000002"],
        "groups": ["GDM Clinician"],
        "products": [{"product_name": "GDM", "opened_date": people.OPENED}],
    }


def logins(number: int) -> list[Call]:
    """Return logins of so many people as have a password (`service.give_passwords`)."""
    return [
        Call(f"{CLINICIAN}/login", headers={"UserAuthorization": f"Bearer {each}"})
        for each in map(_credentials, range(min(number, LOGINS)))
    ]


def _credentials(index: int) -> str:
    return base64.b64encode(f"{people.address(index)}:{PASSWORD}".encode()).decode()
