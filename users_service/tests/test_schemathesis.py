"""Generated requests against the description of the API, mostly with a valid token.

Every operation is tried with what the description allows, on a store with known ids
and without, with what it does not allow, and with faulty tokens. The answers must be
the ones that it describes.
"""

import base64
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clinicians.testing import ALL_SCOPES, Api, created
from roles.testing import token_for
from users_service.tests.sizes import sized
from users_service.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

Cases = SearchStrategy["Case[Any]"]
Send = Callable[["Case[Any]", dict[str, str]], int]
Statuses = Counter[int]
Record = Callable[[str, object], None]

ROUNDS = sized(quick=1, soak=20)
LEAST_CASES = sized(quick=1_000, soak=20_000)
# New cases in every soak; SEED=… brings those of a failure back.
SEED = sized(quick=0, soak=int(os.environ.get("SEED") or secrets.randbits(32)))

ADDRESS = "ada.invented@mail.example"
LOGIN = base64.b64encode(f"{ADDRESS}:correct horse".encode()).decode()
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
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
# To make up one of its bodies, a list of whole clinicians, takes as long as 20 others.
LONG_TO_MAKE = {"create_clinicians": 4}

KNOWN_IDS = {"clinician_id": "A1", "location_id": "L1", "patient_id": "P1"}
KNOWN_QUERY = {
    "find_clinician": {"email": ADDRESS},
    "set_password": {"email": ADDRESS},
    "get_clinician": {"temp_only": "false"},
    "update_clinician": {"temp_only": "false"},
}
KNOWN_HEADERS = {"log_in": {"UserAuthorization": f"Bearer {LOGIN}"}}


@pytest.fixture
def send(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Iterator[Send]:
    """Send a case to a store with one clinician, check the answer, forget the write."""
    created(uuid="A1", email_address=ADDRESS)
    body = {"password": "correct horse"}
    assert Api().patch(f"/dhos/v1/clinician?email={ADDRESS}", body).status_code == 200

    def sent(case: Case[Any], headers: dict[str, str]) -> int:
        caplog.clear()  # of thousands, what a failing one logs is of interest
        capsys.readouterr()
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


def with_token(**faults: Any) -> dict[str, str]:
    """Return the header with the token of somebody who may do everything."""
    good = {"clinician_id": "A1", "system_id": "dhos-robot"}
    return {"Authorization": f"Bearer {token_for(ALL_SCOPES, **{**good, **faults})}"}


def faulty_tokens() -> list[tuple[dict[str, str], int]]:
    """Return headers that are not enough, and the status of whoever sends them."""
    valid = with_token()["Authorization"]
    foreign = "https://elsewhere.example/"
    return [
        ({}, 401),
        ({"Authorization": valid.replace("Bearer", "Basic")}, 401),
        ({"Authorization": valid.replace("Bearer", "bearer")}, 401),
        ({"Authorization": f"{valid[:-4]}AAAA"}, 403),
        (with_token(key="another key, long enough to sign tokens with"), 403),
        (with_token(key="", algorithm="none"), 403),
        (with_token(exp=1), 403),
        (with_token(iss=foreign), 403),
        (with_token(aud=foreign), 403),
    ]


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


def with_unknown_parameter(case: Case[Any]) -> Case[Any]:
    """Add a query parameter that the description does not have."""
    case.query["unknown"] = "1"
    return case


def known_ids(name: str) -> dict[str, str]:
    """Return what the path of an operation may name."""
    path = OPERATIONS[name].path
    return {key: known for key, known in KNOWN_IDS.items() if f"{{{key}}}" in path}


def known(name: str) -> Cases:
    """Return what the description allows, where the store has what it is about."""
    cases: Cases = OPERATIONS[name].as_strategy(
        GenerationMode.POSITIVE,
        path_parameters=known_ids(name),
        query=KNOWN_QUERY.get(name),
        headers=KNOWN_HEADERS.get(name),
    )
    return cases.map(with_known_names)


def described(name: str) -> Cases:
    """Return what the description allows, of a known clinician or of anybody."""
    operation = OPERATIONS[name]
    anybody: Cases = operation.as_strategy(GenerationMode.POSITIVE)
    somebody: Cases = operation.as_strategy(
        GenerationMode.POSITIVE, path_parameters=known_ids(name)
    )
    return somebody | anybody


def not_described(name: str) -> Cases:
    """Return what the description does not allow."""
    if name in NOTHING_WRONG:
        return described(name).map(with_unknown_parameter)
    cases: Cases = OPERATIONS[name].as_strategy(GenerationMode.NEGATIVE)
    return cases


def tried(cases: Cases, number: int, send: Send, headers: dict[str, str]) -> Statuses:
    """Send up to `number` cases, fewer if there are no more; count the answers."""
    statuses = Statuses()

    @seed(SEED)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def run(case: Case[Any]) -> None:
        statuses[send(case, headers)] += 1

    run()
    return statuses


def answers(name: str, send: Send) -> tuple[Statuses, Statuses]:
    """Try an operation; count the answers to a valid token, and to faulty ones."""
    rounds = min(ROUNDS, LONG_TO_MAKE.get(name, ROUNDS))
    token = with_token()
    valid = tried(known(name), 20 * rounds, send, token)
    refused = Statuses()
    assert any(200 <= status < 300 for status in valid), valid
    if name in GUARDED:
        valid += tried(described(name), 5 * rounds, send, token)
        wrong = tried(not_described(name), 20 * rounds, send, token)
        # Not all: a parameter without a name and values does not get into the URL.
        assert any(400 <= status < 500 for status in wrong), wrong
        valid += wrong
        for headers, status in faulty_tokens():
            answer = tried(known(name), rounds, send, headers)
            assert set(answer) == {status}, (headers, answer)
            refused += answer
    return valid, refused


def test_answers_are_as_described(
    send: Send, subtests: pytest.Subtests, record_property: Record
) -> None:
    valid, refused = Statuses(), Statuses()
    for name in OPERATIONS:
        with subtests.test(operation=name, seed=SEED):
            to_valid, to_faulty = answers(name, send)
            valid += to_valid
            refused += to_faulty
    cases = valid.total() + refused.total()
    assert cases >= LEAST_CASES
    assert valid.total() / cases >= 0.8
    counts = ", ".join(
        f"{number:,} x {status}" for status, number in sorted((valid + refused).items())
    )
    record_property(
        "figure",
        f"{cases:,} cases of {len(OPERATIONS)} operations, "
        f"{valid.total() / cases:.0%} with a valid token: {counts}",
    )


@pytest.mark.parametrize("name", GUARDED)
def test_an_unknown_parameter_is_refused(name: str, send: Send) -> None:
    operation = OPERATIONS[name]
    case = operation.Case(path_parameters=KNOWN_IDS, query={"unknown": "1"}, headers={})
    assert send(case, with_token()) == 400
