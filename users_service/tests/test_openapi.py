"""The description of the API: complete, true to the code and to the contract."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from clinicians.testing import Api, clinician_body, created, json_of
from roles.scopes import Scope
from users_service.docs import document
from users_service.routes import Route, routes

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
FULL_FORM = {
    "job_title", "send_entry_identifier", "nhs_smartcard_number",
    "professional_registration_number", "agency_name", "agency_staff_employee_number",
    "email_address", "locations", "bookmarks", "bookmarked_patients",
    "terms_agreement", "login_active", "groups", "products", "can_edit_ews",
    "can_edit_encounter", "contract_expiry_eod_date", "first_name", "last_name",
    "phone_number", "uuid", "created", "created_by", "modified", "modified_by",
}  # fmt: skip
REQUIRED_ON_CREATE = {
    "first_name", "last_name", "phone_number", "job_title", "nhs_smartcard_number",
    "locations", "groups", "products",
}  # fmt: skip
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
}
SCHEMAS = document()["components"]["schemas"]
NAMES = [f"{method} {path}" for method, path in OPERATIONS]


@cache
def draft() -> Any:
    """Return what validates: imported here, since that takes more than a second."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator


def validator(schema: dict[str, Any]) -> Any:
    whole = {**schema, "components": document()["components"]}
    return draft()(whole, format_checker=draft().FORMAT_CHECKER)


def json_parts(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the JSON that an operation takes and gives."""
    parts = [operation.get("requestBody", {}), *operation["responses"].values()]
    for part in parts:
        if media := part.get("content", {}).get("application/json"):
            yield media


def test_every_route_is_described_with_its_methods_and_no_other() -> None:
    assert set(OPERATIONS) == {(route.method, route.path) for route in routes()}


@pytest.mark.parametrize("route", [each for each in routes() if each.rule], ids=str)
def test_an_operation_names_the_scopes_of_its_access_rule(route: Route) -> None:
    assert route.rule is not None
    operation = OPERATIONS[route.method, route.path]

    described = {frozenset(each["bearer"]) for each in operation["security"]}
    assert described == {
        frozenset(part.value for part in alternative if isinstance(part, Scope))
        for alternative in route.rule.alternatives
    }
    assert operation["description"].endswith(f"Who may call: {route.rule}.")


@pytest.mark.parametrize("route", [each for each in routes() if not each.rule], ids=str)
def test_monitoring_needs_no_token(route: Route) -> None:
    assert OPERATIONS[route.method, route.path]["security"] == []


@pytest.mark.parametrize("route", [each for each in routes() if each.rule], ids=str)
def test_an_operation_lists_the_errors_that_every_route_has(route: Route) -> None:
    operation = OPERATIONS[route.method, route.path]
    expected = {"400", "401", "403", "503"}
    if "requestBody" in operation:
        expected |= {"413", "415"}
    if route.method == "GET":
        expected |= {"304"}
    if any(each["name"] == "If-Match" for each in operation["parameters"]):
        expected |= {"412"}

    assert expected <= set(operation["responses"])
    assert "500" not in operation["responses"]


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_worth_reading(name: str) -> None:
    method, path = name.split()
    operation = OPERATIONS[method, path]
    tags = {tag["name"] for tag in document()["tags"]}

    assert operation["summary"]
    assert operation["description"]
    assert set(operation["tags"]) <= tags
    named = {each["name"] for each in operation.get("parameters", [])}
    assert set(re.findall(r"{(\w+)}", path)) <= named
    assert all(each["description"] for each in operation.get("parameters", []))


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(ids) == len(set(ids))


def test_the_path_parameters_are_the_contracts() -> None:
    names = {name for _, path in OPERATIONS for name in re.findall(r"{(\w+)}", path)}

    assert names == {"clinician_id", "location_id", "patient_id"}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/dhos/v1/clinician/login", {"UserAuthorization", "If-None-Match"}),
        ("GET", "/dhos/v1/clinician/{clinician_id}", {"If-None-Match"}),
        ("PATCH", "/dhos/v1/clinician/{clinician_id}", {"If-Match"}),
        ("PATCH", "/dhos/v1/clinician", {"If-Match"}),
        ("POST", "/dhos/v1/clinician", set()),
    ],
)
def test_the_headers_of_an_operation(method: str, path: str, headers: set[str]) -> None:
    parameters = OPERATIONS[method, path]["parameters"]
    named = {each["name"] for each in parameters if each["in"] == "header"}

    assert named == headers | {"X-Request-ID"}


def test_the_full_form_is_the_contracts() -> None:
    full = SCHEMAS["Clinician"]

    assert set(full["required"]) == FULL_FORM
    assert set(full["properties"]) == FULL_FORM | {"analytics_consent"}
    assert full["additionalProperties"] is False


@pytest.mark.parametrize("name", ["NewClinician", "PastClinician"])
def test_a_new_clinician_has_the_contracts_fields(name: str) -> None:
    new = SCHEMAS[name]
    needed = {"uuid"} if name == "PastClinician" else set()

    assert set(new["required"]) == REQUIRED_ON_CREATE | needed
    assert new["properties"]["products"]["minItems"] == 1
    assert new["additionalProperties"] is False


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_component_is_a_schema_and_its_examples_fit(name: str) -> None:
    draft().check_schema(SCHEMAS[name])
    for example in SCHEMAS[name].get("examples", []):
        assert list(validator(SCHEMAS[name]).iter_errors(example)) == []


def test_every_example_of_a_body_fits() -> None:
    examples = [
        (media["schema"], example["value"])
        for operation in OPERATIONS.values()
        for media in json_parts(operation)
        for example in media.get("examples", {}).values()
    ]
    assert len(examples) == sum("requestBody" in each for each in OPERATIONS.values())
    for schema, value in examples:
        assert list(validator(schema).iter_errors(value)) == []


@pytest.mark.django_db
def test_the_example_of_a_new_clinician_can_be_posted() -> None:
    body = OPERATIONS["POST", "/dhos/v1/clinician"]["requestBody"]
    (example,) = body["content"]["application/json"]["examples"].values()
    response = Api().post("/dhos/v1/clinician", example["value"])

    assert response.status_code == 200
    assert list(validator(SCHEMAS["Clinician"]).iter_errors(json_of(response))) == []


@pytest.mark.django_db
def test_a_form_with_another_key_does_not_fit() -> None:
    made = created(analytics_consent=False)
    errors = validator(SCHEMAS["Clinician"]).iter_errors({**made, "password": "x"})

    assert [error.validator for error in errors] == ["additionalProperties"]


def test_a_body_with_a_wrong_type_does_not_fit() -> None:
    errors = validator(SCHEMAS["NewClinician"]).iter_errors(
        clinician_body(first_name=7, unknown=1, products=[])
    )
    assert {error.validator for error in errors} == {
        "type",
        "additionalProperties",
        "minItems",
    }


def test_the_committed_document_is_this_one(tmp_path: Path) -> None:
    generated = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(generated))

    assert COMMITTED.read_text() == generated.read_text(), "run `make openapi`"


def test_anyone_may_read_the_document(client: Client) -> None:
    response = client.get("/openapi.json?anything=1")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == document()
    assert response.json()["openapi"].startswith("3.1")
    again = client.get("/openapi.json", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
