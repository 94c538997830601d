"""Both lists: their shape, their pieces, and what they refuse."""

from typing import Any

import pytest

from clinicians.testing import Api, created, json_of, listed, stored

pytestmark = pytest.mark.django_db

V1, V2 = "/dhos/v1/clinicians", "/dhos/v2/clinicians"


def store(number: int) -> list[str]:
    """Store so many clinicians; returns their ids in the order of lists."""
    return [stored(f"{n:04}", last_name="Same").pk for n in range(number)]


def test_nobody() -> None:
    for query in ("", "?limit=10"):
        assert Api().get(V1 + query).getvalue() == b"[]"
        assert json_of(Api().get(V2 + query)) == {"results": [], "total": 0}


@pytest.mark.parametrize(
    "query", ["", "limit=2", "q=none", "modified_since=2099-01-01"]
)
def test_only_the_first_version_is_deprecated(query: str) -> None:
    created()
    first, second = Api().get(f"{V1}?{query}"), Api().get(f"{V2}?{query}")
    assert first.headers["Deprecation"] == "true"
    assert first.headers["Link"] == '</dhos/v2/clinicians>; rel="successor-version"'
    assert "Deprecation" not in second.headers
    assert "Link" not in second.headers


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("query", ["", "limit=1"])
def test_headers_of_lists(path: str, query: str) -> None:
    created()
    response = Api().get(f"{path}?{query}")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-cache, must-revalidate"
    assert int(response.headers["Content-Length"]) == len(response.getvalue())


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, slice(None)),
        ({"limit": 0}, slice(None)),
        ({"offset": 0}, slice(None)),
        ({"limit": 2}, slice(2)),
        ({"limit": 5}, slice(None)),
        ({"limit": 2147483647}, slice(None)),
        ({"offset": 2}, slice(2, None)),
        ({"offset": 2, "limit": 0}, slice(2, None)),
        ({"offset": 2, "limit": 1}, slice(2, 3)),
        ({"offset": 4, "limit": 3}, slice(4, None)),
        ({"offset": 5}, slice(0, 0)),
        ({"offset": 2147483647}, slice(0, 0)),
        ({"offset": 6, "limit": 3}, slice(0, 0)),
        ({"offset": 2147483647, "limit": 2147483647}, slice(0, 0)),
    ],
)
def test_pieces(parameters: dict[str, int], expected: slice) -> None:
    ids = store(5)
    assert listed(**parameters) == ids[expected]
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    body = json_of(Api().get(f"{V2}?{query}"))
    assert [item["uuid"] for item in body["results"]] == ids[expected]
    assert body["total"] == 5


def test_total_counts_matches_only() -> None:
    store(3)
    stored("other", login_active=False)
    body = json_of(Api().get(f"{V2}?login_active=true&limit=1&offset=1"))
    assert [item["uuid"] for item in body["results"]] == ["0001"]
    assert body["total"] == 3


NUMBERS = "|-1|2147483648|99999999999999999999|1.0|+1|1e3|ten|%D9%A1|true|1,2|%201"
BOOLEANS = "|1|0|yes|null|true,true|%20true|t"
TIMES = """today|1700000000|2024|2024-13-01|2024-02-30|2024-01-01T25:00:00|-|T00:00:00
2024-01-01T00:00:00%2B25:00|2024-01-01T00:00:00Zulu|0000-01-01|2024-01-01T
2024-01-01%20|0001-01-01T00:00:00%2B14:00|9999-12-31T23:59:59-14:00|2024-01-01T12
%D9%A2024-01-01|2024-01-01T00:00:00%20%2B02:00
20240101T000000Z|2024-W01-1|null""".replace("\n", "|")
SORTS = """|Last_Name|last_name%20|last_name,|,|last_name,none|password|version
locations|-last_name|last_name_key|modified_by|last_name%20desc""".replace("\n", "|")
BAD = [
    (name, value)
    for names, values in [
        ("limit offset", NUMBERS),
        ("compact expanded login_active temp_only", BOOLEANS),
        ("modified_since", TIMES),
        ("sort", SORTS),
        ("order", "|ASC|Desc|ascending|asc,desc|asc%20"),
        ("q product_name", "x" * 1001),
    ]
    for name in names.split()
    for value in values.split("|")
]


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_values_are_named(path: str, name: str, value: str) -> None:
    response = Api().get(f"{path}?{name}={value}")
    assert response.status_code == 400, response.getvalue()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json_of(response)["errors"].keys() == {name}


@pytest.mark.parametrize("name", ["Limit", "page", "ids", "format", "q[]", "email", ""])
def test_unknown_parameters_are_named(name: str) -> None:
    response = Api().get(f"{V2}?{name}=1")
    assert response.status_code == 400
    assert json_of(response)["errors"] == {name: ["Unknown query parameter."]}


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "product_name=%FF"])
def test_text_that_is_none_is_refused(query: str) -> None:
    assert Api().get(f"{V2}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1&limit=2", 2),
        ("limit=ten&limit=1", 1),
        ("offset=0&offset=4", 1),
        ("login_active=false&login_active=true", 5),
        ("q=none&q=same", 5),
        ("q=same&q=", 5),
        ("product_name=GDM&product_name=", 0),
    ],
)
def test_of_parameters_given_twice_the_last_counts(query: str, expected: int) -> None:
    store(5)
    assert len(json_of(Api().get(f"{V1}?{query}"))) == expected


def test_the_last_value_is_checked() -> None:
    assert Api().get(f"{V1}?limit=1&limit=ten").status_code == 400


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("query", ["", "limit=1"])
def test_head_of_a_list(path: str, query: str) -> None:
    created()
    got, head = Api().get(f"{path}?{query}"), Api().head(f"{path}?{query}")
    assert head.status_code == 200
    assert head.getvalue() == b""
    for name in ("ETag", "Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", [V1, V2])
def test_lists_are_only_read(path: str) -> None:
    response = Api().post(path, [])
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "scope",
    [
        "read:gdm_clinician_all",
        "read:gdm_clinician",
        "read:send_clinician_all",
        "read:send_clinician_temp",
    ],
)
def test_each_scope_is_enough(scope: str) -> None:
    api: Any = Api(scope)
    assert api.get(V1).status_code == api.get(V2).status_code == 200
