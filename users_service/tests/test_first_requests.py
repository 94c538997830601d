"""The first requests of a fresh server, sent at the same time."""

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest
import pytest_django

from clinicians.testing import Api, clinician_body
from users_service.routes import routes
from users_service.tests.live import LiveServer, at_once

NUMBER = 50
FEW = 10
"""Of those that hash a password: more at once may have to be sent away."""

ADDRESS, PASSWORD = "ada@example.org", "correct horse"
HEADER = base64.b64encode(f"{ADDRESS}:{PASSWORD}".encode()).decode()
V1 = "/dhos/v1/clinician"
IDS = {"clinician_id": "ada", "location_id": "ward-7", "patient_id": "P1"}
AGREEMENT = {"product_name": "GDM", "version": 1}

pytestmark = pytest.mark.django_db(transaction=True)


class Request(NamedTuple):
    """The requests of a route: query, body by number, headers, and what is right."""

    query: str = ""
    body: Callable[[int], Any] = lambda _: None
    headers: dict[str, str] = {}
    status: int = 200
    number: int = NUMBER


def person(number: int) -> dict[str, Any]:
    return clinician_body(uuid=f"c{number}")


REQUESTS = {
    f"POST {V1}": Request(body=person),
    f"GET {V1}": Request(f"?email={ADDRESS}"),
    f"PATCH {V1}": Request(
        f"?email={ADDRESS}", body=lambda _: {"password": PASSWORD}, number=FEW
    ),
    f"GET {V1}/{{clinician_id}}": Request(),
    f"PATCH {V1}/{{clinician_id}}": Request(body=lambda n: {"job_title": str(n)}),
    f"PATCH {V1}/{{clinician_id}}/delete": Request(body=lambda _: {"groups": []}),
    f"POST {V1}/{{clinician_id}}/terms_agreement": Request(body=lambda _: AGREEMENT),
    f"GET {V1}/login": Request(
        headers={"UserAuthorization": f"Bearer {HEADER}"}, number=FEW
    ),
    "GET /dhos/v1/clinicians": Request(),
    "GET /dhos/v2/clinicians": Request(),
    "POST /dhos/v1/clinician_list": Request(body=lambda _: ["ada"]),
    "GET /dhos/v1/location/{location_id}/clinician": Request(),
    f"POST {V1}/{{clinician_id}}/location/{{location_id}}/bookmark": Request(
        status=201
    ),
    f"DELETE {V1}/{{clinician_id}}/location/{{location_id}}/bookmark": Request(
        status=204
    ),
    f"POST {V1}/{{clinician_id}}/patient/{{patient_id}}/bookmark": Request(status=201),
    f"DELETE {V1}/{{clinician_id}}/patient/{{patient_id}}/bookmark": Request(
        status=204
    ),
    f"POST {V1}/bulk": Request(body=lambda n: [person(n + NUMBER)]),
    "GET /dhos/v1/roles": Request(),
    "GET /running": Request(),
    "GET /version": Request(),
    "GET /healthcheck": Request(),
    "GET /metrics": Request(),
    "GET /openapi.json": Request(),
    "GET /docs": Request(),
    "GET /dhos/v2/audit": Request(),
    "GET /admin/login/": Request(),
    "GET /static/admin/css/base.css": Request(),
}
# It empties the store, and test set-ups alone allow it.
APART = {"POST /drop_data"}


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        folder = tmp_path_factory.mktemp("first")
        running = LiveServer(folder, WEB_CONCURRENCY="1", LOGIN_FAILURES_PER_LOCK="99")
    yield running
    running.stop()


def test_every_route_is_tried() -> None:
    assert {*map(str, routes())} <= REQUESTS.keys() | APART


def test_first_requests_of_every_route_at_once_are_answered_right(
    server: LiveServer,
) -> None:
    server.created(uuid="ada", email_address=ADDRESS, locations=["ward-7"])
    assert server.ask("PATCH", f"{V1}?email={ADDRESS}", {"password": PASSWORD}).ok
    for route, request in REQUESTS.items():
        numbers = range(request.number)
        ask = partial(status_of, server, route, request)
        assert Counter(at_once(ask, numbers, NUMBER)) == {
            request.status: request.number
        }, route


def status_of(server: LiveServer, route: str, request: Request, number: int) -> int:
    method, _, path = route.partition(" ")
    address = path.format(**IDS) + request.query
    # Patients are bookmarked by the clinician whom the token names.
    own = Api(clinician_id="ada").headers if "{patient_id}" in path else {}
    headers = request.headers | own
    answer = server.ask(method, address, request.body(number), **headers)
    return answer.status_code
