"""Bookmarks of locations."""

from typing import Any

import pytest

from bookmarks.models import LocationBookmark
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

ADA = "/dhos/v1/clinician/ada"
PATH = f"{ADA}/location/L9/bookmark"
SCOPES = "read:send_clinician read:send_location"


@pytest.fixture(autouse=True)
def ada() -> dict[str, Any]:
    return settled(uuid="ada", bookmarks=["L1"])


def clinician() -> Any:
    return json_of(Api().get(ADA))


def send(api: Api, method: str, path: str = PATH) -> Any:
    return getattr(api, method)(path)


def test_a_bookmark_is_set(ada: dict[str, Any]) -> None:
    answer = Api(SCOPES, clinician_id="ada").post(PATH)
    after = clinician()

    assert (answer.status_code, answer.content) == (201, b"")
    assert "Content-Type" not in answer
    moved = {"modified": after["modified"], "modified_by": "ada"}
    assert after == {**ada, "bookmarks": ["L1", "L9"], **moved}
    assert after["modified"] > ada["modified"]
    assert recorded() == [
        ("clinician.changed", "ada", {"bookmarks": {"added": ["L9"]}})
    ]


def test_a_bookmark_is_removed(ada: dict[str, Any]) -> None:
    answer = Api(SCOPES, system_id="S1").delete(f"{ADA}/location/L1/bookmark")
    after = clinician()

    assert (answer.status_code, answer.content) == (204, b"")
    moved = {"modified": after["modified"], "modified_by": "S1"}
    assert after == {**ada, "bookmarks": [], **moved}
    assert after["modified"] > ada["modified"]
    assert recorded() == [
        ("clinician.changed", "ada", {"bookmarks": {"removed": ["L1"]}})
    ]


@pytest.mark.parametrize(
    ("method", "location", "status"), [("post", "L1", 201), ("delete", "L9", 204)]
)
def test_what_is_so_already_is_answered_alike_and_changes_nothing(
    method: str, location: str, status: int
) -> None:
    with nothing_written():
        answer = send(Api(), method, f"{ADA}/location/{location}/bookmark")

    assert answer.status_code == status


def test_nothing_is_announced() -> None:
    Api().post(PATH)
    Api().delete(PATH)

    assert announced() == []
    assert len(recorded()) == 2


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize(
    ("scopes", "caller"),
    [
        ("read:send_clinician", {"clinician_id": "ada"}),
        ("read:send_location", {"clinician_id": "ada"}),
        (SCOPES, {"clinician_id": "grace"}),
    ],
)
def test_others_may_not(method: str, scopes: str, caller: dict[str, str]) -> None:
    with nothing_written():
        answer = send(Api(scopes, **caller), method)

    assert problem_of(answer) == (403, "Forbidden")


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize("who", ["grace", "x" * 40])
def test_an_unknown_clinician_is_not_found(method: str, who: str) -> None:
    path = f"/dhos/v1/clinician/{who}/location/L1/bookmark"
    with nothing_written():
        answer = send(Api(), method, path)

    assert problem_of(answer) == (404, f"No user found with UUID {who}")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_an_id_longer_than_36_characters_is_refused(method: str) -> None:
    with nothing_written():
        answer = send(Api(), method, f"{ADA}/location/{'x' * 37}/bookmark")

    assert problem_of(answer) == (400, {"location_id": ["At most 36 characters."]})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x" * 36, "x" * 36),
        ("%C3%A9" * 36, "é" * 36),
        ("a%20b", "a b"),
        ("%25", "%"),
        ("l9", "l9"),
    ],
)
def test_an_id_is_kept_verbatim(given: str, kept: str) -> None:
    assert Api().post(f"{ADA}/location/{given}/bookmark").status_code == 201
    assert kept in clinician()["bookmarks"]
    assert Api().delete(f"{ADA}/location/{given}/bookmark").status_code == 204
    assert clinician()["bookmarks"] == ["L1"]


@pytest.mark.parametrize("unsafe", ["%00", "%ED%A0%80", "%FF"])
def test_what_is_no_text_is_refused(unsafe: str) -> None:
    with nothing_written():
        answer = Api().post(f"{ADA}/location/a{unsafe}/bookmark")

    assert problem_of(answer)[0] == 400


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("{", "application/json"), ("x", "text/plain"), ("a=1", ""), (b"\xff", "x/y")],
)
def test_a_body_is_ignored(body: Any, content_type: str) -> None:
    api = Api()
    for method, status in (("POST", 201), ("DELETE", 204)):
        answer = api.client.generic(
            method, PATH, body, content_type=content_type, headers=api.headers
        )
        assert answer.status_code == status


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_query_is_refused(method: str) -> None:
    with nothing_written():
        answer = send(Api(), method, f"{PATH}?x=1")

    assert problem_of(answer) == (400, {"x": ["Unknown query parameter."]})


def test_the_bookmarks_of_others_stay() -> None:
    settled(uuid="grace", bookmarks=["L1"])
    Api().delete(f"{ADA}/location/L1/bookmark")

    assert list(LocationBookmark.objects.values_list("clinician_id")) == [("grace",)]


@pytest.mark.parametrize("reserved", ["bulk", "login"])
def test_an_id_that_no_path_can_carry_is_not_bookmarked_but_removed(
    reserved: str,
) -> None:
    LocationBookmark.objects.create(clinician_id="ada", location_id=reserved)
    path = f"{ADA}/location/{reserved}/bookmark"
    with nothing_written():
        answer = send(Api(), "post", path)

    errors = {"location_id": ["No path can carry this as an id."]}
    assert problem_of(answer) == (400, errors)
    assert clinician()["bookmarks"] == ["L1", reserved]
    assert send(Api(), "delete", path).status_code == 204
    assert clinician()["bookmarks"] == ["L1"]
