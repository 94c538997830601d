"""In which order a list comes."""

from typing import Any

import pytest

from clinicians.testing import Api, created, json_of, listed, stored

pytestmark = pytest.mark.django_db

TEXTS = (
    "nhs_smartcard_number",
    "email_address",
    "phone_number",
    "send_entry_identifier",
    "job_title",
)
BY_CODE_POINT = ["", "A", "Z", "_", "a", "z", "É", "é", "\uf900", "😀"]


def test_last_name_then_first_name_then_id() -> None:
    for uuid, last, first in [
        ("c", "beta", "b"),
        ("a", "Beta", "C"),
        ("b", "BETA", "a"),
        ("e", "alpha", "z"),
        ("d", "Alpha", "Z"),
        ("f", "", "z"),
    ]:
        created(uuid=uuid, last_name=last, first_name=first)
    expected = ["f", "d", "e", "b", "c", "a"]
    assert listed() == expected
    assert listed(sort="last_name,first_name") == expected
    assert listed(order="asc") == expected
    assert listed(order="desc") == expected[::-1]


@pytest.mark.parametrize("name", ["last_name", "first_name"])
@pytest.mark.parametrize("limit", [0, 100])
def test_names_are_compared_without_regard_to_case(name: str, limit: int) -> None:
    values = [None, "öz", "Ö", "o", "N", "z", "ÖA", "n", "ZA"]
    for number, value in enumerate(values):
        stored(str(number), **{name: value})

    found = [values[int(uuid)] for uuid in listed(sort=name, limit=limit)]
    reverse = listed(sort=name, order="desc", limit=limit)

    assert found == ["N", "n", "o", "z", "ZA", "Ö", "ÖA", "öz", None]
    assert [values[int(uuid)] for uuid in reverse] == found[::-1]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("limit", [0, 100])
def test_text_is_sorted_by_code_point_and_null_is_last(name: str, limit: int) -> None:
    values = [None, *BY_CODE_POINT]
    if name == "email_address":
        values.remove("")
    for number, value in enumerate(values):
        stored(str(number), **{name: value})
    ascending = [*values[1:], None]

    found = [values[int(uuid)] for uuid in listed(sort=name, limit=limit)]
    reverse = listed(sort=name, order="desc", limit=limit)

    assert found == ascending
    assert [values[int(uuid)] for uuid in reverse] == ascending[::-1]


@pytest.mark.parametrize("name", ["created", "modified"])
def test_times_are_sorted_as_times(name: str) -> None:
    times = ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000001Z", "2021-01-01"]
    for number, moment in enumerate(times):
        created(uuid=f"z{number}", **{name: moment})
    assert listed(sort=name) == ["z0", "z1", "z2"]
    assert listed(sort=name, order="desc") == ["z2", "z1", "z0"]


@pytest.mark.parametrize("limit", [0, 100])
def test_ids_are_sorted_by_code_point(limit: int) -> None:
    for uuid in reversed(BY_CODE_POINT[1:]):
        stored(uuid, last_name="Same")
    assert listed(sort="uuid", limit=limit) == BY_CODE_POINT[1:]
    assert listed(sort="uuid", order="desc", limit=limit) == BY_CODE_POINT[:0:-1]
    assert listed(sort="last_name", limit=limit) == BY_CODE_POINT[1:]


def test_the_first_name_given_sorts_first() -> None:
    for uuid, title, phone in [("1", "b", "1"), ("2", "a", "2"), ("3", "b", "0")]:
        created(uuid=uuid, job_title=title, phone_number=phone)
    assert listed(sort="job_title,phone_number") == ["2", "3", "1"]
    assert listed(sort="phone_number,job_title") == ["3", "1", "2"]
    assert listed(sort="job_title,job_title") == ["2", "1", "3"]


def test_sort_given_twice_joins() -> None:
    for uuid, title, phone in [("1", "b", "1"), ("2", "a", "2"), ("3", "b", "0")]:
        created(uuid=uuid, job_title=title, phone_number=phone)
    query = "sort=job_title&sort=phone_number,uuid"
    items = json_of(Api().get(f"/dhos/v1/clinicians?{query}"))
    assert [item["uuid"] for item in items] == ["2", "3", "1"]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_follow_each_other(order: str) -> None:
    for number in range(7):
        stored(str(number), job_title=[None, "x", "X"][number % 3])
    whole = listed(sort="job_title", order=order)
    pages: list[Any] = []
    for offset in (0, 3, 6):
        pages += listed(sort="job_title", order=order, offset=offset, limit=3)
    assert pages == whole
    assert listed(sort="job_title", order=order, offset=2) == whole[2:]
