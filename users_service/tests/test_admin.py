"""The admin behind a proxy that strips a prefix, under our content policy."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.test.client import RequestFactory
from django.urls import clear_script_prefix

from users_service.wsgi import OneProxy

pytestmark = pytest.mark.django_db


def answer(path: str, **environ: Any) -> tuple[str, dict[str, str], str]:
    """Ask the whole WSGI application, the proxy's part included."""
    seen: dict[str, object] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> object:
        seen.update(status=status, headers=dict(headers))
        return lambda _: None

    request = RequestFactory(**environ).get(path)
    parts = OneProxy(get_wsgi_application())(request.environ, start)  # type: ignore[arg-type]
    body = b"".join(parts).decode()
    getattr(parts, "close", lambda: None)()
    # The handler sets it anew for each request; `reverse` in a test would still see it.
    clear_script_prefix()
    return str(seen["status"]), dict(seen["headers"]), body  # type: ignore[call-overload]


def test_the_admins_pages_name_their_files_under_the_prefix() -> None:
    prefix = {"HTTP_X_FORWARDED_PREFIX": "/dhos-users"}
    status, _, page = answer("/admin/login/", **prefix)
    assert status == "200 OK"
    files = re.findall(r'(?:href|src)="([^"]*/static/[^"]*)"', page)
    assert files
    for file in files:
        assert file.startswith("/dhos-users/static/")
        stripped = file.removeprefix("/dhos-users")
        assert answer(stripped, **prefix)[0] == "200 OK"


def test_without_a_prefix_they_have_none() -> None:
    _, _, page = answer("/admin/login/")
    assert 'href="/static/admin/css/base.css"' in page


def test_the_login_is_under_the_prefix() -> None:
    status, headers, _ = answer("/admin/", HTTP_X_FORWARDED_PREFIX="/dhos-users")
    assert status == "302 Found"
    assert headers["Location"] == "/dhos-users/admin/login/?next=/dhos-users/admin/"


@pytest.mark.parametrize(
    "path",
    [
        "/admin/login/",
        "/admin/",
        "/admin/auth/user/add/",
        "/admin/clinicians/clinician/",
    ],
)
def test_the_admin_has_nothing_that_the_policy_forbids(path: str) -> None:
    client = Client()
    if "login" not in path:
        client.force_login(User.objects.create_superuser("jane"))
    response = client.get(path)
    assert response.status_code == 200
    page = response.content.decode()
    assert response["Content-Security-Policy"].startswith("default-src 'self';")
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize(
    "path",
    [
        "clinicians/clinician/%00/change/",
        "roles/role/A%00/change/",
        "clinicians/clinician/?roles__name__exact=%00",
        "journal/auditentry/?actor_kind=%00",
        "journal/outboxmessage/?q=%00",
    ],
)
def test_a_nul_in_the_address_is_refused(admin_client: Client, path: str) -> None:
    assert admin_client.get(f"/admin/{path}").status_code == 400


def test_static_files_may_be_kept_by_browsers() -> None:
    _, headers, _ = answer("/static/admin/css/base.css")
    assert headers["Cache-Control"] == "max-age=60, public"
    assert "Access-Control-Allow-Origin" not in headers
