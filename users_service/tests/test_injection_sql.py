"""SQL in any place of any request stays the text that it is."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from clinicians.models import Clinician
from clinicians.testing import (
    Api,
    created,
    json_of,
    nothing_written,
    set_password,
)
from roles.models import Role
from users_service.database.fields import ID_LENGTH
from users_service.routes import routes
from users_service.tests.attacks import SQL, Operation, bodies, operations
from users_service.tests.writes import ADDRESS as ADA
from users_service.tests.writes import WRITES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

OPERATIONS = operations()
GUARDED = {str(route) for route in routes() if route.rule is not None}
READS = [each for each in OPERATIONS if each.method == "GET" and str(each) in GUARDED]
WITH_IDS = [each for each in OPERATIONS if "{" in each.path]
WITH_BODY = [each for each in OPERATIONS if each.schema]
IDS = ("clinician_id", "location_id", "patient_id")
PASSWORD = "an invented password"
ADDRESS = "by.stander@mail.example"


@pytest.fixture(autouse=True)
def bystander() -> Iterator[None]:
    """Store two clinicians; whatever is sent, one of them stays as it is."""
    created(uuid="A1", email_address=ADA)
    created(uuid="bystander", email_address=ADDRESS)
    set_password(ADDRESS, PASSWORD)
    before = as_stored()
    yield
    assert as_stored() == before


def as_stored() -> tuple[Any, ...]:
    """Return what is known of the one whom no request is about, and the tables."""
    clinician = Clinician.objects.filter(pk="bystander").values().get()
    shown = json_of(Api().get("/dhos/v1/clinician/bystander"))
    tables = connection.introspection.table_names()
    return clinician, shown, tables, Role.objects.count()


def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Send something to the API, which knows what to answer."""
    answer = Api(clinician_id="A1", system_id="S1")._send(method, path, body, headers)
    assert answer.status_code < 500, (path, body, answer.content)
    return answer


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
def test_in_a_path_it_names_nobody(operation: Operation) -> None:
    asked = [name for name in IDS if f"{{{name}}}" in operation.path]
    for name in asked:
        for text in SQL:
            ids = {**dict.fromkeys(IDS, "A1"), name: quote(text, safe="")}
            answer = send(operation.method, operation.path.format(**ids), {})
            assert b"bystander" not in answer.getvalue()
            if name == "clinician_id" and operation.method == "GET":
                assert answer.status_code == 404, text


@pytest.mark.parametrize("operation", READS, ids=str)
def test_in_a_query_it_finds_nobody(operation: Operation) -> None:
    path = operation.path.format(**dict.fromkeys(IDS, "A1"))
    with nothing_written():
        for name in operation.queries:
            for text in SQL:
                answer = send("GET", f"{path}?{urlencode({name: text})}")
                assert answer.status_code in (200, 400, 404)
                assert b"bystander" not in answer.getvalue(), (name, text)


GOOD = {f"{each.method} {each.path}": each.body for each in WRITES.values()}
KEPT_AS_GIVEN = {
    *("job_title", "phone_number", "nhs_smartcard_number"),
    *("send_entry_identifier", "professional_registration_number"),
    *("agency_name", "agency_staff_employee_number"),
}


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_in_a_body_it_is_stored_as_it_is_or_refused(operation: Operation) -> None:
    path = operation.path.format(clinician_id="A1")
    query = f"?email={ADA}" if "email" in operation.queries else ""
    good = GOOD.get(f"{operation.method} {path}{query}", {})
    statuses = set[int]()
    for text in SQL:
        for place, body in bodies(operation.schema, good, text):
            answer = send(operation.method, path + query, body)
            statuses.add(answer.status_code)
            if place in KEPT_AS_GIVEN:
                assert json_of(answer)[place] == text

    assert 200 in statuses
    assert statuses <= {200, 400, 403, 409}


def test_in_credentials_it_logs_nobody_in() -> None:
    for text in SQL:
        for username, password in ((text, PASSWORD), (ADDRESS, text), (text, text)):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            answer = send(
                "GET", "/dhos/v1/clinician/login", UserAuthorization=f"Bearer {pair}"
            )
            assert answer.status_code in (401, 403), (username, password)


def test_in_headers_and_tokens_it_is_a_name() -> None:
    for text in SQL:
        api = Api(clinician_id=text)
        headers = {"X_Request_ID": text, "If_None_Match": text, "X_Client": text}
        assert api.get("/dhos/v1/clinician/A1", **headers).status_code == 200
        changed = api.patch("/dhos/v1/clinician/A1", {"job_title": text}, **headers)
        assert changed.status_code == 200
        assert json_of(changed)["modified_by"] == text[:ID_LENGTH]
