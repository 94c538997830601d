"""Generated requests against the description of the API, with a valid token.

Every operation is tried with what the description allows, on a store with known ids,
and with what it does not allow. The answers must be the ones that it describes.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clinicians.testing import ALL_SCOPES, Api, created
from roles.testing import token_for
from users_service.wsgi import application

pytestmark = pytest.mark.django_db

Send = Callable[["Case[Any]"], int]

EXAMPLES = 20
ADDRESS = "ada.invented@mail.example"
LOGIN = base64.b64encode(f"{ADDRESS}:correct horse".encode()).decode()
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]
CONFIG = {"generation": {"deterministic": True, "with-security-parameters": False}}
SCHEMA = schemathesis.openapi.from_wsgi(
    "/openapi.json", application, config=SchemathesisConfig.from_dict(CONFIG)
)
FOUND: list[Any] = [found.ok() for found in SCHEMA.get_all_operations()]  # type: ignore[union-attr]
OPERATIONS = {each.definition.raw["operationId"]: each for each in FOUND}
GUARDED = [name for name, each in OPERATIONS.items() if each.definition.raw["security"]]
# Any text is an id of a location, and the roles take nothing: nothing to get wrong.
NOTHING_WRONG = {"list_clinicians_at_location", "list_roles", "drop_data"}

KNOWN_IDS = {"clinician_id": "A1", "location_id": "L1", "patient_id": "P1"}
KNOWN_QUERY = {
    "find_clinician": {"email": ADDRESS},
    "set_password": {"email": ADDRESS},
    "get_clinician": {"temp_only": "false"},
    "update_clinician": {"temp_only": "false"},
}
KNOWN_HEADERS = {"log_in": {"UserAuthorization": f"Bearer {LOGIN}"}}

TRY = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def send() -> Iterator[Send]:
    """Send a case to a store with one clinician, check the answer, forget the write."""
    created(uuid="A1", email_address=ADDRESS)
    body = {"password": "correct horse"}
    assert Api().patch(f"/dhos/v1/clinician?email={ADDRESS}", body).status_code == 200
    token = token_for(ALL_SCOPES, clinician_id="A1", system_id="dhos-robot")
    headers = {"Authorization": f"Bearer {token}"}

    def sent(case: Case[Any]) -> int:
        with transaction.atomic():
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS, headers=headers)
            transaction.set_rollback(True)
        return response.status_code

    with override_settings(ALLOW_DROP_DATA=True), connection_kept():
        yield sent


@contextmanager
def connection_kept() -> Iterator[None]:
    """Keep the test's connection between requests, as Django's test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def with_known_names(case: Case[Any]) -> Case[Any]:
    """Replace what only the store can know: roles, addresses, products, versions."""
    for name in ("If-Match", "If-None-Match"):
        case.headers.pop(name, None)
    body: Any = case.body
    for item in body if isinstance(body, list) else [body]:
        if isinstance(item, dict) and "groups" in item:
            item["groups"] = ["GDM Clinician"]
    if case.operation.definition.raw["operationId"] == "update_clinician":
        # Nobody changes their own roles or can_edit_ews.
        for name in ("groups", "can_edit_ews", "products", "email_address"):
            body.pop(name, None)
    return case


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_described_succeeds(name: str, send: Send) -> None:
    operation = OPERATIONS[name]
    ids = {key: KNOWN_IDS[key] for key in KNOWN_IDS if f"{{{key}}}" in operation.path}
    cases = operation.as_strategy(
        GenerationMode.POSITIVE,
        path_parameters=ids,
        query=KNOWN_QUERY.get(name),
        headers=KNOWN_HEADERS.get(name),
    ).map(with_known_names)
    statuses: Counter[int] = Counter()

    @TRY
    @given(case=cases)
    def run(case: Case[Any]) -> None:
        statuses[send(case)] += 1

    run()
    assert any(200 <= status < 300 for status in statuses), statuses


@pytest.mark.parametrize("name", sorted(set(GUARDED) - NOTHING_WRONG))
def test_what_is_not_described_is_refused(name: str, send: Send) -> None:
    statuses: Counter[int] = Counter()

    @TRY
    @given(case=OPERATIONS[name].as_strategy(GenerationMode.NEGATIVE))
    def run(case: Case[Any]) -> None:
        statuses[send(case)] += 1

    run()
    assert any(400 <= status < 500 for status in statuses), statuses


@pytest.mark.parametrize("name", GUARDED)
def test_an_unknown_parameter_is_refused(name: str, send: Send) -> None:
    operation = OPERATIONS[name]
    case = operation.Case(path_parameters=KNOWN_IDS, query={"unknown": "1"}, headers={})
    assert send(case) == 400
