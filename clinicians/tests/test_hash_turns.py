"""Only so many passwords are hashed at once; the others wait, not for ever."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import override_settings

from clinicians import passwords
from clinicians.models import Clinician, LoginGuard
from clinicians.services import credentials
from clinicians.testing import Api, announced, json_of, logged_in, recorded, stored
from roles.callers import staff_caller
from users_service.exceptions import Unavailable

pytestmark = pytest.mark.django_db

PASSWORD = "Pass@word1!"


@pytest.fixture(autouse=True)
def _one_at_once(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    stored("ada", email_address="ada@example.org", password=make_password(PASSWORD))
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    passwords._places.cache_clear()
    with override_settings(HASHES_AT_ONCE=1):
        yield
    passwords._places.cache_clear()


def refused(response: Any) -> None:
    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert json_of(response)["message"] == "Too many passwords are being checked"


@pytest.mark.parametrize("username", ["ada@example.org", "nobody"])
def test_a_login_that_waits_too_long_is_sent_away(username: str) -> None:
    with passwords._turn():
        refused(logged_in(username, PASSWORD))
    assert announced() == []
    assert recorded() == []


@pytest.fixture
def full_line() -> Iterator[None]:
    """Let everybody who may stand in line stand there."""
    passwords._line.cache_clear()
    with override_settings(LOGINS_IN_LINE=1), passwords.in_line():
        yield
    passwords._line.cache_clear()


@pytest.mark.usefixtures("full_line")
def test_whoever_finds_the_line_full_is_sent_away_at_once() -> None:
    refused(logged_in("ada@example.org", PASSWORD))
    refused(logged_in("nobody", ""))
    refused(Api().get("/dhos/v1/clinician/login", UserAuthorization="Basic x"))
    path = "/dhos/v1/clinician?email=ada@example.org"
    refused(Api().patch(path, {"password": "another"}))
    assert not LoginGuard.objects.exists()
    assert Api().get("/dhos/v1/clinician/ada").status_code == 200


@pytest.mark.usefixtures("full_line")
def test_staff_who_set_a_password_stand_in_line_like_everybody() -> None:
    before = Clinician.objects.get().password

    with pytest.raises(Unavailable):
        credentials.set_password_of(
            actor=staff_caller(1), clinician_id="ada", password="another"
        )

    assert Clinician.objects.get().password == before


def test_a_place_in_line_is_free_again_after_a_login() -> None:
    passwords._line.cache_clear()
    with override_settings(LOGINS_IN_LINE=1):
        for password in ("wrong", PASSWORD, PASSWORD):
            logged_in("ada@example.org", password)
        assert logged_in("ada@example.org", PASSWORD).status_code == 200
    passwords._line.cache_clear()


def test_it_gives_its_place_back() -> None:
    with passwords._turn():
        refused(logged_in("ada@example.org", PASSWORD))
    guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight) == (0, 0)
    assert logged_in("ada@example.org", PASSWORD).status_code == 200


def test_setting_a_password_waits_as_well() -> None:
    path = "/dhos/v1/clinician?email=ada@example.org"
    with passwords._turn():
        refused(Api().patch(path, {"password": "another"}))
    assert logged_in("ada@example.org", PASSWORD).status_code == 200


def test_a_turn_ends_with_an_error() -> None:
    with pytest.raises(KeyError), passwords._turn():
        raise KeyError
    assert logged_in("ada@example.org", PASSWORD).status_code == 200


def test_what_logins_share_is_made_before_the_first() -> None:
    passwords._modern_decoy.cache_clear()
    passwords._legacy_decoy.cache_clear()
    passwords.warm_up()
    assert passwords._places.cache_info().currsize == 1
    assert passwords._modern_decoy.cache_info().currsize == 1
    assert passwords._legacy_decoy.cache_info().currsize == 1
