"""Products in a PATCH: changed, closed, reopened, added."""

from typing import Any

import pytest
import time_machine

from clinicians.models import Product
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

PAST = {
    "created": "2020-01-01T00:00:00.000Z",
    "created_by": "loader",
    "modified": "2020-01-01T00:00:00.000Z",
    "modified_by": "loader",
}
LATER = "2030-01-31T09:08:07.123456Z"
LATER_SHOWN = "2030-01-31T09:08:07.123Z"
DUPLICATE = "Cannot add duplicate open product"
NOT_THEIRS = ["Not a product of this clinician."]


def product(uuid: str, name: str, closed: str | None = None) -> dict[str, Any]:
    """Return a stored product in the full form."""
    return {
        "uuid": uuid,
        "product_name": name,
        "opened_date": "2024-01-31",
        "closed_date": closed,
        **PAST,
    }


def ada(*products: dict[str, Any]) -> str:
    """Store a clinician with these products; return the path."""
    body = settled(products=list(products) or [product("P1", "GDM")])
    return f"/dhos/v1/clinician/{body['uuid']}"


def patched(path: str, *entries: Any) -> Any:
    """Return the clinician after a PATCH of products."""
    answer = Api(system_id="A1").patch(path, {"products": list(entries)})
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def open_names(body: dict[str, Any]) -> dict[str, str]:
    """Return the open products of a full form: id to name."""
    return {
        each["uuid"]: each["product_name"]
        for each in body["products"]
        if each["closed_date"] is None
    }


def refused(path: str, *entries: Any) -> Any:
    """Return the errors of a PATCH of products, nothing being written."""
    with nothing_written():
        status, errors = problem_of(Api().patch(path, {"products": list(entries)}))
    assert status == 400
    return errors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("product_name", "DBM"),
        ("opened_date", "2024-02-01"),
        ("closed_date", "2023-12-31"),
    ],
)
def test_one_field_of_a_product_changes(name: str, value: str) -> None:
    path = ada()
    with time_machine.travel(LATER, tick=False):
        body = patched(path, {"uuid": "P1", name: value})
    by = {"modified": LATER_SHOWN, "modified_by": "A1"}

    assert body["products"] == [{**product("P1", "GDM"), name: value, **by}]
    assert (body["modified"], body["modified_by"]) == (LATER_SHOWN, "A1")
    changed = {
        "uuid": "P1",
        "product_name": "GDM",
        "changes": {name: [product("P1", "GDM")[name], value]},
    }
    assert recorded() == [
        ("clinician.changed", body["uuid"], {"products": {"changed": [changed]}})
    ]


def test_the_reasons_of_a_closing_are_stored() -> None:
    path = ada()
    patched(
        path,
        {
            "uuid": "P1",
            "closed_date": "2024-2-1",
            "closed_reason": "left",
            "closed_reason_other": "",
        },
    )
    row = Product.objects.get()

    assert (row.closed_reason, row.closed_reason_other) == ("left", "")
    patched(path, {"uuid": "P1", "closed_reason": None})
    row.refresh_from_db()
    assert row.closed_reason is None


def test_only_the_changed_product_moves() -> None:
    kept = product("P2", "DBM")
    path = ada(product("P1", "GDM"), kept, product("P3", "X"))
    body = patched(path, kept, {"uuid": "P1", "opened_date": "2020-01-01"})

    by = [each["modified_by"] for each in body["products"]]
    assert by == ["A1", "loader", "loader"]
    assert body["products"][1] == kept


def test_products_sent_back_unchanged_change_nothing() -> None:
    path = ada(product("P1", "GDM"), product("P2", "GDM", "2024-02-01"))
    before = json_of(Api().get(path))
    there = {"uuid": "P1", "closed_date": "2024-02-01"}
    back = {"uuid": "P1", "closed_date": None}

    assert patched(path, *before["products"]) == before
    assert patched(path, there, back) == before
    assert recorded() == []
    assert [key for key, _ in announced()] == ["dhos.D9000002"] * 2


@pytest.mark.parametrize("products", [None, []])
def test_null_and_an_empty_list_are_nothing(products: Any) -> None:
    path = ada()
    before = json_of(Api().get(path))

    assert json_of(Api().patch(path, {"products": products})) == before


@pytest.mark.parametrize("without", [{}, {"uuid": None}])
@pytest.mark.time_machine(LATER, tick=False)
def test_an_entry_without_an_id_is_added(without: dict[str, Any]) -> None:
    body = patched(ada(), {**without, "product_name": "DBM"})
    added = body["products"][1]

    assert added == {
        "uuid": added["uuid"],
        "product_name": "DBM",
        "opened_date": "2030-01-31",
        "closed_date": None,
        "created": LATER_SHOWN,
        "created_by": "A1",
        "modified": LATER_SHOWN,
        "modified_by": "A1",
    }
    assert len(added["uuid"]) == 36
    assert body["products"][0] == product("P1", "GDM")
    shown = {key: added[key] for key in ("uuid", "product_name", "opened_date")}
    assert recorded()[0][2] == {"products": {"added": [shown]}}


