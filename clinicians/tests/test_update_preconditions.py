"""If-Match on every PATCH."""

from collections.abc import Callable
from typing import Any

import pytest

from clinicians.testing import Api, json_of, nothing_written, problem_of, settled

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/A1"
CHANGED = (412, "The clinician has changed since it was read")
PATCHES: dict[str, Any] = {
    PATH: {"job_title": "nurse"},
    f"{PATH}/delete": {"locations": ["L1"]},
    "/dhos/v1/clinician?email=ada@example.com": {"password": "secret"},
}


@pytest.fixture(autouse=True)
def _ada() -> None:
    settled(uuid="A1", email_address="ada@example.com")


def current() -> str:
    """Return the clinician's entity tag."""
    tag: str = Api().get(PATH)["ETag"]
    return tag


@pytest.mark.parametrize("path", PATCHES)
def test_the_current_tag_lets_a_patch_through_and_the_new_one_comes_back(
    path: str,
) -> None:
    before = current()
    answer = Api().patch(path, PATCHES[path], If_Match=before)

    assert answer.status_code == 200
    assert answer["ETag"] == current() != before


@pytest.mark.parametrize("path", PATCHES)
def test_an_old_tag_stops_a_patch(path: str) -> None:
    before = current()
    assert Api().patch(PATH, {"job_title": "doctor"}).status_code == 200
    with nothing_written():
        answer = Api().patch(path, PATCHES[path], If_Match=before)

    assert problem_of(answer) == CHANGED


@pytest.mark.parametrize(
    "header",
    [
        lambda tag: f"W/{tag}",
        lambda tag: tag.strip('"'),
        lambda tag: tag.replace("full", "compact"),
        lambda tag: f'"x{tag[1:]}',
        lambda _tag: '"full"',
        lambda _tag: "",
    ],
)
def test_any_other_tag_stops_a_patch(header: Callable[[str], str]) -> None:
    given = header(current())
    with nothing_written():
        answer = Api().patch(PATH, {"job_title": "nurse"}, If_Match=given)

    assert problem_of(answer) == CHANGED


@pytest.mark.parametrize("header", [lambda tag: f'"x", {tag}', lambda _tag: " * "])
def test_one_of_several_tags_and_any_state_let_a_patch_through(
    header: Callable[[str], str],
) -> None:
    given = header(current())
    answer = Api().patch(PATH, {"job_title": "nurse"}, If_Match=given)

    assert json_of(answer)["job_title"] == "nurse"


def test_somebody_unknown_is_not_found_whatever_the_tag() -> None:
    answer = Api().patch("/dhos/v1/clinician/A2", {}, If_Match='"1-full"')

    assert problem_of(answer) == (404, "No user found with UUID A2")


def test_the_body_is_looked_at_before_the_tag() -> None:
    answer = Api().patch(PATH, {"job_title": 1}, If_Match='"1-full"')

    assert problem_of(answer) == (400, {"job_title": ["A string is needed."]})


def test_access_is_looked_at_before_the_tag() -> None:
    api = Api("write:gdm_clinician", clinician_id="A2")
    answer = api.patch(PATH, {"job_title": "nurse"}, If_Match='"1-full"')

    assert problem_of(answer) == (403, "Forbidden")


@pytest.mark.parametrize(
    "change",
    [
        lambda api: api.post("/dhos/v1/clinician/A1/location/L9/bookmark"),
        lambda api: api.post("/dhos/v1/clinician/x/patient/P9/bookmark"),
        lambda api: api.post(
            f"{PATH}/terms_agreement", {"product_name": "GDM", "version": 1}
        ),
    ],
)
def test_whatever_a_read_shows_makes_a_tag_old(change: Callable[[Api], Any]) -> None:
    before = current()
    assert change(Api(system_id="s", clinician_id="A1")).status_code < 300

    answer = Api().patch(PATH, {"job_title": "nurse"}, If_Match=before)
    assert problem_of(answer) == CHANGED
