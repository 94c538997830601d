import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from roles.testing import token_for
from users_service.journal.context import request_id
from users_service.tests.conftest import LogLines

pytestmark = pytest.mark.urls("users_service.tests.urls")


def streamed(response: Any) -> list[bytes]:
    return list(response.streaming_content)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-ID": "mine"},
        {"X-Correlation-ID": "mine"},
        {"X-Amzn-Trace-Id": "mine"},
        {"X-Request-ID": "mine", "X-Correlation-ID": "no", "X-Amzn-Trace-Id": "no"},
        {"X-Correlation-ID": "mine", "X-Amzn-Trace-Id": "no"},
        {"X-Request-ID": "\x01\x7f\xe9", "X-Correlation-ID": "mine"},
        {"X-Request-ID": "mi\x00\nne\xff"},
    ],
)
def test_the_request_id_is_the_callers(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/running", headers=headers)["X-Request-ID"] == "mine"


def test_without_one_the_request_id_is_a_new_uuid4(client: Client) -> None:
    first, second = (client.get("/running")["X-Request-ID"] for _ in range(2))
    assert uuid.UUID(first).version == 4
    assert first != second


def test_a_long_request_id_is_cut(client: Client) -> None:
    response = client.get("/running", headers={"X-Request-ID": "x" * 500})
    assert response["X-Request-ID"] == "x" * 128


def test_the_request_id_ends_with_its_request(client: Client) -> None:
    client.get("/running", headers={"X-Request-ID": "mine"})
    assert request_id.get() == ""


@pytest.mark.parametrize(
    "path", ["/running", "/nothing", "/raise/conflict", "/plain/operational"]
)
def test_every_answer_carries_the_headers(path: str) -> None:
    response = Client(raise_request_exception=False).get(path)
    assert response["X-Request-ID"]
    assert response["Cache-Control"] == "no-cache, must-revalidate"
    assert response["Content-Security-Policy"].startswith("default-src 'self';")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_views_own_cache_control_stays(client: Client) -> None:
    assert client.get("/tagged")["Cache-Control"] == "no-store"


def test_a_get_carries_a_strong_etag_of_its_content(client: Client) -> None:
    first, again = client.get("/running"), client.get("/running")
    assert first["ETag"] == again["ETag"]
    assert first["ETag"].startswith('"')
    assert first["ETag"] != client.get("/version")["ETag"]


def test_a_views_own_etag_stays(client: Client) -> None:
    assert client.get("/tagged")["ETag"] == '"own"'


@pytest.mark.parametrize("path", ["/nothing", "/raise/conflict", "/admin/login/"])
def test_neither_errors_nor_the_admin_carry_an_etag(client: Client, path: str) -> None:
    assert not client.get(path).has_header("ETag")


def test_a_post_carries_no_etag(client: Client) -> None:
    assert not client.post("/echo").has_header("ETag")


@pytest.mark.parametrize(
    "given", ['"own"', 'W/"own"', '"other", "own"', 'W/"other",W/"own"', "*"]
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_known_etag_is_304(client: Client, method: str, given: str) -> None:
    response = getattr(client, method)("/tagged", headers={"If-None-Match": given})
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == '"own"'
    assert response["Cache-Control"] == "no-store"
    assert response["X-Kept"] == "1"
    assert response["X-Request-ID"]
    assert not response.has_header("Content-Type")
    assert not response.has_header("Content-Length")


def test_a_views_own_304_looks_the_same(client: Client) -> None:
    response = client.get("/unchanged")
    assert response.status_code == 304
    assert response["ETag"] == '"own"'
    assert not response.has_header("Content-Type")
    assert not response.has_header("Content-Length")


@pytest.mark.parametrize("given", ["own", '"other"', 'W/"other"', ""])
def test_an_unknown_etag_is_200(client: Client, given: str) -> None:
    response = client.get("/tagged", headers={"If-None-Match": given})
    assert response.status_code == 200
    assert response.content == b"text"


def test_a_star_does_not_make_an_error_304(client: Client) -> None:
    assert client.get("/nothing", headers={"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": '"other"'},
        {"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"},
    ],
)
def test_other_conditions_do_not_stop_a_read(
    client: Client, headers: dict[str, str]
) -> None:
    assert client.get("/running", headers=headers).status_code == 200


def test_a_streamed_answer_without_etag_gets_none(client: Client) -> None:
    response = client.get("/streamed", headers={"If-None-Match": "*"})
    assert response.status_code == 200
    assert not response.has_header("ETag")
    assert b"".join(streamed(response)) == b"part"


def test_a_streamed_answer_with_a_known_etag_is_304(client: Client) -> None:
    response = client.get("/streamed?tag", headers={"If-None-Match": '"stream"'})
    assert response.status_code == 304
    assert b"".join(streamed(response)) == b""


def test_head_is_get_without_the_body(client: Client) -> None:
    got, head = client.get("/good"), client.head("/good")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("ETag", "Content-Length", "Content-Type"):
        assert head[name] == got[name]


def test_head_of_a_streamed_answer_is_empty(client: Client) -> None:
    assert b"".join(streamed(client.head("/streamed"))) == b""


def request_line(log_lines: LogLines) -> dict[str, object]:
    (line,) = [li for li in log_lines() if li["message"] == "Request answered"]
    line.pop("timestamp")
    assert 0 <= line.pop("latency") < 60
    return line


def test_a_request_is_logged_by_its_pattern(
    client: Client, log_lines: LogLines
) -> None:
    headers = {"X-Request-ID": "mine", "X-Client": "app\x00\n", "X-Version": "v" * 300}
    client.get("/raise/conflict?q=jane.doe", headers=headers)
    assert request_line(log_lines) == {
        "severity": "INFO",
        "message": "Request answered",
        "requestID": "mine",
        "method": "GET",
        "route": "/raise/{name}",
        "status": 409,
        "remote_address": "127.0.0.1",
        "caller_id": None,
        "client": "app",
        "version": "v" * 100,
    }


def test_an_unknown_route_is_logged_without_its_path(
    client: Client, log_lines: LogLines
) -> None:
    client.get("/jane.doe@mail.com")
    assert request_line(log_lines)["route"] == "none"


def test_a_request_is_logged_with_its_caller(
    client: Client, db: None, log_lines: LogLines
) -> None:
    token = token_for("", system_id="dhos-robot")
    client.get("/dhos/v1/roles", headers={"Authorization": f"Bearer {token}"})
    assert request_line(log_lines)["caller_id"] == "dhos-robot"


def test_a_request_to_the_admin_is_logged_with_the_staff_id(
    client: Client, db: None, log_lines: LogLines
) -> None:
    staff = User.objects.create(username="jane", is_staff=True)
    client.force_login(staff)
    assert client.get("/admin/").status_code == 200
    assert request_line(log_lines)["caller_id"] == f"staff:{staff.pk}"


def test_an_unknown_visitor_of_the_admin_has_no_id(
    client: Client, db: None, log_lines: LogLines
) -> None:
    client.get("/admin/")
    assert request_line(log_lines)["caller_id"] is None
