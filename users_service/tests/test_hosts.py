"""Which Host headers are served (Docker Compose names services with underscores)."""

import http.client
import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from users_service.tests.live import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)

MALFORMED = [
    "",
    "users api",
    "users/api",
    "user@users_api",
    "users\x01api",
    "users\\api",
    "users_api:port",
    "users_api:5000:5000",
    "a" * 300,
    "[::1",
]


@pytest.mark.parametrize("host", ["users_api", "users_api:5000", "_", "[::1]:5000"])
@pytest.mark.parametrize("path", ["/running", "/admin/login/"])
def test_host_of_any_name_is_served(
    client: Client, settings: LazySettings, host: str, path: str
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", MALFORMED)
def test_malformed_host_is_refused_with_a_problem(
    client: Client, settings: LazySettings, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answer = client.get("/running", headers={"Host": host})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_host_with_underscore_is_refused_unless_listed(
    client: Client, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["users_api", ".hospital_a.example"]
    expected = {
        "users_api:5000": 200,
        "ward.hospital_a.example": 200,
        "other_api:5000": 400,
        "users_api.example.com": 400,
        "hospital_a.example.com": 400,
    }
    for host, status in expected.items():
        answer = client.get("/running", headers={"Host": host})
        assert answer.status_code == status, host


def test_admin_form_with_origin_of_another_host_is_refused(
    settings: LazySettings,
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(enforce_csrf_checks=True, headers={"Host": "users_api:5000"})
    page = client.get("/admin/login/").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    form = {"csrfmiddlewaretoken": found[1], "username": "x", "password": "y"}
    for origin, status in {"users_api:5000": 200, "other_api:5000": 403}.items():
        answer = client.post(
            "/admin/login/", form, headers={"Origin": f"http://{origin}"}
        )
        assert answer.status_code == status, origin


def test_host_with_underscore_is_served_by_gunicorn(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, WEB_CONCURRENCY="1")
    try:
        for path in ("/running", "/dhos/v1/roles", "/admin/login/"):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            headers = server.headers | {"Host": "users_api:5000"}
            connection.request("GET", path, headers=headers)
            assert connection.getresponse().status == 200, path
            connection.close()
    finally:
        server.stop()
