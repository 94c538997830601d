"""How many members each list of a clinician may have, over every way in."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from clinicians import passwords
from clinicians.models import Clinician
from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
    logged_in,
    nothing_written,
    problem_of,
)
from clinicians.tests.files import imported, ndjson
from clinicians.tests.pages import edited, errors_of
from roles.models import Role

pytestmark = pytest.mark.django_db

MAXIMUM = 3
TOO_MANY = ["At most 3 are allowed."]
SETS = ("groups", "locations", "bookmarks", "bookmarked_patients")
PATH = "/dhos/v1/clinician"


@pytest.fixture(autouse=True)
def _small_maximum(settings: Any) -> None:
    settings.MAX_LIST_MEMBERS = MAXIMUM
    Role.objects.bulk_create(Role(name=name) for name in members(9))


def members(number: int, first: int = 0) -> list[str]:
    return [f"M{each}" for each in range(first, first + number)]


def products(number: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"product_name": name} for name in members(number, first)]


@pytest.mark.parametrize("name", SETS)
def test_create_with_too_many_members_is_refused(name: str) -> None:
    with nothing_written():
        answer = Api().post(PATH, clinician_body(**{name: members(MAXIMUM + 1)}))
    assert problem_of(answer) == (400, {name: TOO_MANY})


@pytest.mark.parametrize("name", SETS)
def test_create_counts_each_member_once(name: str) -> None:
    body = created(**{name: members(MAXIMUM) * 2})
    assert body[name] == members(MAXIMUM)


def test_create_with_too_many_products_is_refused() -> None:
    answer = Api().post(PATH, clinician_body(products=products(MAXIMUM + 1)))
    assert problem_of(answer) == (400, {"products": TOO_MANY})


@pytest.mark.parametrize("name", [*SETS, "products"])
def test_bulk_with_too_many_members_names_item_and_list(name: str) -> None:
    value = products(4) if name == "products" else members(4)
    items = [clinician_body(uuid="a"), clinician_body(uuid="b", **{name: value})]
    with nothing_written():
        answer = Api().post(f"{PATH}/bulk", items)
    assert problem_of(answer) == (400, {f"1.{name}": TOO_MANY})


@pytest.mark.parametrize("name", SETS)
def test_update_beyond_the_maximum_is_refused(name: str) -> None:
    path = f"{PATH}/{created(**{name: members(2)})['uuid']}"
    with nothing_written():
        answer = Api().patch(path, {"job_title": "x", name: members(2, first=2)})
    assert problem_of(answer) == (400, {name: TOO_MANY})
    assert json_of(Api().patch(path, {name: members(2, first=1)}))[name] == members(3)


def test_update_with_too_many_products_is_refused() -> None:
    path = f"{PATH}/{created(products=products(2))['uuid']}"
    with nothing_written():
        answer = Api().patch(path, {"products": products(2, first=2)})
    assert problem_of(answer) == (400, {"products": TOO_MANY})


@pytest.mark.parametrize("name", SETS)
def test_larger_list_that_is_stored_may_be_sent_back_and_shrink(
    name: str, settings: Any
) -> None:
    settings.MAX_LIST_MEMBERS = 9
    path = f"{PATH}/{created(**{name: members(5)})['uuid']}"
    settings.MAX_LIST_MEMBERS = MAXIMUM

    assert json_of(Api().patch(path, {name: members(5)}))[name] == members(5)
    assert problem_of(Api().patch(path, {name: ["M7"]})) == (400, {name: TOO_MANY})
    shrunk = Api().patch(f"{path}/delete", {name: ["M0"]})
    assert json_of(shrunk)[name] == members(4, first=1)


def test_location_bookmark_beyond_the_maximum_is_refused() -> None:
    uuid = created(bookmarks=members(MAXIMUM))["uuid"]
    with nothing_written():
        answer = Api().post(f"{PATH}/{uuid}/location/M9/bookmark")
    assert problem_of(answer) == (400, {"bookmarks": TOO_MANY})
    assert Api().post(f"{PATH}/{uuid}/location/M0/bookmark").status_code == 201


def test_patient_bookmark_beyond_the_maximum_is_refused() -> None:
    uuid = created(bookmarked_patients=members(MAXIMUM))["uuid"]
    api = Api(clinician_id=uuid)
    with nothing_written():
        answer = api.post(f"{PATH}/{uuid}/patient/M9/bookmark")
    assert problem_of(answer) == (400, {"bookmarked_patients": TOO_MANY})


def test_import_of_too_many_members_names_row_and_list(tmp_path: Path) -> None:
    people = [clinician_body(uuid="a", locations=members(4))]
    outcome = imported(ndjson(tmp_path / "people.ndjson", people))
    assert outcome.status != 0
    assert "locations: At most 3 are allowed." in outcome.err
    assert not Clinician.objects.exists()


def test_update_import_beyond_the_maximum_names_row_and_list(tmp_path: Path) -> None:
    created(uuid="a", locations=members(2))
    people = [clinician_body(uuid="a", locations=members(4))]
    file = ndjson(tmp_path / "people.ndjson", people)
    with nothing_written():
        outcome = imported(file, "--on-conflict", "update")
    assert outcome.status != 0
    assert "locations: At most 3 are allowed." in outcome.err


def test_page_of_the_admin_beyond_the_maximum_says_so(admin_client: Client) -> None:
    created(uuid="ada", locations=members(MAXIMUM))
    with nothing_written():
        answer = edited(admin_client, "ada", **{"locations-new": "M9"})
    assert errors_of(answer) == {"locations": TOO_MANY}


def test_oversized_clinician_from_before_is_read_logged_in_and_changed(
    settings: Any,
) -> None:
    settings.MAX_LIST_MEMBERS = 9
    sizes = {name: members(5) for name in SETS}
    created(uuid="ada", email_address="ada@mail.example", products=products(5), **sizes)
    path = f"{PATH}/ada"
    Clinician.objects.update(password=passwords.make("Pass@word1!"))
    settings.MAX_LIST_MEMBERS = MAXIMUM

    assert json_of(Api().get(path))["locations"] == members(5)
    assert logged_in("ada@mail.example", "Pass@word1!").status_code == 200
    changed = json_of(Api().patch(path, {"job_title": "Matron"}))
    assert changed["job_title"] == "Matron"
    assert len(changed["products"]) == 5
