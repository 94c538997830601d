"""Bulk creation: what it refuses, all or nothing."""

from typing import Any

import pytest
from django.test import override_settings

from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
    nothing_written,
    problem_of,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/bulk"
GOOD = clinician_body(uuid="good", groups=["Midwife 2009"])
HASH = "0" * 512
SALT = "A" * 32
NULL = ["This field may not be null."]
NO_STRING = ["A string is needed."]
NOT_BOTH = ["Give both password_hash and password_salt."]
BAD_HASH = ["512 hexadecimal digits are needed."]
BAD_SALT = ["32 printable ASCII characters are needed."]


def refused(items: Any, api: Api | None = None) -> Any:
    """Return status and errors of a request, nothing being written."""
    with nothing_written():
        return problem_of((api or Api()).post(PATH, items))


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"uuid": ...}, {"uuid": ["This field is required."]}),
        ({"uuid": None}, {"uuid": NULL}),
        ({"uuid": "bulk"}, {"uuid": ["No path can carry this as an id."]}),
        (
            {"created_by": "x" * 37},
            {"created_by": ["Ensure this field has no more than 36 characters."]},
        ),
        ({"first_name": ...}, {"first_name": ["This field is required."]}),
        ({"groups": None}, {"groups": NULL}),
        ({"products": []}, {"products": ["This list may not be empty."]}),
        ({"email_address": 1}, {"email_address": NO_STRING}),
        (
            {"email_address": "x" * 1001},
            {"email_address": ["Ensure this field has no more than 1000 characters."]},
        ),
        (
            {"email_address": "\u0130" * 600},  # grows when it is lower-cased
            {"email_address": ["Ensure this field has no more than 1000 characters."]},
        ),
        (
            {"email_address": "\u023a" * 900},  # its bytes do
            {"email_address": ["At most 2500 bytes in UTF-8."]},
        ),
        ({"terms_agreements": None}, {"terms_agreements": NULL}),
        (
            {"terms_agreements": [{}]},
            {"terms_agreements.0.product_name": ["This field is required."]},
        ),
        (
            {"terms_agreements": [{"product_name": "GDM", "version": "1"}]},
            {"terms_agreements.0.version": ["An integer is needed."]},
        ),
        (
            {"terms_agreements": [{"product_name": "GDM", "x": 1}]},
            {"terms_agreements.0.x": ["Unknown field."]},
        ),
        ({"terms_agreements": [None]}, {"terms_agreements.0": NULL}),
        ({"terms_agreement": {}}, {"terms_agreement": ["Unknown field."]}),
        ({"password": "x"}, {"password": ["Unknown field."]}),
        ({"password_hash": HASH}, {"password_hash": NOT_BOTH}),
        (
            {"password_hash": HASH, "password_salt": None},
            {"password_hash": NOT_BOTH},
        ),
        ({"password_salt": SALT}, {"password_hash": NOT_BOTH}),
        *(
            (
                {"password_hash": bad, "password_salt": SALT},
                {"password_hash": BAD_HASH},
            )
            for bad in ("0" * 511, "0" * 513, "g" * 512, "0" * 512 + "\n")
        ),
        *(
            (
                {"password_hash": HASH, "password_salt": bad},
                {"password_salt": BAD_SALT},
            )
            for bad in ("A" * 31, "A" * 33, "é" * 32, " " * 32, "A" * 32 + "\n")
        ),
        (
            {"password_hash": "", "password_salt": ""},
            {
                "password_hash": ["This field may not be blank."],
                "password_salt": ["This field may not be blank."],
            },
        ),
        (
            {"password_hash": 1, "password_salt": 1},
            {"password_hash": NO_STRING, "password_salt": NO_STRING},
        ),
    ],
)
def test_a_faulty_item_is_refused_with_its_index(
    changes: dict[str, Any], errors: dict[str, Any]
) -> None:
    answer = refused([GOOD, clinician_body(**{"uuid": "a", **changes})])

    assert answer == (400, {f"1.{path}": fault for path, fault in errors.items()})


