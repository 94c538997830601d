"""What browsers are told not to do with our answers, whoever made them ask."""

import pytest
from django.test import Client

from users_service.tests.accounts import account

pytestmark = pytest.mark.django_db

PATHS = ("/running", "/dhos/v1/roles", "/nothing", "/admin/login/", "/static/roles/")


@pytest.mark.parametrize("path", PATHS)
def test_the_policy_leaves_nothing_to_a_default_that_is_wider(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))

    assert directives == {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_origin_may_read_an_answer(path: str, method: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = Client().generic(method, path, headers=asked)

    assert [name for name in answer.headers if name.startswith("Access-Control-")] == []


@pytest.mark.parametrize("path", ["/static/", "/static/admin/", "/static/roles/"])
def test_no_folder_of_static_files_is_listed(path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.usefixtures("cheap_hashes")
def test_a_form_of_another_site_is_refused_though_the_cookie_came_along() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(account("bo", "Administrators"))

    answer = browser.post("/admin/roles/role/add/", {"name": "Mine"})

    assert answer.status_code == 403
