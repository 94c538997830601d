"""Bookmarks of patients: always the caller's own."""

from typing import Any

import pytest

from clinicians.testing import (
    Api,
    announced,
    json_of,
    nothing_written,
    problem_of,
    recorded,
    settled,
)

pytestmark = pytest.mark.django_db

SCOPE = "write:send_patient"
PATH = "/dhos/v1/clinician/{}/patient/{}/bookmark"


@pytest.fixture(autouse=True)
def ada() -> dict[str, Any]:
    return settled(uuid="ada", bookmarked_patients=["P1"])


def clinician(clinician_id: str = "ada") -> Any:
    return json_of(Api().get(f"/dhos/v1/clinician/{clinician_id}"))


def send(api: Api, method: str, patient: str, who: str = "ada") -> Any:
    return getattr(api, method)(PATH.format(who, patient))


@pytest.mark.parametrize("who", ["ada", "grace", "nobody", "x" * 40])
def test_the_bookmark_is_the_callers_whoever_is_in_the_path(
    who: str, ada: dict[str, Any]
) -> None:
    grace = settled(uuid="grace")
    answer = send(Api(SCOPE, clinician_id="ada"), "post", "P9", who)
    after = clinician()

    assert (answer.status_code, answer.content) == (201, b"")
    moved = {"modified": after["modified"], "modified_by": "ada"}
    assert after == {**ada, "bookmarked_patients": ["P1", "P9"], **moved}
    assert after["modified"] > ada["modified"]
    assert clinician("grace") == grace
    assert recorded() == [
        ("clinician.changed", "ada", {"bookmarked_patients": {"added": ["P9"]}})
    ]
    assert announced() == []


@pytest.mark.parametrize("who", ["ada", "nobody"])
def test_the_callers_bookmark_is_removed(who: str, ada: dict[str, Any]) -> None:
    answer = send(Api(SCOPE, clinician_id="ada"), "delete", "P1", who)
    after = clinician()

    assert (answer.status_code, answer.content) == (204, b"")
    moved = {"modified": after["modified"], "modified_by": "ada"}
    assert after == {**ada, "bookmarked_patients": [], **moved}
    assert recorded() == [
        ("clinician.changed", "ada", {"bookmarked_patients": {"removed": ["P1"]}})
    ]
    assert announced() == []


@pytest.mark.parametrize(
    ("method", "patient", "status"), [("post", "P1", 201), ("delete", "P9", 204)]
)
def test_what_is_so_already_is_answered_alike_and_changes_nothing(
    method: str, patient: str, status: int
) -> None:
    with nothing_written():
        answer = send(Api(SCOPE, clinician_id="ada"), method, patient)

    assert answer.status_code == status


def test_a_system_that_acts_for_a_clinician_may() -> None:
    api = Api(SCOPE, clinician_id="ada", system_id="S1")

    assert send(api, "post", "P9").status_code == 201
    assert clinician()["bookmarked_patients"] == ["P1", "P9"]


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize(
    "api",
    [
        lambda: Api(SCOPE, system_id="S1"),
        lambda: Api("read:send_clinician read:send_location", clinician_id="ada"),
    ],
)
def test_others_may_not(method: str, api: Any) -> None:
    with nothing_written():
        answer = send(api(), method, "P1")

    assert problem_of(answer) == (403, "Forbidden")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_caller_who_is_not_stored_is_not_found(method: str) -> None:
    with nothing_written():
        answer = send(Api(SCOPE, clinician_id="nobody"), method, "P1", "ada")

    assert problem_of(answer) == (404, "No user found with UUID nobody")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_an_id_longer_than_36_characters_is_refused(method: str) -> None:
    with nothing_written():
        answer = send(Api(SCOPE, clinician_id="ada"), method, "x" * 37)

    assert problem_of(answer) == (400, {"patient_id": ["At most 36 characters."]})


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_query_is_refused(method: str) -> None:
    with nothing_written():
        answer = getattr(Api(SCOPE, clinician_id="ada"), method)(
            PATH.format("ada", "P1") + "?x=1"
        )

    assert problem_of(answer) == (400, {"x": ["Unknown query parameter."]})
