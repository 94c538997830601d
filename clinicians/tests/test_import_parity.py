"""The bulk route and the import command judge an item alike, and store the same."""

import json
import random
from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.services.conflicts import UNIQUE
from clinicians.testing import clinician_body
from clinicians.tests import parity
from clinicians.tests.odd_items import DROPPED, changed
from clinicians.tests.parity import (
    as_the_route_says,
    by_engine,
    by_route,
    is_conflict,
    read,
    state,
    undone,
)
from clinicians.transfer.checking import Checked
from clinicians.transfer.faults import Fault
from clinicians.transfer.importing import Options
from users_service.api.validation import MAX_ERROR_PATHS

NUMBER = 1_100

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine("2030-01-31T09:08:07.123456Z", tick=False),
]

NO_OBJECTS: list[Any] = [None, True, 1, "x", [], ["x"], [[]], {"uuid": "c"}]
OPEN_TWICE = ["Cannot add duplicate open product"]


@pytest.fixture(autouse=True)
def _taken() -> None:
    assert by_route([clinician_body(**parity.TAKEN)]) == ("stored", 1)


def route(item: Any) -> tuple[str, Any]:
    """Return what the route says of one item, in the words of the engine."""
    with undone():
        kind, said = by_route([item])
        if kind == "stored":
            return kind, state(item)
    if kind == "conflict":
        return kind, said.removeprefix("0: ")
    return kind, {path.partition(".")[2]: found for path, found in said.items()}


def engine(item: Any, batch: list[Checked]) -> tuple[str, Any]:
    """Return what the engine says of one item, which was read and checked already."""
    with undone():
        created, faults = by_engine([batch])
        if created:
            assert faults == []
            return "stored", state(item)
    assert {fault.line for fault in faults} == {batch[0].line}
    return reason(faults)


def reason(faults: list[Fault]) -> tuple[str, Any]:
    """Return why the engine refuses an item, as the route says it."""
    if any(map(is_conflict, faults)):
        assert all(map(is_conflict, faults))
        return "conflict", as_the_route_says(faults[0])
    errors: dict[str, list[str]] = {}
    for fault in faults:
        errors.setdefault(fault.field, []).append(fault.detail)
    return "refused", errors


def kinds_of(items: list[Any]) -> list[str]:
    """Return what becomes of the items, each by itself: the same in both ways."""
    kinds = []
    for item, batch in zip(items, read(items, size=1), strict=True):
        kind, said = route(item)
        assert engine(item, batch) == (kind, said), json.dumps(item)
        kinds.append(kind)
    return kinds


@pytest.mark.no_cover  # a thousand times what the other tests do
def test_a_thousand_items_are_judged_and_stored_alike() -> None:
    kinds = kinds_of(list(parity.items(NUMBER)))

    assert len(kinds) >= 1000
    assert 0.4 < kinds.count("stored") / NUMBER < 0.6
    assert list(Clinician.objects.values_list("pk", flat=True)) == ["taken"]


def test_what_is_no_object_is_refused_alike() -> None:
    assert set(kinds_of(NO_OBJECTS)) == {"refused"}


def test_conflicts_are_refused_alike() -> None:
    kinds = kinds_of(list(parity.conflicting()))

    assert kinds == ["conflict"] * 8 + ["refused"] * 2


def test_all_faults_of_a_long_list_are_found_alike() -> None:
    items = [*parity.items(NUMBER), *parity.conflicting(), *NO_OBJECTS]
    kind, said = by_route(items)
    with undone():
        created, faults = by_engine(read(items))

    found: dict[str, list[str]] = {}
    for fault in faults:
        if not is_conflict(fault) and fault.detail not in OPEN_TWICE:
            path = f"{fault.line - 1}.{fault.field}".rstrip(".")
            found.setdefault(path, []).append(fault.detail)
    assert (kind, created) == ("refused", 0)
    first = dict(sorted(found.items(), key=index_of)[: len(said)])
    last = max(map(index_of, said.items()))
    assert len(said) == MAX_ERROR_PATHS
    assert said.items() <= found.items()
    assert {path for path in first if index_of((path, [])) < last} <= said.keys()
    assert len({path.partition(".")[0] for path in found}) > 400
    open_twice = [fault.line for fault in faults if fault.detail in OPEN_TWICE]
    assert all(str(line - 1) not in said for line in open_twice)


def index_of(error: tuple[str, list[str]]) -> int:
    """Return the index of the item that an error is about."""
    return int(error[0].partition(".")[0])


def with_all_keys(name: str) -> dict[str, Any]:
    """Return a clinician who has every key that nobody may share."""
    return clinician_body(
        uuid=name,
        email_address=f"{name}@mail.example",
        products=[{"uuid": f"{name}-p", "product_name": "GDM"}],
        terms_agreements=[{"uuid": f"{name}-t", "product_name": "GDM"}],
    )


def mixed() -> list[Any]:
    """Return good items among which some share a key with another, or with TAKEN."""
    found = [item for item in parity.items(200) if route(item)[0] == "stored"]
    for number, unique in enumerate(UNIQUE):
        first = with_all_keys(f"first-{number}")
        second = with_all_keys(f"second-{number}")
        third = with_all_keys(f"third-{number}")
        key = unique.field
        found += [first, second | {key: first[key]}, third | {key: parity.TAKEN[key]}]
    random.Random(parity.SEED).shuffle(found)
    return found


def test_conflicts_within_a_list_are_found_alike_and_the_others_stored_alike() -> None:
    items = mixed()
    with undone():
        created, faults = by_engine(read(items), Options(keep_going=True))
        refused = {fault.line for fault in faults}
        kept = [item for line, item in enumerate(items, 1) if line not in refused]
        by_the_engine = [state(item) for item in kept]

    places = list(range(len(items)))
    found: dict[int, str] = {}
    with undone():
        while (answer := by_route([items[place] for place in places]))[0] != "stored":
            assert answer[0] == "conflict"
            index, message = answer[1].split(": ", 1)
            found[places.pop(int(index))] = message
        by_the_route = [state(items[place]) for place in places]

    assert all(map(is_conflict, faults))
    assert found == {fault.line - 1: as_the_route_says(fault) for fault in faults}
    assert len(found) == len(UNIQUE) * 2
    assert by_the_route == by_the_engine
    assert created == len(by_the_route) > 80


def test_one_conflict_in_a_list_stores_nothing_in_either_way() -> None:
    items = mixed()

    assert by_route(items)[0] == "conflict"
    assert by_engine(read(items))[0] == 0
    assert list(Clinician.objects.values_list("pk", flat=True)) == ["taken"]


@pytest.mark.parametrize("missing", [None, DROPPED])
def test_only_a_file_may_leave_an_id_to_be_made(missing: Any) -> None:
    item = changed((("uuid",), missing))

    assert route(item)[0] == "refused"
    with undone():
        assert by_engine(read([item])) == (1, [])


@pytest.mark.parametrize("name", sorted(parity.ONLY_IN_FILES))
def test_only_a_file_may_have_what_exports_and_reports_add(name: str) -> None:
    values = {"password": None, "as_stored": False, "line": 7, "errors": {"a": ["b"]}}
    item = changed(((name,), values[name]))

    assert route(item) == ("refused", {name: ["Unknown field."]})
    with undone():
        assert by_engine(read([item])) == (1, [])