@pytest.mark.parametrize("body", ["{}", '"x"', "1", "null"])
def test_a_body_that_is_no_list_is_refused(body: str) -> None:
    status, errors = refused(body)

    assert (status, list(errors)) == (400, ["body"])


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (None, NULL),
        ([], ["A JSON object is needed."]),
        ("a", ["A JSON object is needed."]),
    ],
)
def test_an_item_that_is_no_object_is_refused(item: Any, error: Any) -> None:
    assert refused([GOOD, item]) == (400, {"1": error})


def test_two_open_products_of_one_name_are_refused() -> None:
    products = [{"product_name": "GDM"}, {"product_name": "GDM"}]
    with nothing_written():
        answer = Api().post(PATH, [GOOD, clinician_body(uuid="a", products=products)])

    assert problem_of(answer) == (
        400,
        {"1.products": ["Cannot add duplicate open product"]},
    )
    assert json_of(answer)["message"] == "Cannot add duplicate open product"


@pytest.mark.parametrize("before", [[], [GOOD]])
def test_what_is_in_the_store_is_a_conflict(before: list[Any]) -> None:
    created(
        uuid="A1",
        email_address="ada@example.com",
        products=[{"product_name": "GDM", "uuid": "P1"}],
    )
    index = len(before)
    existing = f"{index}: Attempted to create user with existing"

    assert refused([*before, clinician_body(uuid="A1")]) == (
        409,
        f"{existing} uuid 'A1'",
    )
    item = clinician_body(uuid="a", email_address=" ADA@example.com")
    assert refused([*before, item]) == (
        409,
        f"{existing} email address 'ada@example.com'",
    )
    item = clinician_body(uuid="a", products=[{"product_name": "GDM", "uuid": "P1"}])
    assert refused([*before, item]) == (409, f"{existing} product uuid 'P1'")


def test_what_is_in_the_request_twice_is_a_conflict() -> None:
    assert refused([GOOD, clinician_body(uuid="a"), clinician_body(uuid="a")]) == (
        409,
        "2: uuid 'a' is in the request twice",
    )
    items = [
        clinician_body(uuid="a", email_address="ada@example.com"),
        clinician_body(uuid="b", email_address="Ada@Example.com "),
    ]
    assert refused(items) == (
        409,
        "1: email address 'ada@example.com' is in the request twice",
    )
    agreement = {"uuid": "T1", "product_name": "GDM"}
    items = [
        clinician_body(uuid=name, terms_agreements=[agreement]) for name in ("a", "b")
    ]
    assert refused(items) == (
        409,
        "1: terms agreement uuid 'T1' is in the request twice",
    )


@pytest.mark.parametrize("group", ["System", "EPR Service Adapter"])
def test_a_role_of_the_system_is_for_a_system_to_give(group: str) -> None:
    items = [GOOD, clinician_body(uuid="a", groups=[group])]
    person = Api("write:clinician_migration", clinician_id="A1")

    assert refused(items, person) == (403, "Forbidden")
    assert Api().post(PATH, items).status_code == 200


def test_only_the_scope_of_a_migration_lets_in() -> None:
    api = Api("write:gdm_clinician_all write:send_clinician_all", system_id="s")

    assert refused([GOOD], api) == (403, "Forbidden")


@override_settings(MAX_BODY_BYTES=10, MAX_BULK_BODY_BYTES=2_000)
def test_the_body_has_a_limit_of_its_own() -> None:
    assert Api().post(PATH, [GOOD]).status_code == 200
    item = clinician_body(uuid="a", first_name="x" * 2_000)

    assert refused([item]) == (413, "The body is larger than 2000 bytes")


@override_settings(IS_PRODUCTION=True)
def test_a_history_is_moved_in_production_as_well() -> None:
    product = {"uuid": "P1", "product_name": "GDM", "created": "2019-01-01"}
    item = clinician_body(uuid="a", created_by="x", products=[product])

    assert json_of(Api().post(PATH, [item])) == {"created": 1}


def test_a_query_is_refused() -> None:
    answer = Api().post(f"{PATH}?x=1", [])

    assert problem_of(answer) == (400, {"x": ["Unknown query parameter."]})


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_another_method_is_not_allowed(method: str) -> None:
    answer = getattr(Api(), method)(PATH)

    assert problem_of(answer)[0] == 405
    assert "POST" in answer["Allow"]
