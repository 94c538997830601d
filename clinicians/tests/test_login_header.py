"""The header that a login comes in."""

import base64
from typing import Any

import pytest

from clinicians.testing import Api, json_of, logged_in
from users_service.journal.models import OutboxMessage

pytestmark = pytest.mark.django_db

LOGIN = "/dhos/v1/clinician/login"
GOOD = base64.b64encode(b"nobody:secret").decode()


def sent(header: str) -> Any:
    return Api().get(LOGIN, UserAuthorization=header)


def test_missing() -> None:
    response = Api().get(LOGIN)
    assert response.status_code == 400
    assert "UserAuthorization" in json_of(response)["errors"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"bearer {GOOD}", f"BEARER {GOOD}", f"Basic {GOOD}", GOOD,
     f"Bearer\t{GOOD}", f" Bearer {GOOD}", f"Bearer{GOOD}", "Token x", "Bearer: x"],
)  # fmt: skip
def test_another_prefix(header: str) -> None:
    response = sent(header)
    assert response.status_code == 403
    assert json_of(response)["message"] == "Forbidden"
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    "encoded",
    [
        "x",
        "====",
        "=",
        f" {GOOD}",
        f"{GOOD} ",
        f"{GOOD} x",
        f"{GOOD}\n",
        f"{GOOD}====",
        "YTpiY2Q",  # a:bcd without its padding
        "YTpi=",  # a:b with padding that it does not need
        "YTpi==",
        "YTpiYx==",  # bits after the last byte
        "_-_-",  # the alphabet for URLs
        "nobody:secret",
        "YTpi,YTpi",
        "YTpiß",
        "YT\tpi",
    ],
)
def test_not_strict_base64(encoded: str) -> None:
    response = sent(f"Bearer {encoded}")
    assert response.status_code == 400
    assert "UserAuthorization" in json_of(response)["errors"]


@pytest.mark.parametrize(
    "credentials",
    [
        b"no colon",
        b"\xff\xfe:x",
        b"a:\xc3",
        b"a:\xed\xa0\x80",  # a lone surrogate
        b"a\0b:x",
        b"a:x\0",
        b"\0",
    ],
)
def test_not_a_username_and_a_password(credentials: bytes) -> None:
    response = sent(f"Bearer {base64.b64encode(credentials).decode()}")
    assert response.status_code == 400
    assert not OutboxMessage.objects.exists()


def test_the_refusal_of_a_header_does_not_repeat_it() -> None:
    response = sent("Bearer my-secret-password")
    assert b"my-secret" not in response.content


@pytest.mark.parametrize("query", ["x=1", "username=a", "product_name=GDM"])
def test_a_login_takes_no_parameters(query: str) -> None:
    response = Api().get(f"{LOGIN}?{query}", UserAuthorization=f"Bearer {GOOD}")
    assert response.status_code == 400


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_other_methods(method: str) -> None:
    response = getattr(Api(), method)(LOGIN)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_who_may_not_log_others_in_is_refused_first() -> None:
    for api in (
        Api("read:gdm_clinician_all"),
        Api("read:gdm_clinician", clinician_id="x"),
    ):
        assert api.get(LOGIN).status_code == 403
    assert Api("read:gdm_clinician_auth_all").get(LOGIN).status_code == 400


def test_credentials_are_no_part_of_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    logged_in("needle@example.org", "pin-number")
    assert "/dhos/v1/clinician/login" in caplog.text
    for secret in ("needle", "pin-number", "UserAuthorization"):
        assert secret not in caplog.text
