import io

import pytest
from django.test import Client, override_settings

from users_service.tests.conftest import LogLines
from users_service.tests.urls import SECRET

pytestmark = pytest.mark.urls("users_service.tests.urls")


@pytest.fixture
def web() -> Client:
    """A client that sees answers as a caller does: bugs are 500s, not exceptions."""
    return Client(raise_request_exception=False)


DATABASE = "Database connection failed"
CASES = [
    ("invalid", 400, "Bad Request", "products.0.opened_date: Bad."),
    ("unauthenticated", 401, "Unauthorized", "Unauthorized"),
    ("denied", 403, "Forbidden", "Forbidden"),
    ("missing", 404, "Not Found", "No user found with UUID ?"),
    ("conflict", 409, "Conflict", "in use"),
    (
        "changed",
        412,
        "Precondition Failed",
        "The clinician has changed since it was read",
    ),
    ("large", 413, "Request Entity Too Large", "The body is larger than 5 bytes"),
    ("unavailable", 503, "Service Unavailable", "No keys"),
    ("bad", 400, "Bad Request", "Bad Request"),
    ("http404", 404, "Not Found", "Not Found"),
    ("forbidden", 403, "Forbidden", "Forbidden"),
    ("form", 413, "Request Entity Too Large", "Request Entity Too Large"),
    ("hangup", 400, "Bad Request", "Bad Request"),
    ("operational", 503, "Service Unavailable", DATABASE),
    ("interface", 503, "Service Unavailable", DATABASE),
    ("psycopg", 503, "Service Unavailable", DATABASE),
    ("psycopg_interface", 503, "Service Unavailable", DATABASE),
    ("limit", 400, "Bad Request", "A value is too long to store"),
    ("method", 405, "Method Not Allowed", 'Method "PUT" not allowed.'),
    (
        "media",
        415,
        "Unsupported Media Type",
        'Unsupported media type "text/plain" in request.',
    ),
    ("parse", 400, "Bad Request", "Malformed request."),
    ("fields", 400, "Bad Request", "a.b: Bad."),
    ("bug", 500, "Internal Server Error", "Internal Server Error"),
]


@pytest.mark.parametrize(("name", "status", "title", "message"), CASES)
def test_an_error_in_an_api_view_has_the_contracts_shape(
    web: Client, name: str, status: int, title: str, message: str
) -> None:
    response = web.get(f"/raise/{name}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    body.pop("errors", None)
    assert body == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": message,
        "message": message,
    }


def test_an_error_of_ours_names_its_fields(web: Client) -> None:
    body = web.get("/raise/invalid").json()
    assert body["errors"] == {"products.0.opened_date": ["Bad."]}


def test_an_error_of_a_serializer_names_its_fields(web: Client) -> None:
    assert web.get("/raise/fields").json()["errors"] == {"a.b": ["Bad."]}


def test_an_error_without_fields_has_no_errors(web: Client) -> None:
    assert "errors" not in web.get("/raise/conflict").json()


def test_401_says_how_to_authenticate(web: Client) -> None:
    assert web.get("/raise/unauthenticated")["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("name", "seconds"), [("unavailable", "7"), ("psycopg", "5")])
def test_503_says_when_to_try_again(web: Client, name: str, seconds: str) -> None:
    assert web.get(f"/raise/{name}")["Retry-After"] == seconds


def test_405_names_the_methods_that_are_allowed(web: Client) -> None:
    response = web.put("/good")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_the_cause_of_a_403_is_logged_and_not_answered(
    web: Client, log_lines: LogLines
) -> None:
    response = web.get("/raise/denied")
    assert b"scope is missing" not in response.content
    causes = [line["cause"] for line in log_lines() if "cause" in line]
    assert causes == ["scope is missing"]


@pytest.mark.parametrize(
    "path",
    [
        "/raise/operational",
        "/raise/clash",
        "/raise/bug",
        "/plain/operational",
        "/plain/bug",
    ],
)
def test_an_exceptions_text_is_neither_logged_nor_answered(
    web: Client, log_text: io.StringIO, path: str
) -> None:
    response = web.get(path)
    assert SECRET.encode() not in response.content
    assert SECRET not in log_text.getvalue()


def test_a_bug_is_logged_with_its_type_and_place(
    web: Client, log_lines: LogLines
) -> None:
    web.get("/raise/bug")
    logged = [line for line in log_lines() if line["severity"] == "ERROR"]
    assert [line["message"] for line in logged] == ["Unhandled exception"]
    assert logged[0]["exception"][0].startswith("django.db.utils.ProgrammingError: ")
    assert "tests/urls.py:" in logged[0]["exception"][0]


def test_a_change_that_came_in_between_is_409(web: Client) -> None:
    response = web.get("/raise/clash")
    assert response.status_code == 409
    assert response.json()["message"] == "Conflict"


def test_a_lost_database_outside_the_api_is_503(web: Client) -> None:
    response = web.get("/plain/operational")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["message"] == DATABASE


def test_a_bug_outside_the_api_is_500(web: Client) -> None:
    assert web.get("/plain/bug").json()["title"] == "Internal Server Error"


@pytest.mark.parametrize("path", ["/nothing", "//running", "/running/", "/admin"])
def test_an_unknown_route_is_404(web: Client, path: str) -> None:
    response = web.get(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["message"] == "No such route"


def test_a_permission_denied_outside_the_api_is_403(web: Client) -> None:
    assert web.get("/plain/forbidden").json()["message"] == "Forbidden"


@override_settings(ALLOWED_HOSTS=["users.example"])
def test_a_bad_host_is_400_and_says_which_setting(web: Client) -> None:
    response = web.get("/running", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["message"] == "The Host header is not one of ALLOWED_HOSTS"


def test_a_form_that_is_too_large_is_413(web: Client) -> None:
    assert web.get("/plain/form").status_code == 413


def test_a_missing_csrf_token_is_403(log_lines: LogLines) -> None:
    response = Client(enforce_csrf_checks=True).post("/form")
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["message"] == "Forbidden"
    assert "CSRF check failed" in [line["message"] for line in log_lines()]


@pytest.mark.parametrize(
    ("name", "status"), [("http404", 404), ("forbidden", 403), ("bug", 500)]
)
def test_the_admin_answers_with_pages(web: Client, name: str, status: int) -> None:
    response = web.get(f"/admin/raise/{name}")
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")


def test_the_admin_answers_a_missing_csrf_token_with_a_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/form")
    assert response.status_code == 403
    assert response["Content-Type"].startswith("text/html")


@override_settings(ALLOWED_HOSTS=["users.example"])
def test_the_admin_answers_a_bad_host_with_a_page(web: Client) -> None:
    response = web.get("/admin/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")


@override_settings(ADMIN_ENABLED=False)
def test_where_the_admin_is_off_its_paths_are_like_any_other(web: Client) -> None:
    response = web.get("/admin/raise/http404")
    assert response["Content-Type"] == "application/problem+json"