def test_a_product_may_be_added_closed() -> None:
    body = patched(ada(), {"product_name": "GDM", "closed_date": "2024-02-01"})

    assert [each["closed_date"] for each in body["products"]] == [None, "2024-02-01"]


def test_a_closed_product_is_reopened() -> None:
    path = ada(product("P1", "GDM", "2024-02-01"))

    body = patched(path, {"uuid": "P1", "closed_date": None})
    assert open_names(body) == {"P1": "GDM"}


def test_a_product_cannot_be_reopened_beside_an_open_one() -> None:
    path = ada(product("P1", "GDM", "2024-02-01"), product("P2", "GDM"))

    errors = refused(path, {"uuid": "P1", "closed_date": None})
    assert errors == {"products": [DUPLICATE]}


@pytest.mark.parametrize(
    "entries",
    [
        [{"product_name": "GDM"}],
        [{"product_name": "X"}, {"product_name": "X"}],
        [{"uuid": "P2", "product_name": "GDM"}],
        [{"uuid": "P1", "closed_date": None}, {"product_name": "GDM"}],
    ],
)
def test_a_second_open_product_of_one_name_is_refused(entries: list[Any]) -> None:
    path = ada(product("P1", "GDM"), product("P2", "DBM"))
    with nothing_written():
        answer = Api().patch(path, {"products": entries, "job_title": "x"})

    assert problem_of(answer) == (400, {"products": [DUPLICATE]})
    assert json_of(answer)["message"] == DUPLICATE


@pytest.mark.parametrize("order", [1, -1])
def test_a_product_is_closed_and_opened_anew_in_either_order(order: int) -> None:
    path = ada()
    entries = [{"uuid": "P1", "closed_date": "2024-02-01"}, {"product_name": "GDM"}]
    body = patched(path, *entries[::order])

    assert list(open_names(body).values()) == ["GDM"]
    assert "P1" not in open_names(body)
    assert len(body["products"]) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_one_product_is_closed_and_another_reopened_in_either_order(
    order: int,
) -> None:
    path = ada(product("P1", "GDM"), product("P2", "GDM", "2024-02-01"))
    entries = [
        {"uuid": "P1", "closed_date": "2024-02-01"},
        {"uuid": "P2", "closed_date": None},
    ]

    assert open_names(patched(path, *entries[::order])) == {"P2": "GDM"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_product_is_renamed_and_its_old_name_opened_in_either_order(
    order: int,
) -> None:
    path = ada()
    entries = [{"uuid": "P1", "product_name": "DBM"}, {"product_name": "GDM"}]
    body = patched(path, *entries[::order])

    assert sorted(open_names(body).values()) == ["DBM", "GDM"]
    assert open_names(body)["P1"] == "DBM"


@pytest.mark.parametrize("order", [1, -1])
def test_two_open_products_swap_their_names(order: int) -> None:
    path = ada(product("P1", "GDM"), product("P2", "DBM"))
    entries = [
        {"uuid": "P1", "product_name": "DBM"},
        {"uuid": "P2", "product_name": "GDM"},
    ]

    body = patched(path, *entries[::order])
    assert open_names(body) == {"P1": "DBM", "P2": "GDM"}
    assert [each["uuid"] for each in body["products"]] == ["P1", "P2"]


def test_somebody_elses_product_is_refused() -> None:
    ada(product("P9", "GDM"))
    path = ada(product("P1", "GDM"))

    entries = [{"uuid": "P1", "closed_date": "2024-02-01"}, {"uuid": "P9"}]
    assert refused(path, *entries) == {"products.1.uuid": NOT_THEIRS}


def test_an_unknown_product_is_refused() -> None:
    errors = refused(ada(), {"uuid": "P9", "product_name": "DBM"})
    assert errors == {"products.0.uuid": NOT_THEIRS}


@pytest.mark.parametrize(
    ("entry", "errors"),
    [
        ({}, {"products.0.product_name": ["This field is required."]}),
        (
            {"uuid": "P1", "product_name": None},
            {"products.0.product_name": ["This field may not be null."]},
        ),
        (
            {"uuid": "P1", "opened_date": None},
            {"products.0.opened_date": ["This field may not be null."]},
        ),
        (
            {"product_name": "DBM", "opened_date": None},
            {"products.0.opened_date": ["This field may not be null."]},
        ),
        ("GDM", {"products.0": ["A JSON object is needed."]}),
        (None, {"products.0": ["This field may not be null."]}),
    ],
)
def test_a_faulty_entry_is_refused(entry: Any, errors: Any) -> None:
    assert refused(ada(), entry) == errors
