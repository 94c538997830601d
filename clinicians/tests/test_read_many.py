"""Clinicians of given ids, and of a location."""

from typing import Any

import pytest

from clinicians.testing import Api, created, json_of, stored

pytestmark = pytest.mark.django_db

BY_IDS = "/dhos/v1/clinician_list"


def test_every_requested_id_is_a_key() -> None:
    known = [created(uuid=uuid) for uuid in ("A", "b")]

    response = Api().post(BY_IDS, ["b", "nobody", "A", "", "b", "a", 'q"\\ä', "x" * 36])

    assert response.status_code == 200
    assert json_of(response) == {
        "A": known[0],
        "b": known[1],
        **dict.fromkeys(["nobody", "", "a", 'q"\\ä', "x" * 36]),
    }
    assert response.content.count(b'"b":') == 1


def test_no_ids() -> None:
    response = Api().post(BY_IDS, [])
    assert response.status_code == 200
    assert response.content == b"{}"


def test_a_thousand_ids() -> None:
    for number in range(3):
        stored(f"{number}")
    ids = [str(number) for number in range(1000)]

    body = json_of(Api().post(BY_IDS, ids))

    assert list(body) == ids
    assert [uuid for uuid in ids if body[uuid]] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("{}", "body"),
        ('"A"', "body"),
        ("null", "body"),
        ("1", "body"),
        ("[1]", "0"),
        ('["A", null]', "1"),
        ('["A", ["B"]]', "1"),
        ('["A", {}, true]', "1"),
        (f'["{"x" * 37}"]', "0"),
        ('["\\u0000"]', "0"),
        ('["\\ud800"]', "0"),
    ],
)
def test_what_is_no_list_of_ids_is_refused(body: str, path: str) -> None:
    response = Api().post(BY_IDS, body)
    assert response.status_code == 400
    assert path in json_of(response)["errors"]


@pytest.mark.parametrize("body", ["", "[", '["A"', "[NaN]"])
def test_what_is_no_json_is_refused(body: str) -> None:
    assert Api().post(BY_IDS, body).status_code == 400


def test_no_body_at_all() -> None:
    assert Api().post(BY_IDS).status_code == 400


def test_another_content_type() -> None:
    api = Api()
    response = api.client.post(BY_IDS, "[]", "text/plain", headers=api.headers)
    assert response.status_code == 415


@pytest.mark.parametrize(
    "query", ["compact=1", "compact=", "compact=yes", "expanded=true"]
)
def test_bad_parameters_of_a_list_of_ids(query: str) -> None:
    assert Api().post(f"{BY_IDS}?{query}", []).status_code == 400


def at(location_id: str) -> list[Any]:
    response = Api().get(f"/dhos/v1/location/{location_id}/clinician")
    assert response.status_code == 200
    return [item["uuid"] for item in json_of(response)]


def test_those_at_a_location_in_the_order_of_lists() -> None:
    for uuid, last_name, locations in [
        ("1", "beta", ["L1", "L2"]),
        ("2", "Alpha", ["L1"]),
        ("3", "Gamma", ["L2", "l1"]),
        ("4", "ALPHA", ["L1"]),
    ]:
        created(uuid=uuid, last_name=last_name, locations=locations)

    assert at("L1") == ["2", "4", "1"]
    assert at("L2") == ["1", "3"]
    assert at("l1") == ["3"]


@pytest.mark.parametrize("location_id", ["L", "L1%25", "L_", "x" * 100])
def test_nobody_is_at_an_unknown_location(location_id: str) -> None:
    created(locations=["L1"])
    assert at(location_id) == []


def test_inactive_and_former_clinicians_are_at_their_location() -> None:
    created(uuid="1", login_active=False)
    created(uuid="2", contract_expiry_eod_date="2001-01-01")
    assert at("L1") == ["1", "2"]


@pytest.mark.parametrize("query", ["compact=true", "limit=1", "x"])
def test_a_location_takes_no_parameters(query: str) -> None:
    response = Api().get(f"/dhos/v1/location/L1/clinician?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in json_of(response)["errors"]


@pytest.mark.parametrize("location_id", ["%00", "%FF"])
def test_a_location_that_is_no_text(location_id: str) -> None:
    path = f"/dhos/v1/location/{location_id}/clinician"
    assert Api().get(path).status_code == 400
