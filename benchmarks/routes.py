"""What is measured: each route with some requests of its kind, taken in turn."""

from typing import NamedTuple

from benchmarks import people

NULL = "/benchmark/null"
PAGE = 25
LISTED = 50
VARIANTS = 100


class Call(NamedTuple):
    """One request."""

    path: str
    body: object = None

    @property
    def method(self) -> str:
        """POST with a body, else GET."""
        return "GET" if self.body is None else "POST"


class Measured(NamedTuple):
    """A kind of request."""

    name: str
    calls: list[Call]


def routes(number: int) -> list[Measured]:
    """Return what to measure in a store of so many clinicians; the null route first."""
    some = [index * number // VARIANTS for index in range(VARIANTS)]
    page = f"/dhos/v2/clinicians?limit={PAGE}"
    terms = [people.name(index)[:5].lower() for index in some]
    end = max(0, number - PAGE)
    lists = [
        [people.clinician_id((first + step * 7) % number) for step in range(LISTED)]
        for first in some
    ]
    wards = people.location_ids(number)[:VARIANTS]
    return [
        Measured("null", [Call(NULL)]),
        Measured("running", [Call("/running")]),
        Measured(
            "by id",
            [Call(f"/dhos/v1/clinician/{people.clinician_id(each)}") for each in some],
        ),
        Measured(
            "by e-mail",
            [Call(f"/dhos/v1/clinician?email={people.address(each)}") for each in some],
        ),
        Measured(f"page of {PAGE}", [Call(f"{page}&offset={n}") for n in range(100)]),
        Measured(f"page of {PAGE}, q", [Call(f"{page}&q={term}") for term in terms]),
        Measured(f"page of {PAGE}, far end", [Call(f"{page}&offset={end}")]),
        Measured(
            f"list of {LISTED}", [Call("/dhos/v1/clinician_list", ids) for ids in lists]
        ),
        Measured(
            f"location of {people.AT_ONE_LOCATION}",
            [Call(f"/dhos/v1/location/{ward}/clinician") for ward in wards],
        ),
    ]
