"""PATCH /delete: taking members out of a clinician's lists."""

from typing import Any

import pytest

from clinicians.models import Product
from clinicians.testing import (
    Api,
    announced,
    clinician_body,
    json_of,
    nothing_written,
    problem_of,
    recorded,
    settled,
)

pytestmark = pytest.mark.django_db

SETS = {
    "groups": ["DBM Clinician", "GDM Clinician"],
    "locations": ["L1", "L2"],
    "bookmarks": ["B1", "B2"],
    "bookmarked_patients": ["P1", "P2"],
}
PRODUCTS = [
    {"product_name": "GDM", "uuid": "X1"},
    {"product_name": "DBM", "uuid": "X2"},
]


def ada(**changes: Any) -> dict[str, Any]:
    return settled(uuid="ada", **{**SETS, "products": PRODUCTS, **changes})


def removed(body: Any, api: Api | None = None) -> Any:
    """Return the clinician after a removal that is allowed."""
    answer = (api or Api()).patch("/dhos/v1/clinician/ada/delete", body)
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def refused(body: Any, api: Api | None = None) -> Any:
    """Return status and errors of a removal, nothing being written."""
    with nothing_written():
        return problem_of((api or Api()).patch("/dhos/v1/clinician/ada/delete", body))


@pytest.mark.parametrize("name", SETS)
def test_members_are_removed(name: str) -> None:
    before = ada()
    gone, kept = SETS[name]
    after = removed({name: [gone, gone]}, Api(system_id="A1"))

    moved = {"modified": after["modified"], "modified_by": "A1"}
    assert after == {**before, name: [kept], **moved}
    assert after["modified"] > before["modified"]
    assert recorded() == [("clinician.changed", "ada", {name: {"removed": [gone]}})]


def test_everything_may_go_at_once() -> None:
    ada()
    after = removed({**SETS, "products": [{"uuid": "X1"}, {"uuid": "X2"}]})

    for name in (*SETS, "products"):
        assert after[name] == []


def test_a_product_is_removed_by_its_id() -> None:
    product = {
        "uuid": "X1",
        "product_name": "GDM",
        "opened_date": "2024-01-31",
        "closed_reason": "left",
        "created": "2020-01-01T00:00:00+00:00",
        "created_by": "loader",
        "modified": "2020-01-01T00:00:00+00:00",
        "modified_by": "loader",
    }
    before = ada(products=[product, PRODUCTS[1]])
    after = removed({"products": [before["products"][0]]})

    assert after["products"] == before["products"][1:]
    assert after["modified"] > before["modified"]
    assert recorded() == [
        ("clinician.changed", "ada", {"products": {"removed": [product]}})
    ]


def test_the_update_is_announced_as_it_stands() -> None:
    ada()
    removed({"locations": ["L1"], "products": [{"uuid": "X1"}]})
    ((key, body),) = announced()

    assert key == "dhos.D9000002"
    assert body["locations"] == ["L2"]
    assert [each["uuid"] for each in body["products"]] == ["X2"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"locations": []},
        {"locations": ["L9"], "groups": ["GDM Administrator", "nobody"]},
        {"products": None},
        {"products": []},
        {"products": [{"uuid": "X9"}]},
        {"first_name": 1, "uuid": None, "terms_agreement": [], "x": {}},
    ],
)
def test_what_removes_nothing_changes_nothing_but_is_announced(body: Any) -> None:
    before = ada()
    tag = Api().get("/dhos/v1/clinician/ada")["ETag"]
    answer = Api().patch("/dhos/v1/clinician/ada/delete", body)

    assert json_of(answer) == before
    assert answer["ETag"] == tag
    assert recorded() == []
    assert [key for key, _ in announced()] == ["dhos.D9000002"]


def test_somebody_elses_product_stays() -> None:
    settled(uuid="grace", products=[{"product_name": "GDM", "uuid": "X9"}])
    before = ada()

    assert removed({"products": [{"uuid": "X9"}]}) == before
    assert Product.objects.filter(uuid="X9").exists()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        *(({name: None}, {name: ["This field may not be null."]}) for name in SETS),
        *(({name: "x"}, {name: ["A list is needed."]}) for name in SETS),
        *(({name: [1]}, {f"{name}.0": ["A string is needed."]}) for name in SETS),
        ({"products": "X1"}, {"products": ["A list is needed."]}),
        ({"products": ["X1"]}, {"products.0": ["A JSON object is needed."]}),
        ({"products": [None]}, {"products.0": ["This field may not be null."]}),
        (
            {"products": [{"uuid": "X1"}, {"product_name": "GDM"}]},
            {"products.1.uuid": ["This field is required."]},
        ),
        (
            {"products": [{"uuid": None}]},
            {"products.0.uuid": ["This field may not be null."]},
        ),
        ({"products": [{"uuid": 1}]}, {"products.0.uuid": ["A string is needed."]}),
        ([], {"body": ["A JSON object is needed."]}),
    ],
)
def test_a_faulty_body_is_refused(body: Any, errors: Any) -> None:
    ada()

    assert refused(body) == (400, errors)


def test_nobody_changes_their_own_roles() -> None:
    ada()
    for scopes in ("write:gdm_clinician", "write:gdm_clinician_all"):
        api = Api(scopes, clinician_id="ada")
        for groups in (["GDM Clinician"], []):
            answer = refused({"groups": groups, "locations": ["L1"]}, api)
            assert answer == (403, "Forbidden")


def test_a_clinician_removes_their_own_locations() -> None:
    ada()
    api = Api("write:gdm_clinician", clinician_id="ada")

    assert removed({"locations": ["L1"]}, api)["locations"] == ["L2"]


def test_an_unknown_role_of_a_clinician_can_be_removed() -> None:
    item = clinician_body(uuid="ada", groups=["Midwife 2009"])
    assert Api().post("/dhos/v1/clinician/bulk", [item]).status_code == 200

    assert removed({"groups": ["Midwife 2009"]})["groups"] == []


def test_an_unknown_id_is_not_found() -> None:
    assert refused({"locations": ["L1"]}) == (404, "No user found with UUID ada")


def test_a_query_is_refused() -> None:
    answer = Api().patch("/dhos/v1/clinician/ada/delete?temp_only=true", {})

    assert problem_of(answer) == (400, {"temp_only": ["Unknown query parameter."]})
