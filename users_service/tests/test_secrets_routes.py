"""Secrets sent to any route, in any way that fails, come out nowhere."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client, override_settings

from clinicians.testing import ALL_SCOPES, Api, created, set_password
from roles.testing import token_for
from users_service.tests import planted
from users_service.tests.attacks import Operation, bodies, operations
from users_service.tests.planted import (
    DIGEST,
    FAILURES,
    PASSWORD,
    PERSON,
    SALT,
    TOKEN,
    Failing,
    Watch,
)
from users_service.tests.sizes import sized
from users_service.tests.writes import ADDRESS, WRITES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]
watch = planted.watch

OPERATIONS = operations()
SECRETS = (PASSWORD, DIGEST, SALT, TOKEN)
IDS = {"clinician_id": "A1", "location_id": "L1", "patient_id": "P1"}
OTHER_KEY = "Zq7-another-key-that-is-long-enough-for-each-of-the-algorithms"
QUERY = {"password": PASSWORD, "token": TOKEN, "access_token": TOKEN, "code": SALT}
SECRET_FIELDS: dict[str, Any] = {
    "password": PASSWORD,
    "password_hash": DIGEST,
    "password_salt": SALT,
    "token": TOKEN,
}
STATEMENTS = sized(quick=(3,), soak=tuple(range(1, 30)))
"""Which of a request's statements fail."""


@pytest.fixture(autouse=True)
def people() -> None:
    """Store somebody who has planted values, and whom the requests are about."""
    created(uuid="A1", email_address=ADDRESS)
    set_password(ADDRESS, PASSWORD)
    created(uuid="B2", **PERSON)


def credentials(username: str, password: str) -> str:
    return b64encode(f"{username}:{password}".encode()).decode()


def wrong_headers() -> Iterator[dict[str, str]]:
    """Yield headers that hold secrets and open nothing."""
    token = token_for(ALL_SCOPES, system_id="S1")
    refused = token_for(ALL_SCOPES, system_id="S1", key=OTHER_KEY)
    expired = token_for(ALL_SCOPES, system_id="S1", exp=1_000_000_000)
    for authorization in (
        f"Bearer {TOKEN}",
        f"Bearer {refused}",
        f"Bearer {expired}",
        f"Bearer {token}{TOKEN}",
        f"Bearer {token} {TOKEN}",
        f"Bearer {TOKEN}\u00e9",
        f"Basic {credentials(ADDRESS, PASSWORD)}",
        TOKEN,
    ):
        yield {"Authorization": authorization}
    login = credentials(ADDRESS, PASSWORD)
    for given in (login, f"Bearer x{login}", f"Bearer {TOKEN}!", f"Basic {login}"):
        yield {"Authorization": f"Bearer {token}", "UserAuthorization": given}
    cookies = f"sessionid={TOKEN}; __Host-sessionid={TOKEN}; csrftoken={PASSWORD}"
    yield {"Authorization": f"Bearer {token}", "Cookie": cookies}


def wrong_bodies(good: Any) -> Iterator[str]:
    """Yield bodies that hold secrets and cannot be taken."""
    whole = good[0] if isinstance(good, list) else good
    for name, secret in SECRET_FIELDS.items():
        for value in (secret, [secret], {"x": secret}, f"{secret}\0", secret * 50):
            body: Any = {**whole, name: value}
            yield json.dumps([body] if isinstance(good, list) else body)
    secrets = json.dumps({**whole, **SECRET_FIELDS, "job_title": 1})
    yield f"[{secrets}, {secrets}]"
    yield secrets[:-1]
    yield f"{secrets}{secrets}"
    yield f'{{"password": "{PASSWORD}", "password": "{PASSWORD}"}}'
    yield f'{{"password": "{PASSWORD}\n"}}'
    yield json.dumps(PASSWORD)


def good_body(operation: Operation) -> Any:
    path = operation.path.format(**IDS)
    for each in WRITES.values():
        if (each.method, each.path.partition("?")[0]) == (operation.method, path):
            return each.body
    return {}


def path_of(operation: Operation) -> str:
    email = {"email": ADDRESS} if "email" in operation.queries else {}
    return f"{operation.path.format(**IDS)}?{urlencode(email)}"


def send(operation: Operation, body: str = "", **headers: str) -> int:
    client = Client(raise_request_exception=False)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.generic(
        operation.method,
        path_of(operation),
        body,
        content_type="application/json",
        headers=named,
    )
    return int(answer.status_code)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@override_settings(ALLOW_DROP_DATA=True)
def test_what_is_refused_tells_no_secret(operation: Operation, watch: Watch) -> None:
    api = Api(clinician_id="A1", system_id="S1")
    for headers in wrong_headers():
        assert send(operation, **headers) < 500
    # A real route answers an unknown parameter as if it were not there, or with 400.
    query = f"{path_of(operation)}&{urlencode(QUERY)}"
    assert api._send("GET", query, None, {}).status_code < 500
    for body in wrong_bodies(good_body(operation)) if operation.schema else ():
        assert send(operation, body, **api.headers) < 500

    secrets = [*SECRETS, OTHER_KEY, *watch.own_secrets()]
    assert watch.found(secrets, PERSON.values()) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@override_settings(ALLOW_DROP_DATA=True)
def test_what_fails_tells_no_secret_and_nobody(
    operation: Operation,
    watch: Watch,
    record_property: Callable[[str, object], None],
) -> None:
    api = Api(clinician_id="A1", system_id="S1")
    login = f"Bearer {credentials(ADDRESS, PASSWORD)}"
    body = good_body(operation)
    if isinstance(body, dict):
        body = {**body, **PERSON, "password": PASSWORD}
    text, headers = json.dumps(body), {**api.headers, "UserAuthorization": login}
    statuses = list[int]()
    for kind in FAILURES:
        for at in STATEMENTS:
            with Failing(at, kind).used() as failing:
                statuses.append(send(operation, text, **headers))
            if not failing.failed:
                break

    named = [*PERSON.values(), ADDRESS]
    assert watch.found([*SECRETS, *watch.own_secrets()], named) == []
    record_property("figure", f"{sum(each >= 500 for each in statuses)} answers of 5xx")


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.schema], ids=str)
def test_nobody_is_named_in_logs_wherever_a_name_is_sent(
    operation: Operation, watch: Watch
) -> None:
    api = Api(clinician_id="A1", system_id="S1")
    for text in (PERSON["first_name"], PERSON["email_address"]):
        for _, body in bodies(operation.schema, good_body(operation), text):
            assert send(operation, json.dumps(body), **api.headers) < 500
        for name in operation.queries:
            query = f"{operation.path.format(**IDS)}?{urlencode({name: text})}"
            assert api.get(query).status_code < 500

    assert watch.found(watch.own_secrets(), PERSON.values()) == []


def test_every_login_that_fails_tells_no_secret(watch: Watch) -> None:
    api = Api()
    # A name that is nobody's is announced as it was sent (events contract).
    for username in (ADDRESS, *PERSON.values(), "", "x" * 2000):
        for password in (f"{PASSWORD}{TOKEN}", f"{PASSWORD}\0", f" {PASSWORD}", ""):
            login = f"Bearer {credentials(username, password)}"
            answer = api.get("/dhos/v1/clinician/login", UserAuthorization=login)
            assert answer.status_code in (400, 401, 403), (username, password)

    named = [*PERSON.values(), ADDRESS]
    assert watch.found([*SECRETS, *watch.own_secrets()], named) == []
